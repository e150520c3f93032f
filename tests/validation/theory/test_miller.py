"""Miller's algorithm against spherical Bessel functions, which obey (2ℓ+1) j_ℓ/q = j_(ℓ−1) + j_(ℓ+1)."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import spherical_jn

from eddysky.validation.theory.miller import DECAY, decaying_ratios, values_from_ratios


def test_spherical_bessel_functions():
    q, lmax = np.array([0.1, 1.0, math.pi, 5.0]), 12
    start = lmax + 2 + math.ceil(DECAY / math.asinh(1 / q.max()))
    ratios = decaying_ratios(lambda ell: 1.0, lambda ell: -1.0, q, lmax, start)
    ell = np.arange(lmax + 2)[:, np.newaxis]
    expected = spherical_jn(ell, q)
    # In the module's terms lower = 1 and upper = −1.
    values = values_from_ratios(ratios, expected[0], expected[1])
    # About twenty steps of a few roundings each; the error of scipy's values is similar.
    np.testing.assert_allclose(values, expected, rtol=1e-12, atol=1e-15)
