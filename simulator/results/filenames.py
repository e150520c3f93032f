"""Names of figures and tables that belong to a results file."""

from __future__ import annotations

from pathlib import Path

from eddysky.simulator.errors import InputError

__all__ = ["FORMATS", "beside", "figure_stem", "is_hdf5", "is_results_name", "without_ending"]

# Formats of figures.
FORMATS = ("png", "pdf", "svg")
HDF5_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def is_results_name(path: Path) -> bool:
    """Whether a name ends like that of a results file, .h5 or .hdf5."""
    return path.suffix in (".h5", ".hdf5")


def is_hdf5(path: Path) -> bool:
    """Whether a path is a file that can be read and begins like HDF5; a pipe would be waited for."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(len(HDF5_SIGNATURE)) == HDF5_SIGNATURE
    except OSError:
        return False


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
    """What the names of the figures of a results file begin with, and the format they end with, as one path.

    Raises
    ------
    InputError
        If it is a directory without a name, such as ".".
    """
    if not results.name:
        raise InputError(f"{results}: a directory, not a results file")
    return results.with_name(f"{without_ending(results)}.{kind}")


def without_ending(results: Path) -> str:
    """Name of a results file without its .h5 or .hdf5."""
    return results.stem if is_results_name(results) else results.name


def with_format(suffix: str, kind: str) -> str:
    """Ending of a figure in another format; other endings as they are."""
    return f"{suffix.removesuffix('.png')}.{kind}" if suffix.endswith(".png") else suffix
