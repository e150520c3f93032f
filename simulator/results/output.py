"""Writing results files: HDF5, format version 1, with the datasets of `columns.COLUMNS`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.columns import COLUMNS, ROWS, Column
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.store import (
    FORMAT_VERSION,
    RESULTS_VERSION,
    open_results,
    read_contents,
    reading,
    sha256,
)
from eddysky.simulator.results.writing import writing

__all__ = ["concatenate", "write"]


def write(path: Path, result: Result) -> None:
    """Write a results file in one go; for crash safety write to a temporary name and rename."""
    with new_file(path) as file:
        write_attributes(file, result.config)
        values = {column.name: getattr(result, column.name) for column in COLUMNS}
        values.update(result.columns)
        for column in (*COLUMNS, *result.definitions):
            if values[column.name] is not None:
                rows = values[column.name]
                create(file, column, len(rows), result.config)[...] = rows
        summarise(file, result.config)


def concatenate(path: Path, sources: Sequence[Path], config: Config) -> None:
    """Write one results file of all realisations in several, sorted, each once.

    Raises
    ------
    InputError
        If a source is damaged, or if its outside columns are not those of the others.
    """
    contents = [read_contents(source) for source in sources]
    columns = (*COLUMNS, *_joined(sources, contents))
    with new_file(path) as file:
        write_attributes(file, config)
        for key in ROWS:
            merged = np.unique(np.concatenate([indices[key] for indices, _ in contents]))
            for source, (indices, _) in zip(sources, contents, strict=True):
                order = np.argsort(indices[key])
                rows = np.searchsorted(merged, indices[key][order])
                with open_results(source) as (part, _), reading(source):
                    for column in columns:
                        if column.rows == key and column.path in part:
                            data = part[column.path]
                            copy_rows(file, column, data, order, rows, len(merged), config)
        summarise(file, config)


def _joined(
    sources: Sequence[Path],
    contents: Sequence[tuple[dict[str, NDArray[np.int64]], tuple[Column, ...]]],
) -> tuple[Column, ...]:
    """Outside columns of several files, which must agree and contain all realisations."""
    columns: dict[str, Column] = {}
    rows: dict[str, set[int]] = {}
    for source, (indices, own) in zip(sources, contents, strict=True):
        for column in own:
            if columns.setdefault(column.name, column) != column:
                raise InputError(f"{source}: column {column.name!r} is not that of {sources[0]}")
            rows.setdefault(column.name, set()).update(indices["index"].tolist())
    everything = {index for indices, _ in contents for index in indices["index"].tolist()}
    for name, found in rows.items():
        if lacking := len(everything - found):
            raise InputError(
                f"column {name!r}: {lacking} of {len(everything)} realisations lack it"
            )
    return tuple(columns.values())


@contextmanager
def new_file(path: Path) -> Iterator[Any]:
    """Create an HDF5 file in memory and write it to disk at the end.

    HDF5 itself crashes the process when it cannot flush to a full disk; plain writing reports it.
    """
    import h5py

    with h5py.File(path.name, "w", driver="core", backing_store=False) as file:
        yield file
        file.flush()
        image = file.id.get_file_image()
    with writing(path):
        path.write_bytes(image)


def copy_rows(
    file: Any,
    column: Column,
    source: Any,
    order: NDArray[np.int64],
    rows: NDArray[np.int64],
    count: int,
    config: Config,
) -> None:
    """Copy the rows of one dataset, taken in `order`, to `rows` of the merged one."""
    if column.path not in file:
        create(file, column, count, config)
    if len(rows):
        file[column.path][rows] = source[()][order]


def create(file: Any, column: Column, count: int, config: Config) -> Any:
    """Create a dataset with checksums and descriptive attributes."""
    shape = column.row_shape(config)
    row = math.prod(shape) * np.dtype(column.dtype).itemsize
    data = file.create_dataset(
        column.path,
        shape=(count, *shape),
        maxshape=(None, *shape),
        dtype=column.dtype,
        chunks=(min(max(1, (1 << 20) // row), max(1, count)), *shape),
        fletcher32=True,
        **({"compression": "gzip", "shuffle": True} if column.packed else {}),
    )
    data.attrs.update({"units": column.units, "description": column.description})
    data.attrs.update(column.attributes(config))
    return data


def summarise(file: Any, config: Config) -> None:
    """Write the attributes that follow from the rows of all realisations."""
    for column in COLUMNS:
        if column.path in file:
            file[column.path].attrs.update(column.summary(config, file))


def write_attributes(file: Any, config: Config) -> None:
    """Write versions and configuration to the root attributes."""
    text = config.to_toml()
    file.attrs["format_version"] = FORMAT_VERSION
    file.attrs["results_version"] = RESULTS_VERSION
    file.attrs["eddysky_version"] = version("eddysky")
    file.attrs["configuration"] = text
    file.attrs["configuration_sha256"] = sha256(text)
    file.attrs["seed"] = config.ensemble.seed
    file.attrs["created"] = datetime.now(UTC).isoformat(timespec="seconds")
    for package in ("numpy", "numba", "healpy"):
        file.attrs[f"{package}_version"] = version(package)
