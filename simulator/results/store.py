"""Reading results files: HDF5, format version 1, with the datasets of `columns.COLUMNS`.

A file is opened once its seal is checked; one without a seal is read in a process of its own before. Root attributes
contain versions and the configuration, against which the datasets are checked. No other file is opened because a
results file names it.
"""

from __future__ import annotations

import hashlib
import math
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.config.reading import LARGEST_TEXT, check_file
from eddysky.simulator.errors import InputError
from eddysky.simulator.limited_process import ForbiddenError
from eddysky.simulator.machine import available_memory
from eddysky.simulator.results.columns import COLUMNS, ROWS
from eddysky.simulator.results.filenames import is_hdf5
from eddysky.simulator.results.foreign import check_foreign
from eddysky.simulator.results.outside_columns import read_columns
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.sealing import is_sealed
from eddysky.simulator.results.structure import blocks, datasets

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "FORMAT_VERSION",
    "RESULTS_VERSION",
    "incompatible",
    "open_results",
    "read",
    "reading",
    "sha256",
]

FORMAT_VERSION = 1
# Raised whenever the same configuration and seed give other numbers than before, or more of them, so that runs are
# not continued with another program than they were begun with. Which columns came later, `COLUMNS` says; files of
# version 2 were made without bands, which changes the last digits; those before version 4 do not say where the
# default band ends, which was elsewhere; before version 5 the last bits depended on the processor.
RESULTS_VERSION = 5
# Of no sky is a number larger.
LARGEST = 1e100


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
        check_memory(file, Path(path))
        outside = read_columns(file)
        values = {c.name: file[c.path][()] for c in COLUMNS if c.name in file}
        columns = {c.name: file[c.path][()] for c in outside}
        return Result(config=config, **values, columns=columns, definitions=outside)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn errors of HDF5 about damaged datasets into an `InputError` that names the file."""
    try:
        yield
    except InputError:
        raise
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        # Not of this file: one that is being written meanwhile.
        if getattr(error, "filename", None):
            raise
        raise InputError(f"{path}: damaged results file: {first_line(error)}") from None
    except ForbiddenError as error:
        raise InputError(f"{path}: damaged results file: {error}") from None


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
    sealed = is_sealed(path)
    if not sealed:
        if not is_hdf5(path):
            raise InputError(f"{path}: not an eddysky results file: does not begin like HDF5")
        check_foreign(path)
    try:
        # Results are never changed in place, so locks, which some network file systems lack, are not needed.
        file = h5py.File(path, "r", locking=False)
    except OSError as error:
        raise InputError(f"{path}: damaged results file: {first_line(error)}") from None
    with file:
        with reading(path):
            config = checked_config(file, path)
            check_layout(file, config, path)
            if not sealed:
                check_values(file, config, path)
        yield file, config


def checked_config(file: Any, path: Path) -> Config:
    """Configuration of an open file, whose structure and versions are checked first."""
    unknown = datasets(file).keys() - {column.name for column in COLUMNS}
    found = file.attrs.get("format_version")
    if found is None or "configuration" not in file.attrs:
        if "observation_version" in file.attrs:
            raise InputError(f"{path}: an observation, not a results file")
        raise InputError(f"{path}: an HDF5 file, but not an eddysky results file")
    if not np.array_equal(found, FORMAT_VERSION):
        raise InputError(
            f"{path}: results format {found}; this eddysky reads format {FORMAT_VERSION}"
        )
    for name in sorted(unknown):
        if not name.startswith("columns/"):
            raise InputError(f"{path}: damaged results file: /{name} is not a column of results")
    text, version = file.attrs["configuration"], file.attrs.get("results_version", 1)
    if not isinstance(text, str) or len(text) > LARGEST_TEXT:
        raise InputError(f"{path}: damaged results file: its configuration is not a text")
    if file.attrs.get("configuration_sha256") != sha256(text):
        raise InputError(f"{path}: damaged results file: its configuration was altered")
    config = Config.from_text(without_precision(text, path), str(path), folder=None)
    if version < 4:
        config = with_former_band(config)
    return config


def incompatible(file: Any) -> str:
    """Why no run can continue or repeat the results in an open file; "" if their version is that of this program."""
    version = file.attrs.get("results_version")
    if version == RESULTS_VERSION:
        return ""
    return f"written by an incompatible version (results_version {version}, expected {RESULTS_VERSION})"


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
    check_finite(file, "power", path)


def check_values(file: Any, config: Config, path: Path) -> None:
    """Refuse impossible numbers: those of a file without a seal may be damaged where no checksum of HDF5 sees it.

    Pages of zeros have the right Fletcher-32 checksum, zero.
    """
    turbulent = config.turbulent and config.flow.field is None
    for name in {"mean", "noise", "zonal", "alm"} & file.keys():
        check_finite(file, name, path)
    for name in {"power", "maps", "alm"} & file.keys():
        for block in blocks(file[name]):
            rows = block.reshape(len(block), -1)
            if turbulent and not np.all(np.any(rows, axis=1)):
                raise InputError(
                    f"{path}: damaged results file: /{name} is zero, but there is turbulence"
                )


def check_finite(file: Any, name: str, path: Path) -> None:
    """Refuse a dataset with numbers that are not finite, or whose squares are not."""
    if not all(np.all(np.abs(block) <= LARGEST) for block in blocks(file[name])):
        raise InputError(
            f"{path}: damaged results file: /{name} is not finite, or beyond {LARGEST:g}"
        )


def check_memory(file: Any, path: Path) -> None:
    """Refuse to read more than fits into memory."""
    size = sum(data.size * data.dtype.itemsize for data in datasets(file).values())
    free, whose = available_memory()
    if size > free:
        raise InputError(
            f"{path}: cannot be read: takes {size / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB {whose} are free"
        )


def sha256(text: str) -> str:
    """Hexadecimal SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def first_line(error: BaseException) -> str:
    """First line of an error's message."""
    return (str(error).strip("'\"").splitlines() or [type(error).__name__])[0]
