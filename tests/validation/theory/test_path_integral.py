"""c_ℓ, integrals of Bessel functions along the free path, against quadratures along the path."""

from __future__ import annotations

import numpy as np
import pytest
from references import gauss_panels
from scipy.special import gammaincc, spherical_jn

from eddysky.simulator.config.free_path import ErlangPath, ExponentialPath, FixedPath, FreePathLaw
from eddysky.validation.theory.path_integral import (
    integrals_upwards,
    integrated_bessel,
    mean_sine_integral,
)

X = np.array([0.01, 0.5, 1.0, 3.0, 10.0, 30.0, 64.0, 66.0, 100.0, 300.0])


class UniformPath(FreePathLaw):
    """Uniform between 1/2 and 3/2, known by its characteristic function only."""

    name = "uniform"

    def quantile(self, probability):
        return 0.5 + np.asarray(probability)

    def characteristic(self, q):
        q = np.asarray(q)
        return np.exp(1j * q) * np.sinc(q / (2 * np.pi))


@pytest.mark.parametrize(
    ("law", "longest", "survival"),
    [
        (FixedPath(), [1.0], np.ones_like),
        (ExponentialPath(), [60.0], lambda s: np.exp(-s)),
        (ErlangPath(2), [40.0], lambda s: gammaincc(2, 2 * s)),
        (ErlangPath(60), [5.0], lambda s: gammaincc(60, 60 * s)),
        (UniformPath(), [0.5, 1.5], lambda s: np.clip(1.5 - s, 0, 1)),
    ],
    ids=["fixed", "exponential", "erlang-2", "erlang-60", "uniform"],
)
def test_integral_along_the_path(law, longest, survival):
    """∫ P(path > s) j_ℓ(xs) ds."""
    found = integrated_bessel(law, X, 64)
    edges = np.unique(np.concatenate([np.linspace(0, end, 2000) for end in longest]))
    s, weight = gauss_panels(edges, 12)
    for ell in (0, 1, 2, 20, 64):
        for column, x in enumerate(X):
            expected = weight @ (survival(s) * spherical_jn(ell, x * s))
            # Absolute for laws from outside and, as the largest s ends the quadrature, for long waves of high ℓ.
            assert found[ell, column] == pytest.approx(expected, rel=1e-10, abs=3e-13)


def test_values_decay_without_rounding_errors():
    """c_ℓ → x^ℓ/((2ℓ+1)!! (ℓ+1)) for x → 0 and fixed paths, down to 1e-190."""
    found = integrated_bessel(FixedPath(), np.array([1e-3]), 40)[:, 0]
    factorial = 1.0
    for ell in range(41):
        factorial *= 2 * ell + 1
        # The next order is x².
        assert found[ell] == pytest.approx(1e-3**ell / factorial / (ell + 1), rel=1e-6)


def test_large_orders_of_the_erlang_law_tend_to_fixed_paths():
    many = integrated_bessel(ErlangPath(10_000), X[:6], 20)
    # ⟨s²⟩ differs by 1e-4, felt at most x² times.
    np.testing.assert_allclose(many[:4], integrated_bessel(FixedPath(), X[:6], 20)[:4], rtol=0.05)


def test_phase_of_the_oscillation():
    """With its own phase, e^(ix), the mean value is the value."""
    x = np.array([200.0, 321.0])
    found = [mean_sine_integral(each[None], float(each))[0] for each in x]
    np.testing.assert_allclose(found, integrated_bessel(FixedPath(), x, 0)[0], rtol=1e-13)
    averages = np.stack([spherical_jn(ell, x) for ell in range(8)])
    upwards = integrals_upwards(x, averages, 1 - averages[0], np.array(found))
    np.testing.assert_allclose(upwards, integrated_bessel(FixedPath(), x, 6), rtol=1e-12)
