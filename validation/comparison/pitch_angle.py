"""Pitch-angle profile of an ensemble, its mean square against pitch angle, beside the prediction (ZL25 Eq. 16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.pitch_angle import ensemble_profiles
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.multipoles import judged_multipoles
from eddysky.validation.comparison.realizations import NoVerdictError, require_realizations
from eddysky.validation.comparison.statistics import ChiSquare, chi_square
from eddysky.validation.theory.pitch_angle import predict_profile

if TYPE_CHECKING:
    from eddysky.simulator.results.result import Result

__all__ = ["ProfileComparison", "compare_profile"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProfileComparison:
    """Mean square in bins of equal width in μ = −n·b, measured and predicted.

    Parameters
    ----------
    realizations
        Skies measured.
    edges
        Edges of the bins in μ, shape (bins + 1,).
    measured, error, predicted
        Ensemble mean, its standard error, and the theory, each of shape (bins,).
    chi2
        Their χ², allowing for the correlation of the bins.
    """

    realizations: int
    edges: Array
    measured: Array
    error: Array
    predicted: Array
    chi2: ChiSquare

    @property
    def pull(self) -> Array:
        """(measured − predicted)/error in each bin."""
        return (self.measured - self.predicted) / self.error

    def __str__(self) -> str:
        """χ² of the profile."""
        return f"{self.chi2} ({self.realizations} realisations)"


def compare_profile(
    result: Result,
    bins: int = 20,
    lmin: int = 2,
    lmax: int | None = None,
    expected: Expectation | None = None,
) -> ProfileComparison:
    """Compare the mean squares of an ensemble with `predict_profile`.

    Parameters
    ----------
    result, bins, lmin, lmax
        As in `ensemble_profiles`.
    expected
        As in `compare`.

    Returns
    -------
    ProfileComparison
        Measured and predicted mean square in each bin, and their χ².

    Raises
    ------
    InputError
        If the a_ℓm were not kept, the multipoles do not fit, or `expected` is that of another configuration.
    NoVerdictError
        As `compare`, or if the multipole that has most of the mean square cannot be judged.
    """
    edges, samples = ensemble_profiles(result, bins, lmin, lmax)
    require_realizations(result.config, len(samples))
    expected = Expectation.from_result(result, expected)
    _require_judged(expected, len(samples), lmin, lmax)
    predicted = predict_profile(result.config, bins, lmin, lmax, expected.prediction).mean
    deviation = samples.std(axis=0, ddof=1)
    # With random sampling the samples are products across halves, with noise, and can be negative.
    shift = np.full(bins, 0.0 if result.config.sampling == "pixel-centre" else np.inf)
    return ProfileComparison(
        realizations=len(samples),
        edges=edges,
        measured=samples.mean(axis=0),
        error=deviation / np.sqrt(len(samples)),
        predicted=predicted,
        chi2=chi_square(samples, predicted, deviation, shift),
    )


def _require_judged(expected: Expectation, realizations: int, lmin: int, lmax: int | None) -> None:
    """Refuse a mean square most of which is a multipole that cannot be judged."""
    excluded = judged_multipoles(expected, realizations).excluded
    c_ell = expected.prediction.c_ell[: None if lmax is None else lmax + 1]
    share = (2 * np.arange(len(c_ell)) + 1) * c_ell
    largest = lmin + int(np.argmax(share[lmin:]))
    if largest in excluded:
        raise NoVerdictError(
            f"most of the mean square is l = {largest}, which cannot be judged: {excluded[largest]}"
        )
