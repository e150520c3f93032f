"""Measured C_ℓ beside the theory, and the verdict on them at a stated false-alarm rate."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import counted, ranges
from eddysky.validation.comparison.statistics import two_sided

__all__ = ["FALSE_ALARM", "Comparison", "Slope", "first_order_limit"]

Array = NDArray[np.float64]

# Each of three tests (χ², amplitude, slope) rejects a true theory this often: `calibration` counts how often one of
# the three does.
FALSE_ALARM = 1e-3
# Rounding of a C_ℓ in units of the largest: intensities are computed to 1e-15 of it, and transforms add to that.
TRANSFORMED = 1e-12
# Third order, squared, in units of the largest C_ℓ cubed: (D²/6 and less)² for each of the products in it.
CUBED = 10.0
# C_ℓ of an empty sky, whose intensities are zero to 1e-15.
ROUNDING = 1e-29


@dataclass(frozen=True, slots=True)
class Slope:
    """d ln C_ℓ / d ln(ℓ + ½) over a range of multipoles.

    Parameters
    ----------
    lmin, lmax
        The range.
    predicted
        Slope of the prediction, each multipole weighted by its information.
    measured, error
        Slope of the ensemble with the same weights, and its standard error.
    pull
        Its difference from the prediction as a deviate (`skewed_pull`).
    """

    lmin: int
    lmax: int
    predicted: float
    measured: float
    error: float
    pull: float

    def __str__(self) -> str:
        """Measured and predicted slope, and the range."""
        return (
            f"slope {self.measured:.3f} ± {self.error:.3f}, predicted {self.predicted:.3f} "
            f"(l = {self.lmin}-{self.lmax})"
        )


@dataclass(frozen=True, slots=True)
class Comparison:
    """Measured against predicted, per multipole and together.

    Parameters
    ----------
    realizations
        Size of the ensemble.
    ell
        The multipoles compared.
    measured, error
        Ensemble mean of C_ℓ and its standard error: zero where nothing is random, and with random sampling but no
        turbulence not below what the first order in u/c leaves out.
    predicted
        The theory for the same band.
    chi2, dof, p_value
        Mean squared pull (each first turned from a Student t of R − 1 into a normal deviate) times the effective
        number of independent multipoles, that number, and the probability of a larger χ²; None where nothing is
        random.
    mean_pull, mean_pull_error
        Average pull and its standard error.
    amplitude, amplitude_error, amplitude_pull
        Mean of measured/predicted over the multipoles not lost in shot noise, each weighted by its information,
        its standard error, and its difference from 1 as a deviate, which allows for the skewness of a mean of
        squares (`skewed_pull`); None without turbulence.
    scatter
        Standard deviation of C_ℓ over cosmic variance, √(2/(2ℓ+1)) C_ℓ (√2 C_ℓ with parallel transport, where
        only m = 0 along the field carries power), median over the multipoles not lost in
        shot noise; None without turbulence.
    slope
        Fitted slope, if there are enough multipoles.
    above_noise
        Multipoles that are not dominated by shot noise; None: all.
    excluded
        Reason of each multipole up to lmax that is not judged.
    limit
        Where nothing is random: how far C_ℓ may be from the prediction (`first_order_limit`).
    """

    realizations: int
    ell: NDArray[np.int64]
    measured: Array
    error: Array
    predicted: Array
    chi2: float | None = None
    dof: float | None = None
    p_value: float | None = None
    mean_pull: float | None = None
    mean_pull_error: float | None = None
    amplitude: float | None = None
    amplitude_error: float | None = None
    amplitude_pull: float | None = None
    scatter: float | None = None
    slope: Slope | None = None
    above_noise: NDArray[np.bool_] | None = None
    excluded: dict[int, str] = field(default_factory=dict)
    limit: Array | float = 0.0

    def up_to(self, lmax: int) -> Comparison:
        """Only the multipoles ℓ ≤ lmax, for figures; what judges them together stays."""
        keep = self.ell <= lmax
        return replace(
            self,
            ell=self.ell[keep],
            measured=self.measured[keep],
            error=self.error[keep],
            predicted=self.predicted[keep],
            above_noise=None if self.above_noise is None else self.above_noise[keep],
            limit=self.limit[keep] if isinstance(self.limit, np.ndarray) else self.limit,
        )

    @property
    def pull(self) -> Array:
        """(measured − predicted)/error per multipole; NaN where nothing is random."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.error > 0, (self.measured - self.predicted) / self.error, np.nan)

    @property
    def ratio(self) -> Array:
        """measured/predicted; NaN where nothing is predicted."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.predicted > 0, self.measured / self.predicted, np.nan)

    @property
    def consistent(self) -> bool:
        """Whether all tests pass; a true theory fails at most about once in 300."""
        if self.p_value is None:
            return self.exact
        tails = [self.p_value]
        if self.amplitude_pull is not None:
            tails.append(two_sided(self.amplitude_pull, self.realizations))
        if self.slope is not None:
            tails.append(two_sided(self.slope.pull, self.realizations))
        return all(tail >= FALSE_ALARM for tail in tails)

    @property
    def exact(self) -> bool:
        """Whether a sky without randomness equals its prediction to first order in u/c."""
        return bool(np.all(np.abs(self.measured - self.predicted) <= self.limit))

    def table(self) -> str:
        """One line a multipole: measured with its standard error, predicted, ratio and pull."""
        rows = zip(
            self.ell, self.measured, self.error, self.predicted, self.ratio, self.pull, strict=True
        )
        return "\n".join(
            ["   l     measured        error    predicted    ratio     pull"]
            + [
                f"{ell:4d} {measured:12.5e} {error:12.5e} {predicted:12.5e} {ratio:8.4f} {pull:8.2f}"
                for ell, measured, error, predicted, ratio, pull in rows
            ]
        )

    def __str__(self) -> str:
        """Whether the ensemble agrees with the theory, and the numbers that say so."""
        word = "consistent" if self.consistent else "NOT consistent"
        lines = [f"{word} with the theory"]
        span = f"l = {ranges(self.ell.tolist())}, {counted(self.realizations)}"
        if self.p_value is None:
            lines.append(f"nothing random; {_exactness(self)} ({span})")
        else:
            lines.append(
                f"chi2 = {self.chi2:.1f} for {self.dof:.1f} degrees of freedom, p = {self.p_value:.3g} ({span})"
            )
        if self.amplitude is not None:
            lines.append(
                f"amplitude {self.amplitude:.4f} ± {self.amplitude_error:.4f} of the prediction"
            )
        if self.slope is not None:
            lines.append(str(self.slope))
        if self.scatter is not None:
            lines.append(f"scatter of C_l {self.scatter:.2f} times cosmic variance")
        return "\n  ".join(lines + _unused(self))

    def __repr__(self) -> str:
        """The verdict in one line."""
        word = "consistent" if self.consistent else "not consistent"
        start = (
            f"<Comparison: {word}, {counted(self.realizations)}, ℓ = {ranges(self.ell.tolist())}, "
        )
        if self.p_value is None:
            return start + "nothing random>"
        return (
            start
            + f"χ² = {self.chi2:.1f} for {self.dof:.1f} degrees of freedom, p = {self.p_value:.2g}>"
        )

    def _repr_html_(self) -> str:
        """The verdict for notebooks."""
        first, *others = map(escape, str(self).split("\n  "))
        return "<br>".join([f"<b>{first}</b>", *others])

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; NaN becomes None."""
        slope = self.slope
        return {
            "consistent": self.consistent,
            "realizations": self.realizations,
            "chi2": self.chi2,
            "dof": self.dof,
            "p_value": self.p_value,
            "mean_pull": self.mean_pull,
            "mean_pull_error": self.mean_pull_error,
            "amplitude": self.amplitude,
            "amplitude_error": self.amplitude_error,
            "amplitude_pull": self.amplitude_pull,
            "scatter_over_cosmic_variance": self.scatter,
            "slope": slope
            and {
                "lmin": slope.lmin,
                "lmax": slope.lmax,
                "measured": slope.measured,
                "error": slope.error,
                "predicted": slope.predicted,
                "pull": slope.pull,
            },
            "excluded": {str(ell): reason for ell, reason in self.excluded.items()},
            "ell": self.ell.tolist(),
            "measured": _plain(self.measured),
            "standard_error": _plain(self.error),
            "predicted": _plain(self.predicted),
            "ratio": _plain(self.ratio),
            "pull": _plain(self.pull),
        }


