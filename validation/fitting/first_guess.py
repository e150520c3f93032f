"""Starting point of the search for the best fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from eddysky.validation.fitting.likelihood import Likelihood
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.spectral_models import NOISE, Model, Value

__all__ = ["first_guess"]

# Trial noise levels, as fractions of the smallest |C_ℓ| of the data.
_NOISE_FRACTIONS = (0.01, 0.5)


def first_guess(
    data: MeasuredPower,
    model: Model,
    likelihood: Likelihood,
    fixed: Mapping[str, Value],
    free: Sequence[str],
) -> dict[str, float]:
    """Best of a few trial shapes and noise levels, each with its least-squares amplitude.

    Parameters
    ----------
    data
        Measured spectrum.
    model
        Model to be fitted.
    likelihood
        Likelihood of the data.
    fixed
        Values of the fixed parameters.
    free
        Names of the fitted parameters.

    Returns
    -------
    dict
        A value of each fitted parameter.
    """
    shapes: Sequence[dict[str, float]] = [{}]
    if model.shape is not None and model.shape[0] in free:
        shapes = [{model.shape[0]: value} for value in model.shape[1]]
    noises: Sequence[dict[str, float]] = [{}]
    if NOISE.name in free:
        sizes = np.abs(data.c_ell)
        # Data that are all zero have standard errors.
        sizes = (
            sizes[sizes > 0] if np.any(sizes > 0) else likelihood.information(data.c_ell) ** -0.5
        )
        noises = [{NOISE.name: part * float(np.min(sizes))} for part in _NOISE_FRACTIONS]
    trials = [shape | noise for shape, noise in product(shapes, noises)]
    for trial in trials:
        if model.scale in free:
            trial[model.scale] = _amplitude(data, model, likelihood, {**fixed, **trial})
    return min(
        trials, key=lambda trial: likelihood.statistic(model.expected(data.ell, {**fixed, **trial}))
    )


def _amplitude(
    data: MeasuredPower, model: Model, likelihood: Likelihood, values: Mapping[str, Value]
) -> float:
    """Value of the parameter `scale` by linear least squares to data less noise, reweighted once."""
    unit = model.spectrum(data.ell, {**values, model.scale: 1.0})
    noise = float(values[NOISE.name])
    signal = data.c_ell - noise
    factor = float(np.mean(np.abs(signal) / unit))
    if factor == 0:
        # All data are zero: the standard errors give the scale.
        factor = float(np.min(likelihood.information(data.c_ell) ** -0.5 / unit))
    for _ in range(2):
        weight = likelihood.information(factor * unit + noise)
        estimate = float(np.sum(weight * unit * signal) / np.sum(weight * unit**2))
        # Least squares may be negative for data that scatter about zero.
        factor = estimate if estimate > 0 else 0.1 * factor
    return float(factor ** (1 / model.power))
