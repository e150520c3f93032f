"""Skies of several rigidities against averages of the skies of one, particles, and closed cases."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from eddysky.simulator import Config, simulate
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.transport.expected import expected_sky
from eddysky.simulator.transport.free_paths import path_factors, random_paths, work_paths
from eddysky.simulator.transport.rigidity_average import mean_path
from eddysky.validation import compare, predict
from eddysky.validation.particle_study import p_values

LMAX = 6
BASE = {
    "flow.modes": 24,
    "flow.outer_scale": "60 pc",
    "flow.inner_scale": "12 pc",
    "sky.sampling": "expected",
    "sky.nside": 8,
    "sky.lmax": LMAX,
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
NUCLEI = {"charges": [1, 26], "fractions": [0.7, 0.3]}
WIDTH = 0.6
LOG_NORMAL = {"cosmic_rays.energy_response": {"width": WIDTH}}
TABLE = {"energy": [0.3, 1.0, 2.0, 8.0], "response": [0.0, 1.0, 0.5, 0.0]}


def rigidities(config):
    """y of a quadrature, and weights, of a log-normal or of a table."""
    response = config.cosmic_rays.energy_response
    if response is None:
        x, weights = np.zeros(1), np.ones(1)
    elif response.breakpoints:
        g, w = np.polynomial.legendre.leggauss(12)
        ends = np.array([response.low, *response.breakpoints, response.high])
        half = 0.5 * np.diff(ends)[:, None]
        x = (0.5 * (ends[1:] + ends[:-1])[:, None] + half * g).ravel()
        weights = (half * w).ravel() * response.density(x)
    else:
        x, weights = np.polynomial.hermite_e.hermegauss(28)
        x, weights = response.width * x, weights / np.sum(weights)
    charges = config.cosmic_rays.composition
    if charges is None:
        return x, weights
    shifts = -np.log(charges.charges)
    both = np.multiply.outer(charges.fractions, weights)
    return np.add.outer(shifts, x).ravel(), both.ravel()


def average_of_skies(config, flow):
    """Mean of the skies of one rigidity each in the same flow."""
    power = 2 - config.cosmic_rays.scattering_index
    total = 0
    for y, weight in zip(*rigidities(config), strict=True):
        path = f"{config.mean_free_path * math.exp(power * y)!r} pc"
        changes = {"transport.mean_free_path": path, "cosmic_rays.composition": None}
        single = config.replace({**changes, "cosmic_rays.energy_response": None})
        assert single.rigidities is None
        total = total + weight * expected_sky(single, LMAX).alm(flow, 1)
    return total


ENDLESS = {"transport.free_path": "exponential", "transport.scatterings": "stationary"}
CASES = {
    "fixed": REGULAR,
    "table": {"cosmic_rays.energy_response": TABLE},
    "nuclei": {**REGULAR, "cosmic_rays.composition": NUCLEI},
    "nuclei alone": {"cosmic_rays.energy_response": None, "cosmic_rays.composition": NUCLEI},
    "three": {**REGULAR, "transport.scatterings": 3, "sky.frame": "observer"},
    "exponential": {"transport.free_path": "exponential", "transport.scatterings": 2},
    "stationary": ENDLESS,
    "small-angle": {"transport.collisions": "small-angle"},
    "parallel": {**REGULAR, "transport.mode": "parallel", "transport.scatterings": 3},
    "drift": {**REGULAR, "transport.mode": "drift-kinetic", "transport.scatterings": 3},
    "drift observer": {"transport.mode": "drift-kinetic", "sky.frame": "observer"},
    "drift stationary": {**ENDLESS, "transport.mode": "drift-kinetic"},
    "across b": {"transport.mode": "drift-kinetic", "flow.anisotropy": "two-dimensional"},
    "falling": {"cosmic_rays.scattering_index": 2.5},
    "no dependence": {**REGULAR, "cosmic_rays.scattering_index": 2},
}


@pytest.mark.parametrize("case", CASES)
def test_a_sky_is_the_average_of_the_skies_of_all_rigidities(case):
    config = Config().replace(BASE | LOG_NORMAL | CASES[case])
    flow = Setup.from_config(config, maps=False).flow(0)
    found, wanted = expected_sky(config, LMAX).alm(flow, 1), average_of_skies(config, flow)
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9 * np.max(np.abs(wanted)))


@pytest.mark.parametrize("mode", ["isotropic", "parallel", "drift-kinetic"])
def test_a_narrow_response_is_one_energy(mode):
    config = Config().replace(BASE | REGULAR | {"transport.mode": mode})
    narrow = config.replace({"cosmic_rays.energy_response": {"width": 1e-6}})
    flow = Setup.from_config(config, maps=False).flow(0)
    found, wanted = (expected_sky(each, LMAX).alm(flow, 1) for each in (narrow, config))
    np.testing.assert_allclose(found, wanted, rtol=0, atol=1e-9 * np.max(np.abs(wanted)))


@pytest.mark.parametrize("sampling", ["expected", "random", "stratified"])
def test_without_flow_the_sky_is_flat(sampling):
    still = {"flow.velocity_dispersion": "0 km/s", "cosmic_rays.composition": NUCLEI}
    more = {} if sampling == "expected" else {"sky.particles": 2000}
    config = Config().replace(BASE | LOG_NORMAL | still | more | {"sky.sampling": sampling})
    sky = realize(Setup.from_config(config), 0, keep_map=True)
    assert not np.any(sky.power)
    assert not np.any(sky.sky.intensity[np.isfinite(sky.sky.intensity)])


def test_a_long_band_of_fixed_paths_is_resolved():
    # z = kλ e^(ay) from 0.01 to 2000, in tables whose kinks wash nothing out; T_ℓ is linear in it.
    from eddysky.simulator.transport.response import Response, signs

    for response in ({"width": 0.9}, TABLE):
        long = {"flow.inner_scale": "0.25 pc", "cosmic_rays.energy_response": response}
        config = Config().replace(BASE | long)
        q = np.array([40.0, 251.0])
        found = np.moveaxis(Response.from_config(config, 3).at(q)[0], -1, 0) * signs(3)
        density, power = config.cosmic_rays.energy_response, 1 / 3
        kinks = [density.low, *density.breakpoints, density.high]
        ends = np.concatenate(
            [np.linspace(*pair, 41)[:-1] for pair in pairwise(kinks)] + [kinks[-1:]]
        )
        g, w = np.polynomial.legendre.leggauss(60)
        half = 0.5 * np.diff(ends)[:, None]
        x = (0.5 * (ends[1:] + ends[:-1])[:, None] + half * g).ravel()
        weight = (half * w).ravel() * density.density(x)
        z = np.multiply.outer(np.exp(power * x), q)
        # j_1'(z) − 1/3 and j_1(z)/z − 1/3
        bessel = np.sin(z) / z**2 - np.cos(z) / z
        slope = np.sin(z) / z - 2 * bessel / z
        wanted = np.stack([weight @ slope, weight @ (bessel / z)], axis=1) - 1 / 3
        np.testing.assert_allclose(found[:, :, 1], wanted, rtol=0, atol=3e-10)


def test_mean_paths():
    config = Config().replace(BASE | LOG_NORMAL | {"cosmic_rays.composition": NUCLEI})
    spread = math.exp(0.5 * (WIDTH / 3) ** 2)
    assert mean_path(config) == pytest.approx(10 * spread * (0.7 + 0.3 * 26 ** (-1 / 3)), rel=1e-10)
    exponent = config.cosmic_rays.path_exponent
    assert exponent == pytest.approx(1 / 3)
    assert config.rigidities.path_range(exponent) == pytest.approx(
        (math.exp((-7.131 * WIDTH - math.log(26)) / 3), math.exp(7.131 * WIDTH / 3))
    )
    assert mean_path(Config()) == 10


def test_each_particle_keeps_its_rigidity():
    config = Config().replace(BASE | LOG_NORMAL | {"sky.sampling": "random"})
    factors = path_factors(config, 4000, (7, 3, 100))
    # Fixed paths are the mean free path of their particle.
    for step in (0, 5):
        paths = random_paths(config, 4000, (7, 3, 100), step)
        np.testing.assert_array_equal(paths, 10 * factors)
    np.testing.assert_array_equal(path_factors(config, 10, (7, 3, 150)), factors[50:60])
    assert not np.any(path_factors(config, 4000, (7, 4, 100)) == factors)
    assert path_factors(Config(), 10, (7, 3, 100)) == 1
    # Mean and deviation of ln λ within four standard errors, false alarm 1e-4.
    logs = np.log(factors)
    assert abs(np.mean(logs)) < 4 * WIDTH / 3 / math.sqrt(4000)
    assert abs(np.std(logs) / (WIDTH / 3) - 1) < 4 / math.sqrt(8000)
    for law in ("fixed", "exponential"):
        same = config.replace({"transport.free_path": law})
        single = same.replace({"cosmic_rays.energy_response": None})
        found, wanted = (work_paths(each, 4000, (7, 3, 100), 1) for each in (same, single))
        np.testing.assert_allclose(found[0], factors * wanted[0], rtol=1e-15)
        np.testing.assert_array_equal(found[1], wanted[1])


@pytest.mark.parametrize(
    "settings",
    [
        {"sky.sampling": "random", **REGULAR},
        {"sky.sampling": "stratified", "cosmic_rays.composition": NUCLEI},
        {
            "sky.sampling": "random",
            "transport.scatterings": 3,
            "transport.mode": "parallel",
            "cosmic_rays.composition": NUCLEI,
        },
        {
            "sky.sampling": "random",
            "transport.mode": "drift-kinetic",
            "cosmic_rays.composition": NUCLEI,
        },
    ],
    ids=["fixed", "stratified", "parallel", "drift-kinetic"],
)
def test_particles_differ_by_their_shot_noise(settings):
    slow = {"flow.velocity_dispersion": "0.2 km/s", "sky.particles": 200_000}
    # The mean path instead of each particle's own gives p < 1e-10. Three p-values of four skies: false alarm 1.2e-3.
    assert min(p_values(Config().replace(BASE | LOG_NORMAL | slow | settings))) > 1e-4


def test_ensembles_agree_with_the_theory():
    rays = {"cosmic_rays.energy_response": {"width": 0.7}, "cosmic_rays.composition": NUCLEI}
    small = {"sky.nside": 8, "flow.modes": 512, "flow.inner_scale": "1 pc"}
    chosen = Config().replace(small | rays | {"ensemble.realizations": 120})
    # A false alarm of 1e-3.
    assert compare(simulate(chosen)).consistent
    single = chosen.replace({"cosmic_rays.energy_response": None, "cosmic_rays.composition": None})
    # Ten times the standard error.
    assert np.all(predict(single).c_ell[4:] > 1.7 * predict(chosen).c_ell[4:])
