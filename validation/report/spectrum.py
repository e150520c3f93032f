"""What a report shows of the C_ℓ of one file: values, prediction, scatter, and the verdict or why there is none."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.observation import Observation
from eddysky.simulator.results.result import Result
from eddysky.validation.comparison.compare import compare
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.moments import measured_noise, sky_moments
from eddysky.validation.comparison.observation import compare_observation, predict_observation
from eddysky.validation.comparison.verdict import Comparison

__all__ = ["COLUMNS", "Spectrum"]

Array = NDArray[np.float64]

# Of the table, which also downloads.
COLUMNS = ("ell", "measured", "error", "predicted", "ratio", "pull", "scatter")


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """C_ℓ of an ensemble.

    Parameters
    ----------
    realizations
        Size of the ensemble.
    ell
        Multipoles, shape (n,).
    measured, error
        Ensemble mean and its standard error, shape (n,); NaN errors for one realisation.
    predicted
        Prediction, shape (n,); NaN where there is none.
    spread
        Predicted standard deviation of C_ℓ of one sky or observation, noise included, shape (n,); NaN where it is not
        known.
    comparison
        The comparison with the theory; None if there is no verdict.
    reason
        Why there is no verdict.
    judged
        Multipoles of the verdict, shape (n,); None if there is none.
    noise, above_noise
        Noise level and whether C_ℓ is above it, as in `Comparison`; NaN and False where it is not judged.
    """

    realizations: int
    ell: NDArray[np.int64]
    measured: Array
    error: Array
    predicted: Array
    spread: Array
    comparison: Comparison | None = None
    reason: str = ""
    judged: NDArray[np.bool_] | None = None
    noise: Array | None = None
    above_noise: NDArray[np.bool_] | None = None

    @classmethod
    def from_result(cls, result: Result) -> Spectrum:
        """C_ℓ of results, and of the theory."""
        power, unknown = result.power, np.full(result.lmax + 1, np.nan)
        if result.config.flow.field is not None and not result.config.turbulent:
            reason = "no turbulence is configured to compare the velocity field with"
            return cls._without_verdict(power, unknown, unknown, reason)
        try:
            expected = Expectation.from_config(result.config)
        except InputError as error:
            return cls._without_verdict(power, unknown, unknown, str(error))
        try:
            found = compare(result, expected)
        except InputError as error:
            c_ell, spread = _finite(expected.prediction.c_ell), unknown
            if result.config.turbulent and not result.config.particles_drawn:
                spread = _spread(expected, np.arange(len(c_ell)), c_ell, 0.0 * c_ell)
            return cls._without_verdict(power, c_ell, spread, str(error))
        c_ell, spread = expected.prediction.c_ell, unknown
        if result.config.turbulent:
            noise = np.zeros(len(c_ell)) if result.noise is None else measured_noise(result)
            spread = _spread(expected, np.arange(len(c_ell)), _finite(c_ell), noise)
        return cls._without_verdict(power, c_ell, spread)._judged(found)

    @classmethod
    def from_observation(cls, observation: Observation) -> Spectrum:
        """Coupled C_ℓ of an observation, noise bias subtracted, and of the theory."""
        power = observation.power - observation.noise
        unknown = np.full(observation.lmax + 1, np.nan)
        try:
            expected = Expectation.from_config(observation.config)
            mean = predict_observation(observation, expected).mean
        except InputError as error:
            return cls._without_verdict(power, unknown, unknown, str(error))
        try:
            found = compare_observation(observation, expected)
        except InputError as error:
            return cls._without_verdict(power, mean, unknown, str(error))
        if found.spread is not None:
            unknown[found.ell] = found.spread
        return cls._without_verdict(power, mean, unknown)._judged(found)

    def _judged(self, found: Comparison) -> Spectrum:
        """The same with a verdict, and the errors and noise that it has of the multipoles it judges."""
        places = found.ell - 1
        error, noise = self.error.copy(), np.full(len(self.ell), np.nan)
        error[places] = found.error
        judged = np.isin(self.ell, found.ell)
        above_noise = judged.copy()
        if found.noise is not None:
            noise[places] = found.noise
        if found.above_noise is not None:
            above_noise[places] = found.above_noise
        return replace(
            self, error=error, comparison=found, judged=judged, above_noise=above_noise,
            noise=None if found.noise is None else noise,
        )  # fmt: skip

    @classmethod
    def _without_verdict(
        cls, power: Array, predicted: Array, spread: Array, reason: str = ""
    ) -> Spectrum:
        """All multipoles from 1 on."""
        predicted = _finite(predicted)
        error = np.full(power.shape[1], np.nan)
        if len(power) > 1:
            error = power.std(axis=0, ddof=1) / np.sqrt(len(power))
        ell = np.arange(1, power.shape[1])
        mean = power.mean(axis=0)
        return cls(len(power), ell, mean[1:], error[1:], predicted[ell], spread[ell], reason=reason)

    @property
    def empty(self) -> bool:
        """Whether there is no anisotropy at all, and none is predicted."""
        return not bool(np.any((self.measured > 0) | (self.predicted > 0)))

    @property
    def ratio(self) -> Array:
        """measured/predicted, shape (n,); NaN where nothing is predicted."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.predicted > 0, self.measured / self.predicted, np.nan)

    @property
    def pull(self) -> Array:
        """(measured − predicted)/error, shape (n,); NaN where there is no error, or the verdict leaves ℓ out."""
        known = self.error > 0 if self.judged is None else self.judged & (self.error > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(known, (self.measured - self.predicted) / self.error, np.nan)

    @property
    def scatter(self) -> Array:
        """Measured over predicted standard deviation of C_ℓ of one sky, shape (n,); NaN where it is not known."""
        with np.errstate(invalid="ignore", divide="ignore"):
            deviation = self.error * np.sqrt(self.realizations)
            return np.where(self.spread > 0, deviation / self.spread, np.nan)

    @property
    def scatter_error(self) -> Array:
        """Standard error of `scatter`, shape (n,), of a C_ℓ with the distribution χ²_ν of the same scatter.

        The variance of a sample variance s² is (2 + 12/ν) σ⁴/R, and that of s/σ a quarter of it.
        """
        total = self.predicted + (0.0 if self.noise is None else self.noise)
        with np.errstate(invalid="ignore", divide="ignore"):
            degrees = 2 * (total / self.spread) ** 2
            return np.sqrt((2 + 12 / degrees) / self.realizations) / 2 * self.scatter

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Cells of the table by `COLUMNS`, "" where there is no number."""
        values = (self.measured, self.error, self.predicted)
        cells = [[str(ell) for ell in self.ell.tolist()]]
        cells += [[_number(v, "{:.5e}") for v in each.tolist()] for each in values]
        cells.append([_number(v, "{:.4f}") for v in self.ratio.tolist()])
        cells.append([_number(v, "{:.2f}") for v in self.pull.tolist()])
        cells.append([_number(v, "{:.3f}") for v in self.scatter.tolist()])
        return list(zip(*cells, strict=True))


def _finite(values: Array) -> Array:
    """Values of which the infinite ones are NaN: no prediction."""
    return np.where(np.isfinite(values), values, np.nan)


def _number(value: float, form: str) -> str:
    """A number in a form; nothing if it is none."""
    return form.format(value) if np.isfinite(value) else ""


def _spread(expected: Expectation, ell: NDArray[np.int64], c_ell: Array, noise: Array) -> Array:
    """Standard deviation of C_ℓ of one Gaussian sky."""
    return np.sqrt(sky_moments(expected, ell, c_ell, noise)[0])
