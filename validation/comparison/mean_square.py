"""The mean-square sky of an ensemble against its prediction (ZL25 Eq. 16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.sky.mean_square import ensemble_mean_squares
from eddysky.validation.comparison.multipoles import judged_multipoles
from eddysky.validation.comparison.realizations import NoVerdictError, require_realizations
from eddysky.validation.comparison.statistics import ChiSquare, chi_square
from eddysky.validation.theory.mean_square import predict_mean_square
from eddysky.validation.theory.predict import predict

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.results.result import Result

__all__ = ["MeanSquareTest", "compare_mean_square"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MeanSquareTest:
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


def compare_mean_square(
    result: Result, bins: int = 20, lmin: int = 2, lmax: int | None = None
) -> MeanSquareTest:
    """Compare the mean squares of an ensemble with `predict_mean_square`.

    Parameters
    ----------
    result, bins, lmin, lmax
        As in `ensemble_mean_squares`.

    Raises
    ------
    InputError
        If the a_ℓm were not kept, or the multipoles do not fit.
    NoVerdictError
        As `compare`, or if the multipole that has most of the mean square cannot be judged.
    """
    edges, samples = ensemble_mean_squares(result, bins, lmin, lmax)
    require_realizations(result.config, len(samples))
    require_judged(result.config, len(samples), lmin, lmax)
    predicted = predict_mean_square(result.config, bins, lmin, lmax)
    deviation = samples.std(axis=0, ddof=1)
    # With random sampling the samples are products across halves, with noise, and can be negative.
    shift = np.full(bins, 0.0 if result.config.sampling == "pixel-centre" else np.inf)
    return MeanSquareTest(
        realizations=len(samples),
        edges=edges,
        measured=samples.mean(axis=0),
        error=deviation / np.sqrt(len(samples)),
        predicted=predicted,
        chi2=chi_square(samples, predicted, deviation, shift),
    )


def require_judged(config: Config, realizations: int, lmin: int, lmax: int | None) -> None:
    """Refuse a mean square most of which is a multipole that cannot be judged."""
    left_out = judged_multipoles(config, realizations).left_out
    c_ell = predict(config, lmax).c_ell
    share = (2 * np.arange(len(c_ell)) + 1) * c_ell
    largest = lmin + int(np.argmax(share[lmin:]))
    if largest in left_out:
        raise NoVerdictError(
            f"most of the mean square is l = {largest}, which cannot be judged: {left_out[largest]}"
        )
