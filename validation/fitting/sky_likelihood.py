"""Likelihood of powers of Gaussian skies in bands, on a part of the sky, or with errors of measurement.

Each value alone has the distribution of `marginals`: a χ² of the mean and the variance that the model has, convolved
with the normal error. Densities of independent values are multiplied; the joint density of others is that of
`saddlepoint`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy import special

from eddysky.validation.fitting.likelihood import Scatter
from eddysky.validation.fitting.marginals import log_density, normal_deviates
from eddysky.validation.fitting.saddlepoint import Modes, saddlepoint_cost
from eddysky.validation.fitting.windows import Window

__all__ = ["SkyLikelihood"]

Array = NDArray[np.float64]

# Correlations below are rounding.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class SkyLikelihood:
    """Cosmic variance of values that are sums of many modes, with errors or without.

    Parameters
    ----------
    name
        Name on the command line.
    measured
        Ĉ_ℓ or band powers, shape (n,).
    window
        From C_ℓ of the model to its expected values.
    modes
        Gaussian variables of which the values are made, for C_ℓ of the model, shape (k,).
    errors
        Covariance of the errors of measurement, shape (n, n); None: none.
    subtracted
        Power that was subtracted from the data and has cosmic variance too, such as the noise of counts, shape (n,).
    nearby
        The last saddlepoint, where the search for the next one begins; it saves time and changes nothing else.
    """

    name: str
    measured: Array
    window: Window
    modes: Callable[[Array], Modes]
    errors: Array | None
    subtracted: Array
    nearby: list[Array] = field(default_factory=list)

    @property
    def offset(self) -> float:
        """Zero: `cost` is −2 ln L."""
        return 0.0

    def cost(self, c_ell: Array) -> float:
        """−2 ln L."""
        modes = self.modes(c_ell)
        values, total = self._values(c_ell, modes)
        if _correlation(total) is None:
            return -2 * float(np.sum(log_density(*values)))
        start = self.nearby[0] if self.nearby else None
        cost, saddlepoint = saddlepoint_cost(values[0], modes, self.errors, start)
        self.nearby[:] = [saddlepoint]
        return cost

    def scatter(self, c_ell: Array) -> Scatter:
        """χ² of the normal deviates, with their correlations."""
        values, total = self._values(c_ell)
        deviates, correlation = normal_deviates(*values), _correlation(total)
        if correlation is not None:
            size, direction = np.linalg.eigh(correlation)
            deviates = (deviates @ direction) / np.sqrt(np.maximum(size, _ROUNDING))
        return Scatter(float(deviates @ deviates), len(deviates), 2 * len(deviates))

    def deviates(self, c_ell: Array) -> Array:
        """Normal deviates z of the same probability, shape (n,)."""
        return normal_deviates(*self._values(c_ell)[0])

    def information(self, c_ell: Array) -> Array:
        """Inverse variances of the data, shape (n,)."""
        return np.asarray(1 / np.diag(self._values(c_ell)[1]))

    def interval(self, c_ell: Array) -> tuple[Array, Array]:
        """Ends of the central 68.27% of the data, each (n,); with errors one standard deviation to either side."""
        (_, mean, dof, error), _ = self._values(c_ell)
        expected, deviation = self.window.mean(c_ell), self.information(c_ell) ** -0.5
        if error is not None:
            return expected - deviation, expected + deviation
        tail = special.ndtr(-1.0)
        low, high = (2 * special.gammaincinv(dof / 2, p) for p in (tail, 1 - tail))
        return mean * low / dof - self.subtracted, mean * high / dof - self.subtracted

    def _values(
        self, c_ell: Array, modes: Modes | None = None
    ) -> tuple[tuple[Array, Array, Array, Array | None], Array]:
        """Powers, means, degrees of freedom and errors of `log_density`, each (n,), and their covariance (n, n)."""
        at_zero = (modes or self.modes(c_ell)).cumulants(np.zeros(len(self.measured)))
        assert at_zero is not None
        _, mean, sky = at_zero
        dof = 2 * mean**2 / np.diag(sky)
        powers = self.measured + self.subtracted
        if self.errors is None:
            return (powers, mean, dof, None), sky
        return (powers, mean, dof, np.sqrt(np.diag(self.errors))), sky + self.errors


def _correlation(covariance: Array) -> Array | None:
    """Correlation matrix (n, n); None if the values are independent."""
    deviation = np.sqrt(np.diag(covariance))
    correlation = covariance / np.outer(deviation, deviation)
    if np.all(np.abs(correlation - np.eye(len(deviation))) < _ROUNDING):
        return None
    return np.asarray(correlation)
