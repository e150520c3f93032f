"""Multipoles in which no power is expected: the verdict requires that none is measured."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from synthetic import cosmic, crossed, judged, result

from eddysky.simulator import Config, simulate
from eddysky.validation import compare, correlate, predict
from eddysky.validation.comparison.energy import energy_index
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.pitch_angle import compare_profile
from eddysky.validation.comparison.realizations import NoVerdictError

STATIONARY = {"transport.free_path": "exponential", "transport.scatterings": "stationary"}
PARALLEL = STATIONARY | {"transport.mode": "parallel", "sky.nside": 8, "flow.inner_scale": "5 pc"}
OBSERVER = {"sky.frame": "observer"}
# Power of the mean intensity: rounding errors of the other multipoles are relative to it.
MEAN = 1e-3


def sky_without_power(config, count, power=0.0, rng=None):
    """C_ℓ of skies with a mean intensity and this power elsewhere; the dipole of one a_10 if it is predicted."""
    rows = np.full((count, config.lmax + 1), power)
    rows[:, 0] = MEAN
    dipole = predict(config, 2).c_ell[1]
    if rng is not None and dipole > 0:
        rows[:, 1] = dipole * rng.chisquare(1, count)
    return rows


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("mode", ["parallel", "isotropic"])
@pytest.mark.parametrize("collisions", ["bgk", "small-angle"])
def test_an_empty_sky(mode, collisions):
    settings = PARALLEL | OBSERVER | {"transport.mode": mode, "transport.collisions": collisions}
    if mode == "isotropic":
        settings["flow.transverse_fraction"] = 0.0
    config = Config().replace(settings)
    # Rounding errors of 1e-15 of the intensity; a few skies are enough.
    found = compare(result(config, sky_without_power(config, 3, 1e-30 * MEAN)))
    assert found.consistent
    assert found.ell.tolist() == list(range(1, 9))
    assert "an empty sky" in str(found)
    json.dumps(found.to_dict(), allow_nan=False)
    assert not compare(result(config, sky_without_power(config, 3, 1e-20 * MEAN))).consistent


def test_alfven_waves_leave_an_empty_drift_kinetic_sky():
    """The mean intensity, too, is a rounding error."""
    alfven = {"transport.mode": "drift-kinetic", "flow.polarization": "alfven"}
    config = Config().replace(alfven | {"sky.nside": 8, "flow.inner_scale": "5 pc"})
    assert compare(result(config, np.full((3, 9), 1e-40))).consistent
    assert not compare(result(config, np.full((3, 9), 1e-20))).consistent


@pytest.mark.filterwarnings("error")
def test_nothing_but_the_dipole():
    config = Config().replace(PARALLEL)
    rows = sky_without_power(config, 100, 1e-30 * MEAN, np.random.default_rng(1))
    found = compare(result(config, rows))
    # False alarm 0.3%; the seed is fixed.
    assert found.consistent
    assert found.ell.tolist() == [1]
    assert set(found.excluded) == set(range(2, 9))
    assert "l = 2-8 not judged: no power is expected" in str(found)
    rows[:, 5] = 1e-20 * MEAN
    loud = compare(result(config, rows))
    assert not loud.consistent
    assert loud.unexpected == (5,)
    assert "l = 5: power where none is expected" in str(loud)
    assert 5 not in loud.excluded
    assert loud.to_dict()["unexpected"] == [5]
    with pytest.raises(NoVerdictError, match="too few"):
        compare(result(config, rows[:20]))


def test_a_regular_flow_alone_in_a_multipole():
    gradient = [[f"{g} km/s/pc" for g in row] for row in ((0.1, 0, 0), (0, -0.1, 0), (0, 0, 0))]
    settings = {"flow.velocity_gradient": gradient, "transport.magnetic_field": [45.0, 0.0]}
    config = Config().replace(PARALLEL | settings)
    # Along the field there is no compression, hence no quadrupole; a density gradient makes a dipole.
    config = config.replace(
        {"transport.density_gradient": ["1e-4 1/pc", "0 1/pc", "0 1/pc"]} | OBSERVER
    )
    expected = predict(config).c_ell
    rows = np.tile(expected, (3, 1))
    rows[:, 0] = MEAN
    assert expected[1] > 0
    assert compare(result(config, rows)).consistent
    rows[:, 1] *= 1 + 1e-6
    assert not compare(result(config, rows)).consistent


def test_particles_see_only_shot_noise_there():
    """Cross-spectra of zero mean count in χ²."""
    settings = PARALLEL | OBSERVER | {"sky.sampling": "random", "sky.particles": 10_000}
    potential = {"transport.mode": "isotropic", "flow.transverse_fraction": 0.0}
    config = Config().replace(settings | potential | {"flow.outer_scale": "100 pc"})
    noise = np.full(config.lmax + 1, 1e-9)
    rng = np.random.default_rng(2)
    power, noises = crossed(rng, np.zeros(config.lmax + 1), noise, 200)
    found = compare(result(config, power, noises))
    # False alarm 0.1%; the seed is fixed.
    assert found.consistent
    assert found.ell.tolist() == list(range(1, 9))
    assert found.amplitude is None
    power[:, 3] += 10 * power[:, 3].std() / np.sqrt(200)
    assert not compare(result(config, power, noises)).consistent


def test_other_comparisons_say_why_there_is_nothing_to_compare():
    config = Config().replace(PARALLEL | OBSERVER)
    made = result(config, sky_without_power(config, 100))
    with pytest.raises(NoVerdictError, match="no power is expected"):
        judged(config, 100)
    made = replace(made, zonal=np.zeros((100, 1, config.lmax + 1)))
    with pytest.raises(NoVerdictError, match="no power is expected"):
        correlate(made)
    with pytest.raises(NoVerdictError, match="no power is expected at l = 2-8"):
        # In the frame of the fluid there is a dipole.
        compare_profile(replace(made, config=Config().replace(PARALLEL)))
    other = result(config.replace({"cosmic_rays.energy": "20 TeV"}), made.power)
    with pytest.raises(ValueError, match="no power is expected"):
        energy_index([made, other], [2, 3])


@pytest.mark.filterwarnings("error")
def test_expected_skies_are_of_first_order():
    """Neither the bound of second order nor the end of the band excludes a multipole."""
    settings = STATIONARY | {"sky.nside": 16, "sky.lmax": 40, "flow.inner_scale": "5 pc"}
    config = Config().replace(settings)
    expected = Expectation.from_config(config)
    assert not expected.second_order.any()
    rows = cosmic(np.random.default_rng(3), expected.prediction.c_ell, 100)
    found = compare(result(config, rows), expected)
    # k_max λ = 12.6.
    assert found.ell.tolist() == list(range(1, 41))
    # False alarm 0.3%; the seed is fixed.
    assert found.consistent
    # Particles that are followed through the same flow: the band decides.
    particles = config.replace({"sky.sampling": "random", "transport.scatterings": 3})
    assert judged(particles, 100).ell[-1] <= 12


def test_expected_skies_have_no_error_of_the_sine():
    """Steep spectra are judged down to transfer functions of 1e-13 of the largest, 1/3, not to 1e-12 of the flow."""
    config = Config().replace({"transport.collisions": "small-angle", "flow.inner_scale": "0.3 pc"})
    c_ell, ell = predict(config).c_ell, judged(config).ell
    floor = (4.7 * config.turbulent_speed / config.particle_speed) ** 2
    last, beyond = ell[-1] + np.arange(2)
    assert c_ell[last] > 2 * np.pi * last * (last + 1) * (1e-13 / 3) ** 2 * floor
    assert c_ell[beyond] < 2 * np.pi * beyond * (beyond + 1) * (1e-13 / 3) ** 2 * floor
    assert np.count_nonzero(c_ell[ell] < 1e-12 * floor) > 10


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("sampling", ["pixel-centre", "random"])
@pytest.mark.parametrize("polarization", ["fast", "alfven"])
def test_particles_that_feel_no_flow(sampling, polarization):
    flow = {"flow.anisotropy": "two-dimensional", "flow.polarization": polarization}
    few = {"flow.modes": 32, "flow.inner_scale": "30 pc", "ensemble.realizations": 100}
    particles = {"sky.particles": 200} if sampling == "random" else {}
    sky = {"transport.mode": "parallel", "sky.nside": 4, "sky.sampling": sampling}
    comparison = compare(simulate(Config().replace(flow | few | particles | sky), maps=0))
    assert comparison.consistent
    assert len(comparison.ell) == 4
