"""Velocity fields from outside: what their sky is, what is refused, and how their ensembles are kept."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
import pytest

from eddysky.simulator import Config, InputError, read, simulate
from eddysky.simulator.config.descriptions import config_in_words
from eddysky.simulator.flow import draw_modes
from eddysky.simulator.flow.fields import RegularFlow
from eddysky.simulator.sky.alm_index import ells_and_ms
from eddysky.simulator.sky.grids import GaussLegendreGrid, healpix_grid
from eddysky.validation import compare
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.multipoles import judged_multipoles
from eddysky.validation.comparison.realizations import NoVerdictError, TooFewRealizationsError

SMALL = Config().replace({"sky.nside": 8, "ensemble.realizations": 3})
PARALLEL = {"transport.mode": "parallel", "transport.magnetic_field": [40.0, 30.0]}


@dataclass
class Waves:
    """Three plane waves, slow enough that second order in u/v does not show, and fast enough not to be rounded away."""

    scale: float = 1e-3
    k_max: float = 1.2

    def velocity(self, points):
        wavevectors = np.array([[0.3, 0.5, 1.0], [0.7, -0.4, 0.3], [-0.2, 0.1, 0.05]])
        amplitudes = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 2.0], [2.0, 2.0, 2.0]])
        return self.scale * np.cos(points @ wavevectors.T + [0.1, 0.2, 0.3]) @ amplitudes


def closed_form(config, flow, directions):
    """(D/v) n·[u(λn) − u(0)] or (D/v) (n·b) b·[u(λ(n·b)b) − u(0)] (ZL24 Eq. 2, ZL25 Eq. 1)."""
    factor = config.momentum_index / config.particle_speed
    ahead = directions
    if config.field_direction is not None:
        ahead = (directions @ config.field_direction)[:, None] * config.field_direction
    change = flow.velocity(config.mean_free_path * ahead) - flow.velocity(np.zeros((1, 3)))
    return factor * np.sum(ahead * change, axis=1)


def on_grid(grid, values):
    return grid.assemble(values(grid.half), values(-grid.half))


@pytest.mark.parametrize("mode", [{}, PARALLEL])
def test_plane_waves_make_the_sky_of_the_closed_form(mode):
    config = SMALL.replace({"ensemble.realizations": 1, "sky.nside": 16} | mode)
    result = simulate(config, flow=Waves(), maps=1, alms=1)
    values = functools.partial(closed_form, config, Waves())
    # Far finer than the waves need: kλ = 11.6 has no power beyond ℓ = 32.
    grid = GaussLegendreGrid.for_multipoles(config.lmax, 100)
    alm = grid.analyse(on_grid(grid.points, values), config.lmax)
    size = np.max(np.abs(alm))
    np.testing.assert_allclose(result.alm[0, 0], alm, rtol=0, atol=1e-6 * size)
    ell, m = ells_and_ms(config.lmax)
    weight = np.where(m == 0, 1, 2) / (2 * ell + 1)
    power = np.bincount(ell, weight * np.abs(alm) ** 2)
    np.testing.assert_allclose(result.power[0], power, rtol=0, atol=1e-6 * np.max(power))
    sky = on_grid(healpix_grid(config.sky.nside), values) - alm[0].real / math.sqrt(4 * math.pi)
    np.testing.assert_allclose(result.maps[0], sky, rtol=0, atol=1e-3 * np.max(np.abs(sky)))


def test_the_configured_band_changes_nothing():
    one, other = (
        simulate(SMALL.replace({"flow.inner_scale": scale}), flow=Waves(), alms=1)
        for scale in ("2 pc", "20 pc")
    )
    np.testing.assert_array_equal(one.power, other.power)
    np.testing.assert_array_equal(one.maps, other.maps)


class Short:
    """A wave of kλ = 30, whatever k_max says."""

    def __init__(self, k_max):
        self.k_max = k_max

    def velocity(self, points):
        return 1e-3 * np.cos(1.0 + points @ [0.0, 1.8, 2.4])[:, None] * [1.0, 0.0, 0.0]


def test_k_max_decides_the_grid():
    # On a grid for kλ = 1 the wave is aliased: its power in ℓ ≤ 8 is wrong.
    fine, finer, coarse = (simulate(SMALL, flow=Short(k)).power[0] for k in (3.0, 4.0, 0.1))
    np.testing.assert_allclose(fine[1:], finer[1:], rtol=1e-5)
    assert np.max(np.abs(coarse[1:] / fine[1:] - 1)) > 0.1


def test_the_sky_of_a_field_does_not_depend_on_others_of_its_ensemble():
    one, other = (
        simulate(SMALL, flow=lambda index, order=order: Short(order[index]))
        for order in ([1.0, 3.0, 2.0], [2.0, 3.0, 1.0])
    )
    np.testing.assert_array_equal(one.power, other.power[[2, 1, 0]])
    np.testing.assert_array_equal(one.maps, other.maps[[2, 1, 0]])


def fast_wave(index):
    """A flow of another strength in each realisation."""
    return Waves(scale=10.0 + index)


SAMPLINGS = [
    {},
    PARALLEL,
    {"sky.frame": "observer"},
    {"sky.sampling": "random", "sky.particles": 3000},
    {"sky.sampling": "stratified", "sky.particles": 3000, "transport.free_path": "exponential"},
    {"transport.scatterings": 2, "sky.particles": 3000} | PARALLEL,
    {"transport.mode": "parallel", "transport.magnetic_field": "random"},
]


@pytest.mark.parametrize("settings", SAMPLINGS)
def test_results_do_not_depend_on_the_workers(settings):
    config = SMALL.replace(settings)
    one, three = (simulate(config, flow=fast_wave, workers=workers) for workers in (1, 3))
    np.testing.assert_array_equal(one.power, three.power)
    np.testing.assert_array_equal(one.maps, three.maps)
    assert np.all(np.diff(one.power[:, 2]) != 0)


def test_particles_see_the_same_field_as_pixel_centres():
    # 30 000 stratified particles leave noise far below the signal; 5 standard errors at one ℓ: 6e-7 of false alarms.
    config = SMALL.replace({"ensemble.realizations": 1})
    exact = simulate(config, flow=Waves(scale=20.0)).power[0]
    stratified = {"sky.sampling": "stratified", "sky.particles": 30_000}
    measured = simulate(config.replace(stratified), flow=Waves(scale=20.0))
    ell = np.arange(config.lmax + 1)
    noise = measured.noise[0]
    error = np.sqrt((4 * exact * noise + 2 * (2 * noise) ** 2) / (2 * ell + 1))
    assert np.all(np.abs(measured.power[0] - exact)[1:] < 5 * error[1:])


def test_regular_flows_are_added_and_the_fluid_at_the_observer_is_at_rest():
    # The field itself is a uniform gradient beside a mean flow; both cancel those of the configuration.
    gradient = np.array([[0.0, 2.0, 0.0], [2.0, 0.0, 0.0], [0.0, 0.0, 0.0]])

    class Linear:
        k_max = 0.01

        def velocity(self, points):
            return -RegularFlow(np.array([5.0, 0.0, 7.0]), gradient).velocity(points)

    still = ("0 km/s/pc",) * 3
    both = SMALL.replace(
        {
            "flow.mean_velocity": ["5 km/s", "0 km/s", "7 km/s"],
            "flow.velocity_gradient": [
                ("0 km/s/pc", "2 km/s/pc", "0 km/s/pc"),
                ("2 km/s/pc", "0 km/s/pc", "0 km/s/pc"),
                still,
            ],
        }
    )
    assert not np.any(simulate(both, flow=Linear()).power)
    fluid, observer = (
        simulate(SMALL.replace({"sky.frame": frame}), flow=Linear()).power[0]
        for frame in ("fluid", "observer")
    )
    # Compton–Getting: C_1 = (4π/9)(D U/v)²; of first order, second order is of the size u/v = 2e-4 of it.
    dipole = 4 * math.pi / 9 * (SMALL.momentum_index / SMALL.particle_speed) ** 2 * 74
    assert observer[1] == pytest.approx(dipole, rel=1e-3)
    assert fluid[1] < 1e-6 * dipole
    assert observer[2] == pytest.approx(fluid[2], rel=1e-3)


class Broken:
    def __init__(self, velocity=lambda points: points * 0, k_max=1.0):
        self.velocity, self.k_max = velocity, k_max


@pytest.mark.parametrize(
    ("settings", "flow", "words"),
    [
        ({}, 3, r"flow = int: not a velocity field; it needs velocity\(points\) and k_max"),
        ({}, lambda index: None, "flow = NoneType: not a velocity field"),
        ({}, Broken(k_max=0), "k_max = 0 of Broken: must be a positive number, in 1/pc"),
        ({}, Broken(lambda points: points[0]), r"gave float64 of shape \(3,\) at points"),
        ({}, Broken(lambda points: points + np.nan), "Broken.velocity is not finite at"),
        ({}, Broken(lambda points: 0 * points + 3e5), "not slower than light"),
        (
            {},
            Broken(lambda points: 0 * points + 2e3),
            r"flow: 3464 km/s \(rms .* at most 2998 km/s",
        ),
        ({"sky.frame": "observer"}, Waves(400.0), "at most 899.4 km/s, 0.3% of the particles"),
        ({}, Waves(k_max=500.0), "k_max λ = 5000: at most 4096"),
        ({"flow.taylor_order": 2}, Waves(), "flow.taylor_order = 2: not with a velocity field"),
        ({"flow.modes": 300}, Waves(), "flow.modes = 300: not with a velocity field"),
        ({"flow.amplitudes": "cosine"}, Waves(), "flow.amplitudes = cosine: not with a velocity"),
        ({"sky.evaluation": "bands"}, Waves(), 'sky.evaluation = "bands": a velocity field'),
    ],
)
def test_impossible_fields_are_refused(settings, flow, words):
    with pytest.raises(InputError, match=words):
        simulate(SMALL.replace(settings), flow=flow)


def test_a_configuration_that_names_a_field_needs_it():
    config = simulate(SMALL, flow=Waves()).config
    with pytest.raises(
        InputError, match=r"Waves is not part of the configuration; run it in Python"
    ):
        simulate(config)
    with pytest.raises(
        InputError, match=r"the configuration names Waves sha256:.*, not Waves sha256"
    ):
        simulate(config, flow=Waves(scale=2e-3))


class Versioned(Waves):
    name = "three waves $"
    version = 0


def test_results_say_which_field_it_was(tmp_path):
    path = tmp_path / "out.h5"
    result = simulate(SMALL, path, flow=Versioned())
    label = read(path).config.flow.field
    assert (label.name, label.version) == ("three waves $", "0")
    assert Config.from_text(result.config.to_toml()) == result.config
    assert "three waves $" in repr(result.config)
    assert "flow.modes" not in result.config.to_toml()
    assert config_in_words(result.config, 1).startswith(
        r"realisation 1, velocity field three waves \$, "
    )
    assert simulate(SMALL, flow=fast_wave).config.flow.field.name == "fast_wave"
    assert simulate(SMALL, flow=functools.partial(fast_wave)).config.flow.field.name == "partial"


def test_ensembles_resume_with_the_same_field_alone(tmp_path):
    path = tmp_path / "out.h5"
    config = SMALL.replace({"ensemble.realizations": 6})
    made = []

    def counted(index):
        made.append(index)
        return fast_wave(index)

    def interrupted(index):
        if index > 3:
            raise KeyboardInterrupt
        return fast_wave(index)

    counted.name = interrupted.name = "fast waves"
    with pytest.raises(KeyboardInterrupt):
        simulate(config, path, flow=interrupted, workers=1)
    assert not path.exists()
    simulate(config, path, flow=counted, workers=1)
    # 0 is made again to tell the fields apart, and 3 was finished or not when 4 interrupted.
    assert {4, 5} <= set(made) <= {0, 3, 4, 5}
    whole = simulate(config, flow=fast_wave)
    np.testing.assert_array_equal(read(path).power, whole.power)
    more = read(path).config.replace({"ensemble.realizations": 7})
    assert len(simulate(more, path, flow=counted).power) == 7
    for name, version, words in (
        ("fast waves", "2", "flow.field.version was sha256:.*, now 2"),
        ("waves", None, "flow.field.name was fast waves, now waves"),
    ):

        def other(index):
            return fast_wave(index)

        other.name, other.version = name, version
        with pytest.raises(InputError, match=words):
            simulate(SMALL, path, flow=other)
    with pytest.raises(InputError, match="another configuration"):
        simulate(SMALL, path)


ENSEMBLE = Config().replace({"sky.nside": 16, "ensemble.realizations": 60})


def drawn(index, strength=1.0):
    """A flow of the configured spectrum, drawn from outside."""
    spectrum, beta = ENSEMBLE.flow_spectrum, ENSEMBLE.transverse_fraction
    modes = draw_modes(spectrum, beta, 1024, "gaussian", 77, index)
    return Broken(lambda points: strength * modes.velocity(points), modes.k_max)


def test_fields_of_the_configured_spectrum_are_consistent_with_it():
    # Three tests at 0.1% each: 0.3% of false alarms, with a fixed seed.
    assert compare(simulate(ENSEMBLE, flow=drawn)).consistent
    assert not compare(simulate(ENSEMBLE, flow=functools.partial(drawn, strength=1.5))).consistent


def test_no_rule_counts_the_modes_of_an_outside_field():
    # Hardly one of the configured modes falls into so narrow a peak.
    table = {"wavenumber": [1e-9, 0.99, 1, 1.01, 20], "spectrum": [1e-9, 1e-9, 1e4, 1e-9, 1e-9]}
    config = SMALL.replace({"flow.spectrum": "table", "flow.table": table})
    with pytest.raises(TooFewRealizationsError, match=r"with flow\.modes = 4096 the effective"):
        judged_multipoles(Expectation.from_config(config), 20)
    field = {"name": "peak", "version": "1"}
    expected = Expectation.from_config(config.replace({"flow.field": field}))
    assert not judged_multipoles(expected, 20).excluded


def test_without_a_configured_spectrum_there_is_no_verdict():
    config = SMALL.replace({"flow.velocity_dispersion": "0 km/s", "ensemble.realizations": 10})
    with pytest.raises(NoVerdictError, match="no turbulence is configured to compare"):
        compare(simulate(config, flow=fast_wave))


def test_a_class_is_no_field():
    class Wave:
        k_max = 1.0

        def velocity(self, points):
            return np.zeros_like(points)

    with pytest.raises(InputError, match="flow = Wave: a class; give an object of it"):
        simulate(Config(sky={"nside": 4}), flow=Wave)


@pytest.mark.parametrize(
    "options",
    [{"workers": "2"}, {"workers": 0}, {"maps": -1}, {"maps": 1.5}, {"alms": None}, {"maps": True}],
)
def test_numbers_of_a_run_are_whole(options):
    with pytest.raises(InputError, match=rf"{next(iter(options))} = .*must be a whole number"):
        simulate(Config(sky={"nside": 4}), **options)


def test_a_file_of_a_field_is_not_continued_without_it(tmp_path):
    """The field itself is named, and not a key that has no meaning beside it."""
    path = tmp_path / "sky.h5"
    simulate(SMALL, path, flow=fast_wave)
    with pytest.raises(InputError, match=r"flow\.field was .*, now None"):
        simulate(SMALL, path)


@pytest.mark.parametrize(
    "settings",
    [
        {"transport.collisions": "small-angle"},
        {"transport.mode": "helical", "sky.sampling": "orbits"},
    ],
)
def test_too_many_steps_of_particles_are_refused_at_once(settings):
    config = SMALL.replace(settings)
    with pytest.raises(InputError, match=r"sky.particles = 10{5,6}: .* at most \d+ particles"):
        simulate(config, flow=Waves())
