"""Minima of −2 ln L with confidence intervals, by MINUIT (James & Roos 1975) through iminuit.

Intervals end where the profile of −2 ln L, minimised over all other parameters, has risen by the quantile of a χ² with
one degree of freedom. They are invariant under reparametrisation and may be asymmetric. Where the profile does not rise
so far, the interval ends at the end of the parameter's range. MINOS fails in one of a hundred fits of skies with one
degree of freedom a multipole, so the ends are bracketed here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from iminuit import Minuit
from numpy.typing import NDArray
from scipy import optimize, special

__all__ = ["LEVELS", "Minimum", "NoMinimumError", "Search", "minimise"]

Array = NDArray[np.float64]

# Confidence levels of the two intervals.
LEVELS = (0.6827, 0.95)
# If a profile falls by more than LOWER below the minimum, the search restarts there, at most ATTEMPTS times.
_ATTEMPTS = 20
_LOWER = 1e-2
# Largest |logarithm| of a parameter that is searched.
_FARTHEST = 15.0
# Smallest logarithm of a factor from which a minimisation starts.
_FAINT = -2.0
# Precision of the ends of intervals, in standard errors.
_PRECISION = 1e-3
# Steps of about one interval after which a profile that has not risen is given up.
_MOST_STEPS = 1000
# Minima narrower than this, relative to the internal value, are lost in rounding.
_RESOLUTION = 1e-12


class NoMinimumError(ValueError):
    """No minimum of −2 ln L was found, or its profile could not be followed."""


class _LowerMinimumError(Exception):
    """The profile has a point below the minimum."""


@dataclass(frozen=True, slots=True)
class Search:
    """Start and range of a parameter x, and its internal value, which MINUIT varies.

    The internal value is ln(x/start) for an amplitude, ln[(x−low)/(high−x)] if the range is finite, else x/start.
    In these −2 ln L is closest to a parabola.

    Parameters
    ----------
    name
        Name of the parameter.
    start
        Starting value, not zero.
    low, high
        Range.
    factor
        Whether it is an amplitude: from zero to infinity, and the spectrum is proportional to a power of it.
    """

    name: str
    start: float
    low: float
    high: float
    factor: bool = False

    @property
    def internal_start(self) -> float:
        """Internal value of the start."""
        if self.factor:
            return 0.0
        if math.isfinite(self.high):
            return math.log((self.start - self.low) / (self.high - self.start))
        return 1.0

    def external(self, internal: float) -> float:
        """Value of the parameter for an internal value."""
        if self.factor:
            return self.start * math.exp(internal)
        if math.isfinite(self.high):
            return self.low + (self.high - self.low) / (1 + math.exp(-internal))
        return self.start * internal

    @property
    def limits(self) -> tuple[float, float]:
        """Range of the internal value."""
        if self.factor or math.isfinite(self.high):
            return -_FARTHEST, _FARTHEST
        return self.low / self.start, math.inf


@dataclass(frozen=True, slots=True)
class Minimum:
    """Minimum of −2 ln L.

    Parameters
    ----------
    values
        Parameters at the minimum, shape (n,).
    correlation
        Their correlation matrix from the curvature, shape (n, n); NaN if −2 ln L is flat.
    intervals
        Lower and upper end of each parameter's interval for each of `LEVELS`, shape (2, n, 2).
    """

    values: Array
    correlation: Array
    intervals: Array


def minimise(cost: Callable[[Array], float], searches: Sequence[Search]) -> Minimum:
    """Minimise −2 ln L and find the confidence intervals of its parameters.

    Parameters
    ----------
    cost
        −2 ln L, up to a constant, for parameters (n,).
    searches
        Start and range of each parameter.

    Returns
    -------
    Minimum
        With n = 0 if there are no parameters.

    Raises
    ------
    NoMinimumError
        If no minimum is found.
    """
    if not searches:
        nothing = np.zeros(0)
        return Minimum(nothing, np.zeros((0, 0)), np.zeros((len(LEVELS), 0, 2)))

    def internal_cost(internal: Array) -> float:
        if not np.all(np.isfinite(internal)):
            # Where −2 ln L is flat, MINUIT may step to infinity; from NaN it returns.
            return math.nan
        values = [s.external(float(x)) for s, x in zip(searches, internal, strict=True)]
        return cost(np.array(values))

    start = np.array([search.internal_start for search in searches])
    for _ in range(_ATTEMPTS):
        minuit = Minuit(internal_cost, start)
        minuit.errordef = Minuit.LEAST_SQUARES
        minuit.limits = [search.limits for search in searches]
        minuit.errors = [0.1] * len(searches)
        # No messages about flat valleys on standard output.
        minuit.print_level = -1
        # Neither may report convergence at the end of a curved valley; the profiles then find a lower point.
        minuit.migrad()
        if not minuit.valid:
            minuit.simplex()
        if not math.isfinite(minuit.fval):
            break
        minuit.hesse()
        values, correlation = np.array(minuit.values), _correlations(minuit)
        try:
            intervals = _profile_intervals(minuit, searches)
        except _LowerMinimumError:
            start = np.array(minuit.values)
            continue
        best = np.array([s.external(x) for s, x in zip(searches, values, strict=True)])
        return Minimum(best, correlation, intervals)
    raise NoMinimumError("no minimum found")


def _descend(minuit: Minuit) -> None:
    """Minimise by gradient, and by simplex if that fails, as where −2 ln L is flat."""
    minuit.migrad()
    if not minuit.valid:
        minuit.simplex()
    if not minuit.valid:
        raise NoMinimumError("no minimum found")


def _correlations(minuit: Minuit) -> Array:
    """Correlation matrix (n, n) from the curvature; NaN where it is not known, as at an end of a range."""
    if not minuit.accurate or minuit.covariance is None:
        return np.full((minuit.npar, minuit.npar), np.nan)
    covariance = np.array(minuit.covariance)
    deviation = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(deviation, deviation))


def _profile_intervals(minuit: Minuit, searches: Sequence[Search]) -> Array:
    """Ends (levels, n, 2) of the intervals about a minimum."""
    best, errors, lowest = list(minuit.values), list(minuit.errors), float(minuit.fval)
    # At a tiny amplitude the gradient vanishes.
    start = [max(x, _FAINT) if s.factor else x for s, x in zip(searches, best, strict=True)]
    ends = np.empty((len(LEVELS), len(searches), 2))
    for index, search in enumerate(searches):
        minuit.fixed[index] = True
        profile = functools.cache(functools.partial(_lowest_at, minuit, start, index, lowest))
        for row, level in enumerate(LEVELS):
            rise = math.sqrt(2 * float(special.gammaincinv(0.5, level)))
            for side, end in enumerate((search.low, search.high)):
                limit = search.limits[side]
                step = (1 if side else -1) * rise * min(errors[index], 1.0)
                internal = _crossing(profile, best[index], limit, step, rise)
                ends[row, index, side] = end if internal is None else search.external(internal)
        minuit.fixed[index] = False
    return ends


def _lowest_at(
    minuit: Minuit, start: Sequence[float], index: int, lowest: float, value: float
) -> float:
    """√(rise of −2 ln L over `lowest`), minimised over all parameters but one, which has `value`."""
    minuit.values = start
    minuit.values[index] = value
    if minuit.nfit:
        _descend(minuit)
        level = float(minuit.fval)
    else:
        level = float(minuit.fcn(list(minuit.values)))
    if level < lowest - _LOWER:
        raise _LowerMinimumError
    return math.sqrt(max(level - lowest, 0.0))


def _crossing(
    profile: Callable[[float], float], best: float, limit: float, step: float, rise: float
) -> float | None:
    """Point where a nearly linear profile, zero at `best`, reaches `rise`; None if not within `limit`."""
    if abs(step) < _RESOLUTION * max(1.0, abs(best)):
        raise NoMinimumError("-2 ln L is too narrow for double precision; the errors are too small")

    def height(value: float) -> float:
        return -rise if value == best else profile(value) - rise

    inner, outer = best, best + step
    for _ in range(_MOST_STEPS):
        if (outer - limit) * step >= 0:
            outer = limit
        if outer == best:
            return None
        if height(outer) >= 0:
            break
        if outer == limit:
            return None
        inner, outer = outer, outer + step
    else:
        raise NoMinimumError("-2 ln L is flat in double precision; a value or an error is far off")
    return float(optimize.brentq(height, inner, outer, xtol=_PRECISION * abs(step)))
