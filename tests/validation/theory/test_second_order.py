"""Bound on terms of second order in u/v: against exact boosts, and its effect on verdicts."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from synthetic import judged

from eddysky.simulator import Config, simulate
from eddysky.simulator.run.realization import Setup
from eddysky.simulator.transport.backtracking import directional_intensity, observer_velocity
from eddysky.validation import compare, predict
from eddysky.validation.comparison import multipoles as rules
from eddysky.validation.comparison.realizations import NoVerdictError
from eddysky.validation.theory.second_order import _product_power, second_order

BASE = Config().replace({"sky.nside": 8, "sky.lmax": 8, "flow.modes": 256})
SKIES = 40
# False-alarm probability 3e-5 per comparison.
SIGMA = 4.0


def vector(x, y, z, unit):
    return [f"{x} {unit}", f"{y} {unit}", f"{z} {unit}"]


def matrix(rows):
    return [vector(*row, "km/s/pc") for row in rows]


LARGE = {"flow.inner_scale": "100 pc", "flow.outer_scale": "1000 pc"}
HUGE = {"flow.inner_scale": "2000 pc", "flow.outer_scale": "20000 pc"}
CASES = {
    "density": LARGE
    | {
        "sky.frame": "observer",
        "transport.density_gradient": vector(0.0099, 0, 0, "1/pc"),
        "sky.lmax": 6,
    },
    "default": {},
    "fast": {"flow.velocity_dispersion": "300 km/s"},
    "observer": {"sky.frame": "observer", "flow.velocity_dispersion": "100 km/s"},
    "large eddies": HUGE
    | {
        "flow.velocity_dispersion": "300 km/s",
        "flow.reference_scale": "1000 pc",
        "sky.lmax": 4,
    },
    "shear": {
        "flow.velocity_dispersion": "5 km/s",
        "flow.velocity_gradient": matrix([[0, 200, 0], [0, 0, 0], [0, 0, 0]]),
    },
    "compression": {"flow.velocity_gradient": matrix(100 * np.eye(3))},
    "mean": {
        "sky.frame": "observer",
        "flow.velocity_dispersion": "5 km/s",
        "flow.mean_velocity": vector(800, 0, 0, "km/s"),
    },
    "acoustic, hard spectrum": {
        "cosmic_rays.spectral_index": -6.0,
        "flow.transverse_fraction": 0.0,
        "flow.velocity_dispersion": "200 km/s",
    },
    "expansion": {
        "flow.taylor_order": 2,
        "flow.inner_scale": "10 pc",
        "flow.velocity_dispersion": "60 km/s",
        "sky.lmax": 3,
    },
    "parallel": {"transport.mode": "parallel", "flow.velocity_dispersion": "300 km/s"},
    "parallel, all": {
        "transport.mode": "parallel",
        "sky.frame": "observer",
        "flow.velocity_dispersion": "80 km/s",
        "transport.density_gradient": vector(0.005, 0.005, 0.005, "1/pc"),
        "flow.mean_velocity": vector(100, 0, 50, "km/s"),
    },
}


class Reversed:
    """The flow −u: terms odd in u cancel in the mean over both."""

    def __init__(self, flow):
        self.flow = flow

    def velocity(self, points):
        return -self.flow.velocity(points)

    def velocity_pairs(self, points):
        plus, minus = self.flow.velocity_pairs(points)
        return -plus, -minus


def first_order(config, flow, directions):
    """First order: (D/v) n·[u(r) − u₀] + g·r."""
    field = config.field_direction
    way = directions if field is None else (directions @ field)[:, None] * field
    points = config.mean_free_path * way
    change = flow.velocity(points) - observer_velocity(config, flow)
    shift = config.momentum_index / config.particle_speed
    along = np.sum(directions * change, axis=1)
    return shift * along + points @ np.array(config.transport.density_gradient)


def exact_and_first_order(config, index):
    """C_ℓ of exact boosts less C_ℓ of the first order, and C_ℓ of the difference of both skies."""
    setup = Setup.from_config(config, maps=False)
    model = setup.model
    points, flow = model.points, model.felt_flow(setup.flow(index))
    regular = np.any(config.flow.mean_velocity) or np.any(config.flow.velocity_gradient)
    found = []
    for one in (flow,) if regular else (flow, Reversed(flow)):
        exact = directional_intensity(model, one, points, 1)
        first = points.assemble(
            first_order(config, one, points.half), first_order(config, one, -points.half)
        )
        c_ell = [
            model.multipoles(sky, keep_alm=False).power for sky in (exact, first, exact - first)
        ]
        found.append([c_ell[0] - c_ell[1], c_ell[2]])
    return np.mean(found, axis=0)


@pytest.mark.parametrize("name", CASES)
def test_bound_on_exact_boosts(name):
    """The simulation's kernels against the first order in the same flow, for 1 ≤ ℓ ≤ 8."""
    config = BASE.replace(CASES[name])
    count = SKIES * (5 if config.transport.mode == "parallel" else 1)
    found = np.array([exact_and_first_order(config, index) for index in range(count)])[..., 1:]
    mean, error = found.mean(axis=0), found.std(axis=0, ddof=1) / math.sqrt(count)
    bound = second_order(config, predict(config))[1:]
    assert np.all(np.abs(mean[0]) <= bound + SIGMA * error[0])
    assert np.all(mean[1] <= bound + SIGMA * error[1])
    # The bound is not too large: at some ℓ it is within a factor 15 of the second order.
    assert np.max((np.abs(mean[0]) + SIGMA * error[0]) / bound) > 1 / 15
    # Without its largest term the bound would fail: it is at most 2.5 times too large.
    if name in ("density", "compression", "mean", "shear"):
        assert np.max(np.maximum(np.abs(mean[0]), mean[1]) / bound) > 0.4


