"""Reading results files: HDF5, format version 1, with the datasets of `columns.COLUMNS`.

Root attributes contain versions and the configuration, against which every file is checked before it is read.
"""

from __future__ import annotations

import hashlib
import math
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.reading import check_file
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.columns import COLUMNS, ROWS, Column
from eddysky.simulator.results.filenames import is_hdf5
from eddysky.simulator.results.outside_columns import read_columns
from eddysky.simulator.results.result import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "FORMAT_VERSION",
    "RESULTS_VERSION",
    "open_results",
    "read",
    "read_contents",
    "reading",
    "sha256",
]

FORMAT_VERSION = 1
# Raised whenever the same configuration and seed give other numbers than before, or more of them, so that runs are
# not continued with another program than they were begun with. Which columns came later, `COLUMNS` says; files of
# version 2 were made without bands, which changes the last digits; those before version 4 do not say where the
# default band ends, which was elsewhere; before version 5 the last bits depended on the processor.
RESULTS_VERSION = 5


def read(path: str | Path) -> Result:
    """Read a results file.

    Parameters
    ----------
    path
        Name of the file.

    Returns
    -------
    Result
        The whole ensemble.

    Raises
    ------
    InputError
        If the file does not exist, is not an eddysky results file, or is damaged.
    """
    with open_results(path) as (file, config), reading(Path(path)):
        outside = read_columns(file)
        values = {c.name: file[c.path][()] for c in COLUMNS if c.name in file}
        columns = {c.name: file[c.path][()] for c in outside}
        return Result(config=config, **values, columns=columns, definitions=outside)


def read_contents(path: Path) -> tuple[dict[str, NDArray[np.int64]], tuple[Column, ...]]:
    """Numbers of the realisations in a file, of those with maps and with a_ℓm, and its outside columns."""
    with open_results(path) as (file, _), reading(path):
        return {key: file[key][()] for key in ROWS}, read_columns(file)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn errors of HDF5 about damaged datasets into an `InputError` that names the file."""
    try:
        yield
    except (OSError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: damaged results file: {first_line(error)}") from None


@contextmanager
def open_results(path: str | Path) -> Iterator[tuple[Any, Config]]:
    """Open a results file for reading and check it; yields the HDF5 file and its Config.

    Raises
    ------
    InputError
        As `read`.
    """
    import h5py

    path = Path(path)
    if not path.exists():
        unfinished = path.with_name(path.name + ".parts")
        hint = f"; {unfinished} holds an unfinished run of it" if unfinished.is_dir() else ""
        raise InputError(f"{path}: no such file{hint}")
    if path.is_dir():
        raise InputError(f"{path}: a directory, not a results file")
    check_file(path)
    try:
        # Results are never changed in place, so locks, which some network file systems lack, are not needed.
        file = h5py.File(path, "r", locking=False)
    except OSError as error:
        reason = "damaged (cut short?)" if is_hdf5(path) else "not an eddysky results file"
        raise InputError(f"{path}: {reason}: {first_line(error)}") from None
    with file:
        found = file.attrs.get("format_version")
        if found is None or "configuration" not in file.attrs:
            raise InputError(f"{path}: an HDF5 file, but not an eddysky results file")
        if not np.array_equal(found, FORMAT_VERSION):
            raise InputError(
                f"{path}: results format {found}; this eddysky reads format {FORMAT_VERSION}"
            )
        text = str(file.attrs["configuration"])
        if file.attrs.get("configuration_sha256") != sha256(text):
            raise InputError(f"{path}: damaged results file: its configuration was altered")
        config = Config.from_text(without_precision(text, path), str(path))
        if file.attrs.get("results_version", 1) < 4:
            config = with_former_band(config)
        with reading(path):
            check_layout(file, config, path)
        yield file, config


def without_precision(text: str, path: Path) -> str:
    """Drop the former key flow.precision from an older file's configuration; refuse "single"."""
    if 'precision = "single"\n' in text:
        raise InputError(
            f'{path}: flow.precision = "single": no longer supported; modes are summed in double precision'
        )
    return text.replace('precision = "double"\n', "")


def with_former_band(config: Config) -> Config:
    """Give an older file's configuration the inner scale that was the default then: k_max λ = 1.75 nside."""
    scale = f"{2 * math.pi * config.mean_free_path / (1.75 * config.sky.nside)!r} pc"
    if not config.flow.component:
        return config.replace({"flow.inner_scale": scale}) if config.flow.band_is_open else config
    parts = [
        part.model_dump(mode="json", exclude_unset=True, exclude_none=True)
        | ({"inner_scale": scale} if part.band_is_open else {})
        for part in config.flow.component
    ]
    return config.replace({"flow.component": parts})


def check_layout(file: Any, config: Config, path: Path) -> None:
    """Refuse a file whose datasets are missing or not of the shape that its configuration gives them.

    Raises
    ------
    InputError
        Names the dataset.
    """
    version = file.attrs.get("results_version", 1)
    expected = [column for column in COLUMNS if column.since <= version and column.present(config)]
    for column in (*expected, *read_columns(file)):
        name = column.path
        if name not in file:
            raise InputError(f"{path}: damaged results file: /{name} is missing")
        found = file[name]
        shape = (*file[column.rows].shape[:1], *column.row_shape(config))
        if found.shape != shape or not column.holds(found.dtype):
            raise InputError(
                f"{path}: damaged results file: /{name} is {found.dtype} of shape {found.shape}, "
                f"not as its configuration says"
            )
    for name in ROWS.keys() & file.keys():
        numbers = file[name][()]
        if np.any(numbers < 0) or len(np.unique(numbers)) < len(numbers):
            raise InputError(f"{path}: damaged results file: /{name} holds no distinct numbers")
    if not np.all(np.isfinite(file["power"][()])):
        raise InputError(f"{path}: damaged results file: /power is not finite")


def sha256(text: str) -> str:
    """Hexadecimal SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def first_line(error: BaseException) -> str:
    """First line of an error's message."""
    return (str(error).strip("'\"").splitlines() or [type(error).__name__])[0]
