"""Measured and predicted C_ℓ, and the verdict on their agreement at a stated false-alarm rate."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import as_html, counted, ranges
from eddysky.validation.comparison.slope import Slope
from eddysky.validation.comparison.statistics import two_sided

__all__ = [
    "FALSE_ALARM",
    "NOISE_DOMINATED",
    "Comparison",
    "exactness",
    "first_order_limit",
    "rounding_limit",
]

Array = NDArray[np.float64]

# False-alarm rate of each of three tests (χ², amplitude, slope); `calibration` measures that of the verdict.
FALSE_ALARM = 1e-3
# Multipoles with a larger ratio N_ℓ/C_ℓ are not used for amplitude, slope and scatter.
NOISE_DOMINATED = 1.5
# Rounding error of C_ℓ, relative to the largest one, of intensities (1e-15) and their transform.
_RELATIVE_ROUNDING = 1e-12
# Square of the third order in u/v, in units of the cube of the largest C_ℓ: at most (D²/6)² for each product in it.
_THIRD_ORDER = 10.0
# C_ℓ of an empty sky, with rounding errors of 1e-15 in the intensity.
_ROUNDING = 1e-29
# C_ℓ of multipoles without power, relative to the power of the whole sky: rounding errors of 1e-12 of the intensity.
_NO_POWER = 1e-24


@dataclass(frozen=True, slots=True)
class Comparison:
    """Measured and predicted C_ℓ of n multipoles, and statistics of all of them together.

    Parameters
    ----------
    realizations
        Size of the ensemble.
    ell
        Judged multipoles, shape (n,).
    measured, error
        Ensemble mean of C_ℓ and its standard error, shape (n,). The error is zero if nothing is random; without
        turbulence it includes the bound on the neglected orders in u/v.
    predicted
        Prediction for the same band, shape (n,).
    chi2, dof, p_value
        χ², its effective degrees of freedom and the probability of a larger χ² (`chi_square`); None if nothing is
        random.
    mean_pull, mean_pull_error
        Mean pull and its standard error.
    amplitude, amplitude_error, amplitude_pull
        Mean of measured/predicted over the multipoles above shot noise, weighted by inverse variance, its standard
        error and its pull from 1 (`skewed_pull`); None without turbulence.
    scatter
        Standard deviation of C_ℓ divided by cosmic variance, √(2/ν) C_ℓ with ν of `degrees_of_freedom`, median over the
        multipoles above shot noise; None without turbulence.
    slope
        Fitted slope; None for fewer than three multipoles above shot noise.
    above_noise
        Whether each multipole is above shot noise, N_ℓ ≤ `NOISE_DOMINATED` C_ℓ, shape (n,); None if there is no
        turbulence.
    noise
        Noise level N_ℓ of one sky of particles, shape (n,); None without particles.
    excluded
        Reason for each multipole up to lmax that is not judged.
    limit
        If nothing is random, largest allowed ``|measured − predicted|``, shape (n,): `first_order_limit`, or
        `rounding_limit` where turbulence has no power.
    unexpected
        Multipoles with power where none is expected.
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
    noise: Array | None = None
    excluded: dict[int, str] = field(default_factory=dict)
    limit: Array | float = 0.0
    unexpected: tuple[int, ...] = ()

    def up_to(self, lmax: int) -> Comparison:
        """Select the multipoles ℓ ≤ lmax for figures; the statistics of all multipoles are unchanged."""
        keep = self.ell <= lmax
        return replace(
            self,
            ell=self.ell[keep],
            measured=self.measured[keep],
            error=self.error[keep],
            predicted=self.predicted[keep],
            above_noise=None if self.above_noise is None else self.above_noise[keep],
            noise=None if self.noise is None else self.noise[keep],
            limit=self.limit[keep] if isinstance(self.limit, np.ndarray) else self.limit,
        )

    @property
    def pull(self) -> Array:
        """(measured − predicted)/error, shape (n,); NaN where the error is zero."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.error > 0, (self.measured - self.predicted) / self.error, np.nan)

    @property
    def ratio(self) -> Array:
        """measured/predicted, shape (n,); NaN where the prediction is zero."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.predicted > 0, self.measured / self.predicted, np.nan)

    @property
    def consistent(self) -> bool:
        """Whether all tests pass; a true theory fails with a probability of about 0.3%."""
        if self.unexpected:
            return False
        if self.p_value is None:
            return bool(np.all(np.abs(self.measured - self.predicted) <= self.limit))
        tails = [self.p_value]
        if self.amplitude_pull is not None:
            tails.append(two_sided(self.amplitude_pull, self.realizations))
        if self.slope is not None:
            tails.append(two_sided(self.slope.pull, self.realizations))
        return all(tail >= FALSE_ALARM for tail in tails)

    def table(self) -> str:
        """One line per multipole: measured with its standard error, predicted, ratio and pull."""
        columns = (self.ell, self.measured, self.error, self.predicted, self.ratio, self.pull)
        line = "{:4d} {:12.5e} {:12.5e} {:12.5e} {:8.4f} {:8.2f}"
        rows = [line.format(*row) for row in zip(*columns, strict=True)]
        return "\n".join(["   l     measured        error    predicted    ratio     pull", *rows])

    def __str__(self) -> str:
        """Verdict, statistics and excluded multipoles."""
        word = "consistent" if self.consistent else "NOT consistent"
        lines = [f"{word} with the theory"]
        span = f"l = {ranges(self.ell.tolist())}, {counted(self.realizations)}"
        if self.p_value is None:
            lines.append(f"nothing random; {exactness(self)} ({span})")
        else:
            lines.append(
                f"chi2 = {self.chi2:.1f} for {self.dof:.1f} degrees of freedom, p = {self.p_value:.3g} ({span})"
            )
        if self.amplitude is not None:
            lines.append(
                f"amplitude {self.amplitude:.4f} ± {self.amplitude_error:.4f} of the prediction{_above_noise(self)}"
            )
        if self.slope is not None:
            lines.append(str(self.slope))
        if self.scatter is not None:
            lines.append(f"scatter of C_l {self.scatter:.2f} times cosmic variance")
        return "\n  ".join(lines + _unused(self))

    def __repr__(self) -> str:
        """The verdict in one line."""
        word = "consistent" if self.consistent else "not consistent"
        test = "nothing random"
        if self.p_value is not None:
            test = f"χ² = {self.chi2:.1f} for {self.dof:.1f} degrees of freedom, p = {self.p_value:.2g}"
        span = f"{counted(self.realizations)}, ℓ = {ranges(self.ell.tolist())}"
        return f"<Comparison: {word}, {span}, {test}>"

    def _repr_html_(self) -> str:
        """The verdict for notebooks."""
        return as_html(str(self))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; NaN becomes None."""
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
            "slope": self.slope and asdict(self.slope),
            "unexpected": list(self.unexpected),
            "excluded": {str(ell): reason for ell, reason in self.excluded.items()},
            "ell": self.ell.tolist(),
            "measured": _plain(self.measured),
            "standard_error": _plain(self.error),
            "predicted": _plain(self.predicted),
            "ratio": _plain(self.ratio),
            "pull": _plain(self.pull),
            "noise": None if self.noise is None else self.noise.tolist(),
            "above_noise": None if self.above_noise is None else self.above_noise.tolist(),
        }


def first_order_limit(predicted: Array, second_order: Array) -> Array:
    """Largest allowed difference of C_ℓ of a sky without turbulence from the theory of first order in u/v.

    Parameters
    ----------
    predicted : (n,)
        C_ℓ of the theory.
    second_order : (n,)
        Bound on the neglected orders (`eddysky.validation.theory.second_order`).

    Returns
    -------
    ndarray
        The bound plus rounding errors and third order, shape (n,).
    """
    scale = float(np.max(predicted, initial=0.0))
    return np.asarray(
        second_order + _RELATIVE_ROUNDING * scale + _THIRD_ORDER * scale**3 + _ROUNDING
    )


def _above_noise(comparison: Comparison) -> str:
    """The multipoles above shot noise, where some of the judged ones are not."""
    above = comparison.above_noise
    if above is None or above.all():
        return ""
    return f" (l = {ranges(comparison.ell[above].tolist())})"


def rounding_limit(predicted: Array, power: Array, shift: float) -> Array:
    """Largest allowed difference of C_ℓ to which turbulence contributes nothing from the prediction.

    Parameters
    ----------
    predicted : (n,)
        C_ℓ of the regular flow and density gradient.
    power : (lmax + 1,)
        Measured C_ℓ of the whole sky.
    shift
        δf/f that the rms velocity of the turbulence makes, D u/v: where waves make no sky at all, as Alfvén waves with
        parallel transport, rounding errors of their velocities are all there is.

    Returns
    -------
    ndarray
        Effect of rounding errors, shape (n,).
    """
    whole = float((2 * np.arange(len(power)) + 1) @ power)
    error = _NO_POWER * max(whole, 4 * math.pi * shift**2)
    return np.asarray(error + 2 * np.sqrt(error * predicted) + _RELATIVE_ROUNDING * predicted)


def _unused(comparison: Comparison) -> list[str]:
    """One line for each reason why multipoles are not used, or only in χ²."""
    lines = []
    if comparison.unexpected:
        lines.append(f"l = {ranges(list(comparison.unexpected))}: power where none is expected")
    above_noise = comparison.above_noise
    if above_noise is not None:
        empty = comparison.predicted == 0
        reasons = {
            f"shot noise above {NOISE_DOMINATED:g} C_l": ~above_noise & ~empty,
            "nothing predicted": empty,
        }
        for reason, those in reasons.items():
            if those.any():
                names = ranges(comparison.ell[those].tolist())
                lines.append(f"l = {names} in chi2 only: {reason}")
    for reason in dict.fromkeys(comparison.excluded.values()):
        left_out = [ell for ell, why in comparison.excluded.items() if why == reason]
        lines.append(f"l = {ranges(left_out)} not judged: {reason}")
    return lines


def exactness(comparison: Comparison) -> str:
    """Relative difference of a sky without randomness from its prediction, in words."""
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
