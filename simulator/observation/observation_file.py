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
    """Dataset of an observation: name, NumPy type, units, description, and whether it is compressed."""

    name: str
    dtype: str
    units: str
    description: str
    packed: bool = False


DATASETS = (
    Dataset("index", "int64", "1", "numbers of the realisations observed"),
    Dataset(
        "power", "float64", "1",
        "coupled C_l of weight x relative intensity, noise included; row = realisation, column = l",
    ),
    Dataset("noise", "float64", "1", "noise bias of power, from the counts"),
    Dataset(
        "exposure", "float64", "counts",
        "expected counts of an isotropic sky in each pixel, 0 outside the field of view", packed=True,
    ),
    Dataset("weight", "float64", "1", "weight of each pixel in spectra", packed=True),
    Dataset("map_index", "int64", "1", "numbers of the realisations whose maps are kept"),
    Dataset("counts", "int64", "counts", "events in each pixel", packed=True),
    Dataset("intensity", "float64", "1", "relative intensity, NaN outside the field of view"),
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
        config = Config.from_text(file.attrs["configuration"], str(path), folder=None)
        survey = Survey.from_json(file.attrs["survey"])
        return Observation(config, survey, **values)
