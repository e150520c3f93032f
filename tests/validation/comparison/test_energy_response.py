"""Ensembles of skies of several energies and charges against their predictions."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config, simulate
from eddysky.validation import compare, predict
from eddysky.validation.comparison.correlation import correlate
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.pitch_angle import compare_profile
from eddysky.validation.theory.path_spread import mean_path

BASE = {
    "cosmic_rays.energy_response": {"width": 0.7},
    "flow.outer_scale": "60 pc",
    "flow.inner_scale": "4 pc",
    "flow.modes": 256,
    "sky.nside": 8,
    "sky.lmax": 16,
    "ensemble.realizations": 200,
}
NUCLEI = {"cosmic_rays.composition": {"charges": [1, 26], "fractions": [0.6, 0.4]}}
SINGLE = {
    "cosmic_rays.energy_response": {"width": 0},
    "cosmic_rays.composition": {"charges": [1], "fractions": [1]},
}
CASES = {
    "fixed paths": {},
    "nuclei, several scatterings": NUCLEI
    | {"transport.free_path": "exponential", "transport.scatterings": 3},
    "parallel": {"transport.mode": "parallel"},
}


# Each of the p-values is below 1e-3 once in a thousand.
@pytest.mark.parametrize("case", CASES)
def test_ensemble(case):
    judge(Config().replace(BASE | CASES[case]))


@pytest.mark.slow
def test_drift_kinetic_ensemble():
    drift = {"transport.mode": "drift-kinetic", "flow.transverse_fraction": 1.0}
    judge(Config().replace(BASE | drift))


def judge(config):
    """Power, and in zonal skies correlation and mean square against pitch angle, agree with the prediction."""
    result, expected = simulate(config, maps=0, workers=1), Expectation.from_config(config)
    comparison = compare(result, expected)
    assert comparison.consistent
    # Of one energy it is another sky.
    single = predict(config.replace(SINGLE)).c_ell
    assert np.any(np.abs(single / expected.prediction.c_ell - 1)[1:] > 0.3)
    if config.transport.zonal:
        tests = correlate(result, expected=expected).tests.values()
        assert min(test.p_value for test in tests) > 1e-3
        assert compare_profile(result, bins=4, expected=expected).chi2.p_value > 1e-3


def test_regular_flows_go_with_the_mean_of_the_path():
    """Dipole and quadrupole of gradients as at one energy of the mean free path ⟨λ⟩."""
    still = {
        "flow.velocity_dispersion": "0 km/s",
        "flow.velocity_gradient": [["1 km/s/pc", "0 km/s/pc", "0 km/s/pc"]] * 3,
        "transport.density_gradient": ["0.002 1/pc", "-0.001 1/pc", "0.001 1/pc"],
    }
    for mode in ("isotropic", "parallel", "drift-kinetic"):
        config = Config().replace(BASE | NUCLEI | still | {"transport.mode": mode})
        mean = {"transport.mean_free_path": f"{mean_path(config):.16g} pc"}
        expected = predict(config.replace(SINGLE | mean))
        assert np.all(expected.c_ell[:3] > 0)
        np.testing.assert_allclose(predict(config).c_ell, expected.c_ell, rtol=1e-12)
