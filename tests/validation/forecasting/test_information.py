"""Likelihoods of whole skies against matrices of all data, and drawn skies."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.survey import Survey
from eddysky.validation.forecasting.information import Information
from eddysky.validation.forecasting.skies import IsotropicSky, ZonalSky

LMAX = 5
FIELD = np.array([0.48, -0.6, 0.64])
ELL = np.arange(LMAX + 1)
C_ELL = np.where(ELL > 0, 1e-3 / (ELL + 1.0) ** 2, 0)
MIXED = np.outer(np.sqrt(C_ELL), np.sqrt(C_ELL)) * (0.4 + 0.6 * np.eye(LMAX + 1))
SKIES = {
    "isotropic": IsotropicSky(C_ELL),
    "flat": IsotropicSky(np.where(ELL > 0, 2e-4, 0)),
    "zonal": ZonalSky(MIXED),
    "diagonal": ZonalSky(np.diag(2 * C_ELL)),
}


def harmonics(points):
    """Real orthonormal Y_ℓm at points (n, 3), shape (n, (lmax+1)²), with ℓ and m of each."""
    from scipy.special import sph_harm_y

    theta, phi = np.arccos(points[:, 2]), np.arctan2(points[:, 1], points[:, 0])
    columns, names = [], []
    for ell in range(LMAX + 1):
        for m in range(ell + 1):
            value = sph_harm_y(ell, m, theta, phi)
            parts = (
                [value.real] if m == 0 else [math.sqrt(2) * value.real, math.sqrt(2) * value.imag]
            )
            columns += parts
            names += [(ell, m)] * len(parts)
    return np.array(columns).T, names


def contrast(true, other, exposure, lmin, keep):
    """The same from the covariance of all pixels, whose free multipoles have a variance that nothing exceeds."""
    import healpy

    nside = math.isqrt(len(exposure) // 12)
    seen = np.flatnonzero(exposure)
    points = np.array(healpy.pix2vec(nside, seen)).T
    basis, names = harmonics(points)
    axis, _ = harmonics(FIELD[np.newaxis])
    free = np.array([ell < lmin or (m == 0 and not keep) for ell, m in names])

    def covariance(sky):
        if isinstance(sky, IsotropicSky):
            alm = np.diag(sky.c_ell[[ell for ell, _ in names]])
        else:
            turn = np.zeros((len(names), LMAX + 1))
            for row, (ell, _) in enumerate(names):
                turn[row, ell] = axis[0, row] * math.sqrt(4 * math.pi / (2 * ell + 1))
            alm = turn @ sky.matrix @ turn.T
        alm = np.where(free[:, np.newaxis] | free, 0.0, alm) + 1e3 * np.diag(free)
        return basis @ alm @ basis.T + np.diag(1 / exposure[seen])

    one, two = covariance(true), covariance(other)
    ratio = np.linalg.solve(two, one)
    determinants = np.linalg.slogdet(two)[1] - np.linalg.slogdet(one)[1]
    return np.trace(ratio) - len(one) + determinants


@pytest.mark.parametrize("field", ["full", "dec:-90,10"])
@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("lmin", [1, 2])
def test_the_contrast_is_that_of_all_pixels(field, keep, lmin):
    exposure = exposure_map(Survey(field, (1e5,), 4, keep_zonal=keep))
    information = Information.from_exposure(exposure, FIELD, lmin, LMAX, keep)
    for true in SKIES.values():
        found = information.contrast_with(true)
        for other in SKIES.values():
            # Rings of few pixels near the poles mix m; the free multipoles have a finite variance.
            expected = contrast(true, other, exposure, lmin, keep)
            assert found(other) == pytest.approx(expected, rel=0.02, abs=0.02)
        assert found(true) == pytest.approx(0, abs=1e-8)
