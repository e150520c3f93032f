"""Starting point of the search for the best fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.fitting.likelihood import Likelihood
from eddysky.validation.fitting.parameters import NOISE, Value, number
from eddysky.validation.fitting.spectral_models import Model

__all__ = ["Target", "first_guess"]

Array = NDArray[np.float64]

# Trial noise levels, as fractions of the smallest |C_ℓ| of the data.
_NOISE_FRACTIONS = (0.01, 0.5)


@dataclass(frozen=True, slots=True)
class Target:
    """A spectrum to be fitted.

    Parameters
    ----------
    likelihood
        Its likelihood.
    constant
        Values of the fixed parameters.
    """

    likelihood: Likelihood
    constant: dict[str, Value]

    def spectrum(self, model: Model, found: Mapping[str, Value]) -> Array:
        """C_ℓ of the model, with noise, at the multipoles of the window, shape (k,)."""
        return model.expected(self.likelihood.window.ell, {**self.constant, **found})


def first_guess(model: Model, targets: Sequence[Target], free: Sequence[str]) -> dict[str, float]:
    """Best of a few trial shapes and noise levels, each with its least-squares amplitude.

    Parameters
    ----------
    model
        Model to be fitted.
    targets
        Spectra to be fitted, at least one.
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
        sizes = np.abs(np.concatenate([target.likelihood.measured for target in targets]))
        # Data that are all zero have standard errors.
        sizes = sizes[sizes > 0] if np.any(sizes > 0) else _smallest_errors(targets)
        noises = [{NOISE.name: part * float(np.min(sizes))} for part in _NOISE_FRACTIONS]
    trials = [shape | noise for shape, noise in product(shapes, noises)]
    for trial in trials:
        if model.scale in free:
            trial[model.scale] = _amplitude(model, targets, trial)
    return min(
        trials,
        key=lambda trial: sum(t.likelihood.cost(t.spectrum(model, trial)) for t in targets),
    )


def _smallest_errors(targets: Sequence[Target]) -> Array:
    """Standard errors of all data without a signal."""
    return np.concatenate(
        [t.likelihood.information(np.zeros(len(t.likelihood.window.ell))) ** -0.5 for t in targets]
    )


def _amplitude(model: Model, targets: Sequence[Target], trial: Mapping[str, Value]) -> float:
    """Value of the parameter `scale` by linear least squares to data less noise, reweighted once."""
    values = [{**target.constant, **trial} for target in targets]
    windows = [target.likelihood.window for target in targets]
    noises = [number(each, NOISE.name) for each in values]
    units = [
        model.spectrum(window.ell, {**each, model.scale: 1.0})
        for window, each in zip(windows, values, strict=True)
    ]
    unit = np.concatenate([w.mean(u) for w, u in zip(windows, units, strict=True)])
    signal = np.concatenate(
        [
            target.likelihood.measured - window.mean(np.full(len(window.ell), noise))
            for target, window, noise in zip(targets, windows, noises, strict=True)
        ]
    )
    factor = float(np.mean(np.abs(signal / unit)))
    if factor == 0:
        # All data are zero: the standard errors give the scale.
        factor = float(np.min(_smallest_errors(targets) / unit))
    for _ in range(2):
        weight = np.concatenate(
            [
                target.likelihood.information(factor * each + noise)
                for target, each, noise in zip(targets, units, noises, strict=True)
            ]
        )
        estimate = float(np.sum(weight * unit * signal) / np.sum(weight * unit**2))
        # Least squares may be negative for data that scatter about zero.
        factor = estimate if estimate > 0 else 0.1 * factor
    return float(factor ** (1 / model.power))
