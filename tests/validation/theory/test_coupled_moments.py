"""Moments of coupled C_ℓ against traces of matrices of all ã_ℓm, by sums over pixels with SciPy's harmonics."""

from __future__ import annotations

import healpy
import numpy as np
import pytest
from scipy.special import sph_harm_y

from eddysky.validation.theory.coupled_sky import isotropic_moments, zonal_moments
from eddysky.validation.theory.legendre import zonal_harmonics
from eddysky.validation.theory.mask_coupling import MaskCoupling
from eddysky.validation.theory.mode_coupling import ZonalCoupling

NSIDE, LMAX = 8, 6
PIXELS = 12 * NSIDE**2
THETA, PHI = healpy.pix2ang(NSIDE, np.arange(PIXELS))
Z = np.cos(THETA)
RING = healpy.pix2ring(NSIDE, np.arange(PIXELS))
# Rings of at least 16 pixels, which do not mix m with m ± n_r up to LMAX.
SEEN = np.abs(Z + 0.13) < 0.78
WEIGHT = SEEN * (0.7 - Z) ** 2
EXPOSURE = SEEN * 1e3 * (1.2 - Z)
ELL = np.repeat(np.arange(LMAX + 1), 2 * np.arange(LMAX + 1) + 1)
M = np.arange(len(ELL)) - ELL**2 - ELL
HARMONICS = sph_harm_y(ELL[:, None], M[:, None], THETA, PHI)
SIZE = 2 * np.arange(LMAX + 1) + 1
C_ELL = np.append(0.0, np.arange(1.0, LMAX + 1) ** -2.5)
FIELD = np.array([0.48, -0.6, 0.64])
SUM = np.cos(np.arange(LMAX + 1.0))
# Sums over 768 pixels.
ROUNDING = 1e-11


def operators(weight, exposure, keep_zonal):
    """K and N of all ã_ℓm, shape (n, n) each."""
    mean = np.zeros((PIXELS, PIXELS))
    for ring in (
        [np.arange(PIXELS)] if keep_zonal else [np.flatnonzero(r == RING) for r in set(RING)]
    ):
        counts = exposure[ring]
        if counts.any():
            mean[np.ix_(ring, ring)] = (counts > 0)[:, None] * counts / counts.sum()
    steps = 4 * np.pi / PIXELS * HARMONICS.conj() * weight @ (np.eye(PIXELS) - mean)
    steps[(M == 0) & (not keep_zonal)] = 0.0
    variance = np.divide(1.0, exposure, out=np.zeros(PIXELS), where=exposure > 0)
    return steps @ HARMONICS.T, (steps * variance) @ steps.conj().T


def traces(covariance, mean, noise):
    """Mean, covariance, third cumulants of the C̃_ℓ, and of Σ SUM_ℓ C̃_ℓ, from P and p of all ã_ℓm."""
    forms = [np.diag((ell == ELL) / SIZE[ell]) for ell in range(LMAX + 1)]

    def third(q):
        return 8 * np.trace(covariance @ q @ covariance @ q @ covariance @ q) + 24 * (
            mean.conj() @ q @ covariance @ q @ covariance @ q @ mean
        )

    def second(a, b):
        return 2 * np.trace(covariance @ a @ covariance @ b) + 4 * (
            mean.conj() @ a @ covariance @ b @ mean
        )

    own = covariance - noise + np.outer(mean, mean.conj())
    first = np.array([np.trace(own @ q) for q in forms])
    both = np.array([[second(a, b) for b in forms] for a in forms])
    whole = sum(s * q for s, q in zip(SUM, forms, strict=True))
    return first.real, both.real, np.array([third(q) for q in forms]).real, third(whole).real


def regular():
    """a_ℓm of dipole and quadrupole of a sky: rows m ≥ 0, and all of them."""
    rows = np.zeros((3, LMAX + 1), dtype=complex)
    rows[:2, 1], rows[:, 2] = (0.3, 0.2 - 0.1j), (-0.2, 0.1 + 0.3j, 0.05j)
    every = np.where(np.abs(M) < 3, rows[np.minimum(np.abs(M), 2), ELL], 0.0)
    return rows, np.where(M < 0, (-1.0) ** M * every.conj(), every)


def check(found, exact):
    first, both, third, of_sum = exact
    for one, other in ((found.mean, first), (found.covariance, both), (found.third, third)):
        np.testing.assert_allclose(one, other, rtol=0, atol=ROUNDING * np.max(other))
    assert found.third_of_sum(SUM) == pytest.approx(of_sum, rel=ROUNDING)


@pytest.mark.parametrize("keep_zonal", [False, True])
@pytest.mark.parametrize("sky", ["isotropic", "zonal"])
def test_moments_are_traces(keep_zonal, sky):
    coupling, noise = operators(WEIGHT, EXPOSURE, keep_zonal)
    by_order = ZonalCoupling.from_maps(WEIGHT, EXPOSURE, LMAX, keep_zonal)
    rows, every = regular()
    if sky == "isotropic":
        spread = np.diag(C_ELL[ELL])
        found = isotropic_moments(by_order, C_ELL, rows)
    else:
        root = np.random.default_rng(2).standard_normal((LMAX + 1, 4)) * np.sqrt(C_ELL)[:, None]
        field = np.arctan2(FIELD[1], FIELD[0])
        about = zonal_harmonics(FIELD, LMAX)[np.abs(M), ELL] * np.exp(-1j * M * field)
        about = np.where(M < 0, (-1.0) ** M * about, about)
        spread = np.outer(about, about.conj()) * (root @ root.T)[np.ix_(ELL, ELL)]
        spread = spread + np.diag(0.1 * C_ELL[ELL])
        found = zonal_moments(by_order, root @ root.T, FIELD, 0.1 * C_ELL, rows)
    covariance = coupling @ spread @ coupling.conj().T + noise
    check(found, traces(covariance, coupling @ every, noise))


def test_zonal_harmonics_are_scipys():
    theta, phi = np.arccos(FIELD[2]), np.arctan2(FIELD[1], FIELD[0])
    exact = np.sqrt(4 * np.pi / (2 * ELL + 1)) * sph_harm_y(ELL, M, theta, phi)
    found = zonal_harmonics(FIELD, LMAX)[np.abs(M), ELL] * np.exp(1j * M * phi)
    np.testing.assert_allclose(found[M >= 0], exact[M >= 0], atol=1e-14)


@pytest.mark.parametrize("keep_zonal", [False, True])
def test_a_mask_that_depends_on_right_ascension(keep_zonal):
    weight, exposure = WEIGHT * (1 + 0.3 * np.cos(PHI)), EXPOSURE * (1.2 + np.sin(2 * PHI))
    coupling, noise = operators(weight, exposure, keep_zonal)
    squares = np.abs(coupling) ** 2
    of_ell = (np.arange(LMAX + 1)[:, None] == ELL).astype(float)
    found = MaskCoupling.from_maps(weight, exposure, LMAX, keep_zonal)
    np.testing.assert_allclose(
        found.matrix, (of_ell @ squares @ of_ell.T) / SIZE[:, None], atol=1e-14
    )
    np.testing.assert_allclose(found.noise_bias, of_ell @ np.diag(noise).real / SIZE, rtol=1e-12)
