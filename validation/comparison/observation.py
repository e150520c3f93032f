"""Comparison of the coupled C_ℓ of an observation with the mode-coupling matrix × prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.comparison.coupled_multipoles import judged_coupled
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.realizations import require_realizations
from eddysky.validation.comparison.slope import Slope, fit_slope
from eddysky.validation.comparison.statistics import ChiSquare, chi_square, gamma_shift, skewed_pull
from eddysky.validation.comparison.verdict import NOISE_DOMINATED, Comparison
from eddysky.validation.theory.coupled_sky import CoupledMoments
from eddysky.validation.theory.mode_coupling import ZonalCoupling
from eddysky.validation.theory.predict_coupled import CoupledPrediction, predict_coupled

if TYPE_CHECKING:
    from eddysky.simulator.observation.observation import Observation

__all__ = ["ObservedComparison", "compare_observation", "predict_observation"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

# Smallest eigenvalue of the correlation matrix of C̃_ℓ of which a component is used.
_LEAST_EIGENVALUE = 0.01
# Multipoles of which the words show the effect of the field of view.
_SHOWN = (2, 3, 5, 10, 20, 40, 80)


@dataclass(frozen=True, slots=True)
class ObservedComparison(Comparison):
    """Coupled C_ℓ of an observation, noise bias subtracted, and their prediction.

    Parameters
    ----------
    fraction
        Mean square of the weight of all pixels: the factor of the plain correction for the part of the sky.
    plain
        `fraction` × C_ℓ, what the plain correction takes for the mean of the coupled C_ℓ, shape (n,).
    with_zonal
        Prediction if m = 0 had been kept, shape (n,); None if it was, or is not known.
    spread
        Predicted standard deviation of C̃_ℓ of one observation, noise included, shape (n,); None if it is not known.
    """

    fraction: float = 1.0
    plain: Array = field(default_factory=lambda: np.zeros(0))
    with_zonal: Array | None = None
    spread: Array | None = None

    @property
    def plain_error(self) -> Array:
        """Relative error of C_ℓ by the plain correction, coupled C_ℓ over `fraction`, shape (n,)."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.plain > 0, self.predicted / self.plain - 1, np.nan)

    @property
    def lost(self) -> Array | None:
        """Part of the coupled C_ℓ that is lost with m = 0, as predicted, shape (n,)."""
        if self.with_zonal is None:
            return None
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.with_zonal > 0, 1 - self.predicted / self.with_zonal, np.nan)

    def __str__(self) -> str:
        """Verdict, and what the field of view does to the spectrum."""
        words = Comparison.__str__(self).replace(
            "times cosmic variance", "times that of one Gaussian sky and its noise"
        )
        lines = [words]
        lines.append(
            f"coupled C_l / {self.fraction:.3f}, the plain correction for the part of the sky, is off by "
            + self._at(self.plain_error)
        )
        if self.lost is not None:
            lines.append(f"m = 0 is left out: it would add {self._at(1 / (1 - self.lost) - 1)}")
        return "\n  ".join(lines)

    def _at(self, values: Array) -> str:
        """Relative values at some multipoles in words."""
        shown = [place for place, ell in enumerate(self.ell.tolist()) if ell in _SHOWN]
        return ", ".join(f"{values[i]:+.0%} (l = {self.ell[i]})" for i in shown)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; NaN becomes None."""
        values = Comparison.to_dict(self)
        values["mean_square_weight"] = self.fraction
        values["plain_correction_error"] = _plain(self.plain_error)
        values["lost_with_zonal"] = None if self.lost is None else _plain(self.lost)
        return values


def predict_observation(
    observation: Observation, expected: Expectation, coupling: ZonalCoupling | None = None
) -> CoupledPrediction:
    """Prediction of the coupled C_ℓ of an observation.

    Parameters
    ----------
    observation
        An observation.
    expected
        Expectation of the configuration of its skies.
    coupling
        In place of that of its weight, exposure and treatment of m = 0.

    Raises
    ------
    InputError
        Where nothing is predicted (`predict_coupled`).
    """
    survey = observation.survey
    return predict_coupled(
        observation.config,
        observation.weight,
        observation.exposure,
        keep_zonal=survey.keep_zonal,
        point_spread=survey.point_spread,
        motion=survey.compton_getting,
        prediction=expected.prediction,
        coupling=coupling,
    )


def compare_observation(
    observation: Observation, expected: Expectation | None = None
) -> ObservedComparison:
    """Compare the coupled C_ℓ of an observation, noise subtracted, with mode-coupling matrix × prediction.

    Standard errors are estimated from the scatter of the observations, as `compare` does. The correlation of the C̃_ℓ is
    that of Gaussian skies in fields of view of declination alone, where it is known, and χ² that of their principal
    components; elsewhere it is estimated from the observations.

    Parameters
    ----------
    observation
        Of at least 10 skies; 100 where they have a magnetic field as an axis.
    expected
        Expectation of the configuration of the skies, if already known.

    Returns
    -------
    ObservedComparison

    Raises
    ------
    NoVerdictError
        If there are too few observations or no multipole can be judged.
    InputError
        Where nothing is predicted (`predict_coupled`).

    Examples
    --------
    >>> compare_observation(read_observation("OBS.h5")).consistent  # doctest: +SKIP
    True
    """
    config, count = observation.config, len(observation.index)
    require_realizations(config, count, observed=True)
    expected = Expectation.from_result(observation, expected)
    found = predict_observation(observation, expected)
    signal = observation.power - observation.noise
    ell, excluded = judged_coupled(expected, found, signal)
    power, predicted = signal[:, ell], found.mean[ell]
    noise = found.noise[ell]
    deviation = power.std(axis=0, ddof=1)
    error = deviation / math.sqrt(count)
    pulls = math.sqrt(count) * np.mean((power - predicted) / deviation, axis=1)
    # Without cumulants C_ℓ and its noise bias together are taken as a sum of equal squares.
    spread: Array | None = None
    if found.moments is None:
        chi2 = chi_square(power, predicted, deviation, noise)
    else:
        chi2 = _components(found, found.moments, ell, power)
        spread = np.sqrt(np.diag(found.moments.covariance))[ell]
    above = (noise <= NOISE_DOMINATED * predicted) & (predicted > 0)
    amplitude = amplitude_error = amplitude_pull = scatter = None
    slope: Slope | None = None
    if config.turbulent and above.any():
        sums = _Sums(found, ell[above])
        ratios = power[:, above] / predicted[above]
        amplitude, amplitude_error, amplitude_pull = sums.mean(ratios, sums.level, 1.0)

        def tilt(use: NDArray[np.bool_], weights: Array) -> tuple[float, float, float]:
            return _Sums(found, sums.ell[use]).mean(ratios[:, use], weights, 0.0)

        slope = fit_slope(sums.ell, predicted[above], sums.level, tilt)
        if spread is not None:
            scatter = float(np.median(deviation[above] / spread[above]))
    fraction = float(np.mean(observation.weight**2))
    return ObservedComparison(
        realizations=count,
        ell=ell,
        measured=power.mean(axis=0),
        error=error,
        predicted=predicted,
        chi2=chi2.value,
        dof=chi2.dof,
        p_value=chi2.p_value,
        mean_pull=float(pulls.mean()),
        mean_pull_error=float(pulls.std(ddof=1) / math.sqrt(count)),
        amplitude=amplitude,
        amplitude_error=amplitude_error,
        amplitude_pull=amplitude_pull,
        scatter=scatter,
        slope=slope,
        above_noise=above if config.turbulent else None,
        noise=noise,
        excluded=excluded,
        fraction=fraction,
        plain=fraction * found.c_ell[ell],
        with_zonal=_with_zonal(observation, expected, ell),
        spread=spread,
    )


def _components(
    found: CoupledPrediction, moments: CoupledMoments, ell: Integers, power: Array
) -> ChiSquare:
    """χ² of the principal components of the C̃_ℓ: uncorrelated sums over ℓ, whose scatter is measured.

    They are the eigenvectors of the predicted correlation matrix with eigenvalues of at least `_LEAST_EIGENVALUE`; in
    others the C̃_ℓ differ by less than a tenth of their scatter.
    """
    spread = np.sqrt(np.diag(moments.covariance))[ell]
    values, vectors = np.linalg.eigh(moments.correlation[np.ix_(ell, ell)])
    kept = values > _LEAST_EIGENVALUE
    values, vectors = values[kept], vectors[:, kept] / spread[:, np.newaxis]
    third = []
    for vector in vectors.T:
        q = np.zeros(len(found.mean))
        q[ell] = vector
        third.append(moments.third_of_sum(q))
    sums = (power - found.mean[ell]) @ vectors
    nothing = np.zeros(len(values))
    shift = gamma_shift(nothing, values, np.array(third))
    return chi_square(sums, nothing, sums.std(axis=0, ddof=1), shift, uncorrelated=True)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Weighted sums over ℓ of measured/predicted.

    Parameters
    ----------
    found
        Prediction.
    ell
        Multipoles.
    """

    found: CoupledPrediction
    ell: Integers

    @property
    def level(self) -> Array:
        """Weights of the mean: inverse variances as predicted, or those of 2ℓ + 1 equal squares."""
        mean, noise = self.found.mean[self.ell], self.found.noise[self.ell]
        variance = (mean + noise) ** 2 / (2 * self.ell + 1)
        if self.found.moments is not None:
            variance = np.diag(self.found.moments.covariance)[self.ell]
        weights = mean**2 / variance
        return np.asarray(weights / weights.sum())

    def mean(self, ratios: Array, weights: Array, expected: float) -> tuple[float, float, float]:
        """Mean of Σ weights × ratio over the observations, its standard error, and its pull (`skewed_pull`)."""
        values = ratios @ weights
        count, value = len(values), float(values.mean())
        deviation = float(values.std(ddof=1))
        shift = np.full(1, np.inf)
        if self.found.moments is not None:
            q = np.zeros(len(self.found.mean))
            q[self.ell] = weights / self.found.mean[self.ell]
            variance = float(q @ self.found.moments.covariance @ q)
            third = self.found.moments.third_of_sum(q)
            shift = gamma_shift(np.array([expected]), np.array([variance]), np.array([third]))
        elif expected > 0:
            shift = np.array([weights @ (self.found.noise[self.ell] / self.found.mean[self.ell])])
        pull = skewed_pull(
            np.array([value]), np.array([expected]), np.array([deviation]), count, shift
        )
        return value, deviation / math.sqrt(count), float(pull[0])


def _with_zonal(observation: Observation, expected: Expectation, ell: Integers) -> Array | None:
    """Prediction with m = 0 kept, where it was not; None for fields of view that depend on right ascension."""
    if observation.survey.keep_zonal:
        return None
    try:
        coupling = ZonalCoupling.from_maps(
            observation.weight, observation.exposure, observation.lmax, keep_zonal=True
        )
    except InputError:
        return None
    return predict_observation(observation, expected, coupling).mean[ell]


def _plain(values: Array) -> list[float | None]:
    """List with None for NaN."""
    return [None if math.isnan(v) else v for v in values.tolist()]
