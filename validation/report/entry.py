"""One file of a report: results or an observation, as far as the page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.maps import observed_maps
from eddysky.simulator.observation.observation_file import is_observation, read_observation
from eddysky.simulator.results.filenames import without_ending
from eddysky.simulator.results.store import open_results, read, reading
from eddysky.validation.report.commands import (
    first_kept,
    observe_command,
    run_command,
    selection,
    word,
)
from eddysky.validation.report.model import described_model, described_survey
from eddysky.validation.report.sky import SkyMap
from eddysky.validation.report.spectrum import Spectrum

if TYPE_CHECKING:
    from eddysky.simulator.observation.observation import Observation
    from eddysky.simulator.results.result import Result

__all__ = ["Entry", "read_entry"]

# Root attributes that the page shows.
SHOWN = (
    "created", "made_by", "seed", "eddysky_version", "results_version", "observation_version", "format_version",
    "numpy_version", "numba_version", "healpy_version", "configuration_sha256",
)  # fmt: skip
# Of the residual and significance of an observation.
SMOOTH, SUBTRACT = 10.0, 3


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """What a report shows of one file.

    Parameters
    ----------
    name
        Of the file, without folder and ending.
    title
        What the page calls it: its name, or its whole path where that is not unique.
    config
        Configuration of the skies.
    spectrum
        C_ℓ and verdict.
    model, survey
        What was simulated, and how it was observed, in HTML; "" for results.
    maps
        Of one realisation; none if the file holds no maps.
    realization
        Which one; None without maps.
    commands
        That make the file again.
    remark
        What these commands need besides, or "".
    attributes
        Versions, seeds and the like by name.
    """

    name: str
    title: str
    config: Config
    spectrum: Spectrum
    model: str
    maps: tuple[SkyMap, ...]
    realization: int | None
    commands: tuple[str, ...]
    remark: str
    attributes: Mapping[str, str]
    survey: str = ""

    @property
    def observed(self) -> bool:
        """Whether the file is an observation."""
        return bool(self.survey)


def read_entry(path: Path, row: int = 0) -> Entry:
    """Read results or an observation, and compare it with the theory.

    Parameters
    ----------
    path
        Name of the file.
    row
        Which of its maps is shown, from 0.

    Raises
    ------
    InputError
        If the file cannot be read, or holds maps but not this one.
    """
    if is_observation(path):
        observation = read_observation(path)
        check_row(path, row, len(observation.counts))
        return from_observation(without_ending(path), observation, row, attributes_of(path))
    with open_results(path) as (file, _), reading(path):
        attributes = shown(file.attrs)
    result = read(path)
    check_row(path, row, len(result.maps))
    return from_result(without_ending(path), result, row, attributes)


def from_result(name: str, result: Result, row: int, attributes: Mapping[str, str]) -> Entry:
    """Of results."""
    config = result.config
    maps: list[SkyMap] = []
    index = None
    if len(result.maps):
        index = int(result.map_index[row])
        values = result.maps[row].astype(float)
        highest = float(np.nanmax(np.abs(values), initial=0.0))
        words = r"relative intensity $\delta f/f - \langle\delta f/f\rangle$"
        maps.append(
            SkyMap(
                words, values, empty="no particles",
                field=config.for_realization(index).field_direction,
                # Without turbulence nothing is brighter than the flow makes it.
                ends=None if config.turbulent or not highest else (-highest, highest),
            )
        )  # fmt: skip
    kept = {"maps": first_kept(result.map_index), "alms": first_kept(result.alm_index)}
    if kept["maps"] == min(8, config.ensemble.realizations):
        del kept["maps"]
    columns = [column.name for column in result.definitions]
    return Entry(
        name, name, config, Spectrum.from_result(result), described_model(config, len(result.power)), seen(maps),
        index, (*run_command(config, name, f"{name}.h5", kept, columns), f"eddysky validate {word(f'{name}.h5')}"),
        selection(config, result.index), attributes,
    )  # fmt: skip


def from_observation(
    name: str, observation: Observation, row: int, attributes: Mapping[str, str]
) -> Entry:
    """Of an observation."""
    maps: list[SkyMap] = []
    index = None
    if len(observation.counts):
        index = int(observation.map_index[row])
        found = observed_maps(observation, row, smooth=SMOOTH, subtract_multipoles=SUBTRACT)
        over = f"summed over discs of {SMOOTH:g}°"
        empty = "outside the field of view"
        maps = [
            SkyMap("relative intensity", found.intensity, empty=empty),
            SkyMap(
                rf"relative intensity without $\ell \leq {SUBTRACT}$, {over}",
                found.residual,
                empty=empty,
            ),
            SkyMap(f"significance, {over}", found.significance, unit="σ", empty=empty),
        ]
    count = len(observation.index)
    commands = (
        *run_command(observation.config, name, f"{name}-skies.h5", {}, ()),
        observe_command(name, observation),
        f"eddysky validate {word(f'{name}.h5')}",
    )
    remark = "Needs the mask of the field of view." * observation.survey.field.endswith(".fits")
    if count > 1:
        remark = f"{remark} {selection(observation.config, observation.index)}".strip()
    model = described_model(observation.config, count)
    return Entry(
        name, name, observation.config, Spectrum.from_observation(observation), model, seen(maps), index,
        commands, remark,
        {
            **attributes,
            "seed of the skies": str(observation.config.ensemble.seed),
            "seed of the counts": str(observation.survey.seed),
        },
        described_survey(observation),
    )  # fmt: skip


def seen(maps: Sequence[SkyMap]) -> tuple[SkyMap, ...]:
    """Maps without infinite values, and only those with any value."""
    finite = [replace(m, values=np.where(np.isfinite(m.values), m.values, np.nan)) for m in maps]
    return tuple(m for m in finite if np.isfinite(m.values).any())


def check_row(path: Path, row: int, maps: int) -> None:
    """Refuse a map that is not there; no map at all is nothing to choose from."""
    if row and row >= maps:
        raise InputError(f"--row {row}: {path} holds {maps} maps, numbered from 0")


def attributes_of(path: Path) -> dict[str, str]:
    """Root attributes of an observation that the page shows."""
    import h5py

    with reading(path), h5py.File(path, "r", locking=False) as file:
        return shown(file.attrs)


def shown(attributes: Mapping[str, Any]) -> dict[str, str]:
    """Root attributes that the page shows."""
    return {key.replace("_", " "): str(attributes[key]) for key in SHOWN if key in attributes}
