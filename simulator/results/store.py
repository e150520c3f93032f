"""Results files: HDF5, format version 1.

A file holds `/power` (realisation × ℓ), `/mean`, `/index`, and for the kept maps `/maps`, `/map_index` and,
with random sampling, `/hits` and `/variance`. Root attributes say what made it.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.reading import check_file
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.writing import writing
from eddysky.simulator.sky.alm_index import alm_size

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FORMAT_VERSION", "concatenate", "open_results", "read", "read_indices", "write"]

FORMAT_VERSION = 1
# Raised whenever the same configuration and seed give other numbers than before, or more of them, so that runs are
# not continued with another program than they were begun with. Files of version 1 have no /zonal, /alm_index and /alm;
# those of version 2 were made without bands, which changes the last digits; those before version 4 have no /noise
# and do not say where the default band ends, which was elsewhere.
RESULTS_VERSION = 4

DESCRIPTIONS = {
    "power": "angular power spectrum C_l of the relative intensity; row = realisation, column = l; "
    "C_0 = 4 pi mean^2, with random sampling 4 pi times the product of the means of both halves",
    "mean": "mean of the relative intensity over all directions, removed from the maps",
    "index": "global number of the realisation; with the seed it names the random streams",
    "map_index": "global numbers of the realisations whose maps are kept",
    "maps": "relative intensity minus its mean; NaN where no particle fell",
    "hits": "particles per pixel",
    "variance": "squared standard error of the maps; NaN below two hits",
    "noise": "power spectrum of the shot noise in the sky of all particles, measured from the difference of two "
    "halves; row = realisation, column = l",
    "zonal": "a_l0 in the frame whose pole is the magnetic field; realisation x half of the particles x l",
    "alm_index": "global numbers of the realisations whose a_lm are kept",
    "alm": "a_lm of the relative intensity, m by m as in healpy; realisation x half of the particles x (l, m)",
}
ESTIMATORS = {
    "pixel-centre": "auto-spectrum, exact quadrature on a Gauss-Legendre grid; no pixel window, no noise",
    "random": "cross-spectrum of two independent halves of the particles, transformed without pixels; "
    "no pixel window, no noise bias",
    "stratified": "cross-spectrum of two independent halves of the particles, each stratified in arrival "
    "direction and free path, transformed without pixels; no pixel window, no noise bias",
}
# Datasets by the one that numbers their rows.
ROWS = {
    "index": ("index", "power", "mean", "noise", "zonal"),
    "map_index": ("map_index", "maps", "hits", "variance"),
    "alm_index": ("alm_index", "alm"),
}
# What the numbers of a dataset are: whole, complex, or else real.
KINDS = {"index": "iu", "map_index": "iu", "alm_index": "iu", "hits": "iu", "alm": "c"}
PACKED = ("maps", "hits", "variance")
ALL_ROWS = tuple(name for names in ROWS.values() for name in names)


def read(path: str | Path) -> Result:
    """Read a results file.

    Raises
    ------
    InputError
        If there is no such file, it is not one of ours, or it is damaged.
    """
    with open_results(path) as (file, config), reading(Path(path)):
        columns = {name: file[name][()] for name in ALL_ROWS if name in file}
        return Result(config=config, **columns)


def read_indices(path: Path) -> dict[str, NDArray[np.int64]]:
    """Numbers of the realisations in a results file, and of those whose maps and a_ℓm it holds."""
    with open_results(path) as (file, _), reading(path):
        return {key: file[key][()] for key in ROWS}


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what HDF5 says of damaged datasets into an `InputError` that names the file."""
    try:
        yield
    except (OSError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: damaged results file: {first_line(error)}") from None


@contextmanager
def open_results(path: str | Path) -> Iterator[tuple[Any, Config]]:
    """Open a results file for reading and check that it is one; gives the HDF5 file and its Config.

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
        reason = "damaged (cut short?)" if is_hdf5_start(path) else "not an eddysky results file"
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
    """Give an older file's configuration the inner scale that it took for granted: k_max λ = 1.75 nside."""
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
    pixels = (12 * config.sky.nside**2,)
    rows, maps = file["index"].shape, file["map_index"].shape
    wanted = {
        "index": rows,
        "power": (*rows, config.lmax + 1),
        "mean": rows,
        "map_index": maps,
        "maps": (*maps, *pixels),
    }
    if config.sampling != "pixel-centre":
        wanted |= {"hits": (*maps, *pixels), "variance": (*maps, *pixels)}
    if file.attrs.get("results_version", 1) > 1:
        halves = 1 if config.sampling == "pixel-centre" else 2
        alms = file["alm_index"].shape
        wanted |= {"alm_index": alms, "alm": (*alms, halves, alm_size(config.lmax))}
        if config.transport.mode == "parallel":
            wanted["zonal"] = (*rows, halves, config.lmax + 1)
    if file.attrs.get("results_version", 1) > 3 and config.sampling != "pixel-centre":
        wanted["noise"] = (*rows, config.lmax + 1)
    for name, shape in wanted.items():
        if name not in file:
            raise InputError(f"{path}: damaged results file: /{name} is missing")
        found = file[name]
        kind = KINDS.get(name, "f")
        if found.shape != shape or len(shape) == 0 or found.dtype.kind not in kind:
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


def write(path: Path, result: Result) -> None:
    """Write a results file in one go; for crash safety write to a temporary name and rename."""
    with new_file(path) as file:
        write_attributes(file, result.config)
        for name in ALL_ROWS:
            values = getattr(result, name)
            if values is not None:
                create(file, name, values.shape, values.dtype, result.config)[...] = values


def concatenate(path: Path, sources: Sequence[Path], config: Config) -> None:
    """Write one results file of all realisations in several, sorted, each once."""
    with new_file(path) as file:
        write_attributes(file, config)
        for key, names in ROWS.items():
            indices = []
            for source in sources:
                with open_results(source) as (part, _), reading(source):
                    indices.append(part[key][()])
            merged = np.unique(np.concatenate(indices))
            for source, own in zip(sources, indices, strict=True):
                with open_results(source) as (part, _), reading(source):
                    order = np.argsort(own)
                    rows = np.searchsorted(merged, own[order])
                    for name in names:
                        if name in part:
                            copy_rows(file, name, part[name], order, rows, len(merged), config)


@contextmanager
def new_file(path: Path) -> Iterator[Any]:
    """Give an HDF5 file in memory and write it at the end, in one go.

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
    name: str,
    source: Any,
    order: NDArray[np.int64],
    rows: NDArray[np.int64],
    count: int,
    config: Config,
) -> None:
    """Copy the rows of one dataset, taken in `order`, to `rows` of the merged one."""
    if name not in file:
        create(file, name, (count, *source.shape[1:]), source.dtype, config)
    if len(rows):
        file[name][rows] = source[()][order]


def create(file: Any, name: str, shape: tuple[int, ...], dtype: Any, config: Config) -> Any:
    """Create a dataset with checksums and with the attributes that explain it."""
    row = int(np.prod(shape[1:])) * np.dtype(dtype).itemsize
    chunk = (min(max(1, (1 << 20) // max(row, 1)), max(1, shape[0])), *shape[1:])
    packing = {"compression": "gzip", "shuffle": True} if name in PACKED else {}
    data = file.create_dataset(
        name,
        shape=shape,
        maxshape=(None, *shape[1:]),
        dtype=dtype,
        chunks=chunk,
        fletcher32=True,
        **packing,
    )
    data.attrs["units"] = "1"
    data.attrs["description"] = DESCRIPTIONS[name]
    if name == "power":
        data.attrs["lmax"] = config.lmax
        data.attrs["estimator"] = ESTIMATORS[config.sampling]
    if name == "alm":
        data.attrs["lmax"] = config.lmax
        data.attrs["coordinate_system"] = "C (equatorial, J2000)"
    if name in PACKED:
        data.attrs["nside"] = config.sky.nside
        data.attrs["ordering"] = "RING"
        data.attrs["coordinate_system"] = "C (equatorial, J2000)"
        data.attrs["frame"] = config.sky.frame
        data.attrs["direction"] = "arrival direction: where the particle comes from"
    return data


def write_attributes(file: Any, config: Config) -> None:
    """Say in the root attributes what made the file."""
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


def sha256(text: str) -> str:
    """Hexadecimal SHA-256 of a text."""
    return hashlib.sha256(text.encode()).hexdigest()


def is_hdf5_start(path: Path) -> bool:
    """Whether a file begins like HDF5, so that a failure to open it means damage."""
    try:
        with path.open("rb") as file:
            return file.read(8) == b"\x89HDF\r\n\x1a\n"
    except OSError:
        return False


def first_line(error: BaseException) -> str:
    """First line of an error's message."""
    return (str(error).strip("'\"").splitlines() or [type(error).__name__])[0]
