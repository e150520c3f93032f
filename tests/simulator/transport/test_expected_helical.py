"""Expected skies of helical transport: both ways, integration along the helix, limits, and chains of scatterings."""

import math

import numpy as np
import pytest
from scipy.special import gammaincc

from eddysky.simulator import Config
from eddysky.simulator.config.quantities import larmor_radius
from eddysky.simulator.flow.fields import RegularFlow, Superposition
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.transport.expected import expected_sky
from eddysky.simulator.transport.regular import regular_sky

FEW = {
    "transport.mode": "helical",
    "transport.magnetic_field": [70, 35],
    "flow.modes": 6,
    "flow.outer_scale": "100 pc",
    "flow.inner_scale": "20 pc",
    "sky.nside": 8,
}
ERLANG = {"transport.free_path": "erlang", "transport.erlang_order": 4}


def config(turns, *settings):
    """Configuration with λ/r_L = turns; negative for negative charges."""
    strength = abs(turns) * larmor_radius(10.0, 1, 1.0) / 10
    merged = FEW | {
        "transport.magnetic_field_strength": f"{strength!r} uG",
        "cosmic_rays.charge": int(math.copysign(1, turns)),
    }
    for each in settings:
        merged |= each
    return Config().replace(merged)


def flow_of(chosen):
    return Setup.from_config(chosen, maps=False).flow(0)


class Flight:
    """One flight in the units of the mean free path, by quadrature along the helix."""

    def __init__(self, chosen):
        order, field = chosen.transport.law.order, chosen.field_direction
        turns = chosen.mean_free_path / chosen.larmor_radius
        nodes, weights = np.polynomial.legendre.leggauss(20)
        panels = 30 * math.ceil(1 + abs(turns) / 4)
        step = 30 / panels
        s = (step * (np.arange(panels)[:, None] + 0.5 * (nodes + 1))).ravel()
        self.alive = np.tile(0.5 * step * weights, panels) * gammaincc(order, order * s)
        self.s, self.turns, self.field = s[:, None], turns, field

    def response(self, n, wavevector, amplitude, heating):
        """∫ P i (N·k)(N·A + c) e^(ik·x) ds."""
        along = (n @ self.field) * self.field
        across, turned = n - along, np.cross(self.field, n)
        angle = self.turns * self.s
        moving = along + np.cos(angle) * across + np.sin(angle) * turned
        position = self.s * along + np.sin(angle) / self.turns * across
        position += 2 * np.sin(angle / 2) ** 2 / self.turns * turned
        rate = 1j * (moving @ wavevector) * (moving @ amplitude + heating)
        return np.sum(self.alive * rate * np.exp(1j * (position @ wavevector)))

    def sky(self, directions, wavevector, amplitude, heating):
        return np.array([self.response(n, wavevector, amplitude, heating) for n in directions])


def sphere(count):
    """Directions and weights that add up to one, exact up to 2 count − 1."""
    z, weights = np.polynomial.legendre.leggauss(count)
    phi = np.arange(2 * count) * math.pi / count
    across, z = np.sqrt(1 - z**2)[:, None], z[:, None] + 0 * phi
    points = np.stack([across * np.cos(phi), across * np.sin(phi), z], axis=-1)
    return points.reshape(-1, 3), np.repeat(weights, 2 * count) / (4 * count)


def random_directions(count):
    n = np.random.default_rng(2).normal(size=(count, 3))
    return n / np.linalg.norm(n, axis=1)[:, None]


@pytest.mark.parametrize(
    ("turns", "settings"),
    [
        (0.2, {}),
        (1, {"sky.frame": "observer"}),
        (-1, ERLANG),
        (5, ERLANG | {"sky.frame": "observer"}),
        (20, {}),
        # Exactly along and across the field.
        (0.2, {"flow.anisotropy": "slab"}),
        (3, {"flow.anisotropy": "two-dimensional"}),
    ],
)
def test_sky_is_the_integral_along_the_helix(turns, settings, harmonics):
    chosen, n, lmax = config(turns, settings), random_directions(5), 90
    flow, flight = flow_of(chosen), Flight(chosen)
    modes = flow.parts[0]
    alm = expected_sky(chosen, lmax).alm(flow, 1)
    m = np.concatenate([np.full(lmax + 1 - m, m) for m in range(lmax + 1)])[:, None]
    found = np.sum(np.where(m > 0, 2, 1) * (alm[:, None] * harmonics(n, lmax)).real, axis=0)
    expected = np.zeros(5)
    for k, a, b in zip(10 * modes.wavevectors, modes.cosines, modes.sines, strict=True):
        expected += flight.sky(n, k, a - 1j * b, 0).real
    if chosen.sky.frame == "observer":
        expected += n @ np.sum(modes.cosines, axis=0)
    expected *= chosen.momentum_index / chosen.particle_speed
    assert np.max(np.abs(found - expected)) < 1e-8 * np.max(np.abs(expected))


@pytest.mark.parametrize("scatterings", [3, 20, "stationary"])
@pytest.mark.parametrize("turns", [0.5, 4])
def test_chain_of_scatterings(turns, scatterings, harmonics):
    one = config(turns, {"flow.modes": 2, "flow.inner_scale": "50 pc"})
    chosen = one.replace({"transport.scatterings": scatterings})
    flow, flight, lmax = flow_of(chosen), Flight(chosen), 40
    modes, (points, weights) = flow.parts[0], sphere(12)
    n = random_directions(4)
    expected = np.zeros(4)
    for k, a, b in zip(10 * modes.wavevectors, modes.cosines, modes.sines, strict=True):
        still = np.zeros(3)
        heat = weights @ flight.sky(points, k, a - 1j * b, 0)
        kept = 1 + weights @ flight.sky(points, k, still, 1)
        # What the next scattering adds to the isotropic part at the first.
        heating = 0
        for _ in range(100_000 if scatterings == "stationary" else scatterings - 1):
            heating = heat + kept * heating
        expected += (flight.sky(n, k, a - 1j * b, heating) + heating).real
    expected *= chosen.momentum_index / chosen.particle_speed
    alm = expected_sky(chosen, lmax).alm(flow, 1)
    m = np.concatenate([np.full(lmax + 1 - m, m) for m in range(lmax + 1)])[:, None]
    found = np.sum(np.where(m > 0, 2, 1) * (alm[:, None] * harmonics(n, lmax)).real, axis=0)
    assert np.max(np.abs(found - expected)) < 1e-8 * np.max(np.abs(expected))


