"""Expected shot noise against that of simulated particles, and against the sum of C_ℓ."""

from __future__ import annotations

import math

import numpy as np
import pytest
from noise_cases import BASE, DENSITY, ENERGIES, SHEAR, STATIONARY, STILL, measured
from scipy.integrate import quad

from eddysky.simulator import Config
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.particle_noise import particle_noise
from eddysky.validation.theory.predict import predict

DEEP = {"transport.free_path": "exponential", "transport.scatterings": 3}
CASES = {
    "uniform gradient": STILL | SHEAR,
    "uniform gradient, 3 exponential paths": STILL | SHEAR | DEEP,
    "uniform gradient, parallel": STILL | SHEAR | DEEP | {"transport.mode": "parallel"},
    "density gradient": STILL | DENSITY | DEEP,
    "density gradient, parallel": STILL
    | DENSITY
    | {"transport.scatterings": 2, "transport.mode": "parallel"},
    "expansion": {"flow.taylor_order": 2, "flow.inner_scale": "15 pc", "flow.outer_scale": "80 pc"},
    "Erlang": DEEP | {"transport.free_path": "erlang", "transport.erlang_order": 4},
    "longitudinal": DEEP | {"flow.transverse_fraction": 0.0, "transport.scatterings": 8},
    "transverse": {"flow.transverse_fraction": 1.0, "transport.scatterings": 2},
    "stationary": STATIONARY | {"transport.free_path": "exponential"},
    "stationary, fixed paths": STATIONARY,
    "energies": ENERGIES | {"ensemble.realizations": 100},
    "energies, several paths": ENERGIES | DEEP | {"ensemble.realizations": 100},
    "energies, uniform gradient": ENERGIES | STILL | SHEAR | DEEP,
    "energies, density gradient": ENERGIES
    | STILL
    | DENSITY
    | DEEP
    | {"ensemble.realizations": 240},
    "random field": {"transport.mode": "parallel", "transport.magnetic_field": "random"},
}


# 4.5 standard errors: a false alarm of 7e-6 each, 2e-4 for all. Each error is at most 6%, and below 4% for all but
# a few with parallel transport, where the noise of one sky scatters as much as the flow along one line.
@pytest.mark.parametrize("frame", ["fluid", "observer"])
@pytest.mark.parametrize("scatterings", [1, 3])
@pytest.mark.parametrize("law", ["fixed", "exponential"])
@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_particles_have_the_expected_noise(mode, law, scatterings, frame):
    config = Config().replace(
        BASE
        | {
            "transport.mode": mode,
            "transport.free_path": law,
            "transport.scatterings": scatterings,
            "sky.frame": frame,
        }
    )
    ratio, error = measured(config)
    assert error < 0.06
    assert abs(ratio - 1) < 4.5 * error


@pytest.mark.parametrize("case", CASES)
def test_other_flows_and_paths(case):
    ratio, error = measured(Config().replace(BASE | CASES[case]))
    assert error < 0.06
    assert abs(ratio - 1) < 4.5 * error


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_one_fixed_path_gives_the_sum_of_c_ell(mode):
    """Then the intensity depends on the direction alone: 4π⟨I²⟩ = Σ (2ℓ+1) C_ℓ."""
    config = Config().replace({"transport.mode": mode, "flow.inner_scale": "0.2 pc"})
    prediction = predict(config, 700)
    total = float(prediction.c_ell @ (2 * prediction.ell + 1))
    noise = particle_noise(config, 1000)
    # The band ends at k_max λ = 314; beyond ℓ = 700 there is nothing.
    np.testing.assert_allclose(
        noise, (total - prediction.c_ell[: config.lmax + 1]) / 1000, rtol=1e-6
    )


def test_waves_beyond_the_phases_that_are_followed():
    """A band to kλ = 2e4, of which kλ > 3000 counts as of random phases, against a plain quadrature."""
    far = {"flow.index": 1.2, "flow.outer_scale": "10 pc", "flow.inner_scale": "0.00314 pc"}
    config = Config().replace(far | {"transport.free_path": "exponential", "sky.nside": 8})
    spectrum, path, beta = config.flow_spectrum, config.mean_free_path, config.transverse_fraction

    def integrand(log_k):
        k = math.exp(log_k)
        x = k * path
        b_0 = math.atan(x) / x
        b_2 = (b_0 - 3 * (1 - b_0) / x**2) / 2
        squares = (1 - beta) * (1 - b_0 + 2 * b_2) + beta * (1 - b_0 - b_2)
        return 2 / 3 * float(spectrum(np.array([k]))[0]) * k * squares

    ends = math.log(spectrum.k_min), math.log(spectrum.k_max)
    square = (config.momentum_index / config.particle_speed) ** 2 * quad(integrand, *ends)[0]
    expected = (4 * math.pi * square - predict(config).c_ell) / 1000
    np.testing.assert_allclose(particle_noise(config, 1000), expected, rtol=1e-3)


def test_a_uniform_flow_has_none():
    still = {"flow.velocity_dispersion": "0 km/s", "sky.frame": "observer"}
    config = Config().replace(still | {"flow.mean_velocity": ["20 km/s", "5 km/s", "0 km/s"]})
    np.testing.assert_array_equal(particle_noise(config, 1000), 0)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (
            {"transport.collisions": "small-angle"},
            'known beforehand only with transport.collisions = "bgk"',
        ),
        (
            {"transport.scatterings": "stationary", "transport.mode": "parallel"},
            "must be followed over more than 10000 scatterings",
        ),
    ],
)
def test_noise_that_is_not_known_is_refused(settings, reason):
    with pytest.raises(InputError, match=reason):
        particle_noise(Config().replace(settings), 1000)


def test_as_many_particles_as_a_run_allows():
    config = Config().replace({"transport.scatterings": "stationary", "flow.outer_scale": "60 pc"})
    assert particle_noise(config, 1000)[2] > 0
    with pytest.raises(InputError, match="evaluations of modes a sky"):
        particle_noise(config, 10**10)
