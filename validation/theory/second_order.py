"""Bound on the difference between the mean C_ℓ of exact Lorentz boosts and the prediction of first order in u/v.

With L = ln|p'|, X = n·u/v and one scattering, f/f₀ − 1 = (1 + G) e^(D ΔL) − 1, where G = g·r and

    L = X + (v²/2 − 1) X² + u²/(2v²) + …   (v in units of c inside the bracket).

Δ is the difference between the fluid at the scattering centre and the frame of the sky, which moves with u₀. The terms
of second order are products of two fields on the sphere:

    [D²/2 + D (v²/2 − 1)] (ΔX)²  +  (D/2) (Δu)²/v²  +  D Δu·u₀/v²  +  D (v² − 2) ΔX X₀  +  D G ΔX.

Correlation functions of products of Gaussian fields are products of correlation functions (`_product_power`), so that

    C_ℓ[XY] ≤ 2 Σ_(ℓ₁ℓ₂) (2ℓ₁+1)(2ℓ₂+1)/(4π) (ℓ₁ ℓ₂ ℓ; 0 0 0)² C_ℓ₁[X] C_ℓ₂[Y].

The amplitude √C_ℓ of the sum of all terms is at most the sum of their amplitudes. Products of first and second order
have a non-zero mean only with a uniform compression or for regular fields alone; products of first and third order are
included. Terms that are odd in the turbulence, or linear in a regular vector or shear, vanish in the average over m.

Expected skies neglect second order as the prediction does: the bound is zero. So it is in the stationary limit, where
the second order, heating by random flows, grows without end and the sum over scatterings bounds nothing; it is of the
order of the mean square of δf/f, the large mean intensity included, times C_ℓ. Particles of drift-kinetic and of
helical transport have none unless they follow orbits. For those this is an estimate, not a bound: second order of the
boosts, as without a magnetic field, and the drift of particles with the flow, which shifts the phase of a wave by
kλ u/v. So it is for anisotropic turbulence, whose products are larger than those of isotropic fields of the same C_ℓ.

Each further scattering adds at most the same amplitude. An average over free paths has at most the average power
(|⟨a⟩|² ≤ ⟨|a|²⟩), which is computed at four free paths; more would change the bound by less than a tenth. So has an
average over energies and charges, which is computed at three mean free paths.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import FixedPath
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.config.spectrum import fraction_at
from eddysky.validation.theory.effective_modes import transfer_functions, wavenumber_grid
from eddysky.validation.theory.free_path import (
    averaged_bessel,
    free_path_rule,
    missing_monopole,
)
from eddysky.validation.theory.path_spread import mean_path, path_factors
from eddysky.validation.theory.regular import compton_getting_factor
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.second_order_parallel import second_order_parallel
from eddysky.validation.theory.transfer import combine

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.validation.theory.predict import Prediction

__all__ = ["second_order"]

Array = NDArray[np.float64]

# Margin for quantities that are estimated, not bounded: averages over free paths and wavenumbers, fourth order.
_MARGIN = 1.5
# The same for products of anisotropic fields.
_ANISOTROPIC = 3.0
# Number of mean free paths where the particles have several.
_FACTORS = 3
# Fields are resolved up to this multipole; smaller scales are added as white noise.
_LARGEST_MULTIPOLE = 1024
# Number of Bessel functions in memory.
_TABLE = 1_000_000


def second_order(config: Config, prediction: Prediction) -> Array:
    """Bound on |⟨C_ℓ⟩ − prediction| of δf/f from terms of second and third order in u/v.

    Parameters
    ----------
    config
        A validated configuration.
    prediction
        Result of `predict` for it, up to its lmax.

    Returns
    -------
    ndarray
        The bound for ℓ = 0…lmax, shape (lmax + 1,); zero for expected skies, in the stationary limit, and for particles
        whose intensity is of first order.
    """
    lmax, scatterings = config.lmax, config.transport.scattering_count
    first_order = config.transport.mode in ("drift-kinetic", "helical")
    first_order = first_order and config.sampling != "orbits"
    if config.sampling == "expected" or math.isinf(scatterings) or first_order:
        return np.zeros(lmax + 1)
    c_ell, regular = prediction.c_ell, prediction.deterministic
    paths = [
        (path * factor, weight * part)
        for path, weight in free_path_rule(config.transport.law)
        for factor, part in path_factors(config, _FACTORS)
    ]
    if config.transport.mode == "parallel":
        return _MARGIN * second_order_parallel(config, paths, c_ell, regular)
    both, steady, third = np.zeros(lmax + 1), np.zeros(lmax + 1), 0.0
    for path, weight in paths:
        fields = _regular_fields(config, path, lmax)
        steady += weight * fields.products(config)[: lmax + 1]
        if config.turbulent:
            turbulent = _turbulent_fields(config, path, lmax)
            if config.sampling == "orbits":
                # Compression across a strong field makes a larger sky than without it.
                power = (c_ell - regular) / config.momentum_index**2
                size = len(power)
                turbulent.along[:size] = np.maximum(turbulent.along[:size], power)
            fields = fields.plus(turbulent)
        both += weight * fields.products(config)[: lmax + 1]
        third += weight * fields.third_order(config)
    square, steady = scatterings**2 * both, scatterings**2 * steady
    trace = abs(sum(config.flow.velocity_gradient[axis][axis] for axis in range(3)))
    shift = abs(compton_getting_factor(config))
    compression = scatterings * shift * math.sqrt(mean_path(config, 2)) * trace / 3
    relative = 2 * (compression + scatterings * third)
    if config.sampling == "orbits" and config.turbulent:
        drift = config.flow_spectrum.k_max * config.mean_free_path * config.turbulent_speed
        relative += (scatterings * drift / config.particle_speed) ** 2
    found = square + relative * c_ell + 2 * np.sqrt(regular * steady)
    return np.asarray(_MARGIN * (_ANISOTROPIC if config.axisymmetric_flow else 1.0) * found)


@dataclass(frozen=True, slots=True)
class _Fields:
    """Power spectra of the fields in the products, up to a multipole L.

    Parameters
    ----------
    along
        C_ℓ of ΔX = n·Δu/v, shape (L + 1,).
    speed
        Sum of C_ℓ of the three components of Δu/v, shape (L + 1,).
    observer
        Mean square of u₀/v; zero in the observer frame.
    density
        |g| s, amplitude of the dipole G.
    unresolved
        Mean square of ΔX at multipoles above L.
    """

    along: Array
    speed: Array
    observer: float
    density: float
    unresolved: float = 0.0

    def plus(self, other: _Fields) -> _Fields:
        """Sum of independent fields."""
        size = max(len(self.along), len(other.along))

        def add(one: Array, two: Array) -> Array:
            return np.pad(one, (0, size - len(one))) + np.pad(two, (0, size - len(two)))

        return _Fields(
            add(self.along, other.along),
            add(self.speed, other.speed),
            self.observer + other.observer,
            self.density + other.density,
            self.unresolved + other.unresolved,
        )

    def products(self, config: Config) -> Array:
        """Bound on C_ℓ of the sum of all terms of second order, shape (L + 1,)."""
        index = config.momentum_index
        square = (config.particle_speed / SPEED_OF_LIGHT) ** 2
        motion, gradient = np.zeros((2, len(self.along)))
        motion[1] = 4 * math.pi / 9 * self.observer
        gradient[1] = 4 * math.pi / 9 * self.density**2
        white = 8 * math.pi * (self.unresolved / len(self.along)) ** 2
        amplitude = abs(index**2 / 2 + index * (square / 2 - 1)) * np.sqrt(
            2 * _product_power(self.along, self.along) + white
        )
        amplitude += abs(index / 2) * np.sqrt(
            2 * _product_power(self.speed, self.speed) + 9 * white
        )
        if self.observer > 0:
            amplitude += abs(index) * np.sqrt(2 * self.observer / 3 * self.speed)
            swept = _product_power(self.along, motion)
            amplitude += abs(index * (square - 2)) * np.sqrt(2 * swept)
        if self.density > 0:
            amplitude += abs(index) * np.sqrt(2 * _product_power(self.along, gradient))
            if config.transport.scattering_count > 1:
                # The path after a scattering depends on the direction of motion there.
                amplitude += abs(index) * self.density * np.sqrt(self.speed)
        return np.asarray(amplitude**2)

    def third_order(self, config: Config) -> float:
        """Bound on ⟨first × third order⟩/⟨first order squared⟩; it enters C_ℓ twice.

        For turbulence in the observer frame, contractions of Gaussian fields give (1/3)(1 + D + D²/2) ⟨u²⟩/v²; the
        bound uses absolute values of the terms. In the fluid frame, every term contains Δu. u₀ then contributes only
        by ⟨Δu·u₀⟩ = −⟨(Δu)²⟩/2, or by its square without a further factor D.
        """
        index = abs(config.momentum_index)
        ell = np.arange(len(self.speed))
        change = float((2 * ell + 1) @ self.speed) / (4 * math.pi)
        change += 3 * self.unresolved
        found = (1 + index + index**2 / 2) / 3 * change
        if self.observer > 0:
            found += index / 2 * change + 1.5 * self.observer
        mean = math.hypot(*config.flow.mean_velocity) / config.particle_speed
        return found + (index + 1) * self.density * mean


def _regular_fields(config: Config, path: float, lmax: int) -> _Fields:
    """Mean velocity, velocity gradient and density gradient, averaged over their directions."""
    size = max(lmax, 4)
    reach, speed = path * config.mean_free_path, config.particle_speed
    gradient = reach / speed * np.array(config.flow.velocity_gradient)
    mean = math.hypot(*config.flow.mean_velocity) / speed
    observer_frame = config.sky.frame == "observer"
    trace = float(np.trace(gradient))
    shear = (gradient + gradient.T) / 2 - trace / 3 * np.eye(3)
    along, components = np.zeros((2, size + 1))
    along[0] = 4 * math.pi * (trace / 3) ** 2
    along[2] = 8 * math.pi / 75 * float(np.sum(shear**2))
    components[1] = 4 * math.pi / 9 * float(np.sum(gradient**2))
    if observer_frame:
        along[1] = 4 * math.pi / 9 * mean**2
        components[0] = 4 * math.pi * mean**2
    density = reach * math.hypot(*config.transport.density_gradient)
    return _Fields(along, components, 0.0 if observer_frame else mean**2, density)


def _turbulent_fields(config: Config, path: float, lmax: int) -> _Fields:
    """Turbulence at scattering centres that lie `path` mean free paths away."""
    k, width = wavenumber_grid(config)
    x = k * path * config.mean_free_path
    size = max(lmax, min(int(x[-1]) + 20, _LARGEST_MULTIPOLE))
    frame = config.sky.frame
    power = 4 * math.pi * config.flow_spectrum(k) * k * width / config.particle_speed**2
    beta = np.broadcast_to(fraction_at(config.transverse_fraction, k), k.shape)
    ell = np.arange(size + 1)[:, np.newaxis]
    along, components = np.zeros((2, size + 1))
    for part in np.array_split(np.arange(len(x)), 1 + len(x) * size // _TABLE):
        if config.flow.taylor_order is None:
            bessel = averaged_bessel(FixedPath(), x[part], size)
            missing = missing_monopole(FixedPath(), x[part], bessel[0])
            found = combine(ScatteringModel(frame=frame), x[part], bessel, missing)
            bessel = bessel[:-1]
            if frame == "fluid":
                bessel[0] = bessel[0] - 1
            components += bessel**2 @ power[part]
        else:
            found = transfer_functions(config, x[part], size)
        transverse = beta[part] / 2 * ell * (ell + 1) * found.transverse**2
        along += ((1 - beta[part]) * found.longitudinal**2 + transverse) @ power[part]
    if config.flow.taylor_order is not None:
        # |Δu|² of a polynomial has one degree less than (n·Δu)² and is not much larger.
        components[:-1] = 6 * np.maximum(along[:-1], along[1:])
    square = (config.turbulent_speed / config.particle_speed) ** 2
    whole = 0.0 if config.flow.taylor_order is not None else square / 3
    rest = max(0.0, whole - float((2 * ell[:, 0] + 1) @ along) / (4 * math.pi))
    observer = square if frame == "fluid" else 0.0
    return _Fields(along, components, observer, 0.0, rest if x[-1] > size else 0.0)


def _product_power(first: Array, second: Array) -> Array:
    """C_ℓ of the product of two independent isotropic fields, from the product of their correlation functions.

    C_ℓ = Σ (2ℓ₁+1)(2ℓ₂+1)/(4π) (ℓ₁ ℓ₂ ℓ; 0 0 0)² C_ℓ₁ C_ℓ₂.

    Parameters
    ----------
    first, second
        C_ℓ of the two fields for ℓ = 0…L, shape (L + 1,).

    Returns
    -------
    ndarray
        Shape (L + 1,).
    """
    size = len(first)
    count = 3 * size // 2 + 2
    x = np.cos(np.asarray(ducc0.misc.GL_thetas(count)))
    weights = np.asarray(ducc0.misc.GL_weights(count, 1))
    left, right = np.zeros((2, count))
    for ell, values in enumerate(_legendre(x, size)):
        left += (2 * ell + 1) / (4 * math.pi) * first[ell] * values
        right += (2 * ell + 1) / (4 * math.pi) * second[ell] * values
    both = weights * left * right
    return np.array([max(0.0, float(values @ both)) for values in _legendre(x, size)])


def _legendre(x: Array, size: int) -> Iterator[Array]:
    """Legendre polynomials P_0(x) to P_(size−1)(x), one at a time."""
    before, now = np.zeros_like(x), np.ones_like(x)
    for ell in range(size):
        yield now
        before, now = now, ((2 * ell + 1) * x * now - ell * before) / (ell + 1)
