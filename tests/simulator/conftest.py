"""Spherical harmonics of our own, so that no transform is tested against itself, and equality of results."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator.results.columns import COLUMNS
from eddysky.simulator.sky.alm_index import alm_size


def legendre(x, lmax):
    """Normalised P_ℓm(x), (lmax + 1, lmax + 1, N), such that Y_ℓm = P_ℓm(cos θ) e^(imφ), m ≥ 0."""
    result = np.zeros((lmax + 1, lmax + 1, len(x)))
    sine = np.sqrt((1 - x) * (1 + x))
    result[0, 0] = np.sqrt(1 / (4 * np.pi))
    for m in range(1, lmax + 1):
        result[m, m] = -np.sqrt((2 * m + 1) / (2 * m)) * sine * result[m - 1, m - 1]
    for m in range(lmax):
        result[m + 1, m] = np.sqrt(2 * m + 3) * x * result[m, m]
        for ell in range(m + 2, lmax + 1):
            a = np.sqrt((4 * ell**2 - 1) / (ell**2 - m**2))
            b = np.sqrt(((ell - 1) ** 2 - m**2) / (4 * (ell - 1) ** 2 - 1))
            result[ell, m] = a * (x * result[ell - 1, m] - b * result[ell - 2, m])
    return result


def spherical_harmonics(directions, lmax):
    """Y_ℓm(n), m ≥ 0, m by m as healpy orders them: (number of a_ℓm, N)."""
    p = legendre(directions[:, 2], lmax)
    phi = np.arctan2(directions[:, 1], directions[:, 0])
    return np.array(
        [p[ell, m] * np.exp(1j * m * phi) for m in range(lmax + 1) for ell in range(m, lmax + 1)]
    )


@pytest.fixture(scope="session")
def harmonics():
    return spherical_harmonics


@pytest.fixture(scope="session")
def synthesis():
    """Real sky of a_ℓm at directions."""

    def values(alm, directions, lmax):
        weight = np.where(np.arange(len(alm)) <= lmax, 1.0, 2.0)
        terms = alm[:, None] * spherical_harmonics(directions, lmax)
        return np.sum(weight[:, None] * terms.real, axis=0)

    return values


@pytest.fixture(scope="session")
def random_alm():
    """Random a_ℓm, m ≥ 0, of a real sky."""

    def draw(lmax, seed):
        rng = np.random.default_rng(seed)
        alm = rng.normal(size=(2, alm_size(lmax))) * [[1], [1j]]
        alm = alm.sum(axis=0)
        alm[: lmax + 1] = alm[: lmax + 1].real
        return alm

    return draw


@pytest.fixture(scope="session")
def assert_same():
    """Assert that two results of one configuration hold the same columns, bit for bit."""

    def check(one, other):
        pairs = {c.name: (getattr(one, c.name), getattr(other, c.name)) for c in COLUMNS}
        assert one.columns.keys() == other.columns.keys()
        pairs |= {name: (one.columns[name], other.columns[name]) for name in one.columns}
        for name, (a, b) in pairs.items():
            assert (a is None) == (b is None), name
            if a is not None:
                assert a.dtype == b.dtype, name
                assert np.array_equal(a, b, equal_nan=True), name
        assert one.definitions == other.definitions
        assert one.config.config_hash == other.config.config_hash

    return check
