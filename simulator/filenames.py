"""Names of the files that stand beside a results file."""

from __future__ import annotations

from pathlib import Path

__all__ = ["beside"]


def beside(stem: Path, suffix: str) -> Path:
    """Name of a figure or table of a results file; only the ending of that is taken off."""
    base = stem.name.removesuffix(".h5").removesuffix(".hdf5")
    return stem.with_name(base + suffix)
