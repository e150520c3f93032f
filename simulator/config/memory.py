"""How far particles must be followed in the stationary limit: until they have forgotten the flow that follows.

A wave of wavenumber k leaves the relative part e^(−Γd) of its effect to what lies deeper than d. Γ is a function of
q = kλ, in parallel and drift-kinetic transport of q = k_∥λ. With BGK collisions d counts the scatterings after the
first, and e^(−Γ) = |b_0(q)|, b_0 = ⟨sin(qs)/qs⟩ over the free path s. In helical transport s is replaced by the chord
2r_L sin(s/2r_L) of the circle across the magnetic field, as waves across it are forgotten last. With small-angle
scattering d is the path in mean free paths, and Γ the smallest decay rate of the directions' diffusion in the wave,
½Δ + iqμ: of potential waves q²/3 at small q and √(q/2) at large; of transverse waves, whose harmonics begin at ℓ = 1,
from 1 to √(2q).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.collisions import SmallAngle
from eddysky.simulator.config.spectrum import Mixture

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

        With BGK collisions at each q the lowest rate of all larger q, as |b_0| of narrow laws and circles oscillates.
        For small-angle scattering that of potential waves: min(q²/3, √q/2), a little below the exact rate.
        """
        spectrum, path = config.flow_spectrum, config.mean_free_path
        q = np.geomspace(LOWEST * spectrum.k_min * path, spectrum.k_max * path, WAVENUMBERS)
        if isinstance(config.transport.collisions, SmallAngle):
            return cls(q, np.minimum(q * q / 3, np.sqrt(q) / 2))
        paths = config.transport.law.quantile(_midpoints(PATHS))
        slab = all(part.cosine == 1 for part in config.turbulent_parts)
        if config.transport.mode == "helical" and not slab:
            radius = config.larmor_radius / path
            paths = 2 * radius * np.sin(paths / (2 * radius))
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
    """Depth to which particles are followed in the stationary limit; infinite where transport on a line needs too much.

    In isotropic and helical transport the longest wave is forgotten there to `LEFT_OUT`. On a field line waves of small
    k_∥ are never forgotten, and what they leave out of the dipole has to be below `LEFT_OUT` of the power of the
    Compton–Getting dipole of the flow along b,

        (2/⟨s²⟩)² ∫∫ P(k, y) R e^(−2Γ(kλy) d) dy dk < `LEFT_OUT` ∫∫ P(k, y) [p_L y² + p_S (1 − y²)] dy dk,

    P = w g, with the parts p_L along k and p_S across k of the variance (see `anisotropy`), and ⟨s²⟩ in units of λ² (2
    for small-angle scattering). In parallel transport R is the bracket on the right, as 2/⟨s²⟩ is the response
    3b_1²/(1 − b_0) of long waves; what is left out falls only as d^(−1/2). In drift-kinetic transport compression
    across b makes R = p_L/y², for which no depth is enough unless all waves go along b; transverse waves of κ = kλy
    leave less than p_S (1 − y²) min(1, κ⁴). Higher multipoles have less left out.
    """
    continual = isinstance(config.transport.collisions, SmallAngle)
    # Regular flows and transverse waves are forgotten as directions are: at once by BGK collisions, else as e^(−s/λ).
    least = FORGOTTEN if continual else 0.0
    still = not config.turbulent and config.flow.field is None
    zonal = config.transport.zonal
    isotropic = config.transport.mode == "isotropic"
    transverse = config.transverse_fraction == 1 and config.flow.field is None
    if still or (continual and isotropic and transverse):
        return least
    memory, spectrum = Memory.from_config(config), config.flow_spectrum
    if not zonal:
        longest = float(memory.rate(spectrum.k_min * config.mean_free_path))
        return max(least, FORGOTTEN / longest)
    rates, power, total = _line_power(config, memory)
    response = 1.0 if continual else 2 / (1 + config.transport.law.standard_deviation**2)

    def left_out(depth: float) -> float:
        return float(response**2 * np.sum(power * np.exp(-2 * rates * depth)) / total)

    low, high = least, float(MOST_DEPTH)
    if left_out(low) <= LEFT_OUT:
        return low
    if left_out(high) > LEFT_OUT:
        return math.inf
    while high - low > max(0.5, 1e-3 * low):
        middle = (low + high) / 2
        low, high = (middle, high) if left_out(middle) > LEFT_OUT else (low, middle)
    return high


def _line_power(config: Config, memory: Memory) -> tuple[Array, Array, float]:
    """Rates of waves on a field line, the power R that each leaves out, and that of the flow along b.

    Midpoint rule in ln k and ln y.
    """
    spectrum, path = config.flow_spectrum, config.mean_free_path
    k = spectrum.k_min * (spectrum.k_max / spectrum.k_min) ** _midpoints(128)
    terms = spectrum.terms(k) if isinstance(spectrum, Mixture) else [spectrum(k)]
    rates, left, total = [], [], 0.0
    for part, term in zip(config.turbulent_parts, terms, strict=True):
        y, share = LOWEST ** _midpoints(512), np.ones((1, 1))
        if part.cosine is not None:
            y = np.array([part.cosine])
        else:
            share = part.cosine_density(k[:, None], y) * y
            share = share / np.sum(share, axis=1, keepdims=True)
        weight = (term * k)[:, None] * share
        along, across = (values[:, None] for values in part.polarizations(k)[:2])
        aligned = along * y * y + across * (1 - y * y)
        kappa = k[:, None] * y * path
        # Waves exactly across b are a uniform flow on the line.
        response = np.where(y > 0, aligned, 0.0)
        if config.transport.mode == "drift-kinetic":
            with np.errstate(divide="ignore", invalid="ignore"):
                compression = np.where(along > 0, along / (y * y), 0.0)
            response = compression + across * (1 - y * y) * np.minimum(kappa, 1.0) ** 4
        seen = weight > 0
        rates.append(memory.rate(np.maximum(kappa, memory.q[0]))[seen])
        left.append((weight * response)[seen])
        total += float(np.sum(weight * aligned))
    total = total or float(np.sum(np.sum(terms, axis=0) * k))
    return np.concatenate(rates), np.concatenate(left), total


def _midpoints(count: int) -> Array:
    """Midpoints of equal parts of (0, 1)."""
    return (np.arange(count) + 0.5) / count


def scatterings_followed(config: Config) -> int:
    """Scatterings N of each particle with BGK collisions: those given; in the stationary limit 1 + `depth_followed`."""
    given = config.transport.scattering_count
    return 1 + math.ceil(depth_followed(config)) if math.isinf(given) else int(given)
