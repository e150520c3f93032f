"""Expected skies against the response in angle, summed by quadrature; against particles; and closed cases."""

import math

import numpy as np
import pytest

from eddysky.simulator import Config, InputError, simulate
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.run.realization import Setup, observe, realize
from eddysky.simulator.sky.grids import GaussLegendreGrid
from eddysky.simulator.transport.expected import expected_sky
from eddysky.validation import compare, predict
from eddysky.validation.particle_study import p_values

# Few modes in a short band, so that a grid resolves exponential paths too.
FEW = {
    "flow.modes": 40,
    "flow.outer_scale": "60 pc",
    "flow.inner_scale": "12 pc",
    "sky.sampling": "expected",
    "sky.nside": 8,
    "sky.lmax": 12,
}
LAWS = {
    "fixed": {},
    "exponential": {"transport.free_path": "exponential"},
    "erlang": {"transport.free_path": "erlang", "transport.erlang_order": 4},
}
REGULAR = {
    "flow.mean_velocity": ["5 km/s", "-3 km/s", "2 km/s"],
    "flow.velocity_gradient": [
        ["0.3 km/s/pc", "0.2 km/s/pc", "0 km/s/pc"],
        ["0.1 km/s/pc", "-0.1 km/s/pc", "0.2 km/s/pc"],
        ["0 km/s/pc", "0 km/s/pc", "-0.2 km/s/pc"],
    ],
    "transport.density_gradient": ["1e-5 1/pc", "2e-5 1/pc", "-1e-5 1/pc"],
}
PARALLEL = {"transport.mode": "parallel"}


def config(*settings):
    merged = dict(FEW)
    for each in settings:
        merged |= each
    return Config().replace(merged)


def averages(law, q, lmax):
    """b_0 and b_1 by quadrature."""
    mu, weight = np.polynomial.legendre.leggauss(400)
    phi = law.characteristic(np.multiply.outer(q, mu))
    return (phi @ weight).real / 2, (phi @ (weight * mu)).imag / 2


def sky_in_angle(chosen, setup, directions):
    """I(n) from the characteristic function of the free path, wave by wave."""
    modes = setup.flow(0).parts[0]
    law, count = chosen.transport.law, chosen.transport.scattering_count
    amplitude = modes.cosines - 1j * modes.sines
    wavevectors, n = modes.wavevectors, directions
    if chosen.transport.mode == "parallel":
        b = np.asarray(chosen.field_direction)
        wavevectors = (wavevectors @ b)[:, None] * b
        amplitude = (amplitude @ b)[:, None] * b
    k = np.linalg.norm(wavevectors, axis=1)
    unit, q = wavevectors / k[:, None], k * chosen.mean_free_path
    along = n @ unit.T
    if chosen.transport.mode == "parallel":
        # r = s μ b, and only (n·b) b·A acts.
        n = (n @ b)[:, None] * b
    response = law.characteristic(q * along)
    b0, b1 = averages(law, q, 1)
    earlier = 1 / (1 - b0) if math.isinf(count) else (1 - b0 ** (count - 1)) / (1 - b0)
    compression = b1 * earlier * np.sum(unit * amplitude, axis=1)
    waves = np.sum((response * (n @ amplitude.T + 1j * compression)).real, axis=1)
    if chosen.sky.frame == "fluid":
        waves -= n @ np.sum(modes.cosines, axis=0)
    return chosen.momentum_index / chosen.particle_speed * waves


@pytest.mark.parametrize("mode", [{}, PARALLEL], ids=["isotropic", "parallel"])
@pytest.mark.parametrize(
    ("scatterings", "frame"),
    [(1, "observer"), (3, "fluid"), (20, "observer"), ("stationary", "fluid")],
)
@pytest.mark.parametrize("law", LAWS)
def test_multipoles_are_those_of_the_response_in_angle(law, scatterings, frame, mode):
    settings = {"transport.scatterings": scatterings, "sky.frame": frame}
    chosen = config(LAWS[law], settings, mode)
    setup = Setup.from_config(chosen, maps=False)
    found = realize(setup, 0, keep_alm=True).alm[0]
    grid = GaussLegendreGrid.for_multipoles(12, 160)
    points = grid.points
    intensity = points.assemble(
        *(sky_in_angle(chosen, setup, sign * points.half) for sign in (1, -1))
    )
    expected = grid.analyse(intensity, 12)
    if scatterings == "stationary" and mode:
        # The mean has no stationary limit.
        expected[0] = 0.0
    assert np.max(np.abs(found - expected)) <= 1e-9 * np.max(np.abs(expected))


def test_fixed_paths_are_those_of_pixel_centres():
    chosen = config(REGULAR, {"sky.frame": "observer"})
    found = realize(Setup.from_config(chosen, maps=False), 0, keep_alm=True)
    centres = chosen.replace({"sky.sampling": "pixel-centre"})
    exact = realize(Setup.from_config(centres, maps=False), 0, keep_alm=True)
    # Exact boosts differ in second order in u/c, 2e-4 here, and by the product of gradient and flow.
    assert np.max(np.abs(found.alm - exact.alm)) < 1e-3 * np.max(np.abs(exact.alm))
    assert found.mean == pytest.approx(exact.mean, rel=0.01)


