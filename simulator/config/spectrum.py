"""Omnidirectional energy spectra w(k) of the turbulent flow.

Normalisation: the mean of u² is ∫ w dk, without a factor ½, and the velocity dispersion on scale L is
σ(L) = √(2π w(2π/L)/L) (ZL24 §2).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = [
    "FractionTable",
    "Injection",
    "Mixture",
    "PowerLaw",
    "Spectrum",
    "SpectrumTable",
    "Tabulated",
    "TransverseFraction",
    "fraction_at",
    "mean_square_velocity",
    "natural_log",
]

Array = NDArray[np.float64]

# β, or β(k) for an array of wavenumbers in 1/pc.
TransverseFraction = float | Callable[[Array], ArrayLike]


class Spectrum(Protocol):
    """Protocol of spectra: w(k) on a band of wavenumbers, with ⟨u²⟩ = ∫ w dk.

    Any object with these attributes can be given as `flow.spectrum`. There `breakpoints` is optional, and so is a
    `name`, used in results and figures.

    Examples
    --------
    >>> class Viscous:
    ...     k_min, k_max = 0.01, 30.0
    ...
    ...     def __call__(self, k):
    ...         return 20.0 * k ** (-5 / 3) * np.exp(-k / 5)
    >>> from eddysky.simulator.config import Config
    >>> Config(flow={"spectrum": Viscous()}).flow.spectrum
    'Viscous'
    """

    @property
    def k_min(self) -> float:
        """Lower end of the band [1/pc]."""
        ...

    @property
    def k_max(self) -> float:
        """Upper end of the band [1/pc]."""
        ...

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Wavenumbers inside the band at which w(k) has a kink or a jump [1/pc]."""
        ...

    def __call__(self, k: ArrayLike) -> Array:
        """w(k) in km² s⁻² pc for wavenumbers k in 1/pc inside the band."""
        ...


@dataclass(frozen=True, slots=True)
class PowerLaw:
    """w(k) = w(2π/L) (kL/2π)^(−γ) with w(2π/L) = σ² L / 2π, on [k_min, k_max].

    Parameters
    ----------
    index
        Spectral index γ; 5/3 for Kolmogorov, 3/2 for Iroshnikov–Kraichnan turbulence.
    velocity_dispersion
        σ on the reference scale [km/s].
    reference_scale
        L [pc].
    k_min, k_max
        Band [1/pc]; 0 and infinity stand for the unbounded power law, which can be predicted but
        not simulated.
    """

    index: float
    velocity_dispersion: float
    reference_scale: float
    k_min: float = 0.0
    k_max: float = math.inf

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """A power law has no kinks."""
        return ()

    def __call__(self, k: ArrayLike) -> Array:
        """w(k) in km² s⁻² pc for wavenumbers k in 1/pc."""
        scaled = np.asarray(k, dtype=np.float64) * self.reference_scale / (2 * math.pi)
        amplitude = reference_value(self.velocity_dispersion, self.reference_scale)
        with np.errstate(over="ignore"):
            return times(amplitude, np.float_power(scaled, -self.index))