def first_order_limit(predicted: Array, second_order: Array) -> Array:
    """How far the C_ℓ of a regular sky may be from a theory of first order in u/v.

    Parameters
    ----------
    predicted
        C_ℓ of the theory.
    second_order
        Bound on what the theory leaves out (`second_order`), of the same multipoles.
    """
    scale = float(np.max(predicted, initial=0.0))
    return np.asarray(second_order + TRANSFORMED * scale + CUBED * scale**3 + ROUNDING)


def _unused(comparison: Comparison) -> list[str]:
    """One line for each reason why multipoles have no part in the verdict, or in a part of it."""
    lines = []
    above_noise = comparison.above_noise
    if above_noise is not None and not above_noise.all():
        noisy = ranges(comparison.ell[~above_noise].tolist())
        lines.append(f"l = {noisy} in chi2 only: lost in shot noise")
    for reason in dict.fromkeys(comparison.excluded.values()):
        those = [ell for ell, why in comparison.excluded.items() if why == reason]
        lines.append(f"l = {ranges(those)} not judged: {reason}")
    return lines


def _exactness(comparison: Comparison) -> str:
    """How closely a sky without randomness follows its prediction."""
    some = comparison.predicted > 0
    if not np.any(some):
        return f"predicted: an empty sky; largest C_l {np.max(comparison.measured):.1e}"
    worst = float(np.max(np.abs(comparison.ratio[some] - 1)))
    rest = np.max(comparison.measured[~some], initial=0.0) / np.max(comparison.predicted)
    names = ", ".join(f"C_{ell}" for ell in comparison.ell[some])
    return f"{names} within {worst:.1e} of the prediction, all others below {rest:.1e} of it"


def _plain(values: Array) -> list[float | None]:
    """List with None for NaN."""
    return [None if math.isnan(v) else v for v in values.tolist()]
