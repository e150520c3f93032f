"""Comparison of the pitch-angle profile of an ensemble, the mean square of δf/f, with its prediction (ZL25 Eq. 16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.configuration import DEFAULT_FIELD
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.errors import InputError
from eddysky.simulator.sky.frames import to_field_frame
from eddysky.simulator.sky.harmonics import truncated
from eddysky.simulator.sky.pitch_angle import PitchAngleBins, pitch_angle_profile, zonal_profile
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.multipoles import judged_multipoles
from eddysky.validation.comparison.realizations import NoVerdictError, require_realizations
from eddysky.validation.comparison.statistics import ChiSquare, chi_square
from eddysky.validation.theory.pitch_angle import predict_profile

if TYPE_CHECKING:
    from eddysky.simulator.results.result import Result

__all__ = ["ProfileComparison", "compare_profile", "ensemble_profiles"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ProfileComparison:
    """Measured and predicted mean square of δf/f in bins of equal width in μ = −n·b.

    Parameters
    ----------
    realizations
        Number of skies.
    edges
        Edges of the bins in μ, shape (bins + 1,).
    measured, error, predicted
        Ensemble mean, its standard error and the prediction, each of shape (bins,).
    chi2
        χ² of all bins, allowing for their correlation.
    """

    realizations: int
    edges: Array
    measured: Array
    error: Array
    predicted: Array
    chi2: ChiSquare

    @property
    def pull(self) -> Array:
        """(measured − predicted)/error, shape (bins,)."""
        return (self.measured - self.predicted) / self.error

    def __str__(self) -> str:
        """χ² of the profile."""
        return f"{self.chi2} ({self.realizations} realisations)"


def ensemble_profiles(
    result: Result, bins: int = 20, lmin: int = 2, lmax: int | None = None
) -> tuple[Array, Array]:
    """Mean squares of the skies of an ensemble in bins of pitch angle (ZL25 Eq. 16).

    Parameters
    ----------
    result
        An ensemble. With isotropic and helical transport, skies whose a_ℓm were kept; where nothing depends on the
        field it is the default one, as good as any.
    bins
        Number of bins of equal width in μ = −n·b.
    lmin, lmax
        Multipoles that count; lmax is the ensemble's by default.

    Returns
    -------
    edges, samples
        Edges of the bins, shape (bins + 1,), and one row a sky, shape (R, bins). With random sampling they are
        products of two halves of the particles, free of the bias of shot noise.

    Raises
    ------
    InputError
        If the a_ℓm were not kept.
    """
    highest = result.config.lmax
    lmax = highest if lmax is None else lmax
    if not lmin <= lmax <= highest:
        raise InputError(f"lmin = {lmin}, lmax = {lmax}: need lmin <= lmax <= {highest}")
    grid = PitchAngleBins.from_lmax(lmax, bins)
    if result.zonal is not None:
        zonal = result.zonal[:, :, : lmax + 1]
        return grid.edges, zonal_profile(zonal[:, 0], grid, lmin, zonal[:, -1])
    if result.alm is None or len(result.alm) == 0:
        raise InputError(
            "holds no a_lm; the same run with alms = N (--alms N) keeps those of the first N skies"
        )
    rows = []
    for index, halves in zip(result.index.tolist(), result.alm, strict=False):
        field = result.config.for_realization(index).field_direction
        field = unit_vector(DEFAULT_FIELD) if field is None else field
        turned = [to_field_frame(truncated(half, highest, lmax), lmax, field) for half in halves]
        rows.append(pitch_angle_profile(turned[0], grid, lmin, turned[-1]))
    return grid.edges, np.array(rows)


def compare_profile(
    result: Result,
    bins: int = 20,
    lmin: int = 2,
    lmax: int | None = None,
    expected: Expectation | None = None,
) -> ProfileComparison:
    """Compare the pitch-angle profile of an ensemble with its prediction (`predict_profile`).

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
        If the a_ℓm are not stored, lmin or lmax is not allowed, or `expected` is of another configuration.
    NoVerdictError
        As `compare`, or if the multipole with the largest contribution cannot be judged.
    """
    edges, samples = ensemble_profiles(result, bins, lmin, lmax)
    require_realizations(result.config, len(samples), len(samples) < len(result.power))
    expected = Expectation.from_result(result, expected)
    _require_judged(expected, len(samples), lmin, lmax)
    predicted = predict_profile(result.config, bins, lmin, lmax, expected.prediction).mean
    deviation = samples.std(axis=0, ddof=1)
    # With particles the samples are cross-products of two halves, which may be negative.
    shift = np.full(bins, np.inf if result.config.particles_drawn else 0.0)
    return ProfileComparison(
        realizations=len(samples),
        edges=edges,
        measured=samples.mean(axis=0),
        error=deviation / np.sqrt(len(samples)),
        predicted=predicted,
        chi2=chi_square(samples, predicted, deviation, shift),
    )


def _require_judged(expected: Expectation, realizations: int, lmin: int, lmax: int | None) -> None:
    """Refuse a profile whose largest contribution is from a multipole that cannot be judged."""
    excluded = judged_multipoles(expected, realizations).excluded
    c_ell = expected.prediction.c_ell[: None if lmax is None else lmax + 1]
    share = (2 * np.arange(len(c_ell)) + 1) * c_ell
    if not np.any(share[lmin:]):
        raise NoVerdictError(f"no power is expected at l = {lmin}-{len(share) - 1}")
    largest = lmin + int(np.argmax(share[lmin:]))
    if largest in excluded:
        raise NoVerdictError(
            f"l = {largest} dominates the pitch-angle profile and cannot be judged: {excluded[largest]}"
        )