def test_power_of_a_product():
    """Dipole by dipole: C_0 and C_2 by (1 1 0; 000)² = 1/3 and (1 1 2; 000)² = 2/15; the variance by its definition."""
    dipole = np.array([0.0, 2.0, 0.0, 0.0])
    found = _product_power(dipole, dipole)
    scale = 9 / (4 * math.pi) * 4
    np.testing.assert_allclose(found, [scale / 3, 0, scale * 2 / 15, 0], atol=1e-13)
    first, second = np.zeros((2, 41))
    first[:21], second[:21] = np.random.default_rng(1).random((2, 21))
    size = (2 * np.arange(41) + 1) / (4 * math.pi)
    product = _product_power(first, second)
    assert size @ product == pytest.approx((size @ first) * (size @ second), rel=1e-12)


def random_regular_flow(rng):
    """Settings of a random flow without turbulence, up to the largest allowed speeds."""

    def some(size, shape, share):
        values = rng.normal(size=shape)
        return (rng.random() < share) * size * values / np.linalg.norm(values)

    return {
        "flow.velocity_dispersion": "0 km/s",
        "sky.nside": 4,
        "sky.lmax": 6,
        "sky.frame": str(rng.choice(["fluid", "observer"])),
        "transport.mode": str(rng.choice(["isotropic", "parallel"])),
        "cosmic_rays.spectral_index": float(rng.choice([2.7, -1.5, 5, -8, 10])),
        "cosmic_rays.energy": str(rng.choice(["10 TeV", "0.0011 TeV"])),
        "cosmic_rays.scattering_index": 2,
        "flow.mean_velocity": vector(*some(10 ** rng.uniform(0, 2.3), 3, 0.7), "km/s"),
        "flow.velocity_gradient": matrix(some(10 ** rng.uniform(-2, 1.3), (3, 3), 0.7)),
        "transport.density_gradient": vector(*some(10 ** rng.uniform(-4, -2), 3, 0.6), "1/pc"),
        "ensemble.realizations": 1,
    }


def test_regular_flows_meet_the_bound():
    rng = np.random.default_rng(3)
    closest = 0.0
    for _ in range(60):
        config = Config().replace(random_regular_flow(rng))
        found = compare(simulate(config, workers=1, maps=0))
        assert found.consistent, config.to_toml()
        closest = max(
            closest, float(np.max(np.abs(found.measured - found.predicted) / found.limit))
        )
    # The bound is reached, up to its margin.
    assert closest > 0.3


FAST = {"flow.velocity_dispersion": "300 km/s", "flow.reference_scale": "1000 pc"}
KNOWN = {
    "density gradient": CASES["density"] | {"sky.lmax": 8},
    "smaller density gradient": {
        "sky.frame": "observer",
        "transport.density_gradient": vector(0.003, 0, 0, "1/pc"),
        "flow.inner_scale": "1000 pc",
        "flow.outer_scale": "10000 pc",
    },
    "mean velocity": CASES["mean"],
    "shear": CASES["shear"],
    "large eddies": FAST | HUGE,
    "compression": CASES["compression"],
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_cases_are_not_contradicted(name, monkeypatch):
    """An ensemble of 400 skies and ten of 40; a true theory is contradicted in one of 300."""
    config = BASE.replace(KNOWN[name] | {"ensemble.realizations": 400, "ensemble.seed": 5})
    skies = simulate(config, workers=1, maps=0)
    rows = [slice(0, 400), *(slice(start, start + 40) for start in range(0, 400, 40))]
    parts = [replace(skies, index=skies.index[part], power=skies.power[part]) for part in rows]
    verdicts = [compare(part) for part in parts if can_be_judged(part)]
    assert all(found.consistent for found in verdicts)
    # Uniform compression changes every C_ℓ by 3%, so that no multipole can be judged.
    assert bool(verdicts) is (name != "compression")
    reasons = [why for found in verdicts for why in found.excluded.values()]
    if name == "large eddies":
        # Other rules exclude all but l = 2, which is of first order.
        assert verdicts[0].ell.tolist() == [2]
        return
    assert not verdicts or any("second order in u/v may" in why for why in reasons)
    monkeypatch.setattr(rules, "NEGLIGIBLE", math.inf)
    assert not compare(parts[0]).consistent


def can_be_judged(result):
    """Whether the second order is small enough to judge any multipole."""
    try:
        judged(result.config, len(result.power))
    except NoVerdictError:
        return False
    return True


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"sky.frame": "observer"},
        {"transport.free_path": "exponential", "transport.scatterings": 3},
        {"transport.mode": "parallel", "flow.velocity_dispersion": "50 km/s"},
        {"flow.transverse_fraction": 0.0, "transport.free_path": "exponential"},
        {"flow.mean_velocity": vector(20, 0, 0, "km/s"), "sky.frame": "observer"},
        {"flow.velocity_gradient": matrix([[0, 1, 0], [0, 0, 0], [0, 0, 0]])},
    ],
    ids=str,
)
@pytest.mark.parametrize("realizations", [100, 10_000])
def test_ordinary_runs_keep_all_multipoles(settings, realizations):
    config = Config().replace(settings)
    noise = None
    if config.particles is not None:
        # A billion particles.
        realizations = min(realizations, 1000)
        # White noise of particles with the mean square (D u/v)²/3.
        square = (config.momentum_index * config.turbulent_speed / config.particle_speed) ** 2 / 3
        noise = np.full(config.lmax + 1, 4 * math.pi / config.particles * square)
    found = judged(config, realizations, noise)
    assert len(found.ell) == config.lmax


