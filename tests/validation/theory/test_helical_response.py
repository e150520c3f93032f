"""Response of the helical sky to one wave, against integrals along the helix, other transport and printed values."""

import math

import numpy as np
import pytest

from eddysky.validation.theory.helical_response import HelicalModel, wave_multipoles
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.transfer import transfer

INFINITE = math.inf


def angle_average(model, k, lmax):
    """∫₀¹ dy Σ_m |a_ℓm|²/(2ℓ+1) for the three polarisations, shape (3, lmax + 1)."""
    nodes, weights = np.polynomial.legendre.leggauss(48)
    squares = np.abs(wave_multipoles(model, k, (1 + nodes) / 2, lmax)) ** 2
    return ((squares[0] + 2 * squares[1:].sum(axis=0)) @ weights / 2).T / (
        2 * np.arange(lmax + 1) + 1
    )


@pytest.mark.parametrize(
    ("larmor_radius", "beta", "expected", "error"),
    [
        # From sums over directions and waves with errors of a few 1e-4.
        (1.0, 0, (1.0769, 0.09411, 0.02628, 0.00694), 4e-4),
        (1.0, 1, (0.26849, 0.16060, 0.04948, 0.01515), 4e-4),
        (0.1, 0, (0.5882, 0.2108, 0.02384, 0.00390), 4e-4),
        (0.1, 1, (0.02765, 0.09149, 0.01905, 0.00506), 4e-4),
        # Drift-kinetic.
        (1e-6, 0, (0.509682, 0.222912, 0.021332, 0.003942), 1e-6),
        (-1e-6, 1, (0.024287, 0.086283, 0.018531, 0.005062), 1e-6),
    ],
)
def test_single_waves(larmor_radius, beta, expected, error):
    along, in_plane, across = angle_average(HelicalModel(1 / larmor_radius, 1, 1, "fluid"), 3.0, 4)
    power = (1 - beta) * along + beta / 2 * (in_plane + across)
    np.testing.assert_allclose(power[1:], expected, rtol=0, atol=error)


@pytest.mark.parametrize("frame", ["fluid", "observer"])
@pytest.mark.parametrize(("order", "scatterings"), [(1, 1), (1, 3), (4, 5), (4, INFINITE), (30, 2)])
def test_weak_field_is_isotropic_transport(order, scatterings, frame):
    # The error falls as 1/r_L: 1e-7 here.
    found = angle_average(HelicalModel(1e-7, order, scatterings, frame), 3.0, 4)
    options = {"free_path": "erlang", "erlang_order": order}
    model = ScatteringModel.from_options(**options, scatterings=scatterings, frame=frame)
    functions, ell = transfer(model, np.array([3.0]), 4), np.arange(5)
    np.testing.assert_allclose(found[0], 4 * np.pi * functions.longitudinal[:, 0] ** 2, rtol=1e-6)
    across = 4 * np.pi * ell * (ell + 1) / 2 * functions.transverse[:, 0] ** 2
    np.testing.assert_allclose(0.5 * (found[1] + found[2]), across, rtol=1e-6, atol=1e-12)


def helix(mu, azimuth, k_vector, flow, gyration, order):
    """One flight's T and G at directions (n,), by quadrature along the helix."""
    sine = np.sqrt(1 - mu**2)
    # 60 panels of 16 nodes to 12 mean free paths.
    nodes, weights = np.polynomial.legendre.leggauss(16)
    s = (np.arange(60)[:, np.newaxis] * 0.2 + 0.1 * (1 + nodes)).ravel()
    weights = np.tile(0.1 * weights, 60)
    terms = [(order * s) ** j / math.factorial(j) for j in range(order)]
    survival = np.exp(-order * s) * np.sum(terms, axis=0)
    density = order * np.exp(-order * s) * terms[-1]
    turned = azimuth[:, np.newaxis] + gyration * s
    n = np.stack(
        [sine[:, None] * np.cos(turned), sine[:, None] * np.sin(turned), mu[:, None] + 0 * s]
    )
    x = np.stack(
        [
            sine[:, None] * (np.sin(turned) - np.sin(azimuth)[:, None]) / gyration,
            -sine[:, None] * (np.cos(turned) - np.cos(azimuth)[:, None]) / gyration,
            mu[:, None] * s,
        ]
    )
    wave = np.exp(1j * np.tensordot(k_vector, x, 1))
    rate = np.tensordot(k_vector, n, 1) * np.tensordot(flow, n, 1)
    return (1j * rate * wave) @ (weights * survival), wave @ (weights * density)


@pytest.mark.parametrize(
    ("gyration", "order", "scatterings"), [(2.0, 1, 1), (-0.7, 1, 4), (1.3, 3, 2)]
)
def test_integral_along_the_helix(gyration, order, scatterings):
    from scipy.special import sph_harm_y

    k, y, lmax = 2.5, 0.4, 3
    across = math.sqrt(1 - y**2)
    nodes, weights = np.polynomial.legendre.leggauss(40)
    phi = 2 * np.pi * np.arange(64) / 64
    mu, azimuth = (values.ravel() for values in np.meshgrid(nodes, phi, indexing="ij"))
    weights = np.repeat(weights * 2 * np.pi / 64, 64)
    found = wave_multipoles(
        HelicalModel(gyration, order, scatterings, "observer"), k, np.array([y]), lmax
    )
    flows = ((across, 0.0, y), (y, 0.0, -across), (0.0, 1.0, 0.0))
    for which, flow in enumerate(flows):
        sky, wave = helix(mu, azimuth, k * np.array(flows[0]), np.array(flow), gyration, order)
        mean, chi = sky @ weights / (4 * np.pi), wave @ weights / (4 * np.pi)
        sky = sky + wave * mean * sum(chi**j for j in range(scatterings - 1))
        direction = np.array(
            [np.sqrt(1 - mu**2) * np.cos(azimuth), np.sqrt(1 - mu**2) * np.sin(azimuth), mu]
        )
        sky = sky + np.array(flow) @ direction
        for ell in range(lmax + 1):
            for m in range(ell + 1):
                harmonic = (-1) ** m * sph_harm_y(ell, m, np.arccos(mu), azimuth).conj()
                expected = (sky * harmonic) @ weights
                assert found[m, ell, which, 0] == pytest.approx(expected, abs=2e-5)


def test_stationary_potential_flow_along_the_field_has_no_multipoles():
    # The density adjusts until its gradient balances the drag.
    waves = [
        wave_multipoles(HelicalModel(2.0, 1, count, "observer"), 1.5, np.array([1.0]), 3)[
            :, :, 0, 0
        ]
        for count in (INFINITE, 4000)
    ]
    np.testing.assert_array_equal(waves[0][:, 1:], 0.0)
    np.testing.assert_allclose(waves[1], waves[0], atol=1e-12)
