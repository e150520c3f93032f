"""Mean square of the intensity of one particle that is followed along its orbit, with exponential free paths.

A wave u = A e^(ik·r) changes the intensity along a flight of path s by ∫₀^s S e^(ik·x) ds', S(n) = i (n·k)(n·A), in
units of D/v and λ. F = L⁻¹S, the mean of this over paths, and G = L⁻¹1, that of e^(ik·x), belong to the operator
L = 1 − i n·k − w ∂/∂φ (see `helical_response`). Directions stay isotropic along an orbit, and exponential paths have no
memory: a flight has the mean square 2 Re⟨S*F⟩ = 2⟨|F|²⟩, twice that of the sky, and M flights

    M · 2 Re⟨S*F⟩ + 2 Re ⟨S*G⟩⟨F⟩ Σ_(d=1)^(M−1) (M−d) ⟨G⟩^(d−1),

as each flight's work correlates with the phases of the later ones. S has ℓ = 0 and 2 alone, so that the means need no
other multipoles of F and G. A uniform velocity gradient is the limit k → 0.

Particles without steps (`work_noise`) have another mean square of each flight. The place of their work is as likely
behind the end of the flight as before it, by a path of the same exponential law. In place of ⟨S*G⟩ stands half the sum
of it and of that for the other sense of gyration. Reflection in the plane of k and b turns one into the other, and
changes the sign of Alfvén waves alone, whose flights are therefore not correlated.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import ExponentialPath
from eddysky.simulator.config.particle_steps import Stage, stages
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.helical_response import HelicalModel, wave_multipoles
from eddysky.validation.theory.regular import compton_getting_factor, regular_power
from eddysky.validation.theory.wave_groups import WaveGroup, wave_groups
from eddysky.validation.theory.work_noise import heating_sum, regular_work_square

__all__ = ["orbit_square", "several_flights_square"]

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(12)
# Longest panels in ln k and in asinh kλy.
_LONGEST = 1.0


def orbit_square(config: Config) -> float:
    """⟨I²⟩ of one particle to first order in u/v, without the dipole that is the same for all.

    Parameters
    ----------
    config
        Helical transport, with exponential paths.

    Raises
    ------
    InputError
        With other free paths.
    """
    _check_paths(config, "of orbits")
    square = _regular_square(config, math.ceil(stages(config)[-1].end))
    if not config.turbulent:
        return square
    turbulent = _turbulent_square(config, orbits=True)
    return square + compton_getting_factor(config) ** 2 * turbulent


def several_flights_square(config: Config) -> float:
    """⟨I²⟩ of helical particles without steps, from the turbulence, for D/v = 1 [km² s⁻²].

    Raises
    ------
    InputError
        With other than exponential paths.
    """
    _check_paths(config, "of several flights in helical transport")
    return _turbulent_square(config, orbits=False)


def _check_paths(config: Config, whose: str) -> None:
    """Refuse other than exponential paths."""
    if config.transport.law != ExponentialPath():
        raise InputError(
            f'transport.free_path = "{config.transport.law.name}": the noise {whose} is known beforehand only with '
            '"exponential"'
        )


def _turbulent_square(config: Config, *, orbits: bool) -> float:
    """⟨I²⟩ of the turbulence for D/v = 1 [km² s⁻²]."""
    gyration, followed = config.mean_free_path / config.larmor_radius, stages(config)
    groups = wave_groups(config.turbulent_parts, config.mean_free_path)
    return sum(_group_square(group, gyration, followed, orbits) for group in groups)


def _group_square(
    group: WaveGroup, gyration: float, followed: Sequence[Stage], orbits: bool
) -> float:
    """⟨I²⟩ of waves with the same distribution of directions, for D/v = 1 [km² s⁻²]."""
    low, high = math.log(group.edges[0]), math.log(group.edges[-1])
    edges = np.exp(np.linspace(low, high, 1 + math.ceil((high - low) / _LONGEST)))
    total = 0.0
    for first, last in pairwise(edges.tolist()):
        for x, weight in zip(*(each.T for each in group.rule(first, last)), strict=True):
            y, density = _cosines(group, float(x))
            squares = _squares(float(x), y, gyration, followed, orbits)
            total += float(weight @ squares @ density)
    return total


def _cosines(group: WaveGroup, x: float) -> tuple[Array, Array]:
    """Nodes y of waves at x = kλ, and weights that add up to 1."""
    if group.cosine is not None:
        return np.array([group.cosine]), np.ones(1)
    end = math.asinh(x)
    half = 0.5 * end / math.ceil(end / _LONGEST)
    places = (np.arange(half, end, 2 * half)[:, np.newaxis] + half * _NODES).ravel()
    y = np.minimum(np.sinh(places) / x, 1.0)
    density = np.tile(_WEIGHTS, len(y) // len(_WEIGHTS)) * np.cosh(places)
    density *= group.cosine_density(x, y)
    return y, density / np.sum(density)


def _squares(x: float, y: Array, gyration: float, followed: Sequence[Stage], orbits: bool) -> Array:
    """⟨|I|²⟩ of unit waves of the three polarisations, shape (3, n)."""
    count = max(math.ceil(stage.end) for stage in followed if x <= stage.largest)
    one, two = (
        wave_multipoles(HelicalModel(gyration, 1, depth, "fluid"), x, y, 2) for depth in (1, 2)
    )
    source = _source(x, y)
    square = np.broadcast_to(count * x * x / np.array([[5.0], [15.0], [15.0]]), (3, len(y))).copy()
    if orbits:
        # F_(ℓ,−m) = −F*_ℓm at even ℓ, as those of S, and G_(ℓ,−m) = G*_ℓm.
        product = np.conj(source) * one
        square = 2 * count * (product[0].real + 2 * np.sum(product[1:].real, axis=0)).sum(axis=0)
        square /= 4 * math.pi
    if count > 1:
        heat = one[0, 0, :] / math.sqrt(4 * math.pi)
        # After two scatterings there is G⟨F⟩ more.
        wave = (two - one)[:, :, :1] / heat[0]
        product = np.conj(source) * wave
        left = (product[0] + 2j * np.sum(product[1:].imag, axis=0)).sum(axis=0) / (4 * math.pi)
        mean = (wave[0, 0, 0] / math.sqrt(4 * math.pi)).real
        later = heating_sum(mean, 1 - mean, np.full(len(y), count))
        pairs = 2 * later * (left * heat).real
        if not orbits:
            pairs[2] = 0.0
        square += pairs
    if orbits and count < math.ceil(followed[-1].end):
        # The last scattering in the wave leaves n·A.
        square += 1 / 3
    return np.asarray(square)


def _source(x: float, y: Array) -> ComplexArray:
    """a_ℓm of S for the three polarisations, shape (m, ℓ, 3, n), in the conventions of `wave_multipoles`."""
    across, none = np.sqrt((1 - y) * (1 + y)), np.zeros_like(y)
    wave = np.stack([across, none, y])
    flows = np.stack(
        [wave, np.stack([y, none, -across]), np.stack([none, np.ones_like(y), none])], axis=1
    )
    b = np.einsum("in,jpn->ijpn", wave, flows)
    b = 0.5 * (b + b.swapaxes(0, 1))
    out = np.zeros((3, 3, 3, len(y)), dtype=np.complex128)
    out[0, 0] = math.sqrt(4 * math.pi) / 3 * (b[0, 0] + b[1, 1] + b[2, 2])
    out[0, 2] = math.sqrt(4 * math.pi / 45) * (2 * b[2, 2] - b[0, 0] - b[1, 1])
    out[1, 2] = math.sqrt(8 * math.pi / 15) * (b[0, 2] - 1j * b[1, 2])
    out[2, 2] = math.sqrt(8 * math.pi / 15) * (0.5 * (b[0, 0] - b[1, 1]) - 1j * b[0, 1])
    return 1j * x * out


def _regular_square(config: Config, flights: int) -> float:
    """⟨I²⟩ of the regular flow and the density gradient, without the known dipole."""
    compression = compton_getting_factor(config) * config.mean_free_path / 3
    compression *= float(np.trace(config.flow.velocity_gradient))
    sky = 5 / (4 * math.pi) * float(regular_power(config)[2]) + compression**2
    own = 2 * flights * sky + flights * (flights - 1) * compression**2
    return own + regular_work_square(config)[1]
