"""Whether transport models can be told apart: by coupled C_ℓ with amplitude and index free, and by whole skies.

If the skies are those of one model, another with its best amplitude A and index γ remains off by

    Δχ² = min [S₁ − A S₂(γ)]ᵀ Cov⁻¹ [S₁ − A S₂(γ)],

S being the expected coupled C_ℓ and Cov the covariance of one sky of the first. The difference in χ² of the two fits is
nearly normal with the mean Δχ² and the variance 4 Δχ²: a test whose false alarms have the probability of three standard
deviations finds the difference with the power Φ(√Δχ² − 3). Zonal skies are not isotropic: the phases of the a_ℓm tell
them from isotropic ones of the same C_ℓ (`Information.contrast_with`, again at the best amplitude and index).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from eddysky.validation.forecasting.coupled_spectra import CoupledSpectra
from eddysky.validation.forecasting.drawn_spectra import DrawnSpectra
from eddysky.validation.forecasting.information import Information
from eddysky.validation.forecasting.skies import Sky, SkyFamily

__all__ = ["SIGMAS", "Distinction", "distinguish"]

Array = NDArray[np.float64]

# Standard deviations at which a multipole is measured and models are told apart.
SIGMAS = 3.0
# Points between which the best index is sought, and distance from an end of its range that counts as none.
_TRIALS, _END = 25, 1e-3


@dataclass(frozen=True, slots=True)
class Distinction:
    """Another transport model beside the true one.

    Parameters
    ----------
    mode
        The other transport model.
    amplitude
        Best factor of its velocity dispersion in a fit of the coupled C_ℓ.
    index
        Best index there; None if the spectrum has none that could be fitted.
    delta_chi2
        Expected Δχ² of that fit.
    contrast
        2 ⟨ln L(true) − ln L(other)⟩ of whole skies, NaN if not known, at the other model's best amplitude and index.
    at_end
        Whether `index` is at an end of the range in which it is sought.
    """

    mode: str
    amplitude: float
    index: float | None
    delta_chi2: float
    contrast: float
    at_end: bool

    @property
    def power(self) -> float:
        """Probability that the coupled C_ℓ of one sky tell the models apart at three standard deviations."""
        return float(special.ndtr(math.sqrt(self.delta_chi2) - SIGMAS))


def distinguish(
    true: Sky,
    other: SkyFamily,
    spectra: CoupledSpectra | DrawnSpectra,
    whiten: Array,
    rows: slice,
    information: Information | None,
) -> Distinction:
    """Compare another transport model with the true sky.

    Parameters
    ----------
    true
        The true sky.
    other
        The other model for any index.
    spectra
        Coupled C_ℓ of the observation.
    whiten
        Matrix that makes the scatter of the coupled C_ℓ of one true sky white, shape (k, n).
    rows
        The n multipoles that count.
    information
        In the a_ℓm; None if it is not known.

    Returns
    -------
    Distinction
        At the best amplitude and index of the other model.
    """
    expected = whiten @ spectra.power(true)[rows]

    def least(index: float | None) -> tuple[float, float]:
        """Δχ² and the best factor of C_ℓ at an index."""
        unit = whiten @ spectra.power(other.sky(index))[rows]
        factor = float(unit @ expected) / float(unit @ unit)
        return float(np.sum((expected - factor * unit) ** 2)), factor

    index = other.index
    if index is not None:
        trials = np.linspace(other.low, other.high, _TRIALS)
        best = int(np.argmin([least(trial)[0] for trial in trials]))
        ends = trials[max(best - 1, 0)], trials[min(best + 1, _TRIALS - 1)]
        found = optimize.minimize_scalar(lambda x: least(x)[0], bounds=ends, method="bounded")
        index = float(found.x)
    delta, factor = least(index)
    factor = max(factor, np.finfo(float).tiny)

    by_phases = math.nan
    if information is not None:
        whole_skies = information.contrast_with(true)

        def contrast(values: Array) -> float:
            at = None if index is None else float(np.clip(values[1], other.low, other.high))
            return whole_skies(other.sky(at).scaled(math.exp(values[0] / 2)))

        start = [math.log(factor)] if index is None else [math.log(factor), index]
        options = {"xatol": 1e-3, "fatol": 1e-3}
        lowest = optimize.minimize(contrast, start, method="Nelder-Mead", options=options)
        by_phases = max(float(lowest.fun), 0.0)
    at_end = index is not None and min(index - other.low, other.high - index) < _END
    return Distinction(other.mode, math.sqrt(factor), index, delta, by_phases, at_end)
