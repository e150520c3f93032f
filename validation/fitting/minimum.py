"""Minima of −2 ln L with confidence intervals, by MINUIT (James & Roos 1975) through iminuit.

Intervals are those of the profile likelihood: where −2 ln L, minimised over all other parameters, has risen by the
quantile of a χ² with one degree of freedom. They do not depend on how a parameter is written and may be asymmetric.
Where the profile does not rise so far within a parameter's range, the interval ends with the range. MINOS
finds the same ends but loses its way in one of a hundred fits of skies with one degree of freedom a multipole, so
they are bracketed here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from iminuit import Minuit
from numpy.typing import NDArray
from scipy import optimize, stats

__all__ = ["LEVELS", "Minimum", "NoMinimumError", "Search", "minimise"]

Array = NDArray[np.float64]

# Confidence levels of the two intervals.
LEVELS = (0.6827, 0.95)
# A profile may come upon a lower point, from which all begins anew; lower means by more than this.
ATTEMPTS = 20
LOWER = 1e-2
# Logarithms are followed this far: what lies beyond counts as the end of a range.
FARTHEST = 15.0
# Descents begin with a factor of this at least, in the same logarithm.
FAINT = -2.0
# Ends of intervals are found to so much of a standard error.
PRECISION = 1e-3
# Narrower minima, relative to the parameter in MINUIT's terms, drown in rounding.
RESOLUTION = 1e-12


class NoMinimumError(ValueError):
    """−2 ln L has no minimum that can be found, or its profile cannot be followed."""


class LowerMinimumError(Exception):
    """The profile fell below what was thought the minimum."""


@dataclass(frozen=True, slots=True)
class Search:
    """Where to look for a parameter.

    Parameters
    ----------
    name
        Of the parameter.
    start
        Where to begin, not zero; also sets its scale.
    low, high
        Its range.
    factor
        Whether the parameter, from zero to infinity, is a power of a factor of the whole spectrum.

    MINUIT varies what makes valleys of −2 ln L straight: the logarithm of a factor, ln[(x−low)/(high−x)] of a
    parameter with two ends, and others as they are.
    """

    name: str
    start: float
    low: float
    high: float
    factor: bool = False

    @property
    def begin(self) -> float:
        """MINUIT's value of the start."""
        if self.factor:
            return 0.0
        if math.isfinite(self.high):
            return math.log((self.start - self.low) / (self.high - self.start))
        return 1.0

    def outward(self, inward: float) -> float:
        """Value of the parameter for MINUIT's."""
        if self.factor:
            return self.start * math.exp(inward)
        if math.isfinite(self.high):
            return self.low + (self.high - self.low) / (1 + math.exp(-inward))
        return self.start * inward

    def limits(self) -> tuple[float, float]:
        """Range of MINUIT's value."""
        if self.factor or math.isfinite(self.high):
            return -FARTHEST, FARTHEST
        return self.low / self.start, math.inf


@dataclass(frozen=True, slots=True)
class Minimum:
    """A minimum.

    Parameters
    ----------
    values
        Of the parameters, shape (n,).
    correlation
        From the curvature at the minimum, shape (n, n); NaN if it is flat.
    intervals
        Lower and upper ends for each of `LEVELS`, shape (2, n, 2).
    """

    values: Array
    correlation: Array
    intervals: Array


