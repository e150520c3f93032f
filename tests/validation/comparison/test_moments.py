"""Shot noise measured from the halves of the particles, and cumulants of C_ℓ of one sky."""

from __future__ import annotations

import math

import numpy as np
import pytest
from synthetic import SMALL, crossed, result

from eddysky.validation.comparison.moments import measured_noise, sky_moments


def test_smoothed_noise_is_the_true_noise():
    rng = np.random.default_rng(41)
    config = SMALL.replace({"sky.sampling": "stratified"})
    size = 2 * np.arange(config.lmax + 1) + 1
    noise = 1e-12 * size**1.5
    power, noises = crossed(rng, np.zeros(len(size)), noise, 30)
    found = measured_noise(result(config, power, noises))
    # Three parameters of Σ(2ℓ+1) R squares: the value at an end is good to 3√(2/18 750), its logarithm biased by 1/R.
    # Two-sided false-alarm probability 1e-4.
    assert found == pytest.approx(noise, rel=3.9 * 3 * math.sqrt(2 / 18_750) + 1 / 30)


@pytest.mark.parametrize(("mode", "squares"), [("isotropic", None), ("parallel", 1)])
def test_cumulants_are_those_of_drawn_skies(mode, squares, expected):
    rng, count, groups = np.random.default_rng(42), 400_000, 100
    c_ell, noise = np.ones(5), np.array([0.0, 0.1, 0.5, 1.0, 3.0])
    power, _ = crossed(rng, c_ell, noise, count, squares)
    theory = expected(SMALL.replace({"transport.mode": mode}))
    cumulants = sky_moments(theory, np.arange(5), c_ell, noise)
    centred = (power - c_ell).reshape(groups, -1, 5)
    for order, exact in zip((2, 3), cumulants, strict=True):
        means = np.mean(centred**order, axis=1)
        error = means.std(axis=0, ddof=1) / np.sqrt(groups)
        # 4.5 standard errors: a false alarm of 7e-5 for all ten values.
        assert np.all(np.abs(means.mean(axis=0) - exact) < 4.5 * error)


def test_cumulants_of_unequal_variances(expected):
    settings = {"flow.anisotropy": "slab", "flow.transverse_fraction": 0.5}
    theory = expected(SMALL.replace(settings | {"flow.inner_scale": "10 pc"}))
    covariance = theory.covariance
    assert covariance is not None
    rng, count, ell = np.random.default_rng(43), 400_000, 4
    # Slab turbulence has m = 0 and ±1 alone; a_ℓm of ±m are as large.
    variances = np.einsum("mll->lm", covariance)[ell, :2]
    assert variances @ [1, 2] == pytest.approx((2 * ell + 1) * theory.prediction.c_ell[ell])
    noise = 0.3 * theory.prediction.c_ell[ell]
    spread = np.sqrt(np.concatenate([variances, variances[1:], np.zeros(2 * ell - 2)]) + noise)
    power = np.mean((rng.standard_normal((count, 2 * ell + 1)) * spread) ** 2, axis=1)
    power -= np.mean(rng.standard_normal((count, 2 * ell + 1)) ** 2 * noise, axis=1)
    c_ell = theory.prediction.c_ell[[ell]]
    cumulants = sky_moments(theory, np.array([ell]), c_ell, np.array([noise]))
    centred = (power - c_ell).reshape(100, -1)
    for order, exact in zip((2, 3), cumulants, strict=True):
        means = np.mean(centred**order, axis=1)
        # 4.5 standard errors: a false alarm of 1e-5 for both.
        assert abs(means.mean() - exact[0]) < 4.5 * means.std(ddof=1) / 10
