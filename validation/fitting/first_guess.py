"""Where to begin the search for the best fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.fitting.likelihood import Likelihood
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.spectral_models import NOISE, Model, Value

__all__ = ["first_guess"]

Array = NDArray[np.float64]

# Noise levels to begin from, as parts of the lowest of the spectrum.
NOISE_PARTS = (0.01, 0.5)


def first_guess(
    data: MeasuredPower,
    model: Model,
    likelihood: Likelihood,
    fixed: Mapping[str, Value],
    free: Sequence[str],
) -> dict[str, float]:
    """Where to begin: the best of a few shapes and noise levels, each with the amplitude that suits it.

    Parameters
    ----------
    data
        Measured spectrum.
    model
        What is to be fitted.
    likelihood
        How the data scatter.
    fixed
        Parameters that are not fitted.
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
        sizes = np.abs(data.c_ell)
        # A spectrum without power has errors, or it could not be fitted.
        sizes = sizes[sizes > 0] if np.any(sizes > 0) else deviation(likelihood, data)
        floors = [{NOISE.name: part * float(np.min(sizes))} for part in NOISE_PARTS]
    best: tuple[float, dict[str, float]] | None = None
    for shape in shapes:
        for floor in floors:
            values = {**fixed, **shape, **floor}
            trial = shape | floor
            if model.scale in free:
                trial[model.scale] = amplitude(data, model, likelihood, values)
            statistic = likelihood.statistic(model.expected(data.ell, values | trial))
            if best is None or statistic < best[0]:
                best = statistic, trial
    assert best is not None
    return best[1]


def amplitude(
    data: MeasuredPower, model: Model, likelihood: Likelihood, values: Mapping[str, Value]
) -> float:
    """Value of the parameter of scale that suits data less noise: linear least squares, weighted anew once."""
    unit = model.spectrum(data.ell, {**values, model.scale: 1.0})
    noise = float(values[NOISE.name])
    signal = data.c_ell - noise
    factor = float(np.mean(np.abs(signal) / unit))
    if factor == 0:
        # Where there is nothing at all, what the errors would allow.
        factor = float(np.min(deviation(likelihood, data) / unit))
    for _ in range(2):
        weight = likelihood.information(factor * unit + noise)
        estimate = float(np.sum(weight * unit * signal) / np.sum(weight * unit**2))
        # Where data scatter about zero the least squares may be negative.
        factor = estimate if estimate > 0 else 0.1 * factor
    return float(factor ** (1 / model.power))


def deviation(likelihood: Likelihood, data: MeasuredPower) -> Array:
    """Standard errors of data without power, shape (n,)."""
    return np.asarray(likelihood.information(data.c_ell) ** -0.5)
