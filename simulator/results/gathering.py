"""The rows of several results files, each opened once, gathered in temporary files and given out in order.

Memory stays bounded whatever the size of the files. The temporary files have no name and end with the process.
"""

from __future__ import annotations

import errno
import itertools
import math
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.columns import COLUMNS, Column, Rows
from eddysky.simulator.results.outside_columns import read_columns
from eddysky.simulator.results.provenance import Provenance
from eddysky.simulator.results.sealing import write_all
from eddysky.simulator.results.structure import blocks, rows_together
from eddysky.simulator.results.writing import writing

__all__ = ["GatheredColumn", "Gathering"]

Numbers = NDArray[np.int64]


def read_all(file: FileIO, buffer: memoryview) -> None:
    """Fill a buffer from an unbuffered file, which may give less at a time."""
    while len(buffer):
        if not (count := file.readinto(buffer)):
            raise OSError(errno.EIO, "temporary file cut short")
        buffer = buffer[count:]


class GatheredColumn:
    """Rows of one column, in the order in which they came; made by `Gathering.add`.

    Parameters
    ----------
    column
        The column.
    config
        Configuration of its results.
    path
        File that will be written, which errors name.
    """

    def __init__(self, column: Column, config: Config, path: Path) -> None:
        self.column, self.path = column, path
        self.dtype, self.shape = np.dtype(column.dtype), column.row_shape(config)
        self.size = math.prod(self.shape) * self.dtype.itemsize
        self.numbers: list[Numbers] = []
        self.sources: list[Path] = []
        with writing(path):
            self.file = tempfile.TemporaryFile(dir=path.parent, buffering=0)  # noqa: SIM115

    def append(self, numbers: Numbers, data: Any, source: Path) -> None:
        """Add the rows of a dataset."""
        self.numbers.append(numbers)
        self.sources.append(source)
        for block in blocks(data):
            rows = np.ascontiguousarray(block, dtype=self.dtype)
            with writing(self.path):
                write_all(self.file, rows.reshape(-1).view(np.uint8).data)

    def order(self) -> tuple[Numbers, NDArray[np.intp]]:
        """Numbers of the realisations, sorted, and the position of the first row of each."""
        return np.unique(np.concatenate(self.numbers), return_index=True)

    def blocks(self, positions: NDArray[np.intp]) -> Iterator[NDArray[Any]]:
        """Rows at these positions, a few megabytes at a time."""
        step = rows_together(self.size)
        for start in range(0, len(positions), step):
            wanted = positions[start : start + step]
            rows = np.empty((len(wanted), *self.shape), dtype=self.dtype)
            # Neighbours are read together.
            jumps = [0, *(np.flatnonzero(np.diff(wanted) != 1) + 1).tolist(), len(wanted)]
            for first, last in itertools.pairwise(jumps):
                self.file.seek(int(wanted[first]) * self.size)
                read_all(self.file, rows[first:last].reshape(-1).view(np.uint8).data)
            yield rows

    def check_repeated(self) -> None:
        """Refuse a realisation whose rows in several files differ.

        Raises
        ------
        InputError
            Names the realisation and both files.
        """
        numbers, kept = self.order()
        everything = np.concatenate(self.numbers)
        again = np.setdiff1d(np.arange(len(everything)), kept)
        first = kept[np.searchsorted(numbers, everything[again])]
        done = 0
        for one, other in zip(self.blocks(first), self.blocks(again), strict=True):
            for here, there in zip(one, other, strict=True):
                if here.tobytes() != there.tobytes():
                    files = (self.source_of(first[done]), self.source_of(again[done]))
                    raise InputError(
                        f"{files[1]}: /{self.column.path} of realisation {everything[again[done]]} is not that "
                        f"of {files[0]}"
                    )
                done += 1

    def source_of(self, position: np.intp) -> Path:
        """File that a row came from."""
        ends = np.cumsum([len(numbers) for numbers in self.numbers])
        return self.sources[int(np.searchsorted(ends, position, side="right"))]


class Gathering(ExitStack):
    """Columns of several results files of one configuration.

    Parameters
    ----------
    path
        File that will be written; temporary files are made in its folder.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.columns: dict[str, GatheredColumn] = {}
        self.begin, self._made = time.monotonic(), Provenance()

    def add(self, source: Path, file: Any, config: Config) -> None:
        """Add all rows of an open results file.

        Raises
        ------
        InputError
            If an outside column is not that of the other files.
        """
        self._made += Provenance.from_attributes(file.attrs)
        numbers = {key: file[key][()] for key in ("index", "map_index", "alm_index")}
        for column in (*(c for c in COLUMNS if c.name in file), *read_columns(file)):
            if column.path not in self.columns:
                self.columns[column.path] = GatheredColumn(column, config, self.path)
                self.enter_context(self.columns[column.path].file)
            gathered = self.columns[column.path]
            if gathered.column != column:
                raise InputError(
                    f"{source}: column {column.name!r} is not that of {gathered.sources[0]}"
                )
            gathered.append(numbers[column.rows], file[column.path], source)

    def provenance(self) -> Provenance:
        """How the results were made, with the time of gathering and writing so far."""
        return self._made + Provenance(seconds={"merging": time.monotonic() - self.begin})

    def numbers(self, key: Rows = "index") -> Numbers:
        """Numbers of all realisations, or of those with a map or a_ℓm, sorted."""
        return self.columns[key].order()[0]

    def check_repeated(self) -> None:
        """Refuse a realisation that is not the same in all files that have it.

        Raises
        ------
        InputError
            Names the realisation and two files.
        """
        for gathered in self.columns.values():
            gathered.check_repeated()

    def check_complete(self) -> None:
        """Refuse outside columns that some realisations lack.

        Raises
        ------
        InputError
            Names the column.
        """
        everything = self.numbers()
        for gathered in self.columns.values():
            column = gathered.column
            lacking = len(everything) - len(gathered.order()[0])
            if column.is_outside and lacking:
                raise InputError(
                    f"column {column.name!r}: {lacking} of {len(everything)} realisations lack it"
                )

    def rows(self) -> Iterator[tuple[Column, int, Iterator[NDArray[Any]]]]:
        """Columns, the numbers of their rows, and the rows, sorted, each realisation once."""
        for gathered in self.columns.values():
            _, positions = gathered.order()
            yield gathered.column, len(positions), gathered.blocks(positions)
