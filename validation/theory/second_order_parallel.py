"""The bound of `second_order` for parallel transport: products of fields of the pitch angle alone.

On the field line the flow along b is a Gaussian process with the correlation ⟨u_b(z) u_b(z')⟩ = ∫ w dk ∫₀¹ dy
[β/2 + (1 − 3β/2) y²] cos(ky(z − z')) (ZL25 Eq. 7), and a particle from μ = n·b is scattered at z = sμ. With
ΔX = μ Δu_b/v the terms of second order are

    {[D²/2 + D (v²/2 − 1)] μ² + D/2} (Δu_b/v)²  +  D [1 + (v² − 2) μ²] Δu_b u₀/v²  +  D G ΔX.

The mean of a product of two of them, at μ and μ', is a sum over pairs of the four fields in it; regular parts count as
Gaussian fields of their size. Its multipoles are C_ℓ = π ∬ ⟨Q Q'⟩ P_ℓ(μ) P_ℓ(μ') dμ dμ'.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.config.spectrum import fraction_at
from eddysky.validation.theory.effective_modes import ANGLES, GOLDEN, wavenumbers

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["parallel_products"]

Array = NDArray[np.float64]

# Directions μ at most: waves beyond about as many radians along the line are left out.
DIRECTIONS = 600
# Waves held at a time.
CHUNK = 4096


def parallel_products(
    config: Config, paths: list[tuple[float, float]], c_ell: Array, regular: Array
) -> Array:
    """Bound on |⟨C_ℓ⟩ − prediction|, ℓ = 0…lmax, shape (lmax + 1,).

    Parameters
    ----------
    config
        A validated configuration with parallel transport.
    paths
        Free paths [mean free paths] and their weights.
    c_ell, regular
        Prediction, and the part of it that is not turbulent, ℓ = 0…lmax.
    """
    lmax, scatterings = config.lmax, config.transport.scatterings
    square, even, every, alone, third, fixed = np.zeros((6, lmax + 1))
    for path, weight in paths:
        line = Line(config, path)
        square += weight * line.second("t")
        third += weight * line.third("t")
        if line.steady:
            continue
        even += weight * (line.second("tg") if line.gradient else line.second("t"))
        every += weight * line.second("tgv")
        alone += weight * line.second("gv")
        fixed += weight * line.third("gv")
    every = np.maximum(every, square)
    # The first order has a mean product with the second only through what is even in μ: the gradient of the flow.
    linear = np.sqrt(c_ell * np.maximum(even - square, 0)) + np.sqrt(regular * every)
    linear += np.sqrt(regular * alone) + np.sqrt(c_ell * third) + np.sqrt(regular * fixed)
    return np.asarray(scatterings**2 * every + 2 * scatterings * linear)


class Line:
    """The flow along the field line at scattering centres a fixed way, `path` mean free paths, along it."""

    def __init__(self, config: Config, path: float) -> None:
        self.config = config
        reach = path * config.mean_free_path
        lmax = config.lmax
        content = config.flow_spectrum.k_max * reach if config.turbulent else 0.0
        count = max(lmax + 8, min(int(content) + 24, DIRECTIONS))
        self.mu, weights = np.polynomial.legendre.leggauss(count)
        self.legendre = np.polynomial.legendre.legvander(self.mu, lmax) * weights[:, np.newaxis]
        self.fluid = config.sky.frame == "fluid"
        # One more point, the observer's, at the end.
        self.turbulent = self.correlation(reach) if config.turbulent else np.zeros((count + 1,) * 2)
        random = config.magnetic_field == "random"
        field = np.zeros(3) if random else config.field_direction
        assert field is not None
        gradient = float(field @ np.array(config.flow.velocity_gradient) @ field)
        self.gradient = reach * gradient / config.particle_speed
        self.mean = float(field @ np.array(config.flow.mean_velocity)) / config.particle_speed
        self.density = abs(reach * float(field @ np.array(config.transport.density_gradient)))

    @property
    def steady(self) -> bool:
        """Whether nothing is the same in every sky."""
        return not (self.gradient or self.mean or self.density)

    def correlation(self, reach: float) -> Array:
        """⟨u_b u_b'⟩/v² between the points sμ, and the observer, as a matrix."""
        config = self.config
        k, width = wavenumbers(config)
        rows = np.arange(len(k))[:, np.newaxis]
        y = (np.arange(ANGLES) + (rows + 0.5) * GOLDEN % 1) / ANGLES
        beta = np.broadcast_to(fraction_at(config.transverse_fraction, k), k.shape)[:, np.newaxis]
        power = (config.flow_spectrum(k) * k * width / config.particle_speed**2)[:, np.newaxis]
        power = (power * ((1 - beta) * y**2 + beta / 2 * (1 - y**2)) / ANGLES).ravel()
        wave = (k[:, np.newaxis] * y * reach).ravel()
        points = np.append(self.mu, 0.0)
        resolved = wave < len(points)
        power, wave = power[resolved], wave[resolved]
        # Cosines are even in μ and sines odd, so that points of one sign are enough.
        distance, pair = np.unique(np.abs(points), return_inverse=True)
        even, odd = np.zeros((2, len(distance), len(distance)))
        order = config.flow.taylor_order
        for start in range(0, len(wave), CHUNK):
            phase = np.outer(distance, wave[start : start + CHUNK])
            size = np.sqrt(power[start : start + CHUNK])
            if order is None:
                real, imaginary = np.cos(phase), np.sin(phase)
            else:
                real, imaginary = np.zeros((2, *phase.shape))
                term = np.ones_like(phase)
                for power_of in range(order + 1):
                    part = real if power_of % 2 == 0 else imaginary
                    part += term if power_of % 4 < 2 else -term
                    term = term * phase / (power_of + 1)
            for total, part in ((even, real * size), (odd, imaginary * size)):
                total += part @ part.T
        sign, pairs = np.sign(points), np.ix_(pair, pair)
        return np.asarray(even[pairs] + np.outer(sign, sign) * odd[pairs])

    def moments(self, parts: str) -> tuple[Array, Array, float]:
        """Second moments of Δu_b/v between the μ, of it with u₀/v, and of u₀/v, of some of the parts."""
        moments = np.zeros_like(self.turbulent)
        if "t" in parts:
            moments += self.turbulent
        if "g" in parts:
            moments[:-1, :-1] += self.gradient**2 * np.outer(self.mu, self.mu)
        if "v" in parts:
            moments += self.mean**2
        if not self.fluid:
            return moments[:-1, :-1], np.zeros(len(self.mu)), 0.0
        here, both = moments[-1, -1], moments[:-1, -1]
        change = moments[:-1, :-1] - both[:, np.newaxis] - both + here
        return change, both - here, float(here)

    def second(self, parts: str) -> Array:
        """Power of the terms of second order, ℓ = 0…lmax."""
        config, mu = self.config, self.mu
        index, square = config.momentum_index, (config.particle_speed / SPEED_OF_LIGHT) ** 2
        change, mixed, here = self.moments(parts)
        diagonal = np.diagonal(change)
        own = (index**2 / 2 + index * (square / 2 - 1)) * mu**2 + index / 2
        swept = index * (1 + (square - 2) * mu**2)
        dragged = index * (self.density if "v" in parts else 0.0) * mu**2
        squares = np.outer(own, own) * (np.outer(diagonal, diagonal) + 2 * change**2)
        sweeping = np.outer(swept, swept) * (2 * np.outer(mixed, mixed) + change * here)
        dragging = np.outer(dragged, dragged) * change
        if parts == "t":
            cross = np.outer(own, swept) * (
                np.outer(diagonal, mixed) + 2 * change * mixed[:, np.newaxis]
            )
            return self.power(squares + cross + cross.T + sweeping)
        # Regular parts have signs, and terms may add up.
        return np.asarray(
            sum(np.sqrt(self.power(one)) for one in (squares, sweeping, dragging)) ** 2
        )

    def third(self, parts: str) -> Array:
        """Power of the part of the third order that is linear in some of the parts, at most.

        As `Fields.third_order` of `second_order`, where contractions leave D (Δu_b)³ μ³ and the like as multiples
        of ⟨(Δu_b)²⟩ Δu_b μ³ and ⟨(Δu_b)²⟩ Δu_b μ.
        """
        mu, index = self.mu, abs(self.config.momentum_index)
        linear, _, here = self.moments(parts)
        change, _, everywhere = self.moments("tgv")
        size = float(np.max(np.diagonal(change), initial=0.0))
        narrow = (index + 1.5 * index**2 + index**3 / 2) * size
        wide = 1.5 * index**2 * size
        if self.fluid:
            wide += index**2 / 2 * size + 1.5 * index * max(here, everywhere)
        wide += index * (index + 1) * self.density * abs(self.mean)
        amplitude = narrow * np.sqrt(self.power(np.outer(mu**3, mu**3) * linear))
        amplitude += wide * np.sqrt(self.power(np.outer(mu, mu) * linear))
        return np.asarray(amplitude**2)

    def power(self, moments: Array) -> Array:
        """C_ℓ = π ∬ ⟨Q Q'⟩ P_ℓ P_ℓ' dμ dμ'."""
        found = np.einsum("il,ij,jl->l", self.legendre, moments, self.legendre, optimize=True)
        return np.asarray(math.pi * np.maximum(found, 0.0))
