"""Shot noise of random particles: N_ℓ = (4π⟨I²⟩ − C_ℓ)/N for N particles, white but for the small C_ℓ/N.

I is the relative intensity of one particle without the dipole that is the same for all, in either frame

    I = (D/v) Σ_j n_j·[u(r_j) − u(r_(j−1))],   j = 1 … scatterings, r_0 = 0,

and C_ℓ its spectrum, that of the fluid frame. A wave changes the intensity by n·A e^(ik·r) (e^(ik·ns) − 1) on each
path; the mean squares of the paths add up, and so do their products, as compression heats. With b_ℓ of `free_path` at
x = kλ, M scatterings, w = w_L + 2 w_T (longitudinal and two transverse waves),

    ⟨I²⟩ = (D/v)² ∫ [w_L F_L + 2 w_T F_T] dk,   F_T = (2/3) M (1 − b_0 − b_2),
    F_L = (2/3) M (1 − b_0 + 2b_2) + 2 b_1² Σ_(d=1)^(M−1) (M−d) b_0^(d−1).

Field-aligned transport has F_L of the spectrum on the field line (`field_line`). For fixed paths and one scattering
⟨I²⟩ is Σ (2ℓ+1) C_ℓ/4π; an expanded flow is given by this sum. The regular flow adds (D/v)² [M⟨s²⟩⟨(n·Gn)²⟩ + M(M−1)
λ²(tr G/3)²], the density gradient g²(M⟨s²⟩ − λ²)/3.

In the stationary limit each wave acts in the M scatterings of `stages` only, M falling with x. When it ends, the last
scattering leaves n·A of its velocity: 1/3 is added to F_L and F_T. The density gradient adds nothing there.

Particles of drift-kinetic and helical transport are followed otherwise, and have the ⟨I²⟩ of `work_noise`, or of
`orbit_noise` along their orbits.

Where particles have several energies or charges, ⟨I²⟩ is the mean over their λ, and C_ℓ the spectrum of their sky.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.collisions import Bgk
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.config.particle_steps import Stage, stages
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.field_line import FieldLineSpectrum
from eddysky.validation.theory.free_path import averaged_bessel, missing_monopole
from eddysky.validation.theory.gauss_legendre import adaptive_nodes, panel_rule
from eddysky.validation.theory.orbit_noise import orbit_square, several_flights_square
from eddysky.validation.theory.path_spread import mean_path, path_factors
from eddysky.validation.theory.predict import predict
from eddysky.validation.theory.regular import compton_getting_factor
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum
from eddysky.validation.theory.work_noise import (
    gradient_square,
    heating_sum,
    regular_work_square,
    work_square,
)

__all__ = ["particle_noise"]

Array = NDArray[np.float64]

# Beyond this x the b_ℓ oscillate, or are below 1e-3, and count as zero.
_RANDOM_PHASE = 3000.0
# Nodes that are evaluated at once.
_SIZE = 2**16
# Number of mean free paths where the particles have several.
_FACTORS = 8


def particle_noise(config: Config, particles: int) -> Array:
    """Expected power of the shot noise in the sky of random particles, to first order in u/v.

    Parameters
    ----------
    config
        A validated configuration. Of its sampling only matters whether particles are followed along their orbits;
        stratified particles have less noise.
    particles
        Number of particles of one sky.

    Returns
    -------
    ndarray
        N_ℓ of δf/f, shape (lmax + 1,), good to about 1e-3.

    Raises
    ------
    InputError
        With collisions other than BGK, the noise of whose particles depends on their steps; in helical transport for
        orbits or several scatterings with other than exponential paths; if a run of these particles is refused in the
        stationary limit.

    Examples
    --------
    >>> from eddysky import Config
    >>> noise = particle_noise(Config().replace({"transport.free_path": "exponential"}), 1_000_000)
    >>> print(f"{noise[20]:.2e}")
    2.96e-12
    """
    transport = config.transport
    if transport.collisions != Bgk():
        raise InputError(
            'the noise of particles is known beforehand only with transport.collisions = "bgk"'
        )
    if transport.scatterings == "stationary":
        # Refuses what a run of these particles refuses.
        sampling = "orbits" if config.sampling == "orbits" else "random"
        config.replace({"sky.sampling": sampling, "sky.particles": particles})
    # The fluid frame, even of an expansion to order 0, which leaves nothing in it.
    fluid = config.model_copy(update={"sky": config.sky.model_copy(update={"frame": "fluid"})})
    prediction = predict(fluid, max(config.lmax, 2))
    c_ell = prediction.c_ell.copy()
    # The dipole of the density gradient is the same for all particles.
    c_ell[1] -= prediction.deterministic[1]
    if config.sampling == "orbits":
        square = orbit_square(config)
        return np.asarray((4 * math.pi * square - c_ell[: config.lmax + 1]) / particles)
    square = _regular_square(config)
    if config.flow.taylor_order is not None:
        random = predict(fluid, config.flow.taylor_order + 1)
        power = random.c_ell - random.deterministic
        square += float(power @ (2 * random.ell + 1)) / (4 * math.pi)
    elif config.turbulent:
        square += compton_getting_factor(config) ** 2 * sum(
            weight * _turbulent_square(config, factor)
            for factor, weight in path_factors(config, _FACTORS)
        )
    return np.asarray((4 * math.pi * square - c_ell[: config.lmax + 1]) / particles)


def _turbulent_square(config: Config, factor: float) -> float:
    """⟨I²⟩ of the turbulence for D/v = 1 [km² s⁻²] and `factor` times the mean free path."""
    law, followed = config.transport.law, stages(config)
    if config.transport.mode == "helical" and config.transport.scatterings != 1:
        return several_flights_square(config)
    if config.transport.mode in ("drift-kinetic", "helical"):
        return work_square(config, factor)
    if config.transport.mode == "isotropic":
        flow = ScaledSpectrum.from_flow(
            config.flow_spectrum, factor * config.mean_free_path, config.transverse_fraction
        )
        return _square(law, followed, flow.components, np.array(flow.edges))
    total = 0.0
    # Waves exactly across the field are a uniform flow along it, which particles do not feel.
    for line in FieldLineSpectrum.from_config(config, factor):
        if line.edges:
            edges = np.array(line.edges)
            total += _square(law, followed, _longitudinal(line), edges, continuous=not line.slab)
    return total


def _longitudinal(line: FieldLineSpectrum) -> Callable[[Array], Array]:
    """Spectrum of the velocity along the field, and none of transverse waves: takes t, shape (n,), to (2, n)."""

    def density(t: Array) -> Array:
        velocity = line.density(t)[0]
        return np.stack([velocity, np.zeros_like(velocity)])

    return density


def _square(
    law: FreePathLaw,
    followed: list[Stage],
    density: Callable[[Array], Array],
    edges: Array,
    *,
    continuous: bool = False,
) -> float:
    """⟨I²⟩ of longitudinal and transverse waves, whose spectra begin at the first edge or go on to x = 0."""
    # M falls with x in steps, and is largest for the longest waves.
    steps = [_RANDOM_PHASE, *(stage.largest for stage in followed)]
    most = followed[-1].end
    total = 0.0
    if continuous:
        # Waves almost across the field, from x = 0: F ∝ x² is a polynomial there.
        first = 0.25 * min(edges[0], 1 / math.sqrt(most), *steps)
        x, weight = panel_rule(np.array([0.0, first]))
        total += float(np.sum(weight * density(x) * _squares(law, followed, x)))
        edges = np.append(first, edges)
    inside = [x for x in steps if edges[0] < x < edges[-1]]
    edges = np.union1d(edges, inside)

    def functions(x: Array) -> Array:
        return _squares(law, followed, x) / most

    for _, weight, values in adaptive_nodes(density, edges.tolist(), functions, _SIZE):
        total += most * float(np.sum(weight * values))
    return total


def _squares(law: FreePathLaw, followed: list[Stage], x: Array) -> Array:
    """F_L and 2 F_T at x, shape (2, n)."""
    near = x <= _RANDOM_PHASE
    averages, missing = np.zeros((3, x.size)), np.ones(x.size)
    if near.any():
        averages[:, near] = averaged_bessel(law, x[near], 1)
        missing[near] = missing_monopole(law, x[near], averages[0, near])
    scatterings = np.zeros(x.size)
    for stage in followed:
        scatterings[x <= stage.largest] = math.ceil(stage.end)
    ended = np.where(scatterings < math.ceil(followed[-1].end), 1 / 3, 0.0)
    heating = averages[1] ** 2 * heating_sum(averages[0], missing, scatterings)
    longitudinal = 2 / 3 * scatterings * (missing + 2 * averages[2]) + 2 * heating + ended
    transverse = 2 / 3 * scatterings * (missing - averages[2]) + ended
    return np.stack([longitudinal, 2 * transverse])


def _regular_square(config: Config) -> float:
    """⟨I²⟩ of the regular flow and the density gradient, without the known dipole."""
    if config.transport.mode in ("drift-kinetic", "helical"):
        flow, density_gradient = regular_work_square(config)
        return compton_getting_factor(config) ** 2 * flow + density_gradient
    transport, square = config.transport, mean_path(config, 2)
    scatterings = stages(config)[-1].end
    mean_square = square * (1 + transport.law.standard_deviation**2)
    shift = compton_getting_factor(config)
    density, gradient = (
        np.array(transport.density_gradient),
        np.array(config.flow.velocity_gradient),
    )
    trace, squared = float(np.trace(gradient)), gradient_square(gradient)
    if transport.mode == "parallel":
        if config.magnetic_field == "random":
            # The configuration allows a random field only without regular flow and density gradient.
            return 0.0
        field = config.field_direction
        assert field is not None
        density, trace = np.atleast_1d(density @ field), float(field @ gradient @ field)
        squared = trace**2 / 5
    own = scatterings * mean_square
    compression = scatterings * (scatterings - 1) * square * (trace / 3) ** 2
    if transport.scatterings == "stationary":
        # Particles feel the mean of g·r.
        density = np.zeros(3)
    # Roundoff of 1 + 0² must not leave a noise where there is none.
    paths = max(own - mean_path(config) ** 2, 0.0)
    return shift**2 * (own * squared + compression) + float(density @ density) / 3 * paths