def test_more_realizations_and_less_noise_are_stricter():
    config = BASE.replace(CASES["observer"])
    kept = [len(judged(config, count).ell) for count in (100, 100_000, 3_000_000)]
    assert kept[0] == 8
    assert kept[0] > kept[1] > kept[2]
    loud = predict(config).c_ell[2] * np.ones(9)
    assert len(judged(config, 100_000, loud).ell) > kept[1]


def test_bias_of_judged_multipoles_is_below_a_third_of_the_error():
    """Any weighted mean: the worst weights are those of the biases themselves."""
    config = BASE.replace(KNOWN["mean velocity"])
    ell = judged(config, 1000).ell
    bias = second_order(config, predict(config))[ell]
    c_ell = predict(config).c_ell[ell]
    turbulent = predict(config.replace({"flow.mean_velocity": vector(0, 0, 0, "km/s")})).c_ell[ell]
    steady = c_ell - turbulent
    variance = 2 / (2 * ell + 1) * (turbulent**2 + 2 * turbulent * steady) / 1000
    weights = bias / variance
    assert weights @ bias <= 0.3 * math.sqrt(np.sum(weights**2 * variance))


def test_a_wrong_theory_is_still_caught():
    """C_ℓ of the shear, and of the flow past the observer, 20% high, with 10 multipoles of 200 skies."""
    for name in ("mean velocity", "shear"):
        settings = {"sky.lmax": 12, "ensemble.realizations": 200, "ensemble.seed": 6}
        skies = simulate(BASE.replace(KNOWN[name] | settings), workers=1, maps=0)
        assert compare(skies).consistent
        assert not compare(replace(skies, power=1.2 * skies.power)).consistent


def test_too_fast_for_so_many_realizations():
    config = BASE.replace(KNOWN["compression"])
    with pytest.raises(
        NoVerdictError, match=r"second order in u/v may reach \d\.?\d?% of C_l.* or \d+ real"
    ):
        judged(config, 20_000)
    faster = config.replace({"sky.lmax": 1})
    with pytest.raises(NoVerdictError, match="slower flows and smaller gradients can be judged"):
        judged(faster, 1_000_000)


@pytest.mark.parametrize("size", [10, 1000])
def test_a_shift_of_three_tenths_keeps_the_false_alarms(size):
    """χ² of `size` pulls with Σ(bias/error)² = 0.09: 1e-3 grows by a fifth at most, in the test of a mean by 0.6."""
    threshold = stats.chi2.isf(1e-3, size)
    assert stats.ncx2.sf(threshold, size, 0.09) < 1.2e-3
    two_sided = stats.norm.isf(0.5e-3)
    shifted = stats.norm.sf(two_sided - 0.3) + stats.norm.sf(two_sided + 0.3)
    assert shifted < 1.6e-3


@pytest.mark.parametrize("mode", ["drift-kinetic", "helical"])
def test_particles_without_steps_are_of_first_order(mode):
    """Only orbits have exact boosts, and drift with the flow."""
    settings = {"transport.mode": mode, "transport.free_path": "exponential"}
    config = BASE.replace(settings | {"sky.sampling": "random"})
    prediction = predict(BASE)
    assert not second_order(config, prediction).any()
    if mode == "helical":
        slow, fast = (
            second_order(
                config.replace({"sky.sampling": "orbits", "flow.velocity_dispersion": speed}),
                prediction,
            )
            for speed in ("5 km/s", "50 km/s")
        )
        assert np.all(fast > slow)
        assert np.all(slow > 0)
