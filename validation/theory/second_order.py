"""How far the mean C_ℓ of an exact simulation may be from a theory of first order in u/v.

With L = ln|p'|, X = n·u/v and one relaxation, f/f₀ − 1 = (1 + G) e^(D ΔL) − 1, where G = g·r and

    L = X + (v²/2 − 1) X² + u²/(2v²) + …   (v in units of c inside the bracket).

Δ is the difference between the fluid at the scattering and the frame of the observer, and u₀ the velocity of that
frame. The terms of second order are products of two fields on the sphere:

    [D²/2 + D (v²/2 − 1)] (ΔX)²  +  (D/2) (Δu)²/v²  +  D Δu·u₀/v²  +  D (v² − 2) ΔX X₀  +  D G ΔX.

For Gaussian fields the power of a product is that of their correlation functions multiplied (`product_power`), at most

    C_ℓ[XY] ≤ 2 Σ_(ℓ₁ℓ₂) (2ℓ₁+1)(2ℓ₂+1)/(4π) (ℓ₁ ℓ₂ ℓ; 0 0 0)² C_ℓ₁[X] C_ℓ₂[Y],

and the amplitudes √C_ℓ of the terms add at most. Of the products with the first order only some have a mean: those with
a uniform compression, those of regular fields alone, and those of third order. What is odd in the turbulence, or linear
in a regular vector or shear, has none when averaged over m.

Each further scattering adds as much to the amplitude at most. Averages over free paths are not more than the average of
the powers (|⟨a⟩|² ≤ ⟨|a|²⟩), which is what is computed, at a few free paths.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ducc0
import numpy as np
from numpy.typing import NDArray
from scipy.special import roots_genlaguerre

from eddysky.simulator.config.free_path import ErlangPath, FixedPath
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.config.spectrum import fraction_at
from eddysky.validation.theory.effective_modes import transfer_functions, wavenumbers
from eddysky.validation.theory.free_path import averaged_bessel, missing_monopole
from eddysky.validation.theory.second_order_parallel import parallel_products
from eddysky.validation.theory.transfer import combine
from eddysky.validation.theory.transport import Transport

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.validation.theory.predict import Prediction

__all__ = ["product_power", "second_order"]

Array = NDArray[np.float64]

# For what is estimated and not bounded: averages over free paths and wavenumbers, fourth order.
MARGIN = 1.5
# Free paths at which products are computed; more change the bound by less than a tenth.
PATHS = 4
# Equally likely paths that stand for a law from outside.
SAMPLES = 4096
# Laws of a smaller standard deviation are nearly fixed paths.
SHARP = 0.1
# Fields are resolved up to this multipole; what is finer is added as white noise.
FINEST = 1024
# Numbers of a Bessel table held at a time.
TABLE = 1_000_000


def second_order(config: Config, prediction: Prediction) -> Array:
    """Bound on |⟨C_ℓ⟩ − prediction| of δf/f.

    Parameters
    ----------
    config
        A validated configuration.
    prediction
        That of `predict` for it, up to its lmax.

    Returns
    -------
    ndarray
        The bound for ℓ = 0…lmax, shape (lmax + 1,).
    """
    lmax = config.lmax
    c_ell, regular = prediction.c_ell, prediction.deterministic
    if config.transport.mode == "parallel":
        return MARGIN * parallel_products(config, free_paths(config), c_ell, regular)
    scatterings = config.transport.scatterings
    both, alone, third = np.zeros(lmax + 1), np.zeros(lmax + 1), 0.0
    for path, weight in free_paths(config):
        background = Fields.of_regular_flow(config, path, lmax)
        alone += weight * background.products(config)[: lmax + 1]
        total = background
        if config.turbulent:
            total = background.plus(Fields.of_turbulence(config, path, lmax))
        both += weight * total.products(config)[: lmax + 1]
        third += weight * total.third_order(config)
    square, alone = scatterings**2 * both, scatterings**2 * alone
    shift = config.momentum_index / config.particle_speed
    trace = abs(sum(config.flow.velocity_gradient[axis][axis] for axis in range(3)))
    compression = scatterings * abs(shift) * config.mean_free_path * trace / 3
    relative = 2 * (compression + scatterings * third)
    return np.asarray(MARGIN * (square + relative * c_ell + 2 * np.sqrt(regular * alone)))


def free_paths(config: Config) -> list[tuple[float, float]]:
    """Free paths [mean free paths] and weights that stand for their law."""
    law = config.transport.law
    if isinstance(law, FixedPath) or law.standard_deviation < SHARP:
        return [(1.0, 1.0)]
    if isinstance(law, ErlangPath):
        nodes, weights = roots_genlaguerre(PATHS, law.order - 1)
        nodes = nodes / law.order
    else:
        nodes, weights = gauss_rule(law.quantile((np.arange(SAMPLES) + 0.5) / SAMPLES))
    return list(zip(nodes.tolist(), (weights / weights.sum()).tolist(), strict=True))


def gauss_rule(samples: Array) -> tuple[Array, Array]:
    """Gauss quadrature of `PATHS` nodes for the mean over equally likely values: nodes and weights (PATHS,).

    The nodes are eigenvalues of the Jacobi matrix, which the Lanczos iteration finds (Golub & Welsch 1969).
    """
    before, now = np.zeros_like(samples), np.full(len(samples), 1 / math.sqrt(len(samples)))
    diagonal, beside = np.zeros(PATHS), np.zeros(PATHS)
    for step in range(PATHS):
        diagonal[step] = now @ (samples * now)
        residual = (samples - diagonal[step]) * now - (beside[step - 1] if step else 0) * before
        beside[step] = math.sqrt(residual @ residual)
        if beside[step] < 1e-10:
            # Fewer different values than nodes.
            diagonal, beside = diagonal[: step + 1], beside[: step + 1]
            break
        before, now = now, residual / beside[step]
    jacobi = np.diag(diagonal) + np.diag(beside[:-1], 1) + np.diag(beside[:-1], -1)
    nodes, vectors = np.linalg.eigh(jacobi)
    return nodes, vectors[0] ** 2


@dataclass(frozen=True, slots=True)
class Fields:
    """Power C_ℓ of the fields in the products, in units of v, up to a multipole of their own.

    Parameters
    ----------
    along
        ΔX = n·Δu/v.
    speed
        The three components of Δu/v together.
    observer
        Mean square of u₀/v; zero for an observer at rest.
    density
        |g| s, the size of the dipole G.
    unresolved
        Mean square of ΔX beyond that multipole.
    """

    along: Array
    speed: Array
    observer: float
    density: float
    unresolved: float = 0.0

    @classmethod
    def of_regular_flow(cls, config: Config, path: float, lmax: int) -> Fields:
        """Mean velocity, velocity gradient and density gradient, as if their directions were random."""
        size = max(lmax, 4)
        reach, speed = path * config.mean_free_path, config.particle_speed
        gradient = reach / speed * np.array(config.flow.velocity_gradient)
        mean = math.hypot(*config.flow.mean_velocity) / speed
        at_rest = config.sky.frame == "observer"
        trace = float(np.trace(gradient))
        shear = (gradient + gradient.T) / 2 - trace / 3 * np.eye(3)
        along, components = np.zeros((2, size + 1))
        along[0] = 4 * math.pi * (trace / 3) ** 2
        along[2] = 8 * math.pi / 75 * float(np.sum(shear**2))
        components[1] = 4 * math.pi / 9 * float(np.sum(gradient**2))
        if at_rest:
            along[1] = 4 * math.pi / 9 * mean**2
            components[0] = 4 * math.pi * mean**2
        density = reach * math.hypot(*config.transport.density_gradient)
        return cls(along, components, 0.0 if at_rest else mean**2, density)

    @classmethod
    def of_turbulence(cls, config: Config, path: float, lmax: int) -> Fields:
        """The turbulence a fixed way, `path` mean free paths, away."""
        k, width = wavenumbers(config)
        x = k * path * config.mean_free_path
        size = max(lmax, min(int(x[-1]) + 20, FINEST))
        frame = config.sky.frame
        power = 4 * math.pi * config.flow_spectrum(k) * k * width / config.particle_speed**2
        beta = np.broadcast_to(fraction_at(config.transverse_fraction, k), k.shape)
        ell = np.arange(size + 1)[:, np.newaxis]
        along, components = np.zeros((2, size + 1))
        for part in np.array_split(np.arange(len(x)), 1 + len(x) * size // TABLE):
            if config.flow.taylor_order is None:
                bessel = averaged_bessel(FixedPath(), x[part], size)
                missing = missing_monopole(FixedPath(), x[part], bessel[0])
                found = combine(Transport(frame=frame), x[part], bessel, missing)
                parallel, across = found.longitudinal, found.transverse
                bessel = bessel[:-1]
                if frame == "fluid":
                    bessel[0] = bessel[0] - 1
                components += bessel**2 @ power[part]
            else:
                parallel, across = transfer_functions(config, x[part], size)
            shares = (1 - beta[part]) * parallel**2 + beta[part] / 2 * ell * (ell + 1) * across**2
            along += shares @ power[part]
        if config.flow.taylor_order is not None:
            # |Δu|² of a polynomial is of one degree less than (n·Δu)², and not much larger.
            components[:-1] = 6 * np.maximum(along[:-1], along[1:])
        square = (config.turbulent_speed / config.particle_speed) ** 2
        whole = 0.0 if config.flow.taylor_order is not None else square / 3
        rest = max(0.0, whole - float((2 * ell[:, 0] + 1) @ along) / (4 * math.pi))
        finest = x[-1] > size
        observer = square if frame == "fluid" else 0.0
        return cls(along, components, observer, 0.0, rest if finest else 0.0)

    def plus(self, other: Fields) -> Fields:
        """Sum of independent fields."""
        size = max(len(self.along), len(other.along))

        def padded(values: Array) -> Array:
            return np.pad(values, (0, size - len(values)))

        return Fields(
            padded(self.along) + padded(other.along),
            padded(self.speed) + padded(other.speed),
            self.observer + other.observer,
            self.density + other.density,
            self.unresolved + other.unresolved,
        )

    def products(self, config: Config) -> Array:
        """Bound on the power of the terms of second order together."""
        index = config.momentum_index
        square = (config.particle_speed / SPEED_OF_LIGHT) ** 2
        motion, gradient = np.zeros((2, len(self.along)))
        motion[1] = 4 * math.pi / 9 * self.observer
        gradient[1] = 4 * math.pi / 9 * self.density**2
        white = 8 * math.pi * (self.unresolved / len(self.along)) ** 2
        amplitude = abs(index**2 / 2 + index * (square / 2 - 1)) * np.sqrt(
            2 * product_power(self.along, self.along) + white
        )
        amplitude += abs(index / 2) * np.sqrt(2 * product_power(self.speed, self.speed) + 9 * white)
        if self.observer > 0:
            amplitude += abs(index) * np.sqrt(2 * self.observer / 3 * self.speed)
            swept = product_power(self.along, motion)
            amplitude += abs(index * (square - 2)) * np.sqrt(2 * swept)
        if self.density > 0:
            amplitude += abs(index) * np.sqrt(2 * product_power(self.along, gradient))
            if config.transport.scatterings > 1:
                # The way after a scattering depends on the direction that is drawn there.
                amplitude += abs(index) * self.density * np.sqrt(self.speed)
        return np.asarray(amplitude**2)

    def third_order(self, config: Config) -> float:
        """Mean product of the first order with the third, over that with itself, at most; twice it counts in C_ℓ.

        For turbulence seen by an observer at rest the contractions of Gaussian fields give (1/3)(1 + D + D²/2) ⟨u²⟩/v²;
        here the terms count with their absolute values. In the fluid's frame u₀ has a part only along with Δu,
        ⟨Δu·u₀⟩ = −⟨(Δu)²⟩/2, or, as every term has a Δu, squared and without a further D.
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


