"""Comparison of the pitch-angle profile of an ensemble with its prediction."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from synthetic import SMALL

from eddysky.simulator import simulate
from eddysky.validation.comparison.pitch_angle import compare_profile, ensemble_profiles
from eddysky.validation.comparison.realizations import NoVerdictError
from eddysky.validation.theory.pitch_angle import predict_profile

PARALLEL = {"transport.mode": "parallel", "sky.lmax": 8, "flow.inner_scale": "5 pc"}


@pytest.fixture(scope="module")
def skies():
    settings = PARALLEL | {"flow.modes": 256, "ensemble.realizations": 200, "ensemble.seed": 3}
    return simulate(SMALL.replace(settings), workers=1, maps=0)


def test_columns(skies):
    found = compare_profile(skies, 10, 2, 6)
    _, samples = ensemble_profiles(skies, 10, 2, 6)
    np.testing.assert_array_equal(found.measured, samples.mean(axis=0))
    np.testing.assert_allclose(found.error, samples.std(axis=0, ddof=1) / np.sqrt(200))
    predicted = predict_profile(skies.config, 10, 2, 6).mean
    np.testing.assert_allclose(found.predicted, predicted, rtol=1e-12)
    assert str(found).endswith(f"p = {found.chi2.p_value:.3g} (200 realisations)")


def test_true_and_wrong_theory(skies):
    """A true theory passes (false alarm 1e-3, seed fixed); C_ℓ 30% too large, with errors of a few percent, fails."""
    assert compare_profile(skies).chi2.p_value > 1e-3
    bright = replace(skies, zonal=skies.zonal * np.sqrt(1.3))
    assert compare_profile(bright).chi2.p_value < 1e-3


def test_the_dominant_multipole_must_be_judged(skies, expected):
    """No verdict with too few modes at the dominant multipole."""
    known = expected(skies.config)
    few = known.effective_modes.copy()
    few[2] = 0.1
    with pytest.raises(NoVerdictError, match="l = 2 dominates the pitch-angle profile"):
        compare_profile(skies, expected=replace(known, effective_modes=few))
