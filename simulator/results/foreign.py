"""Results files without a seal: another process reads them first, as one wrong byte can make HDF5 spin for ever."""

from __future__ import annotations

import sys
from pathlib import Path

from eddysky.simulator.errors import InputError
from eddysky.simulator.limited_process import fault_in, report
from eddysky.simulator.results.structure import read_whole

__all__ = ["check_foreign"]


def check_foreign(path: Path) -> None:
    """Read a whole HDF5 file in another process.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it is damaged, or contains what no results file does.
    """
    if fault := fault_in(path, __name__):
        raise InputError(f"{path}: damaged results file: {fault}")


def read_all(path: str) -> None:
    """Read everything in a file."""
    import h5py

    with h5py.File(path, "r", locking=False) as file:
        read_whole(file)


if __name__ == "__main__":
    sys.exit(report(read_all, *sys.argv[1:]))
