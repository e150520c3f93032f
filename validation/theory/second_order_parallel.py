"""Bound of `second_order` for parallel transport, where all fields depend on the pitch angle only.

On the field line the flow along b is a Gaussian process with the correlation ⟨u_b(z) u_b(z')⟩ = ∫ w dk ∫₀¹ dy
[β/2 + (1 − 3β/2) y²] cos(ky(z − z')) (ZL25 Eq. 7). A particle that arrives from μ = n·b was scattered at z = sμ. With
ΔX = μ Δu_b/v the terms of second order are

    {[D²/2 + D (v²/2 − 1)] μ² + D/2} (Δu_b/v)²  +  D [1 + (v² − 2) μ²] Δu_b u₀/v²  +  D G ΔX.

The mean ⟨Q Q'⟩ of the product of two such terms at μ and μ' is a sum over pairings of its four fields (Wick's theorem).
Regular flows are treated as Gaussian fields of the same mean square. The power is

    C_ℓ = π ∬ ⟨Q Q'⟩ P_ℓ(μ) P_ℓ(μ') dμ dμ'.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.validation.theory.effective_modes import wave_parts, wavenumber_grid

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["second_order_parallel"]

Array = NDArray[np.float64]

# Largest number of directions μ. Waves with a larger phase along the path are neglected.
_DIRECTIONS = 600
# Number of waves that are evaluated at once.
_CHUNK = 4096


def second_order_parallel(
    config: Config, paths: list[tuple[float, float]], c_ell: Array, regular: Array
) -> Array:
    """Bound on |⟨C_ℓ⟩ − prediction| of δf/f for parallel transport.

    Parameters
    ----------
    config
        A validated configuration with parallel transport.
    paths
        Free paths [mean free paths] and their weights.
    c_ell
        Prediction for ℓ = 0…lmax, shape (lmax + 1,).
    regular
        Contribution of the regular flow and density gradient to it, shape (lmax + 1,).

    Returns
    -------
    ndarray
        Shape (lmax + 1,).
    """
    lmax, scatterings = config.lmax, config.transport.scattering_count
    square, even, total, steady, third, steady_third = np.zeros((6, lmax + 1))
    for path, weight in paths:
        line = _FieldLine(config, path)
        square += weight * line.second("t")
        third += weight * line.third("t")
        if line.only_turbulent:
            continue
        even += weight * (line.second("tg") if line.gradient else line.second("t"))
        total += weight * line.second("tgv")
        steady += weight * line.second("gv")
        steady_third += weight * line.third("gv")
    total = np.maximum(total, square)
    # Mean products of first and second order need a field that is even in μ: the velocity gradient.
    linear = np.sqrt(c_ell * np.maximum(even - square, 0)) + np.sqrt(regular * total)
    linear += np.sqrt(regular * steady) + np.sqrt(c_ell * third) + np.sqrt(regular * steady_third)
    return np.asarray(scatterings**2 * total + 2 * scatterings * linear)


class _FieldLine:
    """The flow along b at scattering centres that lie `path` mean free paths from the observer.

    Fields are named by letters: t turbulence, g velocity gradient, v mean velocity.
    """

    def __init__(self, config: Config, path: float) -> None:
        self.config = config
        reach = path * config.mean_free_path
        lmax = config.lmax
        content = config.flow_spectrum.k_max * reach if config.turbulent else 0.0
        count = max(lmax + 8, min(int(content) + 24, _DIRECTIONS))
        self.mu, weights = np.polynomial.legendre.leggauss(count)
        self.legendre = np.polynomial.legendre.legvander(self.mu, lmax) * weights[:, np.newaxis]
        self.fluid = config.sky.frame == "fluid"
        # The last point is the observer.
        self.turbulent = self.correlation(reach) if config.turbulent else np.zeros((count + 1,) * 2)
        random = config.magnetic_field == "random"
        field = np.zeros(3) if random else config.field_direction
        assert field is not None
        gradient = float(field @ np.array(config.flow.velocity_gradient) @ field)
        self.gradient = reach * gradient / config.particle_speed
        self.mean = float(field @ np.array(config.flow.mean_velocity)) / config.particle_speed
        self.density = abs(reach * float(field @ np.array(config.transport.density_gradient)))

    @property
    def only_turbulent(self) -> bool:
        """Whether there is no regular flow and no density gradient."""
        return not (self.gradient or self.mean or self.density)

    def correlation(self, reach: float) -> Array:
        """⟨u_b u_b'⟩/v² between the points sμ and the observer, shape (points + 1, points + 1)."""
        config = self.config
        k, width = wavenumber_grid(config)
        height = config.flow_spectrum(k) * k * width / config.particle_speed**2
        powers, waves = [], []
        for part in wave_parts(config, k):
            along, beside, _ = part.polarizations[:, :, np.newaxis]
            own = along * part.y**2 + beside * (1 - part.y**2)
            powers.append((height[:, np.newaxis] * own * part.weight).ravel())
            waves.append((k[:, np.newaxis] * part.y * reach).ravel())
        power, wave = np.concatenate(powers), np.concatenate(waves)
        points = np.append(self.mu, 0.0)
        resolved = wave < len(points)
        power, wave = power[resolved], wave[resolved]
        # Cosines are even and sines odd in μ: points of one sign suffice.
        distance, pair = np.unique(np.abs(points), return_inverse=True)
        even, odd = np.zeros((2, len(distance), len(distance)))
        order = config.flow.taylor_order
        for start in range(0, len(wave), _CHUNK):
            phase = np.outer(distance, wave[start : start + _CHUNK])
            size = np.sqrt(power[start : start + _CHUNK])
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
        """⟨Δu_b Δu_b'⟩/v², ⟨Δu_b u₀⟩/v² and ⟨u₀²⟩/v² of the given fields; shapes (n, n), (n,) and ()."""
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
        """Power of the terms of second order for the given fields, shape (lmax + 1,)."""
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
        # Terms with regular fields may interfere constructively: amplitudes add.
        return np.asarray(
            sum(np.sqrt(self.power(one)) for one in (squares, sweeping, dragging)) ** 2
        )

    def third(self, parts: str) -> Array:
        """Bound on the power of the terms of third order that are linear in the given fields, shape (lmax + 1,).

        Contractions reduce terms such as D (Δu_b)³ μ³ to multiples of ⟨(Δu_b)²⟩ Δu_b μ³ and ⟨(Δu_b)²⟩ Δu_b μ.
        """
        mu, index = self.mu, abs(self.config.momentum_index)
        linear, _, here = self.moments(parts)
        change, _, total_here = self.moments("tgv")
        size = float(np.max(np.diagonal(change), initial=0.0))
        narrow = (index + 1.5 * index**2 + index**3 / 2) * size
        wide = 1.5 * index**2 * size
        if self.fluid:
            wide += index**2 / 2 * size + 1.5 * index * max(here, total_here)
        wide += index * (index + 1) * self.density * abs(self.mean)
        amplitude = narrow * np.sqrt(self.power(np.outer(mu**3, mu**3) * linear))
        amplitude += wide * np.sqrt(self.power(np.outer(mu, mu) * linear))
        return np.asarray(amplitude**2)

    def power(self, moments: Array) -> Array:
        """C_ℓ = π ∬ ⟨Q Q'⟩ P_ℓ(μ) P_ℓ(μ') dμ dμ' of moments ⟨Q Q'⟩, shape (lmax + 1,)."""
        found = np.einsum("il,ij,jl->l", self.legendre, moments, self.legendre, optimize=True)
        return np.asarray(math.pi * np.maximum(found, 0.0))
