"""Transfer functions against their definition in 50 digits, and their limits."""

from __future__ import annotations

import mpmath as mp
import numpy as np
import pytest
from references import transfer_definition

from eddysky.simulator.config.free_path import ExponentialPath
from eddysky.simulator.config.named_free_paths import free_path_law
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.transfer import transfer

X = np.array([1e-6, 1e-3, 0.05, 0.11, 0.7, 4.4, 9.3, 50.0, 333.0, 1e4])
LAWS = [("fixed", 1), ("exponential", 1), ("erlang", 5)]


@pytest.mark.parametrize(("law", "order"), LAWS)
@pytest.mark.parametrize("scatterings", [1, 2, 3, 30])
@pytest.mark.parametrize("frame", ["fluid", "observer"])
def test_definition(law, order, scatterings, frame):
    result = transfer(ScatteringModel(free_path_law(law, order), scatterings, frame), X, 20)
    with mp.workdps(50):
        for column, x in enumerate(X):
            for ell in (0, 1, 2, 20):
                expected = transfer_definition(
                    law, order, ell, mp.mpf(float(x)), scatterings, frame
                )
                longitudinal, transverse = (float(value) for value in expected)
                # b_ℓ is good to about 1e-14; combining two or three loses one more digit at most,
                # down to x = 1e-6, because the leading powers of x are cancelled analytically.
                assert result.longitudinal[ell, column] == pytest.approx(longitudinal, rel=2e-13)
                assert result.transverse[ell, column] == pytest.approx(transverse, rel=2e-13)


def test_potential_flow_gives_no_anisotropy_in_the_stationary_exponential_problem():
    """T_ℓ = b_ℓ b_0^(N−1)/x → 0 for N → ∞ and every ℓ ≥ 1, as b_0 = arctan(x)/x < 1."""
    x = np.array([0.3, 1.0, 10.0, 1e3])
    b_0 = np.arctan(x) / x
    once = transfer(ScatteringModel(ExponentialPath(), 1, "observer"), x, 30).longitudinal[1:]
    often = transfer(ScatteringModel(ExponentialPath(), 50, "observer"), x, 30).longitudinal[1:]
    # 49 factors of b_0, each with a few rounding errors.
    np.testing.assert_allclose(often, once * b_0**49, rtol=1e-12)
    assert np.all(
        transfer(ScatteringModel(ExponentialPath(), 10**6, "observer"), x, 30).longitudinal[1:]
        == 0.0
    )
    fluid = transfer(ScatteringModel(ExponentialPath(), 10**6, "fluid"), x, 30).longitudinal
    # Only the velocity at the observer remains, a difference of two numbers of order 1.
    np.testing.assert_allclose(fluid[1], -1 / 3, rtol=1e-14)


@pytest.mark.parametrize("law", ["fixed", "erlang"])
def test_deep_scatterings_saturate_where_the_medium_is_opaque(law):
    """G = (1 − b_0^(N−1))/(1 − b_0) converges for x ≫ 1/√N and is N − 1 for x ≪ 1/√N."""
    order = 1 if law == "fixed" else 3
    x = np.array([1.0, 5.0, 40.0])
    some, more = (
        transfer(ScatteringModel(free_path_law(law, order), n), x, 10).longitudinal
        for n in (300, 3000)
    )
    # b_0(1) < 0.89, so that b_0^299 < 1e-15.
    np.testing.assert_allclose(some, more, rtol=1e-12, atol=1e-15)
    assert (
        np.abs(
            more / transfer(ScatteringModel(free_path_law(law, order)), x, 10).longitudinal - 1
        ).max()
        > 0.1
    )


@pytest.mark.parametrize(("law", "order", "variance"), [("fixed", 1, 1), ("exponential", 1, 2)])
def test_dipole_of_long_waves(law, order, variance):
    """j_1' − 1/3 → −x²/10 and j_1/x − 1/3 → −x²/30, times ⟨s²⟩; next order x²."""
    x = np.array([1e-8, 1e-6])
    result = transfer(ScatteringModel(free_path_law(law, order)), x, 1)
    np.testing.assert_allclose(result.longitudinal[1], -(x**2) / 10 * variance, rtol=1e-11)
    np.testing.assert_allclose(result.transverse[1], -(x**2) / 30 * variance, rtol=1e-11)


@pytest.mark.parametrize(("law", "order"), LAWS)
def test_squares_of_the_transfer_functions_add_up(law, order):
    """Σ(2ℓ+1)(…) over ℓ is the mean over directions of n·u at the end of a path squared: for one
    path length that is 1/3 for waves of either polarisation; averaging over lengths reduces it.
    """
    x = np.array([0.2, 3.0, 17.0])
    ell = np.arange(400)[:, np.newaxis]
    result = transfer(ScatteringModel(free_path_law(law, order), 1, "observer"), x, 399)
    longitudinal = np.sum((2 * ell + 1) * result.longitudinal**2, axis=0)
    transverse = np.sum((2 * ell + 1) * ell * (ell + 1) / 2 * result.transverse**2, axis=0)
    if law == "fixed":
        # 400 terms with rounding errors of 1e-14 of the largest.
        np.testing.assert_allclose(longitudinal, 1 / 3, rtol=1e-12)
        np.testing.assert_allclose(transverse, 1 / 3, rtol=1e-12)
    else:
        assert np.all(longitudinal < 1 / 3)
        assert np.all(transverse < 1 / 3)


def test_smallest_lmax():
    assert transfer(ScatteringModel(), X, 0).longitudinal.shape == (1, X.size)
