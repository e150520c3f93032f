"""Spectra as the command line names them: tables, observations and results, and what is said of each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import counted, ranges
from eddysky.simulator.config.quantities import read_quantity
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.fit_assumptions import Assumptions
from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.observation_file import is_observation, read_observation
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.observation.weight import weight_map
from eddysky.simulator.results.filenames import is_hdf5
from eddysky.simulator.results.store import read
from eddysky.validation.fitting.choice import COSMIC_VARIANCE, GAUSSIAN
from eddysky.validation.fitting.coverage import Coverage
from eddysky.validation.fitting.matrices import check_covariance, read_matrix
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.observed_spectrum import observed_spectrum
from eddysky.validation.fitting.sources import read_comments, read_table

__all__ = ["GivenData", "default_likelihood", "open_data"]

# Smallest nside of the weights of a field of view that is named.
FINE = 64
# Largest shot noise over C_ℓ where the skies of particles count as without: standard errors are 5% larger with it.
MOST_NOISE = 0.05
# A number of events that every field of view can have; weights do not depend on it.
MANY = 1e15


@dataclass(frozen=True, slots=True)
class GivenData:
    """What options say of the data: nothing, one value for all, or one for each.

    Parameters
    ----------
    energies
        Median energies, with a unit.
    covariances, windows
        Files of covariances and window matrices.
    masks
        Fields of view, or files of weights.
    sky_fractions
        Fractions of the sky.
    apodise
        Distance over which the weight of a named field of view rises [degrees]; None: as in `Survey`.
    keep_zonal
        Whether m = 0 in equatorial axes is in the coupled C_ℓ of masks.
    row
        Number of one observation or realisation; None: their mean.
    """

    energies: Sequence[str] = ()
    covariances: Sequence[Path] = ()
    windows: Sequence[Path] = ()
    masks: Sequence[str] = ()
    sky_fractions: Sequence[float] = ()
    apodise: float | None = None
    keep_zonal: bool = False
    row: int | None = None

    def each(self, count: int) -> list[GivenData]:
        """What is said of each of so many data.

        Raises
        ------
        InputError
            If an option is neither given once nor for each, or needs another one.
        """
        lists = {
            "--energy": self.energies,
            "--covariance": self.covariances,
            "--window": self.windows,
            "--mask": self.masks,
            "--sky-fraction": self.sky_fractions,
        }
        for option, values in lists.items():
            if len(values) not in (0, 1, count):
                raise InputError(
                    f"{option}: is given {len(values)} times for {count} spectra; give it once for all, or for each"
                )
        if not self.masks and (self.apodise is not None or self.keep_zonal):
            option = "--keep-zonal" if self.keep_zonal else "--apodise"
            raise InputError(f"{option}: only with --mask")

        def pick(values: Sequence[Any], place: int) -> Sequence[Any]:
            return values[place : place + 1] if len(values) > 1 else values

        return [
            replace(
                self,
                energies=pick(self.energies, place),
                covariances=pick(self.covariances, place),
                windows=pick(self.windows, place),
                masks=pick(self.masks, place),
                sky_fractions=pick(self.sky_fractions, place),
            )
            for place in range(count)
        ]

    @property
    def layer(self) -> Assumptions:
        """The energy, which precedes what a table or a configuration states."""
        if not self.energies:
            return Assumptions("--energy", {})
        try:
            return Assumptions("--energy", {"energy": read_quantity(self.energies[0], "TeV")})
        except ValueError as error:
            raise InputError(f"--energy {self.energies[0]}: {error}") from None


def default_likelihood(paths: Sequence[Path], row: int | None) -> str:
    """Likelihood unless one is named: of observations and single skies cosmic variance, of others their errors."""
    if all(is_observation(path) or (row is not None and is_hdf5(path)) for path in paths):
        return COSMIC_VARIANCE
    return GAUSSIAN


def open_data(
    path: Path, given: GivenData, likelihood: str, lmin: int | None, lmax: int | None
) -> tuple[MeasuredPower, Assumptions]:
    """A table, an observation or the mean of results with what is said of it, and what it states itself.

    Parameters
    ----------
    path
        Table, file of observations, or results file.
    given
        What options say of it.
    likelihood
        Name of the likelihood.
    lmin, lmax
        Lowest and highest multipole to use.

    Raises
    ------
    InputError
        If a file cannot be read, or does not go together with the others.
    """
    if is_observation(path):
        return _observation(path, given, lmin, lmax)
    if is_hdf5(path):
        return _results(path, given, likelihood, lmin, lmax)
    if given.row is not None:
        raise InputError(f"--row: {path} is no file of observations or results")
    if given.covariances and likelihood == COSMIC_VARIANCE:
        raise InputError(f"--covariance: not with the likelihood {likelihood}, which has no errors")
    data = read_table(path, likelihood, errors=not given.covariances)
    stated = read_comments(path)
    if given.windows:
        data = replace(data, window=read_matrix(given.windows[0], "window matrix"))
    covariance = given.covariances[0] if given.covariances else None
    data = _selected(data, covariance, lmin, lmax)
    if given.sky_fractions:
        data = replace(data, sky_fraction=given.sky_fractions[0])
    if given.masks:
        highest = int(data.ell[-1] if data.edges is None else data.edges.max())
        if data.window is not None:
            highest = data.window.shape[1] - 1
        weight = _weight(given.masks[0], highest, given.apodise)
        data = replace(
            data, coverage=Coverage.from_weight(weight, highest, keep_zonal=given.keep_zonal)
        )
    return data, stated


def _observation(
    path: Path, given: GivenData, lmin: int | None, lmax: int | None
) -> tuple[MeasuredPower, Assumptions]:
    """Coupled C_ℓ of one observation, or the mean of several."""
    _refuse_options(given, f"{path}, an observation, which contains its own")
    observation = read_observation(path)
    data = observed_spectrum(observation, str(path), row=given.row, lmax=lmax)
    return data.between(lmin, lmax), Assumptions.from_config(observation.config, str(path))


def _results(
    path: Path, given: GivenData, likelihood: str, lmin: int | None, lmax: int | None
) -> tuple[MeasuredPower, Assumptions]:
    """Mean C_ℓ of an ensemble with its standard errors, or one of its skies."""
    _refuse_options(given, f"{path}, the results of a simulation, which sees the whole sky")
    result = chosen = read(path)
    if given.row is not None:
        if given.row >= len(result.power):
            raise InputError(
                f"--row {given.row}: {path} has {counted(len(result.power))}, numbered from 0"
            )
        chosen = replace(result, power=result.power[[given.row]])
    elif len(result.power) == 1 and likelihood == GAUSSIAN:
        raise InputError(
            f"{path}: a single realisation has no standard errors; --row 0 fits it with its cosmic variance"
        )
    data = replace(MeasuredPower.from_result(chosen), name=str(path)).between(lmin, lmax)
    if likelihood == COSMIC_VARIANCE and result.noise is not None:
        noise, power = result.noise.mean(axis=0), result.power.mean(axis=0)
        noisy = data.ell[noise[data.ell] > MOST_NOISE * power[data.ell]]
        if len(noisy):
            raise InputError(
                f"{path}: likelihood {likelihood}: the shot noise of the particles, which it leaves out, is above "
                f"{MOST_NOISE:.0%} of C_l at l = {ranges(noisy.tolist(), 3)}; use lower l (--lmax), or the mean with "
                "its errors (gaussian, without --row)"
            )
    return data, Assumptions.from_config(result.config, str(path))


def _refuse_options(given: GivenData, why: str) -> None:
    """Refuse options that describe a table."""
    named = {
        "--covariance": given.covariances,
        "--window": given.windows,
        "--mask": given.masks,
        "--sky-fraction": given.sky_fractions,
    }
    for option, values in named.items():
        if values:
            raise InputError(f"{option}: not with {why}")


def _selected(
    data: MeasuredPower, path: Path | None, lmin: int | None, lmax: int | None
) -> MeasuredPower:
    """Data between lmin and lmax, with a covariance of all rows of the table, or of these alone, if it is given."""
    used = data.between(lmin, lmax)
    if path is None:
        return used
    covariance = read_matrix(path, "covariance")
    sizes = len(data.ell), len(used.ell)
    if covariance.shape not in [(size, size) for size in sizes]:
        allowed = " or ".join(f"{size} x {size}" for size in dict.fromkeys(sizes))
        raise InputError(
            f"{path}: covariance: has the shape {covariance.shape}; for the multipoles of {data.name} it must be "
            f"{allowed}"
        )
    check_covariance(covariance, len(covariance), f"{path}: covariance")
    if len(covariance) == len(data.ell):
        return replace(data, covariance=covariance).between(lmin, lmax)
    return replace(used, covariance=covariance)


def _weight(mask: str, lmax: int, apodise: float | None) -> NDArray[np.float64]:
    """Weight of each pixel: of a field of view by name, or a map of weights."""
    nside = max(FINE, 1 << (lmax - 1).bit_length())
    if Path(mask).is_file():
        if apodise is not None:
            raise InputError(f"--apodise: not with {mask}, whose values are the weights")
        from eddysky.simulator.io.sky_fits import read_map

        nside = math.isqrt(len(read_map(Path(mask), counts=False).values) // 12)
        survey = Survey(mask, (MANY,), nside, apodise=0.0, weighting="exposure")
    else:
        given: dict[str, Any] = {} if apodise is None else {"apodise": apodise}
        survey = Survey(mask, (MANY,), nside, **given)
    return weight_map(survey, exposure_map(survey))
