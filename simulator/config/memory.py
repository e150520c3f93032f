"""How far particles must be followed in the stationary limit: until they have forgotten the flow that follows.

A wave of wavenumber k leaves the relative part e^(−Γd) of its effect to what lies deeper than d. Γ is a function of
q = kλ, in parallel transport of q = k_∥λ. With BGK collisions d counts the scatterings after the first, and
e^(−Γ) = |b_0(q)|, b_0 = ⟨sin(qs)/qs⟩ over the free path s. With small-angle scattering d is the path in mean free
paths, and Γ the smallest decay rate of the directions' diffusion in the wave, ½Δ + iqμ: of potential waves q²/3 at
small q and √(q/2) at large; of transverse waves, whose harmonics begin at ℓ = 1, from 1 to √(2q).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.collisions import SmallAngle
from eddysky.simulator.config.spectrum import fraction_at

if TYPE_CHECKING:
    from eddysky.simulator.config.configuration import Config

__all__ = [
    "LEFT_OUT",
    "MOST_DEPTH",
    "Memory",
    "depth_followed",
    "scatterings_followed",
    "transverse_remembered",
]

Array = NDArray[np.float64]

# What is left out: of each wave in isotropic transport; in parallel transport of the power of the dipole.
LEFT_OUT = 1e-3
# Γ d of a wave that is forgotten.
FORGOTTEN = -math.log(LEFT_OUT)
# Particles are followed over at most so many scatterings or mean free paths.
MOST_DEPTH = 10_000
# Equally likely free paths that stand for the law, and wavenumbers at which its rates are tabulated.
PATHS, WAVENUMBERS = 2048, 256
# Beginning of the table over the longest wave, for waves almost across the magnetic field.
LOWEST = 1e-6


@dataclass(frozen=True, slots=True)
class Memory:
    """Rates Γ(q) at which waves are forgotten, tabulated.

    Parameters
    ----------
    q
        Wavenumber times mean free path, increasing, shape (n,).
    rates
        Γ per scattering (BGK) or per mean free path (small-angle scattering), not decreasing, shape (n,).
    """

    q: Array
    rates: Array

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Rates of the waves of a configuration.

        With BGK collisions at each q the lowest rate of all larger q, as |b_0| of narrow laws oscillates. For
        small-angle scattering that of potential waves: min(q²/3, √q/2), a little below the exact rate.
        """
        spectrum, path = config.flow_spectrum, config.mean_free_path
        q = np.geomspace(LOWEST * spectrum.k_min * path, spectrum.k_max * path, WAVENUMBERS)
        if isinstance(config.transport.collisions, SmallAngle):
            return cls(q, np.minimum(q * q / 3, np.sqrt(q) / 2))
        paths = config.transport.law.quantile(_midpoints(PATHS))
        kept = np.array([abs(np.mean(np.sinc(x / math.pi * paths))) for x in q])
        rates = -np.log(np.maximum.accumulate(kept[::-1])[::-1])
        # Waves so long that their rate is lost in rounding.
        return cls(q, np.maximum(rates, np.finfo(float).tiny))

    def rate(self, q: Array | float) -> Array:
        """Γ at any q of the table."""
        return np.asarray(np.exp(np.interp(np.log(q), np.log(self.q), np.log(self.rates))))

    @property
    def first_forgotten(self) -> float:
        """Depth at which the first wave is forgotten to `LEFT_OUT`."""
        return float(FORGOTTEN / self.rates[-1])

    def largest_remembered(self, depth: float) -> float:
        """Largest q of which more than `LEFT_OUT` is remembered after this depth; larger ones can be left out."""
        if depth <= 0:
            return math.inf
        index = int(np.searchsorted(self.rates, FORGOTTEN / depth, side="right"))
        return math.inf if index == len(self.q) else float(self.q[index])


def transverse_remembered(depth: float) -> float:
    """Largest q of transverse waves that are remembered after a path with small-angle scattering, zero if none is.

    From max(1, √q), a little below their exact rate.
    """
    rate = FORGOTTEN / depth if depth > 0 else math.inf
    return rate**2 if rate > 1 else 0.0


def depth_followed(config: Config) -> float:
    """Depth to which particles are followed in the stationary limit; infinite where parallel transport needs too much.

    In isotropic transport the longest wave is forgotten there to `LEFT_OUT`. In parallel transport waves of small
    k_∥ are never forgotten, and what they leave out of the dipole falls only as d^(−1/2). Its power is below `LEFT_OUT`
    of that of the Compton–Getting dipole of the flow,

        (2/⟨s²⟩)² ∫ w dk ∫₀¹ dy 3 [β/2 + (1 − 3β/2) y²] e^(−2Γ(kλy) d) < `LEFT_OUT` ∫ w dk,

    where the factor, with ⟨s²⟩ in units of λ² (2 for small-angle scattering), is the response 3b_1²/(1 − b_0) of long
    waves. Higher multipoles have less left out.
    """
    continual = isinstance(config.transport.collisions, SmallAngle)
    # Regular flows and transverse waves are forgotten as directions are: at once by BGK collisions, else as e^(−s/λ).
    least = FORGOTTEN if continual else 0.0
    still = not config.turbulent and config.flow.field is None
    isotropic = not config.transport.zonal
    transverse = config.transverse_fraction == 1 and config.flow.field is None
    if still or (continual and isotropic and transverse):
        return least
    memory, spectrum = Memory.from_config(config), config.flow_spectrum
    if isotropic:
        longest = float(memory.rate(spectrum.k_min * config.mean_free_path))
        return max(least, FORGOTTEN / longest)
    # Midpoint rule in ln k and ln y.
    k = spectrum.k_min * (spectrum.k_max / spectrum.k_min) ** _midpoints(128)
    y = LOWEST ** _midpoints(512)
    fraction = fraction_at(config.transverse_fraction, k)[:, None]
    power = (spectrum(k) * k)[:, None] * 3 * (fraction / 2 + (1 - 1.5 * fraction) * y * y) * y
    power /= np.sum(power)
    rates = memory.rate(k[:, None] * y * config.mean_free_path)
    response = 1.0 if continual else 2 / (1 + config.transport.law.standard_deviation**2)

    def left_out(depth: float) -> float:
        return float(response**2 * np.sum(power * np.exp(-2 * rates * depth)))

    low, high = least, float(MOST_DEPTH)
    if left_out(high) > LEFT_OUT:
        return math.inf
    while high - low > max(0.5, 1e-3 * low):
        middle = (low + high) / 2
        low, high = (middle, high) if left_out(middle) > LEFT_OUT else (low, middle)
    return high


def _midpoints(count: int) -> Array:
    """Midpoints of equal parts of (0, 1)."""
    return (np.arange(count) + 0.5) / count


def scatterings_followed(config: Config) -> int:
    """Scatterings N of each particle with BGK collisions: those given; in the stationary limit 1 + `depth_followed`."""
    given = config.transport.scattering_count
    return 1 + math.ceil(depth_followed(config)) if math.isinf(given) else int(given)
