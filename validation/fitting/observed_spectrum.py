"""The measured spectrum of an observation: its coupled C_ℓ without the noise of the counts."""

from __future__ import annotations

import math

import numpy as np

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.observation import Observation
from eddysky.validation.fitting.coverage import Coverage
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.theory.predict_coupled import gaussian_beam

__all__ = ["observed_spectrum"]


def observed_spectrum(
    observation: Observation,
    name: str = "the observation",
    *,
    row: int | None = None,
    lmax: int | None = None,
) -> MeasuredPower:
    """Coupled C_ℓ minus noise of one observation or the mean of several.

    Parameters
    ----------
    observation
        Observed skies.
    name
        Its name in messages.
    row
        Number of one sky, from 0; None: the mean of all.
    lmax
        Highest multipole to use; all by default.

    Returns
    -------
    MeasuredPower
        ℓ = 1 … lmax with the coverage, and of the mean of several with standard errors from their scatter.

    Raises
    ------
    InputError
        If there is no such row, or the skies have a Compton–Getting dipole, which the models do not.
    """
    count = len(observation.power)
    if row is not None and not 0 <= row < count:
        raise InputError(f"row = {row}: {name} has {count} observations, numbered from 0")
    survey = observation.survey
    if survey.compton_getting is not None:
        raise InputError(
            f"{name}: has a Compton-Getting dipole, which no model has; observe the skies without it"
        )
    highest = min(observation.lmax, lmax or observation.lmax)
    rows = slice(None) if row is None else slice(row, row + 1)
    power, noise = (each[rows, : highest + 1] for each in (observation.power, observation.noise))
    signal, bias = power - noise, noise.mean(axis=0)
    error = None
    if len(signal) > 1:
        error = signal.std(axis=0, ddof=1)[1:] / math.sqrt(len(signal))
    coverage = Coverage.from_exposure(
        observation.weight,
        observation.exposure,
        gaussian_beam(survey.point_spread, observation.config.lmax),
        bias,
        keep_zonal=survey.keep_zonal,
    )
    return MeasuredPower(
        np.arange(1, highest + 1),
        signal.mean(axis=0)[1:],
        error,
        name,
        realizations=len(signal),
        coverage=coverage,
    )
