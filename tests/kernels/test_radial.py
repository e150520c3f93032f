"""Functions of kλ against quadrature, SciPy's spherical Bessel functions and NumPy's Chebyshev polynomials."""

import numpy as np
from scipy.special import eval_legendre, spherical_jn

from eddysky.kernels.radial import (
    add_weighted,
    project,
    radial_values,
    spherical_bessel,
    spherical_bessel_means,
)


def test_projection_on_legendre_polynomials():
    q = np.array([0.3, 2.0, 9.0])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    mu, half = 0.5 + 0.5 * nodes, 0.5 * weights
    result = np.empty((8, 3))
    phase = np.multiply.outer(mu, q)
    project(np.array([np.cos(phase), np.sin(phase)]), mu, half, result)
    for ell in range(8):
        full = np.exp(1j * np.multiply.outer(q, nodes)) * eval_legendre(ell, nodes) @ weights / 2
        expected = full.imag if ell % 2 else full.real
        np.testing.assert_allclose(result[ell], expected, rtol=0, atol=1e-13)


def test_radial_functions_of_unsorted_arguments():
    rng = np.random.default_rng(5)
    edges = np.array([0.0, 1.0, 3.0])
    coefficients = rng.standard_normal((2, 2, 4, 5))
    q, last = np.array([0.2, 2.9, 0.7, 1.0, 3.0, 0.0]), np.array([3, 1])
    result = np.empty((2, 4, len(q)))
    assert radial_values(q, edges, coefficients, last, result) == 3
    for i, value in enumerate(q):
        panel = int(value >= 1.0)
        low, high = edges[panel], edges[panel + 1]
        place = (2 * value - low - high) / (high - low)
        expected = np.polynomial.chebyshev.chebval(place, np.moveaxis(coefficients[panel], -1, 0))
        expected[:, last[panel] + 1 :] = 0.0
        np.testing.assert_allclose(result[:, :, i], expected, rtol=1e-12, atol=1e-12)


def test_means_of_spherical_bessel_functions():
    x = np.array([1e-6, 1e-3, 0.5, 3.0, 20.0, 41.5, 400.0])
    result = np.empty((40, len(x)))
    spherical_bessel_means(x, result)
    nodes, weights = np.polynomial.legendre.leggauss(400)
    for ell in range(40):
        expected = spherical_jn(ell, np.multiply.outer(x, 0.5 + 0.5 * nodes)) @ weights / 2
        np.testing.assert_allclose(result[ell], expected, rtol=1e-10, atol=1e-15)


def test_spherical_bessel_functions():
    x = np.array([1e-3, 0.5, 3.0, 20.0, 41.5, 400.0])
    result = np.empty((40, len(x)))
    spherical_bessel(x, result)
    expected = np.array([spherical_jn(ell, x) for ell in range(40)])
    # Rounding errors of the recurrence upwards, on the scale of j_0.
    assert np.max(np.abs(result - expected)) < 40 * np.finfo(float).eps


def test_weighted_sums():
    rng = np.random.default_rng(1)
    values, weights = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 4))
    rows = np.array([[0, 1, 0], [1, 1, 0]])
    result = np.ones((2, 3, 5))
    add_weighted(values, weights, rows, result)
    wanted = 1 + np.einsum("flti,flt->fli", values, weights[rows])
    np.testing.assert_allclose(result, wanted, rtol=1e-13)
