"""What a results file may contain, checked before anything is allocated or followed; imports only NumPy and h5py.

Hard links to plain datasets of numbers, in the root and in the group /columns; no links to names or other files, no
data in other files, no filter that HDF5 would load as a plug-in, and no more data than can be stored.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from eddysky.simulator.limited_process import ForbiddenError

__all__ = ["blocks", "datasets", "read_whole", "rows_together"]

# Rows are read and written in blocks of about this size [bytes].
BLOCK = 1 << 23
# Largest number of attributes and links, and of bytes of an attribute besides texts.
MOST, LARGEST = 1000, 1 << 16
# deflate makes data at most so much smaller.
DEFLATE, LEAST_RATIO = 1, 1032
# Numbers of HDF5's own filters: deflate, shuffle, Fletcher-32.
FILTERS = (DEFLATE, 2, 3)


def datasets(file: Any) -> dict[str, Any]:
    """All datasets of a file by their names.

    Raises
    ------
    ForbiddenError
        Names what the file must not contain.
    """
    import h5py

    check_attributes(file, "the root")
    found: dict[str, Any] = {}
    for name, data in members(file):
        if isinstance(data, h5py.Group) and name == "columns":
            found |= {f"{name}/{inner}": column for inner, column in members(data)}
        else:
            found[name] = data
    size = file.id.get_filesize()
    for name, data in found.items():
        if not isinstance(data, h5py.Dataset):
            raise ForbiddenError(f"/{name} is not a dataset")
        check_attributes(data, f"/{name}")
        check_dataset(data, name, size)
    return found


def read_whole(file: Any) -> dict[str, Any]:
    """Read all attributes and rows, so that HDF5 compares its checksums; returns the datasets.

    Raises
    ------
    ForbiddenError
        As `datasets`.
    """
    list(file.attrs.values())
    found = datasets(file)
    for data in found.values():
        list(data.attrs.values())
        for _ in blocks(data):
            pass
    return found


def members(group: Any) -> Iterator[tuple[str, Any]]:
    """Objects in a group, which must have hard links."""
    import h5py

    if len(group) > MOST:
        raise ForbiddenError(f"{group.name} has {len(group)} links; at most {MOST} are allowed")
    for name in group:
        link = group.get(name, getlink=True)
        if not isinstance(link, h5py.HardLink):
            raise ForbiddenError(f"/{name} is a link to {getattr(link, 'path', 'nothing')}")
        yield name, group[name]


def check_attributes(thing: Any, name: str) -> None:
    """Refuse many and large attributes."""
    if len(thing.attrs) > MOST:
        raise ForbiddenError(f"{name} has {len(thing.attrs)} attributes; at most {MOST}")
    for key in thing.attrs:
        if (size := thing.attrs.get_id(key).get_storage_size()) > LARGEST:
            raise ForbiddenError(f"attribute {key} of {name} has {size} bytes; at most {LARGEST}")


def check_dataset(data: Any, name: str, size: int) -> None:
    """Refuse a dataset that is not in the file itself, or declares more than is there."""
    import h5py

    layout = data.id.get_create_plist()
    if layout.get_external_count() or layout.get_layout() == h5py.h5d.VIRTUAL:
        raise ForbiddenError(f"/{name} has its data in another file")
    if data.dtype.kind not in "iufc":
        raise ForbiddenError(f"/{name} is {data.dtype}")
    filters = [layout.get_filter(i)[0] for i in range(layout.get_nfilters())]
    if unknown := set(filters) - set(FILTERS):
        raise ForbiddenError(f"/{name} has the unknown filter {min(unknown)}")
    declared = math.prod(map(int, data.shape)) * data.dtype.itemsize
    if data.chunks is not None and declared:
        # HDF5 allocates a whole chunk to read any of it.
        pieces = [-(-rows // chunk) for rows, chunk in zip(data.shape, data.chunks, strict=True)]
        count = math.prod(map(int, pieces))
        declared = count * math.prod(map(int, data.chunks)) * data.dtype.itemsize
        if (stored := data.id.get_num_chunks()) != count:
            raise ForbiddenError(f"/{name} has {stored} of its {count} chunks")
    stored = data.id.get_storage_size()
    if stored > size or declared > stored * (LEAST_RATIO if DEFLATE in filters else 1):
        raise ForbiddenError(f"/{name} declares {declared} bytes, of which {stored} are stored")


def rows_together(size: int) -> int:
    """Number of rows of so many bytes that make a block."""
    return max(1, BLOCK // max(size, 1))


def blocks(data: Any) -> Iterator[np.ndarray]:
    """The rows of a dataset, a few megabytes at a time, and whole chunks."""
    step = rows_together(math.prod(data.shape[1:]) * data.dtype.itemsize)
    if data.chunks is not None:
        step = max(1, step // data.chunks[0]) * data.chunks[0]
    for start in range(0, len(data), step):
        yield data[start : start + step]
