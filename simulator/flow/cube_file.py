"""Velocity cubes in HDF5 files of any code, checked by another process before this one opens them."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eddysky.simulator.errors import InputError
from eddysky.simulator.limited_process import ForbiddenError, fault_in, report

__all__ = ["check_cube", "found"]

# What unpacks to more than so many bytes must not be more than so many times its file; deflate reaches 1032.
SMALL, RATIO = 256_000_000, 1032


def check_cube(path: Path, names: Sequence[str]) -> None:
    """Read the chunks and attributes of a cube in another process.

    Parameters
    ----------
    path
        The file.
    names
        Of its datasets.

    Raises
    ------
    InputError
        If the file is damaged, does not have them, has their data in other files, or declares more than it stores.
    """
    if fault := fault_in(path, __name__, *names):
        raise InputError(f"{path}: cannot be read: {fault}")


def found(file: Any, name: str) -> Any:
    """A dataset of an open file that holds its data itself.

    Raises
    ------
    ForbiddenError
        If it has none of this name, or one whose data are elsewhere.
    """
    import h5py

    if not isinstance(data := file.get(name), h5py.Dataset):
        raise ForbiddenError(f"no dataset {name!r}; it has {', '.join(file) or 'none'}")
    layout = data.id.get_create_plist()
    outside = layout.get_external_count() or layout.get_layout() == h5py.h5d.VIRTUAL
    if outside or data.file.id != file.id:
        raise ForbiddenError(f"{name!r} has its data in another file")
    return data


def read_cube(path: str, *names: str) -> None:
    """Read what `GriddedFlow.from_file` reads; data that it maps from the disk do not pass through HDF5."""
    import h5py

    with h5py.File(path, "r", locking=False) as file:
        list(file.attrs.values())
        for data in [found(file, name) for name in names]:
            list(data.attrs.values())
            declared = math.prod(map(int, data.shape)) * data.dtype.itemsize
            if declared > max(SMALL, RATIO * file.id.get_filesize()):
                raise ForbiddenError(
                    f"{data.name!r} declares {declared} bytes, of which few are stored"
                )
            if data.chunks is not None:
                for rows in data.iter_chunks():
                    data[rows]


if __name__ == "__main__":
    sys.exit(report(read_cube, *sys.argv[1:]))
