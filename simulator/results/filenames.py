"""Names of figures and tables that belong to a results file."""

from __future__ import annotations

from pathlib import Path

__all__ = ["FORMATS", "beside", "figure_stem"]

# Formats of figures.
FORMATS = ("png", "pdf", "svg")
RESULTS = (".h5", ".hdf5")


def beside(stem: Path, suffix: str) -> Path:
    """Name of a figure or table of a results file; only the ending of that is taken off.

    A stem that ends in .png, .pdf or .svg, as `figure_stem` makes it, decides the format of figures: ".map.png" of
    OUT.pdf is OUT.map.pdf.
    """
    kind = stem.suffix.removeprefix(".")
    if kind in FORMATS:
        base, suffix = stem.name.removesuffix(stem.suffix), with_format(suffix, kind)
    else:
        base = without_ending(stem)
    return stem.with_name(base + suffix)


def figure_stem(results: Path, kind: str) -> Path:
    """What the names of the figures of a results file begin with, and the format they end with, as one path."""
    return results.with_name(f"{without_ending(results)}.{kind}")


def without_ending(results: Path) -> str:
    """Name of a results file without its .h5 or .hdf5."""
    ending = results.suffix if results.suffix in RESULTS else ""
    return results.name.removesuffix(ending)


def with_format(suffix: str, kind: str) -> str:
    """Ending of a figure in another format; other endings as they are."""
    return f"{suffix.removesuffix('.png')}.{kind}" if suffix.endswith(".png") else suffix
