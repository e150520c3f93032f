"""Band powers against spectra whose coupled C_ℓ are known."""

from __future__ import annotations

from itertools import pairwise

import healpy
import numpy as np
import pytest

from eddysky.simulator import InputError
from eddysky.simulator.observation.weight import apodised
from eddysky.validation.theory.band_powers import BandPowers
from eddysky.validation.theory.coupled_sky import isotropic_moments
from eddysky.validation.theory.mode_coupling import ZonalCoupling

NSIDE, LMAX = 32, 48
DECLINATION = np.degrees(np.arcsin(healpy.pix2vec(NSIDE, np.arange(12 * NSIDE**2))[2]))
EDGES = np.array([2, 7, 13, 20, 30, 41])
SHAPE = (np.arange(LMAX + 1) + 0.5) ** -2.7


def coupling(low, high):
    seen = (low <= DECLINATION) & (high >= DECLINATION)
    return ZonalCoupling.from_maps(apodised(seen, 10.0), seen * 1e7, LMAX, keep_zonal=False)


ICECUBE, HAWC = coupling(-90, -25), coupling(-38, 76)


@pytest.mark.parametrize("field", [ICECUBE, HAWC])
def test_a_spectrum_that_follows_the_shape_in_each_band_is_recovered(field):
    bands = BandPowers.from_matrix(field.matrix, EDGES, SHAPE)
    steps = np.array([0.3, 2.0, 1.0, 0.5, 3.0, 1.5, 0.7])
    of_band = np.searchsorted(EDGES, np.arange(LMAX + 1), side="right")
    spectrum = SHAPE * steps[of_band]
    means = [spectrum[low:high].mean() for low, high in pairwise(EDGES)]
    np.testing.assert_allclose(bands.powers(field.matrix @ spectrum), means, rtol=1e-10)
    assert bands.condition < 5


def test_windows_give_the_expectation_of_any_spectrum():
    bands = BandPowers.from_matrix(ICECUBE.matrix, EDGES, SHAPE)
    other = np.random.default_rng(1).random(LMAX + 1)
    np.testing.assert_allclose(bands.window @ other, bands.powers(ICECUBE.matrix @ other))
    covariance = isotropic_moments(ICECUBE, SHAPE).covariance
    draws = np.random.default_rng(2).multivariate_normal(np.zeros(LMAX + 1), covariance, 4000)
    found = np.var(bands.powers(draws), axis=0) / np.diag(bands.covariance(covariance))
    # √(2/4000) each: five normal deviates exceed 4.3 with a probability of 1e-4.
    assert np.max(np.abs(found - 1)) < 4.3 * np.sqrt(2 / 4000)


def test_bands_that_are_too_narrow_are_refused_with_their_condition():
    single = np.arange(1, LMAX + 2)
    BandPowers.from_matrix(HAWC.matrix, single, SHAPE)
    with pytest.raises(
        InputError, match=r"bands of 1 to 1 multipoles .* is \d\S*e\+1\d, at most 30"
    ):
        BandPowers.from_matrix(ICECUBE.matrix, single, SHAPE)


@pytest.mark.parametrize("edges", [[2], [0, 5], [2, 2, 5], [5, 2], [2, LMAX + 2]])
def test_edges_out_of_range_are_refused(edges):
    with pytest.raises(InputError, match=f"from 1 to {LMAX + 1}"):
        BandPowers.from_matrix(HAWC.matrix, np.array(edges), SHAPE)


def test_a_shape_without_power_is_refused():
    with pytest.raises(InputError, match="positive and finite"):
        BandPowers.from_matrix(HAWC.matrix, EDGES, 0 * SHAPE)