def minimise(cost: Callable[[Array], float], searches: Sequence[Search]) -> Minimum:
    """Minimise a −2 ln L of some parameters.

    Parameters
    ----------
    cost
        −2 ln L, up to a constant, for values (n,).
    searches
        Where to look for each parameter.

    Returns
    -------
    Minimum
        With `values` of shape (0,) if there are no parameters.

    Raises
    ------
    NoMinimumError
        If there is none to be found.
    """
    if not searches:
        nothing = np.zeros(0)
        return Minimum(nothing, np.zeros((0, 0)), np.zeros((len(LEVELS), 0, 2)))

    def inward_cost(inward: Array) -> float:
        if not np.all(np.isfinite(inward)):
            # Where −2 ln L is flat, MINUIT may step to infinity; from NaN it returns.
            return math.nan
        values = [s.outward(float(x)) for s, x in zip(searches, inward, strict=True)]
        return cost(np.array(values))

    start = np.array([search.begin for search in searches])
    for _ in range(ATTEMPTS):
        minuit = Minuit(inward_cost, start)
        minuit.errordef = Minuit.LEAST_SQUARES
        minuit.limits = [search.limits() for search in searches]
        minuit.errors = [0.1] * len(searches)
        # MINUIT remarks on flat valleys, which are dealt with, on standard output.
        minuit.print_level = -1
        # At the end of a curved valley neither may say that it is done: the profiles tell.
        minuit.migrad()
        if not minuit.valid:
            minuit.simplex()
        if not math.isfinite(minuit.fval):
            break
        minuit.hesse()
        values, correlation = np.array(minuit.values), _correlations(minuit)
        try:
            intervals = _profile_intervals(minuit, searches)
        except LowerMinimumError:
            start = np.array(minuit.values)
            continue
        best = np.array([s.outward(x) for s, x in zip(searches, values, strict=True)])
        return Minimum(best, correlation, intervals)
    raise NoMinimumError("no minimum found")


def _descend(minuit: Minuit) -> None:
    """Find a minimum, by simplex where the gradient does not lead to one, as where −2 ln L is flat."""
    minuit.migrad()
    if not minuit.valid:
        minuit.simplex()
    if not minuit.valid:
        raise NoMinimumError("no minimum found")


def _correlations(minuit: Minuit) -> Array:
    """Correlation matrix (n, n) from the curvature; NaN where there is none, as at an end of a range."""
    if not minuit.accurate or minuit.covariance is None:
        return np.full((minuit.npar, minuit.npar), np.nan)
    covariance = np.array(minuit.covariance)
    deviation = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(deviation, deviation))


def _profile_intervals(minuit: Minuit, searches: Sequence[Search]) -> Array:
    """Ends (levels, n, 2) of the intervals about a minimum."""
    best, errors, lowest = list(minuit.values), list(minuit.errors), float(minuit.fval)
    # From nothing no gradient leads back.
    start = [max(x, FAINT) if s.factor else x for s, x in zip(searches, best, strict=True)]
    ends = np.empty((len(LEVELS), len(searches), 2))
    for index, search in enumerate(searches):
        minuit.fixed[index] = True
        profile = functools.cache(functools.partial(_lowest_at, minuit, start, index, lowest))
        for row, level in enumerate(LEVELS):
            rise = math.sqrt(float(stats.chi2.ppf(level, 1)))
            for side, end in enumerate((search.low, search.high)):
                limit = search.limits()[side]
                step = (1 if side else -1) * rise * min(errors[index], 1.0)
                inward = _crossing(profile, best[index], limit, step, rise)
                ends[row, index, side] = end if inward is None else search.outward(inward)
        minuit.fixed[index] = False
    return ends


def _lowest_at(
    minuit: Minuit, start: Sequence[float], index: int, lowest: float, value: float
) -> float:
    """Root of the rise of −2 ln L over `lowest`, minimised over all but one parameter, which has a value."""
    minuit.values = start
    minuit.values[index] = value
    if minuit.nfit:
        _descend(minuit)
        level = float(minuit.fval)
    else:
        level = float(minuit.fcn(list(minuit.values)))
    if level < lowest - LOWER:
        raise LowerMinimumError
    return math.sqrt(max(level - lowest, 0.0))


def _crossing(
    profile: Callable[[float], float], best: float, limit: float, step: float, rise: float
) -> float | None:
    """Where a profile, zero at its best and nearly linear, has risen by `rise`; None: not before a limit."""
    if abs(step) < RESOLUTION * max(1.0, abs(best)):
        raise NoMinimumError("-2 ln L is too narrow for double precision; the errors are too small")

    def height(value: float) -> float:
        return -rise if value == best else profile(value) - rise

    inner, outer = best, best + step
    while True:
        if (outer - limit) * step >= 0:
            outer = limit
        if outer == best:
            return None
        if height(outer) >= 0:
            break
        if outer == limit:
            return None
        inner, outer = outer, outer + step
    return float(optimize.brentq(height, inner, outer, xtol=PRECISION * abs(step)))