def product_power(first: Array, second: Array) -> Array:
    """C_ℓ of the product of two independent isotropic fields with these C_ℓ, each of shape (L + 1,).

    Σ (2ℓ₁+1)(2ℓ₂+1)/(4π) (ℓ₁ ℓ₂ ℓ; 0 0 0)² C_ℓ₁ C_ℓ₂, as the transform of the product of their correlation functions.
    """
    size = len(first)
    count = 3 * size // 2 + 2
    x = np.cos(np.asarray(ducc0.misc.GL_thetas(count)))
    weights = np.asarray(ducc0.misc.GL_weights(count, 1))
    left, right = np.zeros((2, count))
    for ell, values in enumerate(legendre(x, size)):
        left += (2 * ell + 1) / (4 * math.pi) * first[ell] * values
        right += (2 * ell + 1) / (4 * math.pi) * second[ell] * values
    both = weights * left * right
    return np.array([max(0.0, float(values @ both)) for values in legendre(x, size)])


def legendre(x: Array, size: int) -> Iterator[Array]:
    """Legendre polynomials P_0(x) to P_(size−1)(x), one after the other."""
    before, now = np.zeros_like(x), np.ones_like(x)
    for ell in range(size):
        yield now
        before, now = now, ((2 * ell + 1) * x * now - ell * before) / (ell + 1)
