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
]

Array = NDArray[np.float64]

# β, or β(k) for an array of wavenumbers in 1/pc.
TransverseFraction = float | Callable[[Array], ArrayLike]


class Spectrum(Protocol):
    """Anything that gives w(k) on a band of wavenumbers, the power of turbulence: ⟨u²⟩ = ∫ w dk.

    A class of one's own with these is given to a configuration as `flow.spectrum`. `breakpoints` may be left out there,
    and a `name` says what results and figures call it.

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
            return times(amplitude, scaled ** (-self.index))


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
        """The peak, if the band holds it."""
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
        """w(k) over its value at the peak."""
        ratio = k * self.injection_scale / (2 * math.pi)
        with np.errstate(over="ignore"):
            return np.where(ratio < 1, ratio**2, ratio ** (-self.index))


@dataclass(frozen=True, slots=True)
class SpectrumTable:
    """Values of w(k), between which power laws lead from point to point; zero where an end is zero.

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
        with np.errstate(divide="ignore"):
            logs = np.log(np.array(self.values))
        places = np.log(np.array(self.wavenumbers))
        wanted = np.log(np.asarray(k, dtype=np.float64))
        right = np.clip(np.searchsorted(places, wanted, side="right"), 1, len(places) - 1)
        part = np.clip((wanted - places[right - 1]) / (places[right] - places[right - 1]), 0, 1)
        low, high = logs[right - 1], logs[right]
        with np.errstate(invalid="ignore"):
            between = np.exp(low + part * (high - low))
        # Where an end is zero no power law leads there: the interval is empty but for its other end.
        return np.where(np.isfinite(low) & np.isfinite(high), between, 0.0)


class TableOfValues(Protocol):
    """Values of w(k) and what lies between them."""

    @property
    def wavenumbers(self) -> tuple[float, ...]:
        """Where w(k) may have kinks or jumps, and the ends of the table [1/pc], ascending."""
        ...

    def __call__(self, k: ArrayLike) -> Array:
        """w(k) in km² s⁻² pc for wavenumbers k in 1/pc inside the table."""
        ...


@dataclass(frozen=True, slots=True)
class Tabulated:
    """w(k) of a table on a band.

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
    """β(k) between given values, linear in ln k, and constant beyond the first and the last.

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
        places = np.log(np.asarray(k, dtype=np.float64))
        return np.asarray(np.interp(places, np.log(np.array(self.wavenumbers)), self.values))


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
        """β(k): mean of the parts' β, weighted with their power."""
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
            # Outside, a part is not asked: a power law may overflow there.
            terms.append(np.where(inside, part(np.where(inside, wavenumbers, part.k_min)), 0.0))
        return terms


def fraction_at(fraction: TransverseFraction, k: Array) -> Array:
    """β at wavenumbers k [1/pc], of the shape of k, from a number or a function."""
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
    # Midpoint rule in ln k from kink to kink.
    width = np.diff(edges) / steps
    k = np.exp(edges[:-1, None] + width[:, None] * (np.arange(steps) + 0.5))
    values = np.asarray((density or spectrum)(k.ravel())).reshape(k.shape)
    with np.errstate(over="ignore"):
        return float(np.sum(values * k * width[:, None]))


def times(amplitude: float, shape: Array) -> Array:
    """Product of the value on the reference scale and the shape of a spectrum; infinite where it overflows."""
    if amplitude == 0:
        return np.zeros_like(shape)
    with np.errstate(over="ignore", invalid="ignore"):
        product = amplitude * shape
    return np.where(np.isnan(product), np.inf, product)


def reference_value(velocity_dispersion: float, reference_scale: float) -> float:
    """w(2π/L) = σ² L / 2π."""
    with np.errstate(over="ignore"):
        return float(np.float64(velocity_dispersion) ** 2 * reference_scale / (2 * math.pi))
