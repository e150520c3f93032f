"""Observing the skies of a results file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.machine import available_cores, available_memory
from eddysky.simulator.observation.counts import draw_counts, sky_to_observe
from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.intensity import relative_intensity
from eddysky.simulator.observation.local import check_local, write_local
from eddysky.simulator.observation.observation import Observation
from eddysky.simulator.observation.skies import skies_of
from eddysky.simulator.observation.spectrum import coupled_power
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.observation.weight import weight_map
from eddysky.simulator.results.store import open_results, reading
from eddysky.simulator.results.writing import new_folder
from eddysky.simulator.sky.rings import healpix_rings
from eddysky.simulator.transport.blocks import mapped

__all__ = ["observe", "observe_locally"]

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


def observe(
    path: str | Path,
    survey: Survey,
    rows: Sequence[int] | None = None,
    *,
    maps: int = 8,
    threads: int | None = None,
    done: Callable[[int], object] = lambda count: None,
) -> Observation:
    """Observe the skies of a results file.

    Parameters
    ----------
    path
        Results file.
    survey
        Field, events, and how the sky is made from them.
    rows
        Rows of the results file to observe, from 0; all by default.
    maps
        Number of skies observed whose counts and relative intensity are kept, from the first.
    threads
        Threads; all available cores by default. The observation does not depend on it.
    done
        Called with the number of skies that were finished.

    Returns
    -------
    Observation
        Spectra of all, and maps of the first.

    Raises
    ------
    InputError
        If the survey does not suit the skies, or they are neither kept nor can be made again.

    Examples
    --------
    >>> observe("run.h5", Survey("icecube", (1.7e11,), 64))  # doctest: +SKIP
    <Observation: icecube, 1.7e+11 events, 100 realisations, nside 64, lmax 64, 8 maps>
    """
    path = Path(path)
    config, index = chosen(path, rows)
    if config.lmax > 3 * survey.nside - 1:
        raise InputError(
            f"nside = {survey.nside}: the skies have multipoles up to {config.lmax}; at most 3 nside - 1 = "
            f"{3 * survey.nside - 1}"
        )
    threads = threads or available_cores()
    kept = min(maps, len(index))
    check_memory(survey.nside, kept, threads)
    exposure = exposure_map(survey)
    weight = weight_map(survey, exposure)
    rings = healpix_rings(survey.nside)

    def seen(item: tuple[int, NDArray[np.complex128]]) -> tuple[Array, Array, Counts, Array]:
        number, alm = item
        sky = rings.synthesise(sky_to_observe(alm, config, survey), config.lmax)
        counts = draw_counts(exposure * (1.0 + sky), survey.seed, number)
        made, variance = relative_intensity(counts, exposure, survey.nside, survey.keep_zonal)
        power, noise = coupled_power(made, weight, variance, config.lmax, survey.keep_zonal)
        return power, noise, counts, made

    skies = zip(index.tolist(), skies_of(path, index.tolist(), threads), strict=True)
    power, noise = (np.empty((len(index), config.lmax + 1)) for _ in range(2))
    counts = np.empty((kept, len(exposure)), dtype=np.int64)
    intensity = np.empty((kept, len(exposure)))
    for place, made in enumerate(mapped(seen, skies, threads, purpose="counts")):
        power[place], noise[place] = made[:2]
        if place < kept:
            counts[place], intensity[place] = made[2:]
        done(1)
    return Observation(
        config, survey, exposure, weight, index, power, noise, index[:kept], counts, intensity
    )


def check_memory(nside: int, maps: int, threads: int) -> None:
    """Refuse more maps than fit into memory."""
    # Counts and intensity of each that is kept; about ten maps at a time in each thread and for the survey.
    size = 12 * nside**2 * 8 * (2 * maps + 10 * (threads + 1))
    free, whose = available_memory()
    if size > free:
        raise InputError(
            f"nside = {nside}: {maps} maps take {size / 1e9:.1f} GB of memory; {free / 1e9:.1f} GB {whose} are free"
        )


@contextmanager
def observe_locally(
    path: str | Path, survey: Survey, folder: Path, row: int = 0, threads: int | None = None
) -> Iterator[Callable[[], None]]:
    """Give a function that observes one sky in local coordinates; afterwards its files appear as `folder`.

    Parameters
    ----------
    path
        Results file.
    survey
        Its field is one or several detectors.
    folder
        New folder for the maps and config.json.
    row
        Row of the results file.
    threads
        As in `observe`.

    Raises
    ------
    InputError
        If the folder exists or cannot be written, or the field is not that of detectors.
    """
    path = Path(path)
    config, (number,) = chosen(path, [row])
    check_local(survey, config)
    threads = threads or available_cores()

    def write() -> None:
        (alm,) = skies_of(path, [int(number)], 1)
        write_local(unfinished, folder, alm, config, survey, int(number), threads=threads)

    with new_folder(folder) as unfinished:
        yield write


def chosen(path: Path, rows: Sequence[int] | None) -> tuple[Config, NDArray[np.int64]]:
    """Configuration of a results file and the numbers of the realisations in its rows; all rows if None."""
    with open_results(path) as (file, config), reading(path):
        found = file["index"][()]
    for row in rows or ():
        if not 0 <= row < len(found):
            raise InputError(f"row = {row}: {path} has {len(found)} realisations, numbered from 0")
    return config, found if rows is None else found[list(rows)]