@dataclass(frozen=True, slots=True)
class Injection:
    """Steady wave diffusion with injection at one scale (ZL24 Figs. 2-4): a peak at k_i = 2π/L_i.

    w ∝ (k/k_i)² below k_i, where no energy flows and all modes are equal, and ∝ (k/k_i)^(−γ) above.

    Parameters
    ----------
    index, velocity_dispersion, reference_scale, k_min, k_max
        As for `PowerLaw`; σ(L) is that of this spectrum on either side of the peak.
    injection_scale
        L_i [pc].
    """

    index: float
    velocity_dispersion: float
    reference_scale: float
    injection_scale: float
    k_min: float
    k_max: float

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The peak, if it lies inside the band."""
        peak = 2 * math.pi / self.injection_scale
        return (peak,) if self.k_min < peak < self.k_max else ()

    def __call__(self, k: ArrayLike) -> Array:
        """w(k) in km² s⁻² pc for wavenumbers k in 1/pc."""
        shape = self.shape(np.asarray(k, dtype=np.float64))
        at_reference = self.shape(np.asarray(2 * math.pi / self.reference_scale))
        amplitude = reference_value(self.velocity_dispersion, self.reference_scale)
        with np.errstate(divide="ignore", over="ignore"):
            return times(amplitude, shape) / at_reference

    def shape(self, k: Array) -> Array:
        """w(k) divided by its value at the peak."""
        ratio = k * self.injection_scale / (2 * math.pi)
        with np.errstate(over="ignore"):
            return np.where(ratio < 1, ratio**2, np.float_power(ratio, -self.index))


@dataclass(frozen=True, slots=True)
class SpectrumTable:
    """Table of w(k), interpolated by power laws; zero in intervals with a zero at either end.

    Parameters
    ----------
    wavenumbers
        k [1/pc], ascending.
    values
        w(k) [km² s⁻² pc], not negative.
    """

    wavenumbers: tuple[float, ...]
    values: tuple[float, ...]

    def __call__(self, k: ArrayLike) -> Array:
        """w(k) in km² s⁻² pc for wavenumbers k in 1/pc inside the table."""
        logs, places = natural_log(self.values), natural_log(self.wavenumbers)
        wanted = natural_log(k)
        right = np.clip(np.searchsorted(places, wanted, side="right"), 1, len(places) - 1)
        part = np.clip((wanted - places[right - 1]) / (places[right] - places[right - 1]), 0, 1)
        low, high = logs[right - 1], logs[right]
        with np.errstate(invalid="ignore"):
            between = np.float_power(math.e, low + part * (high - low))
        # No power law interpolates to zero: such an interval is empty.
        return np.where(np.isfinite(low) & np.isfinite(high), between, 0.0)


class TableOfValues(Protocol):
    """Protocol of tables of w(k) with interpolation."""

    @property
    def wavenumbers(self) -> tuple[float, ...]:
        """Where w(k) may have kinks or jumps, and the ends of the table [1/pc], ascending."""
        ...

    def __call__(self, k: ArrayLike) -> Array:
        """w(k) in km² s⁻² pc for wavenumbers k in 1/pc inside the table."""
        ...


@dataclass(frozen=True, slots=True)
class Tabulated:
    """Spectrum w(k) of a table, restricted to a band.

    Parameters
    ----------
    table
        The values.
    k_min, k_max
        Band [1/pc], inside the table.
    """

    table: TableOfValues
    k_min: float
    k_max: float

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The points of the table inside the band."""
        return tuple(k for k in self.table.wavenumbers if self.k_min < k < self.k_max)

    def __call__(self, k: ArrayLike) -> Array:
        """w(k) in km² s⁻² pc for wavenumbers k in 1/pc inside the table."""
        return self.table(k)


@dataclass(frozen=True, slots=True)
class FractionTable:
    """Table of β(k), interpolated linearly in ln k and constant outside.

    Parameters
    ----------
    wavenumbers
        k [1/pc], ascending.
    values
        β, from 0 to 1.
    """

    wavenumbers: tuple[float, ...]
    values: tuple[float, ...]

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """The points of the table."""
        return self.wavenumbers

    def __call__(self, k: ArrayLike) -> Array:
        """β for wavenumbers k in 1/pc."""
        return np.asarray(np.interp(natural_log(k), natural_log(self.wavenumbers), self.values))


