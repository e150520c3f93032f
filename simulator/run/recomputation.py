"""Recomputing realisations of a results file, which must give the same bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.named_free_paths import MissingPath
from eddysky.simulator.errors import InputError
from eddysky.simulator.machine import available_cores
from eddysky.simulator.results.columns import COLUMNS, ROWS, Column
from eddysky.simulator.results.store import incompatible, open_results, reading
from eddysky.simulator.run.realization import Setup, realize

__all__ = ["chosen_realizations", "recompute"]


def chosen_realizations(path: Path, count: int, seed: int) -> list[int]:
    """Numbers of some realisations of a results file, drawn at random; all if there are no more.

    Parameters
    ----------
    path
        The file.
    count
        How many.
    seed
        Of the random choice.
    """
    with open_results(path) as (file, _), reading(path):
        numbers = file["index"][()]
    few = np.random.default_rng(seed).choice(numbers, min(count, len(numbers)), replace=False)
    return sorted(few.tolist())


def recompute(path: Path, numbers: Sequence[int]) -> Iterator[tuple[int, str | None]]:
    """Recompute realisations from the configuration in a results file, and compare all columns to the bit.

    Outside columns are left out, as the file does not know how to measure them.

    Parameters
    ----------
    path
        The file.
    numbers
        Numbers of the realisations.

    Yields
    ------
    tuple
        The number of a realisation, and the first value that differs, in words; None if none does.

    Raises
    ------
    InputError
        If the file is of another version, or its velocity field or free-path law are not known here.
    """
    with open_results(path) as (file, config), reading(path):
        check_known(path, config, incompatible(file))
        rows = {
            key: {number: row for row, number in enumerate(file[key][()].tolist())} for key in ROWS
        }
        mapped, expanded = rows["map_index"], rows["alm_index"]
        setup = Setup.from_config(config, maps=any(number in mapped for number in numbers))
        for number in numbers:
            made = realize(
                setup, number, keep_map=number in mapped, keep_alm=number in expanded,
                threads=available_cores(),
            )  # fmt: skip
            words = None
            for column in COLUMNS:
                row = rows[column.rows].get(number)
                if words is None and row is not None and column.name in file:
                    found = np.asarray(file[column.name][row])
                    words = difference(column, found, np.asarray(column.row(made), column.dtype))
            yield number, words


def check_known(path: Path, config: Config, why: str) -> None:
    """Refuse a file whose realisations cannot be recomputed."""
    if why:
        raise InputError(f"{path}: --recompute: {why}")
    if config.flow.field is not None:
        raise InputError(
            f"{path}: --recompute: flow.field: the velocity field {config.flow.field.name} is not part of the "
            "configuration"
        )
    if isinstance(config.transport.free_path, MissingPath):
        raise config.transport.free_path.missing()


def difference(column: Column, found: NDArray[Any], made: NDArray[Any]) -> str | None:
    """First value of a row that differs, in words; None if all bits are the same."""
    # As bytes, as NaN differs from itself.
    pairs = [
        np.ascontiguousarray(values, column.dtype).reshape(-1).view(np.uint8)
        for values in (found, made)
    ]
    different = np.any((pairs[0] != pairs[1]).reshape(found.size, -1), axis=1)
    if not np.any(different):
        return None
    first = int(np.argmax(different))
    place = [int(i) for i in np.unravel_index(first, found.shape)]
    values = f"{found.flat[first]!r} in the file, {made.flat[first]!r} recomputed"
    return (
        f"/{column.name}{place or ''}: {values}; {np.sum(different)} of {found.size} values differ"
    )
