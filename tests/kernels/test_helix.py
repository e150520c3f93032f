"""Waves along the helix against the helix itself."""

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from eddysky.kernels.harmonics import LANES
from eddysky.kernels.helix import waves_along

WAVEVECTOR = np.array([1.7, -0.8, 2.1])
AMPLITUDE = np.array([0.6 - 0.3j, -1.1 + 0.2j, 0.4 + 0.9j])


@pytest.mark.parametrize("turns", [1e-6, 0.3, 4])
def test_wave_along_the_helix(turns):
    s, density, survival = np.linspace(0, 6, LANES), np.linspace(1, 2, LANES), np.linspace(3, 1, LANES)  # fmt: skip
    heating = 0.3 - 0.2j
    across = math.hypot(*WAVEVECTOR[:2])
    cosine, sine = WAVEVECTOR[:2] / across
    first = cosine * AMPLITUDE[0] + sine * AMPLITUDE[1]
    second = cosine * AMPLITUDE[1] - sine * AMPLITUDE[0]
    numbers = [x for z in (AMPLITUDE[2], first, second, heating) for x in (z.real, z.imag)]
    wave = np.array([WAVEVECTOR[2], across / turns, cosine, sine, *numbers])
    path = np.array([s, density, survival, np.sin(turns * s), 2 * np.sin(turns * s / 2) ** 2])
    unit, parts, k = np.empty((3, LANES)), np.empty((2, 3, LANES)), np.empty(LANES)
    waves_along(wave, turns, path, 0, unit, parts, k)
    # N = R n, and its derivative b × N/r_L.
    rotation = Rotation.from_rotvec(turns * s[:, None] * np.array([0, 0, 1])).as_matrix()
    change = turns * np.array([[0, -1, 0], [1, 0, 0], [0, 0, 0]]) @ rotation
    amplitude = density[:, None] * np.einsum("sij,i->sj", rotation, AMPLITUDE)
    amplitude -= survival[:, None] * np.einsum("sij,i->sj", change, AMPLITUDE)
    slope = np.einsum("sij,i->sj", rotation, WAVEVECTOR)
    amplitude += 1j * heating * survival[:, None] * slope
    np.testing.assert_allclose(parts[1].T, amplitude.real, rtol=0, atol=1e-12)
    np.testing.assert_allclose(parts[0].T, -amplitude.imag, rtol=0, atol=1e-12)
    # k·x is the integral of k·N, here by the rule of Gauss on each step.
    nodes, weights = np.polynomial.legendre.leggauss(8)
    between = (s[:-1, None] + (s[1] - s[0]) / 2 * (nodes + 1)).ravel()
    turned = Rotation.from_rotvec(turns * between[:, None] * np.array([0, 0, 1])).as_matrix()
    steps = np.einsum("sij,i->sj", turned, WAVEVECTOR).reshape(len(s) - 1, 8, 3)
    whole = np.cumsum((s[1] - s[0]) / 2 * np.einsum("sqj,q->sj", steps, weights), axis=0)
    np.testing.assert_allclose((k * unit).T[1:], whole, rtol=0, atol=1e-11)
    np.testing.assert_allclose(np.linalg.norm(unit, axis=0), 1, rtol=1e-14)
