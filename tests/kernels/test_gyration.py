"""Gyrating particles: Bessel functions, and series against integration along the helix."""

import math

import numpy as np
import pytest
from scipy.special import gammaincc, jv

from eddysky.kernels.gyration import LANES, bessel_functions, gyration_means, gyration_sums
from eddysky.simulator.transport.gyration_series import bessel_ends, polar_nodes

STARTS, ENDS = bessel_ends(1e-18), bessel_ends(1e-11)
WAVEVECTOR = np.array([1.7, -0.8, 2.1])
AMPLITUDE = np.array([0.6 - 0.3j, -1.1 + 0.2j, 0.4 + 0.9j])


def prepared(wavevector, amplitude, turns, heating=0.0):
    """One wave as the kernels take it."""
    across = math.hypot(*wavevector[:2])
    cosine, sine = wavevector[:2] / across if across > 0 else (1.0, 0.0)
    first, second, _ = amplitude @ np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    numbers = np.array([amplitude[2], first, second, heating], dtype=complex)
    pairs = np.stack([numbers.real, numbers.imag], axis=1).ravel()
    return np.array([[wavevector[2], across / turns, cosine, sine, *pairs]])


def along_helix(wavevector, amplitude, turns, order, directions, heating=0.0):
    """∫ P i (N·k)(N·A + c) e^(ik·x) ds by quadrature, for directions n (N, 3) and the field along z."""
    nodes, weights = np.polynomial.legendre.leggauss(20)
    panels = 40 * math.ceil(1 + turns / 4)
    step = 40 / panels
    s = (step * (np.arange(panels)[:, None] + 0.5 * (nodes + 1))).ravel()
    alive = np.tile(0.5 * step * weights, panels) * gammaincc(order, order * s)
    # Along the field, across it, and b × n; the turn and its integral.
    x, y, z = directions.T[:, :, None]
    c, t = np.cos(turns * s), np.sin(turns * s)
    moving = np.stack([c * x - t * y, c * y + t * x, z + 0 * s], axis=-1)
    c, t = t / turns, 2 * np.sin(turns * s / 2) ** 2 / turns
    position = np.stack([c * x - t * y, c * y + t * x, z * s], axis=-1)
    response = 1j * (moving @ wavevector) * (moving @ amplitude + heating)
    return np.sum(alive * response * np.exp(1j * (position @ wavevector)), axis=1)


def test_bessel_functions():
    z = np.array([0.0, 1e-300, 1e-12, 1e-3, *np.linspace(0.1, 40, LANES - 4)])
    rows = np.empty(121 * LANES)
    bessel_functions(z, 60, STARTS, rows)
    n = np.arange(-60, 61)[:, None]
    np.testing.assert_allclose(rows.reshape(121, LANES), jv(n, z), rtol=0, atol=2e-15)


def test_terms_left_out_are_small():
    n = np.arange(1, len(ENDS))
    found = np.abs(jv(n, ENDS[1:]))
    assert np.max(found) <= 1e-11
    # Not much too careful: as many as the square root of n more would do.
    assert np.all(np.abs(jv(n - np.ceil(np.sqrt(n)), ENDS[1:])) > 1e-11)


@pytest.mark.parametrize("order", [1, 4])
@pytest.mark.parametrize("turns", [0.2, 1, 5, 20])
@pytest.mark.parametrize(
    "wavevector",
    [WAVEVECTOR, WAVEVECTOR * [1, 1, -1e-3], [0.0, 0.0, 2.0], [1.5, 1.0, 0.0]],
    ids=["oblique", "nearly across", "along", "across"],
)
def test_series_is_the_integral_along_the_helix(wavevector, turns, order):
    wavevector, heating, mmax = np.array(wavevector), 0.3 - 0.2j, 40
    mu = np.linspace(0.02, 0.98, LANES // 2)
    sine = np.sqrt(1 - mu**2)
    wave = prepared(wavevector, AMPLITUDE, turns, heating)
    sums = np.zeros(2 * LANES * (mmax + 1))
    twice = np.concatenate([wave, wave])
    gyration_sums(mu, sine, twice, turns, order, STARTS, ENDS, sums)
    real, imaginary = sums.reshape(mmax + 1, 2, LANES).transpose(1, 0, 2) / 2
    phi, m = 0.7, np.arange(mmax + 1)[:, None]
    phase = np.where(m > 0, 2, 1) * np.exp(1j * m * phi)
    found = np.sum((phase * (real + 1j * imaginary)).real, axis=0)
    across, z = np.tile(sine, 2), np.concatenate([mu, -mu])
    directions = np.stack([across * math.cos(phi), across * math.sin(phi), z], axis=1)
    expected = along_helix(wavevector, AMPLITUDE, turns, order, directions, heating) + heating
    np.testing.assert_allclose(found, expected.real, rtol=0, atol=1e-10)


@pytest.mark.parametrize("turns", [1, 5])
def test_means_over_directions(turns):
    nodes, wavevector = polar_nodes(2 * LANES), 0.3 * WAVEVECTOR
    wave, means = prepared(wavevector, AMPLITUDE, turns), np.zeros((1, 3))
    for start in range(0, LANES, LANES // 2):
        part = slice(start, start + LANES // 2)
        weights = nodes.weights[part] / (4 * math.pi)
        gyration_means(
            nodes.mu[part], nodes.sine[part], weights, wave, turns, 1, STARTS, ENDS, means
        )
    z, weights = np.polynomial.legendre.leggauss(16)
    phi = np.arange(20) * 2 * math.pi / 20
    across, z = np.sqrt(1 - z**2)[:, None], z[:, None] + 0 * phi
    directions = np.stack([across * np.cos(phi), across * np.sin(phi), z], axis=-1).reshape(-1, 3)
    weights = np.repeat(weights, 20) / 40
    mean = weights @ along_helix(wavevector, AMPLITUDE, turns, 1, directions)
    # The change of e^(ik·x) along the path, of mean χ − 1.
    change = weights @ along_helix(wavevector, np.zeros(3), turns, 1, directions, 1.0)
    assert abs(change.imag) < 1e-12
    np.testing.assert_allclose(means[0], [mean.real, mean.imag, -change.real], rtol=0, atol=1e-10)
