"""Where to begin the search for the best fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from eddysky.validation.likelihood import Likelihood
from eddysky.validation.measured import MeasuredPower
from eddysky.validation.spectral_models import NOISE, Model

__all__ = ["first_guess"]

# Noise levels to begin from, as parts of the lowest of the spectrum.
NOISE_PARTS = (0.01, 0.5)


def first_guess(
    data: MeasuredPower,
    model: Model,
    law: Likelihood,
    held: Mapping[str, float],
    free: Sequence[str],
) -> dict[str, float]:
    """Where to begin: the best of a few shapes and noise levels, each with the amplitude that suits it.

    Parameters
    ----------
    data
        Measured spectrum.
    model
        What is to be fitted.
    law
        How the data scatter.
    held
        Parameters that are given.
    free
        Names of those that are fitted.

    Returns
    -------
    dict
        A value of each free parameter.
    """
    shapes: Sequence[dict[str, float]] = [{}]
    if model.shape is not None and model.shape[0] in free:
        shapes = [{model.shape[0]: value} for value in model.shape[1]]
    floors: Sequence[dict[str, float]] = [{}]
    if NOISE.name in free:
        lowest = float(np.min(np.abs(data.c_ell)))
        floors = [{NOISE.name: part * lowest} for part in NOISE_PARTS if lowest > 0]
    best: tuple[float, dict[str, float]] | None = None
    for shape in shapes:
        for floor in floors:
            values = {**held, **shape, **floor}
            trial = shape | floor
            if model.scale in free:
                trial[model.scale] = amplitude(data, model, law, values)
            statistic = law.statistic(model.expected(data.ell, values | trial))
            if best is None or statistic < best[0]:
                best = statistic, trial
    assert best is not None
    return best[1]


def amplitude(
    data: MeasuredPower, model: Model, law: Likelihood, values: Mapping[str, float]
) -> float:
    """Value of the parameter of scale that suits data less noise: linear least squares, weighted anew once."""
    unit = model.spectrum(data.ell, {**values, model.scale: 1.0})
    signal = data.c_ell - values[NOISE.name]
    factor = float(np.mean(np.abs(signal) / unit))
    for _ in range(2):
        weight = law.information(factor * unit + values[NOISE.name])
        estimate = float(np.sum(weight * unit * signal) / np.sum(weight * unit**2))
        # Where data scatter about zero the least squares may be negative.
        factor = estimate if estimate > 0 else 0.1 * factor
    return float(factor ** (1 / model.power))
