"""Mean square of the intensity of one particle that is followed without steps: drift-kinetic and helical transport.

On each of M flights the flow does the work (D/v) λ W, W = w N_i N_j ∂_j u_i at a random place s', of weight w. Its mean
square is, for one wave of amplitude A (⟨u²⟩ = |A|²/2; brackets are means over directions),

    helical:        ⟨(N·k)²(N·A)²⟩ = [k²A² + 2(k·A)²]/15,
    drift-kinetic:  S = P_2(μ) d + ½(1−μ²) c,   ⟨S²⟩ = d²/5 − 2cd/15 + 2c²/15,   d = k_∥A_∥, c = k·A,

times ⟨w²⟩ = 1 + Var(s)/λ² where paths have weights. Flights of one particle are correlated, as the second starts where
the first ends: they add

    2 B Ā Σ_(d=1)^(M−1) (M−d) χ̄^(d−1),   Ā = ⟨S e^(ik·x(s'))⟩,   B = ⟨S e^(ik·[x(s)−x(s')])⟩,   χ̄ = ⟨e^(ik·x(s))⟩,

the means also over s and s', which are independent; for helical transport see `orbit_noise`.
"""

from __future__ import annotations

import functools
import math

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import ErlangPath
from eddysky.simulator.config.particle_steps import stages
from eddysky.validation.theory.field_line import FieldLineSpectrum
from eddysky.validation.theory.gauss_legendre import adaptive_nodes, panel_rule
from eddysky.validation.theory.path_spread import mean_path
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum

__all__ = ["gradient_square", "heating_sum", "regular_work_square", "work_square"]

Array = NDArray[np.float64]

# Beyond this k_∥λ correlations of flights are below 1e-4 of the noise, and count as zero.
_RANDOM_PHASE = 300.0
# Number of μ, enough for waves up to there, and of k_∥λ that are evaluated at once.
_COUNT, _SIZE = 512, 2**11
# (1 − b) M below which a sum is expanded.
_FEW = 0.01


def work_square(config: Config, factor: float = 1.0) -> float:
    """⟨I²⟩ of the turbulence for D/v = 1 [km² s⁻²]; in helical transport for one scattering.

    For `factor` times the mean free path, without a magnetic field or along it.
    """
    if config.transport.zonal:
        lines = FieldLineSpectrum.from_config(config, factor)
        return sum(_line_square(config, line) for line in lines)
    flow = ScaledSpectrum.from_flow(
        config.flow_spectrum, config.mean_free_path, config.transverse_fraction
    )

    def density(x: Array) -> Array:
        return flow.components(x) * x * x

    nodes = adaptive_nodes(density, flow.edges, np.ones_like, _SIZE)
    return sum(float(np.sum(weight[0] / 5 + 2 * weight[1] / 15)) for _, weight, _ in nodes)


def _line_square(config: Config, line: FieldLineSpectrum) -> float:
    """⟨I²⟩ of waves on a field line in drift-kinetic transport."""
    followed, squared = stages(config), _weight_square(config)
    steps = [_RANDOM_PHASE, *(stage.largest for stage in followed)]
    most = math.ceil(followed[-1].end)

    def flights(t: Array) -> Array:
        count = np.zeros(t.size)
        for stage in followed:
            count[t <= stage.largest] = math.ceil(stage.end)
        return count

    def forms(t: Array) -> Array:
        """Mean squares with d², cd and c² = 1, per flight of the longest waves, (3, n)."""
        count = flights(t)
        form = np.array([[1 / 5], [-2 / 15], [2 / 15]]) * squared * count
        near = t <= _RANDOM_PHASE
        form[:, near] += 2 * _correlation(config, t[near], count[near])
        return form / most

    def density(t: Array) -> Array:
        return line.density(t) * np.stack([t * t, t, np.ones_like(t)])

    # Of waves exactly across b d = 0, and χ̄ = 1.
    total = float(line.across[2]) * (2 / 15 * squared * most + most * (most - 1) / 9)
    if not line.edges:
        return total
    edges = np.array(line.edges)
    if not line.slab:
        first = 0.25 * min(edges[0], 1 / math.sqrt(most), *steps)
        t, weight = panel_rule(np.array([0.0, first]))
        total += most * float(np.sum(weight * density(t) * forms(t)))
        edges = np.append(first, edges)
    edges = np.union1d(edges, [t for t in steps if edges[0] < t < edges[-1]])
    for _, weight, values in adaptive_nodes(density, edges.tolist(), forms, _SIZE):
        total += most * float(np.sum(weight * values))
    return total