@pytest.mark.parametrize(
    "settings",
    [
        {**LAWS["exponential"], **REGULAR, "sky.frame": "observer"},
        {**LAWS["exponential"], "transport.scatterings": "stationary"},
        {"transport.scatterings": 3},
        {**LAWS["erlang"], **PARALLEL, "transport.scatterings": 2},
        {**LAWS["exponential"], "transport.mode": "drift-kinetic", "transport.scatterings": 2},
    ],
    ids=["regular", "stationary", "three fixed", "parallel", "drift-kinetic"],
)
def test_particles_differ_by_their_shot_noise(settings):
    drawn = config(settings, {"sky.sampling": "random", "sky.particles": 400_000})
    # Three p-values of five skies: false alarm 1.5e-3.
    assert min(p_values(drawn)) > 1e-4


@pytest.mark.parametrize(
    "settings",
    [
        {"transport.free_path": "exponential"},
        {"transport.scatterings": 3},
        {"transport.collisions": "small-angle"},
        {
            "transport.free_path": "exponential",
            "transport.mode": "parallel",
            "transport.scatterings": 3,
        },
        {"transport.scatterings": "stationary", "transport.mode": "parallel"},
        {"transport.scatterings": 20, "transport.mode": "drift-kinetic"},
        {"flow.anisotropy": "two-dimensional", "transport.mode": "drift-kinetic"},
    ],
    ids=[
        "exponential",
        "three fixed",
        "small-angle",
        "parallel",
        "parallel stationary",
        "drift-kinetic",
        "two-dimensional",
    ],
)
def test_ensemble_agrees_with_the_theory(settings):
    chosen = Config().replace(
        {"sky.nside": 16, "flow.modes": 1024, "ensemble.realizations": 120} | settings
    )
    assert chosen.sampling == "expected"
    assert compare(simulate(chosen)).consistent


@pytest.mark.parametrize(
    ("law", "relaxation"),
    [
        (LAWS["exponential"], 1),
        ({"transport.collisions": "small-angle"}, 3),
        ({"transport.collisions": {"ell": [1, 2], "rate": [1.0, 5.0]}}, 5),
    ],
    ids=["exponential", "small-angle", "table"],
)
def test_uniform_gradient_makes_a_quadrupole(law, relaxation):
    still = {"flow.velocity_dispersion": "0 km/s", **law}
    # Without divergence, which has no stationary limit.
    rows = REGULAR["flow.velocity_gradient"]
    chosen = Config().replace(still | {"flow.velocity_gradient": rows, "sky.nside": 8})
    power = realize(Setup.from_config(chosen, maps=False), 0).power
    gradient = np.array(chosen.flow.velocity_gradient)
    shear = 0.5 * (gradient + gradient.T) - np.trace(gradient) / 3 * np.eye(3)
    expected = 8 * math.pi / 75 * (4.7 * 10 / SPEED_OF_LIGHT) ** 2 * np.sum(shear**2)
    expected /= relaxation**2
    assert power[2] == pytest.approx(expected, rel=1e-6)
    assert predict(chosen).c_ell[2] == pytest.approx(expected, rel=1e-12)
    assert np.max(np.abs(np.delete(power, [0, 2]))) < 1e-28


@pytest.mark.parametrize("scatterings", [1, 4])
@pytest.mark.parametrize("mode", [{}, PARALLEL], ids=["isotropic", "parallel"])
def test_uniform_compression_heats_at_every_scattering(mode, scatterings):
    rows = [["0.3 km/s/pc", *2 * ["0 km/s/pc"]], *2 * [3 * ["0 km/s/pc"]]]
    still = {"flow.velocity_dispersion": "0 km/s", "flow.velocity_gradient": rows}
    chosen = config(still, mode, {"transport.scatterings": scatterings})
    found = realize(Setup.from_config(chosen, maps=False), 0)
    field = chosen.field_direction
    rate = 0.3 if field is None else 0.3 * field[0] ** 2
    expected = -4.7 / chosen.particle_speed * 10 * scatterings * rate / 3
    assert found.mean == pytest.approx(expected, rel=1e-12)
    assert found.power[0] == pytest.approx(predict(chosen).c_ell[0], rel=1e-12)


@pytest.mark.parametrize("mode", [{}, PARALLEL], ids=["isotropic", "parallel"])
def test_threads_do_not_change_bits(mode):
    chosen = config(LAWS["exponential"], mode, {"flow.modes": 2000})
    expected = expected_sky(chosen, 12)
    flow = Setup.from_config(chosen, maps=False).flow(0)
    first = expected.alm(flow, 1)
    assert all(np.array_equal(first, expected.alm(flow, threads)) for threads in (2, 3))


def test_random_fields_have_the_sky_of_their_field():
    chosen = config(LAWS["exponential"], PARALLEL, {"transport.magnetic_field": "random"})
    drawn = realize(Setup.from_config(chosen), 3, keep_map=True, keep_alm=True)
    given = config(
        LAWS["exponential"],
        PARALLEL,
        {"transport.magnetic_field": list(chosen.for_realization(3).magnetic_field)},
    )
    same = realize(Setup.from_config(given), 3, keep_map=True, keep_alm=True)
    np.testing.assert_array_equal(drawn.alm, same.alm)
    np.testing.assert_array_equal(drawn.sky.intensity, same.sky.intensity)


def test_other_flows_are_refused():
    class Swirl:
        k_max = 1.0

        def velocity(self, points):
            return np.roll(points, 1, axis=1)

    with pytest.raises(InputError, match=r"flow = Swirl: .*sky.sampling = \"random\""):
        observe(Setup.from_config(config()), Swirl(), 0)
