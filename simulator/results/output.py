"""Writing results files: HDF5, format version 1, with the datasets of `columns.COLUMNS`, and a seal at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.results.columns import COLUMNS, Column
from eddysky.simulator.results.gathering import Gathering
from eddysky.simulator.results.provenance import Provenance
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.sealing import ABOUT
from eddysky.simulator.results.store import (
    FORMAT_VERSION,
    RESULTS_VERSION,
    open_results,
    reading,
    sha256,
)
from eddysky.simulator.results.target_file import write_hdf5

__all__ = ["concatenate", "write", "write_gathered"]

# A column, the number of its rows, and the rows in one or more blocks.
Rows = tuple[Column, int, Iterable[NDArray[Any]]]


def write(path: Path, result: Result, provenance: Provenance | None = None) -> None:
    """Write a results file in one go; for crash safety write to a temporary name and rename."""
    made = provenance or Provenance()
    values = {column.name: getattr(result, column.name) for column in COLUMNS}
    values.update(result.columns)
    write_rows(
        path,
        result.config,
        [
            (column, len(rows), [rows])
            for column in (*COLUMNS, *result.definitions)
            if (rows := values[column.name]) is not None
        ],
        lambda: made,
    )


def concatenate(path: Path, sources: Sequence[Path], config: Config) -> None:
    """Write one results file of all realisations in several, sorted, each once; opens each source once.

    Raises
    ------
    InputError
        If a source is damaged, or if its outside columns are not those of the others.
    """
    with Gathering(path) as gathering:
        for source in sources:
            with open_results(source) as (file, _), reading(source):
                gathering.add(source, file, config)
        write_gathered(path, gathering, config)


def write_gathered(path: Path, gathering: Gathering, config: Config) -> None:
    """Write gathered realisations, sorted, each once.

    Raises
    ------
    InputError
        If some of them lack an outside column.
    """
    gathering.check_complete()
    write_rows(path, config, gathering.rows(), gathering.provenance)


def write_rows(
    path: Path, config: Config, columns: Iterable[Rows], provenance: Callable[[], Provenance]
) -> None:
    """Write a results file of the rows of its columns, and at the end how they were made."""

    def fill(file: Any, check: Callable[[], None]) -> None:
        write_attributes(file, config)
        for column, count, blocks in columns:
            data = create(file, column, count, config)
            copy_rows(data, blocks, check)
        summarise(file, config)
        file.attrs.update(provenance().attributes())

    write_hdf5(path, fill)


def copy_rows(data: Any, blocks: Iterable[NDArray[Any]], check: Callable[[], None]) -> None:
    """Write blocks of rows to a dataset, one after the other."""
    start = 0
    for block in blocks:
        # HDF5 writes chunk by chunk; a large one in pieces, so that errors are noticed.
        step = max(1, len(block) // max(1, block.nbytes >> 23)) if block.nbytes else 1
        for first in range(0, len(block), step):
            rows = block[first : first + step]
            data[start : start + len(rows)] = rows
            start += len(rows)
            check()


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
    file.attrs["seal"] = ABOUT
    file.attrs["format_version"] = FORMAT_VERSION
    file.attrs["results_version"] = RESULTS_VERSION
    file.attrs["eddysky_version"] = version("eddysky")
    file.attrs["configuration"] = text
    file.attrs["configuration_sha256"] = sha256(text)
    file.attrs["seed"] = config.ensemble.seed
    file.attrs["created"] = datetime.now(UTC).isoformat(timespec="seconds")
    for package in ("numpy", "numba", "healpy"):
        file.attrs[f"{package}_version"] = version(package)
