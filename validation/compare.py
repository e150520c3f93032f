"""Does an ensemble agree with its prediction? Pulls, χ², slope, and a verdict at a stated false-alarm rate."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.carrying import carrying_modes
from eddysky.validation.predict import predict
from eddysky.validation.statistics import chi_square, gamma_pull, two_sided

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.result import Result

__all__ = [
    "FALSE_ALARM",
    "Comparison",
    "Slope",
    "TooFewRealizationsError",
    "compare",
    "compared_multipoles",
    "require_realizations",
]

Array = NDArray[np.float64]

# Each of three tests (χ², amplitude, slope) rejects a true theory this often. Synthetic ensembles of C_ℓ with
# cosmic variance alone gave 0.001 to 0.0025 for 30 realisations and more, up to 0.006 for 10.
FALSE_ALARM = 1e-3
# With fewer realisations the standard errors are too uncertain for the tests below.
MIN_REALIZATIONS = 10
# With few modes C_ℓ has heavy tails, and only many realisations have a normal mean: of 300 true ensembles of 10
# realisations, 32% failed with one mode, 5% with 8, 0.7% with 33.
FEW_MODES, MANY_REALIZATIONS = 32, 100
# Multipoles with more shot noise than this many times the signal are left out of amplitude, slope and scatter.
FADED = 3.0
# With less shot noise than this many times the signal, C_l scatters like a sum of squares.
FAINT = 0.1
# Without anything random the theory must be met up to what first order in u/c leaves out; the fastest flows
# that a configuration allows were off by 2e-5.
EXACT_RATIO = 1e-4
EXACT_ZERO = 1e-6
# Bands with this k_max λ have their multipoles judged one by one (`distinct`).
LARGE_EDDIES = (0.1, 2.0)
# Second order may contribute this much to a C_l that is compared.
SECOND_ORDER = 1e-3
# Sine and cosine are good to 1e-9 of the amplitudes: a part of 1e-6 of the flow is known to 1e-3.
SINE_ERROR = 1e-12
# Scale of C_l below which a sky is empty: intensities are computed to 1e-15.
ROUNDING = 1e-24


class TooFewRealizationsError(ValueError):
    """The ensemble is too small for its scatter to give standard errors."""


@dataclass(frozen=True, slots=True)
class Slope:
    """d ln C_ℓ / d ln ℓ over a range of multipoles.

    Parameters
    ----------
    lmin, lmax
        The range.
    predicted
        Slope of the prediction, each multipole weighted by its information.
    measured, error
        Slope of the ensemble with the same weights, and its standard error.
    """

    lmin: int
    lmax: int
    predicted: float
    measured: float
    error: float

    @property
    def pull(self) -> float:
        """Difference in standard errors."""
        return (self.measured - self.predicted) / self.error


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
        squares (`gamma_pull`); None without turbulence.
    scatter
        Standard deviation of C_ℓ over cosmic variance, √(2/(2ℓ+1)) C_ℓ (√2 C_ℓ with parallel transport, where
        only m = 0 along the field carries power), median over the multipoles not lost in
        shot noise; None without turbulence.
    slope
        Fitted slope, if there are enough multipoles.
    seen
        Multipoles not lost in shot noise; None: all.
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
    seen: NDArray[np.bool_] | None = None

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
        """Whether all tests pass; a true theory fails about once in 250."""
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
        limit = first_order_limit(self.predicted)
        return bool(np.all(np.abs(self.measured - self.predicted) <= limit))

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
            "ell": self.ell.tolist(),
            "measured": plain(self.measured),
            "standard_error": plain(self.error),
            "predicted": plain(self.predicted),
            "ratio": plain(self.ratio),
            "pull": plain(self.pull),
        }


def compared_multipoles(config: Config) -> NDArray[np.int64]:
    """Multipoles 1 ≤ ℓ ≤ lmax that the simulated band reaches, ℓ ≤ max(2, k_max λ), and an expansion of its flow.

    Beyond, C_ℓ falls faster than any power, below what single terms of second order in u/c contribute. Where all
    eddies are larger than λ it falls slowly enough for some more to stand out.
    """
    last = config.lmax
    if not config.turbulent:
        return np.arange(1, last + 1)
    band = config.flow_spectrum.k_max * config.mean_free_path
    reach = int(band)
    if LARGE_EDDIES[0] <= band < LARGE_EDDIES[1]:
        reach = distinct(config)
    elif config.sampling == "pixel-centre" and config.flow.taylor_order is None:
        reach = min(reach, resolved(config))
    last = min(last, max(2, reach))
    # Eddies much larger than λ make a quadrupole, of first order in kλ; the dipole in the fluid's frame is of
    # second order, and so are terms of second order in u/c.
    no_dipole = band < LARGE_EDDIES[0] and last == 2
    if config.flow.taylor_order is not None:
        # The polynomial of n·u has the degree n + 1; a uniform gradient has no dipole.
        last = min(last, config.flow.taylor_order + 1)
        no_dipole = no_dipole or config.flow.taylor_order == 1
    return np.arange(2 if no_dipole and config.sky.frame == "fluid" else 1, last + 1)


def distinct(config: Config) -> int:
    """Last of the multipoles from ℓ = 2 on that stand above second order in u/c and the last digits of the sine.

    Directions are those in the observer's frame, while the flow around him moves with u: this aberration lends
    C_ℓ about (ℓu/v)²/12 of C_(ℓ−1).
    """
    c_ell = predict(config).c_ell
    speed = config.turbulent_speed / config.particle_speed
    for ell in range(3, resolved(config) + 1):
        lent = (ell * speed) ** 2 / 12 * c_ell[ell - 1]
        if lent > SECOND_ORDER * c_ell[ell]:
            return ell - 1
    return resolved(config)


def resolved(config: Config) -> int:
    """Last of the multipoles from ℓ = 2 on that stand above the last digits of the sine.

    A spectrum that falls steeply leaves less at small scales than large eddies leave there by rounding.
    """
    c_ell = predict(config).c_ell
    speed = config.turbulent_speed / config.particle_speed
    lost = c_ell[3:] < SINE_ERROR * (config.momentum_index * speed) ** 2
    return 2 + int(np.argmax(lost)) if lost.any() else len(c_ell) - 1


def compare(result: Result) -> Comparison:
    """Compare an ensemble with `predict` for its own configuration.

    Standard errors come from the scatter of the realisations. χ² allows for errors that are estimated from
    few realisations (Student's t) and for the correlation of neighbouring multipoles (Satterthwaite: n²/tr ρ²
    degrees of freedom, the sampling noise of the correlation matrix ρ removed).

    Parameters
    ----------
    result
        An ensemble, as `simulate` or `read` give it.

    Returns
    -------
    Comparison
        Per multipole and together; `consistent` is the verdict.

    Raises
    ------
    TooFewRealizationsError
        With fewer than ten realisations of something random, or fewer than 100 with fewer than 32 modes.
    """
    config = result.config
    ell = compared_multipoles(config)
    power = result.power[:, ell]
    predicted = predict(config).c_ell[ell]
    measured = power.mean(axis=0)
    count = len(power)
    if not config.turbulent and config.sampling == "pixel-centre":
        return Comparison(count, ell, measured, np.zeros(len(ell)), predicted)
    require_realizations(config, count)
    deviation = power.std(axis=0, ddof=1)
    if not config.turbulent:
        # Where particles leave hardly any noise, what first order in u/c leaves out would count as an error.
        deviation = np.hypot(deviation, math.sqrt(count) * first_order_limit(predicted))
    error = deviation / math.sqrt(count)
    variance, noise = cosmic_variance(config, ell), 0.0
    if config.turbulent and config.sampling != "pixel-centre":
        noise = shot_noise(ell, predicted, deviation, variance)
    squares = (noise <= FAINT * predicted) & config.turbulent
    chi2 = chi_square(power, predicted, deviation, squares)
    pulls = math.sqrt(count) * np.mean((power - predicted) / deviation, axis=1)
    amplitude = amplitude_error = amplitude_pull = scatter = slope = seen = None
    if config.turbulent:
        # Deep scattering can leave less than the smallest double.
        seen = (noise <= FADED * predicted) & (predicted > 0)
        if np.any(seen):
            relative = noise / predicted[seen]
            weight = 1 / (variance[seen] + relative * (2 + relative) / (2 * ell[seen] + 1))
            ratios = np.average(power[:, seen] / predicted[seen], axis=1, weights=weight)
            amplitude = float(ratios.mean())
            amplitude_error = float(ratios.std(ddof=1) / math.sqrt(count))
            amplitude_pull = offset(amplitude, amplitude_error, bool(np.all(squares[seen])))
            scatter = float(np.median(deviation[seen] / (np.sqrt(variance) * predicted)[seen]))
            slope = fit_slope(ell[seen], power[:, seen], predicted[seen], weight)
    return Comparison(
        realizations=count,
        ell=ell,
        measured=measured,
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
        seen=seen,
    )


def offset(ratio: float, error: float, squares: bool) -> float:
    """Difference of a mean ratio from 1 as a deviate; of a mean of `squares`, by its gamma distribution."""
    if not squares:
        return (ratio - 1) / error
    return float(gamma_pull(np.array([ratio]), np.array([2 * (ratio / error) ** 2]))[0])


def require_realizations(config: Config, count: int) -> None:
    """Refuse ensembles whose scatter gives no standard errors.

    Raises
    ------
    TooFewRealizationsError
        With fewer than ten realisations, or fewer than 100 where single skies are far from normal, and with
        fewer than 100 modes in all of them together where the spectrum has power.
    """
    if count < MIN_REALIZATIONS:
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {count}; "
            f"ensemble.realizations must be at least {MIN_REALIZATIONS}"
        )
    modes = carrying_modes(config) if config.turbulent else math.inf
    few = f"flow.modes = {config.flow.modes}"
    if modes < config.flow.modes / 2:
        few += f", of which about {modes:.2g} fall where the spectrum has power"
    # Modes that miss all power are skies with nothing in them.
    if modes < 1 and count * modes < MANY_REALIZATIONS:
        raise TooFewRealizationsError(
            f"too few modes, with {few}; flow.modes must be at least "
            f"{math.ceil(FEW_MODES * config.flow.modes / modes)}"
        )
    if config.turbulent and count < MANY_REALIZATIONS:
        reason = ""
        if modes < FEW_MODES:
            reason = f"{few}, below {FEW_MODES}"
        elif config.transport.mode == "parallel":
            reason = "parallel transport"
        if reason:
            raise TooFewRealizationsError(
                f"too few realisations for standard errors, {count}: with {reason}, C_l is far from normal; "
                f"ensemble.realizations must be at least {MANY_REALIZATIONS}"
            )


def first_order_limit(predicted: Array) -> Array:
    """How far the C_ℓ of a regular sky may be from a theory of first order in u/c."""
    scale = max(float(np.max(predicted, initial=0.0)), ROUNDING)
    # C_ℓ is about the square of the intensity, of which the next order is the square once more.
    leak = max(EXACT_ZERO, scale)
    return np.where(predicted > 0, EXACT_RATIO * predicted, leak * scale)


def cosmic_variance(config: Config, ell: NDArray[np.int64]) -> Array:
    """Variance of C_ℓ over C_ℓ² for a Gaussian sky, 2/(2ℓ+1); 2 with parallel transport, which has m = 0 only."""
    if config.transport.mode == "parallel":
        return np.full(len(ell), 2.0)
    return np.asarray(2 / (2 * ell + 1))


def shot_noise(
    ell: NDArray[np.int64], predicted: Array, deviation: Array, variance: Array
) -> float:
    """White noise level N of each half of the particles.

    The cross-spectrum of two halves has var C_ℓ = κC² + (2CN + N²)/(2ℓ+1), κ the relative cosmic variance.
    The variance at each ℓ gives an N, and their median counts. A single number from all multipoles keeps
    weights made from it independent of the fluctuation of any one of them, so weighted means stay unbiased.
    """
    excess = (2 * ell + 1) * (deviation**2 - variance * predicted**2)
    root = np.sqrt(np.maximum(predicted**2 + excess, 0.0))
    return max(0.0, float(np.median(root - predicted)))


def fit_slope(
    ell: NDArray[np.int64], power: Array, predicted: Array, weight: Array
) -> Slope | None:
    """Fit the slope of ln C_ℓ against ln ℓ, from ℓ = 10 (or 2, on short ranges) on.

    The ratio of each realisation to the prediction is fitted by 1 + a + δ ln ℓ. This is linear in C_ℓ, so δ is
    unbiased at any ensemble size and its error is plain scatter.
    """
    start = 10 if ell.size and ell[-1] >= 20 else 2
    use = ell >= start
    if np.count_nonzero(use) < 3:
        return None
    x, weight = np.log(ell[use]), weight[use]
    x = x - np.average(x, weights=weight)
    coefficient = weight * x / np.sum(weight * x**2)
    tilt = power[:, use] / predicted[use] @ coefficient
    slope = float(coefficient @ np.log(predicted[use]))
    return Slope(
        lmin=int(start),
        lmax=int(ell[-1]),
        predicted=slope,
        measured=slope + float(tilt.mean()),
        error=float(tilt.std(ddof=1) / math.sqrt(len(tilt))),
    )


def plain(values: Array) -> list[float | None]:
    """List with None for NaN."""
    return [None if math.isnan(v) else v for v in values.tolist()]
