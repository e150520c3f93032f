"""The file of an observation: HDF5 with a seal; configuration and survey are root attributes.

The root attribute `observation_version` tells it from a results file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.config.reading import check_file
from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.observation import Observation
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.results.filenames import is_hdf5
from eddysky.simulator.results.sealing import ABOUT, is_sealed
from eddysky.simulator.results.store import check_memory, reading, sha256
from eddysky.simulator.results.structure import datasets
from eddysky.simulator.results.target_file import write_hdf5

__all__ = ["OBSERVATION_VERSION", "is_observation", "read_observation", "write_observation"]

# Raised whenever the same survey of the same skies gives other numbers than before.
OBSERVATION_VERSION = 1
KEY = "observation_version"
# The names of the first attributes are near the beginning of the file.
BEGINNING = 1 << 14


@dataclass(frozen=True, slots=True)
class Dataset:
    """Dataset of an observation: name, NumPy type, axes, units, description, and whether it is compressed."""

    name: str
    dtype: str
    axes: str
    units: str
    description: str
    packed: bool = False


DATASETS = (
    Dataset("index", "int64", "R", "1", "numbers of the realisations observed"),
    Dataset(
        "power", "float64", "R ell", "1",
        "coupled C_l of weight x relative intensity, noise included; row = realisation, column = l",
    ),
    Dataset("noise", "float64", "R ell", "1", "noise bias of power, from the counts"),
    Dataset(
        "exposure", "float64", "npix", "counts",
        "expected counts of an isotropic sky in each pixel, 0 outside the field of view", packed=True,
    ),
    Dataset("weight", "float64", "npix", "1", "weight of each pixel in spectra", packed=True),
    Dataset("map_index", "int64", "K", "1", "numbers of the realisations whose maps are kept"),
    Dataset("counts", "int64", "K npix", "counts", "events in each pixel", packed=True),
    Dataset("intensity", "float64", "K npix", "1", "relative intensity, NaN outside the field of view"),
)  # fmt: skip
PIXELS = {"nside", "exposure", "weight", "counts", "intensity"}


def write_observation(path: Path, observation: Observation) -> None:
    """Write the file of an observation in one go; for crash safety write to a temporary name and rename."""

    def fill(file: Any, check: Callable[[], None]) -> None:
        text = observation.config.to_toml()
        file.attrs[KEY] = OBSERVATION_VERSION
        file.attrs["seal"] = ABOUT
        file.attrs["eddysky_version"] = version("eddysky")
        file.attrs["created"] = datetime.now(UTC).isoformat(timespec="seconds")
        file.attrs["survey"] = observation.survey.to_json()
        file.attrs["configuration"] = text
        file.attrs["configuration_sha256"] = sha256(text)
        for dataset in DATASETS:
            values = getattr(observation, dataset.name)
            data = file.create_dataset(
                dataset.name,
                data=values,
                dtype=dataset.dtype,
                maxshape=(None, *values.shape[1:]),
                chunks=(1, *values.shape[1:]) if values.ndim > 1 else (max(1, len(values)),),
                fletcher32=True,
                **({"compression": "gzip", "shuffle": True} if dataset.packed else {}),
            )  # fmt: skip
            data.attrs.update({"units": dataset.units, "description": dataset.description})
            if dataset.name in PIXELS:
                data.attrs.update(
                    {"ordering": "RING", "coordinate_system": "C (equatorial, J2000)"}
                )
            check()

    write_hdf5(path, fill)


def is_observation(path: Path) -> bool:
    """Whether a file begins like an observation; it may still be damaged."""
    if not is_hdf5(path):
        return False
    with path.open("rb") as file:
        return KEY.encode() in file.read(BEGINNING)


def read_observation(path: str | Path) -> Observation:
    """Read the file of an observation.

    Parameters
    ----------
    path
        Name of the file.

    Returns
    -------
    Observation
        Its content.

    Raises
    ------
    InputError
        If the file does not exist, is no observation, or is damaged.
    """
    import h5py

    path = Path(path)
    check_file(path)
    if not is_observation(path):
        raise InputError(f"{path}: not an observation, as `eddysky observe` makes them")
    if not is_sealed(path):
        raise InputError(f"{path}: damaged observation: no SHA-256 at its end")
    with reading(path), h5py.File(path, "r", locking=False) as file:
        if not np.array_equal(file.attrs.get(KEY), OBSERVATION_VERSION):
            raise InputError(
                f"{path}: {KEY} {file.attrs.get(KEY)}; this eddysky reads {OBSERVATION_VERSION}"
            )
        check_memory(file, path)
        found = datasets(file)
        values = {dataset.name: found[dataset.name][()] for dataset in DATASETS}
        text = file.attrs["configuration"]
        if file.attrs["configuration_sha256"] != sha256(text):
            raise ValueError("its configuration was altered")
        config = Config.from_text(text, str(path), folder=None)
        survey = Survey.from_json(file.attrs["survey"])
        check_shapes(values, config, survey)
        check_values(values)
        return Observation(config, survey, **values)


def check_shapes(values: dict[str, Any], config: Config, survey: Survey) -> None:
    """Refuse datasets that are not of the type and shape that configuration and survey give them.

    Raises
    ------
    ValueError
        Names the dataset.
    """
    sizes = {
        "R": np.size(values["index"]),
        "K": np.size(values["map_index"]),
        "ell": config.lmax + 1,
        "npix": 12 * survey.nside**2,
    }
    for dataset in DATASETS:
        found = values[dataset.name]
        shape = tuple(sizes[axis] for axis in dataset.axes.split())
        if found.shape != shape or found.dtype != dataset.dtype:
            raise ValueError(
                f"/{dataset.name} is {found.dtype} of shape {found.shape}, not {dataset.dtype} of {shape}"
            )


def check_values(values: dict[str, Any]) -> None:
    """Refuse numbers that no observation has.

    Raises
    ------
    ValueError
        Names the dataset.
    """
    seen = values["exposure"] > 0
    index, intensity = values["index"], values["intensity"]
    for name, good in (
        ("index", len(index) > 0 and np.all(index >= 0) and len(np.unique(index)) == len(index)),
        ("map_index", np.array_equal(values["map_index"], index[: len(values["map_index"])])),
        ("power", np.all((values["power"] >= 0) & np.isfinite(values["power"]))),
        ("noise", np.all(np.isfinite(values["noise"]))),
        ("exposure", np.all((values["exposure"] >= 0) & np.isfinite(values["exposure"]))),
        (
            "weight",
            np.all((values["weight"] > 0) == seen) and np.all(np.abs(values["weight"]) <= 1),
        ),
        ("counts", np.all(values["counts"] >= 0)),
        ("intensity", np.array_equal(np.isfinite(intensity), np.tile(seen, (len(intensity), 1)))),
    ):
        if not good:
            raise ValueError(f"/{name} holds numbers that no observation has")
    if not np.any(seen):
        raise ValueError("/exposure is zero")