@pytest.mark.parametrize("scatterings", [1, 3, "stationary"])
@pytest.mark.parametrize(
    "settings",
    [{}, ERLANG, {"transport.free_path": "erlang", "transport.erlang_order": 100}],
    ids=["exponential", "erlang", "narrow"],
)
@pytest.mark.parametrize("turns", [0.1, 1, -7])
def test_both_ways_agree(turns, settings, scatterings):
    wide = {"flow.modes": 24, "flow.outer_scale": "1000 pc", "flow.inner_scale": "3 pc"}
    chosen = config(turns, wide, settings, {"transport.scatterings": scatterings})
    sky = expected_sky(chosen, 12)
    waves = sky.waves(flow_of(chosen).parts[0])
    series, helix = (sky.by(way, waves, 1) for way in (sky.series, sky.helix))
    largest = np.max(np.abs(series[1:]))
    assert np.max(np.abs(series - helix)[1:]) < 1e-9 * largest
    assert abs(series[0] - helix[0]) < 1e-8 * abs(series[0])


def test_cost_chooses_both_ways():
    wide = {"flow.modes": 200, "flow.outer_scale": "1000 pc", "flow.inner_scale": "3 pc"}
    chosen = config(0.1, wide)
    sky = expected_sky(chosen, 12)
    waves = sky.waves(flow_of(chosen).parts[0])
    cheaper = sky.series.cost(waves) < sky.helix.cost(waves)
    assert 0 < np.sum(cheaper) < len(waves)
    alm = sky.by(sky.series, waves, 1)
    mixed = sky.by(sky.series, waves[cheaper], 1) + sky.by(sky.helix, waves[~cheaper], 1)
    assert np.max(np.abs(alm - mixed)) < 1e-9 * np.max(np.abs(alm))


def test_weak_fields_make_the_sky_of_isotropic_transport():
    band = {"flow.modes": 100, "flow.inner_scale": "6.3 pc"}
    chosen = config(1e-4, band)
    flow = flow_of(chosen)
    free = Config().replace({"transport.free_path": "exponential", "sky.nside": 8})
    still = free.replace({k: v for k, v in (FEW | band).items() if k.startswith("flow")})
    found, expected = expected_sky(chosen, 8).alm(flow, 1), expected_sky(still, 8).alm(flow, 1)
    assert np.max(np.abs(found - expected)) < 1e-3 * np.max(np.abs(expected))


def test_strong_fields_make_the_drift_kinetic_sky():
    band = {"flow.modes": 100, "flow.inner_scale": "6.3 pc"}
    drift = Config().replace(
        FEW | band | {"transport.mode": "drift-kinetic", "transport.free_path": "exponential"}
    )
    flow = flow_of(drift)
    expected = expected_sky(drift, 8).alm(flow, 1)
    errors = []
    for turns in (1e3, 1e4):
        found = expected_sky(config(turns, band), 8).alm(flow, 1)
        errors.append(np.max(np.abs(found - expected)) / np.max(np.abs(expected)))
    assert errors[0] < 0.1
    assert errors[0] / errors[1] == pytest.approx(10, rel=0.1)


def test_regular_flow_and_uniform_flow():
    chosen = config(2, {"flow.velocity_dispersion": "0 km/s"})
    uniform = RegularFlow(np.array([5.0, -3.0, 2.0]), np.zeros((3, 3)))
    sky = expected_sky(chosen, 3)
    assert np.all(sky.alm(uniform, 1) == 0)
    flow = flow_of(config(2))
    both = Superposition((flow.parts[0], RegularFlow(uniform.mean, np.diag([1.0, -2.0, 1.0]))))
    sky = expected_sky(config(2), 3)
    regular = regular_sky(config(2), both.parts[1], 3)
    np.testing.assert_array_equal(sky.alm(both, 1) - regular, sky.alm(flow, 1) + regular - regular)


@pytest.mark.parametrize("turns", [0.05, 8])
def test_threads_do_not_change_bits(turns):
    many = {"flow.modes": 300, "flow.inner_scale": "5 pc", "transport.scatterings": 3}
    chosen = config(turns, many)
    sky, flow = expected_sky(chosen, 12), flow_of(chosen)
    first = sky.alm(flow, 1)
    assert all(np.array_equal(first, sky.alm(flow, threads)) for threads in (2, 3))


def test_random_fields_have_the_sky_of_their_field():
    chosen = config(3, {"transport.magnetic_field": "random"})
    drawn = realize(Setup.from_config(chosen), 3, keep_map=True, keep_alm=True)
    direction = list(chosen.for_realization(3).magnetic_field)
    given = config(3, {"transport.magnetic_field": direction})
    same = realize(Setup.from_config(given), 3, keep_map=True, keep_alm=True)
    np.testing.assert_array_equal(drawn.alm, same.alm)
    np.testing.assert_array_equal(drawn.sky.intensity, same.sky.intensity)
    assert drawn.zonal is None