@dataclass(frozen=True, slots=True)
class Mixture:
    """Sum of spectra, each on its own band, each with its own transverse fraction.

    Parameters
    ----------
    parts
        The spectra.
    transverse_fractions
        β of each part, a number or a function of k [1/pc].
    """

    parts: tuple[Spectrum, ...]
    transverse_fractions: tuple[TransverseFraction, ...]

    @property
    def k_min(self) -> float:
        """Lower end of all bands [1/pc]."""
        return min(part.k_min for part in self.parts)

    @property
    def k_max(self) -> float:
        """Upper end of all bands [1/pc]."""
        return max(part.k_max for part in self.parts)

    @property
    def breakpoints(self) -> tuple[float, ...]:
        """Kinks of w and of β in the parts, and ends of their bands, inside the whole."""
        places = {k for part in self.parts for k in (*part.breakpoints, part.k_min, part.k_max)}
        for fraction in self.transverse_fractions:
            places.update(getattr(fraction, "breakpoints", ()))
        return tuple(sorted(k for k in places if self.k_min < k < self.k_max))

    def __call__(self, k: ArrayLike) -> Array:
        """Sum of w(k) in km² s⁻² pc."""
        return np.asarray(sum(self.terms(k)))

    def transverse_fraction(self, k: ArrayLike) -> Array:
        """β(k): mean of β over the parts, weighted by their w(k)."""
        wavenumbers = np.asarray(k, dtype=np.float64)
        terms = self.terms(wavenumbers)
        total = np.asarray(sum(terms))
        weighted = np.zeros_like(total)
        for fraction, term in zip(self.transverse_fractions, terms, strict=True):
            weighted += fraction_at(fraction, wavenumbers) * term
        return np.where(total > 0, weighted / np.where(total > 0, total, 1.0), 0.0)

    def terms(self, k: ArrayLike) -> list[Array]:
        """w(k) of each part, zero outside its band."""
        wavenumbers = np.asarray(k, dtype=np.float64)
        terms = []
        for part in self.parts:
            inside = (wavenumbers >= part.k_min) & (wavenumbers <= part.k_max)
            # Parts are not evaluated outside their bands, where a power law may overflow.
            terms.append(np.where(inside, part(np.where(inside, wavenumbers, part.k_min)), 0.0))
        return terms


def natural_log(values: ArrayLike) -> Array:
    """Natural logarithm by the C library, as `np.float_power` takes powers by it.

    `np.log`, `np.exp` and ** of NumPy round differently on processors with AVX-512; nothing that a sky is made of may
    use them.
    """
    from scipy.special import xlogy

    return np.asarray(xlogy(1.0, np.asarray(values, dtype=np.float64)))


def fraction_at(fraction: TransverseFraction, k: Array) -> Array:
    """Evaluate β, a number or a function, at wavenumbers k [1/pc]; the result has the shape of k."""
    values = fraction(k) if callable(fraction) else fraction
    return np.broadcast_to(np.asarray(values, dtype=np.float64), k.shape)


def mean_square_velocity(
    spectrum: Spectrum, density: Callable[[Array], Array] | None = None
) -> float:
    """Mean-square turbulent velocity ⟨u²⟩ = ∫ w dk [km² s⁻²], accurate to 1% for any piecewise smooth w.

    Parameters
    ----------
    spectrum
        w(k) on its band.
    density
        Function of k [1/pc] to integrate over the band instead of w.
    """
    ends = [spectrum.k_min, *spectrum.breakpoints, spectrum.k_max]
    steps = max(16, 4096 // (len(ends) - 1))
    edges = np.log(np.array(ends))
    # Midpoint rule in ln k between breakpoints.
    width = np.diff(edges) / steps
    k = np.exp(edges[:-1, None] + width[:, None] * (np.arange(steps) + 0.5))
    values = np.asarray((density or spectrum)(k.ravel())).reshape(k.shape)
    with np.errstate(over="ignore"):
        return float(np.sum(values * k * width[:, None]))


def times(amplitude: float, shape: Array) -> Array:
    """Product of amplitude and shape of a spectrum; infinite where it overflows."""
    if amplitude == 0:
        return np.zeros_like(shape)
    with np.errstate(over="ignore", invalid="ignore"):
        product = amplitude * shape
    return np.where(np.isnan(product), np.inf, product)


def reference_value(velocity_dispersion: float, reference_scale: float) -> float:
    """w(2π/L) = σ² L / 2π."""
    with np.errstate(over="ignore"):
        return float(np.float64(velocity_dispersion) ** 2 * reference_scale / (2 * math.pi))