def _correlation(config: Config, t: Array, flights: Array) -> Array:
    """Sum over pairs of flights of B Ā χ̄^(d−1), for d², cd and c² = 1, shape (3, n)."""
    mu, over_mu = _half_rule()
    q = t[:, np.newaxis] * mu
    arrived = config.transport.law.characteristic(q)
    working = (arrived - 1) / (1j * q)
    # Of even functions of μ; imaginary parts are odd.
    means = [
        [
            np.asarray((over_mu * source * part).real).sum(axis=1)
            for part in (working, arrived * working.conj())
        ]
        for source in (1.5 * mu**2 - 0.5, 0.5 * (1 - mu) * (1 + mu))
    ]
    (along, along_b), (across, across_b) = means
    missing = np.asarray((over_mu * (1 - arrived)).real).sum(axis=1)
    products = [along_b * along, across_b * along + along_b * across, across_b * across]
    return np.stack(products) * heating_sum(1 - missing, missing, flights)


@functools.cache
def _half_rule() -> tuple[Array, Array]:
    """Gauss-Legendre nodes μ from 0 to 1, and weights; not made at import, where it would delay every command."""
    nodes, weights = np.polynomial.legendre.leggauss(_COUNT)
    return nodes / 2 + 0.5, weights / 2


def heating_sum(base: Array, missing: Array, flights: Array) -> Array:
    """Σ_(d=1)^(M−1) (M−d) b^(d−1) for b = 1 − missing."""
    count = flights * missing
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (count - (1 - base**flights)) / missing**2
    # The difference cancels.
    series = flights * (flights - 1) / 2 * (1 - (flights - 2) * missing / 3)
    return np.where(count < _FEW, series, found)


def gradient_square(gradient: Array) -> float:
    """⟨(n·Gn)²⟩ of a matrix G (3, 3) over directions n."""
    symmetric = (gradient + gradient.T) / 2
    return (float(np.trace(gradient)) ** 2 + 2 * float(np.sum(symmetric**2))) / 15


def regular_work_square(config: Config) -> tuple[float, float]:
    """⟨I²⟩ of the regular flow for D/v = 1 [km² s⁻²], and that of the density gradient without its known dipole."""
    transport, path, path_square = config.transport, mean_path(config), mean_path(config, 2)
    if config.magnetic_field == "random":
        # The configuration allows a random field only without regular flow and density gradient.
        return 0.0, 0.0
    field = config.field_direction
    assert field is not None
    flights, squared = math.ceil(stages(config)[-1].end), _weight_square(config)
    gradient = np.array(config.flow.velocity_gradient)
    trace, parallel = float(np.trace(gradient)), float(field @ gradient @ field)
    square = gradient_square(gradient)
    density = np.array(transport.density_gradient)
    along = float(density @ field)
    way = along**2 * (1 + transport.law.standard_deviation**2)
    known = along**2
    if transport.zonal:
        across = trace - parallel
        square = parallel**2 / 5 + 2 * parallel * across / 15 + 2 * across**2 / 15
    else:
        turns = path / config.larmor_radius
        left = 1 - complex(transport.law.characteristic(turns))
        beside = float(density @ density) - along**2
        way += 2 * left.real * beside / turns**2
        known += abs(left) ** 2 * beside / turns**2
    flow = path_square * (flights * squared * square + flights * (flights - 1) * (trace / 3) ** 2)
    if transport.scatterings == "stationary":
        # Particles feel the mean of g·r.
        return flow, 0.0
    return flow, max(path_square * flights * way - path**2 * known, 0.0) / 3


def _weight_square(config: Config) -> float:
    """⟨w²⟩: Erlang paths have no weights."""
    law = config.transport.law
    return 1.0 if isinstance(law, ErlangPath) else 1 + law.standard_deviation**2
