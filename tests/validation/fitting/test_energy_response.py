"""Fits of skies of a range of energies: with the energy response they are right, without it biased as the docs say."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.validation import MeasuredPower, fit
from eddysky.validation.fitting.spectral_models import MODELS

ELL = np.arange(2, 31)
TRUTH = {"velocity_dispersion": 20.0, "index": 5 / 3}
# Width of the response, and what fits for one energy find in place of 20 km/s and γ = 5/3.
BIASED = {0.3: (18.6, 2.18), 0.7: (15.3, 2.41), 1.0: (13.6, 2.47)}


def expected(width):
    """C_ℓ of the truth."""
    model = MODELS["isotropic"]
    return model.expected(ELL, model.complete({"energy_width": width}, 2) | TRUTH)


def fitted(c_ell, **fixed):
    return fit(MeasuredPower(ELL, c_ell), fixed=fixed, likelihood="cosmic-variance")


@pytest.mark.parametrize("width", BIASED)
def test_spectra_without_scatter(width):
    found = fitted(expected(width), energy_width=width)
    for name, true in TRUTH.items():
        # MINUIT stops within 0.015 standard errors.
        assert abs(found[name].value - true) < 0.02 * found[name].error
    ignorant = fitted(expected(width))
    speed, index = BIASED[width]
    assert ignorant["velocity_dispersion"].value == pytest.approx(speed, abs=0.06)
    assert ignorant["index"].value == pytest.approx(index, abs=0.006)
    # χ² of one sky does not tell.
    assert ignorant.goodness.statistic < 4


@pytest.mark.slow
def test_intervals_cover_the_truth():
    """100 skies of a width of 0.7: counts within 3 standard deviations, a false alarm in 370 each, for both levels."""
    rng, sets, dof = np.random.default_rng(31), 100, 2 * ELL + 1
    c_ell = expected(0.7)
    covered, ignorant = np.zeros((2, 2)), np.zeros((sets, 2))
    for number in range(sets):
        drawn = c_ell * rng.chisquare(dof) / dof
        found, other = fitted(drawn, energy_width=0.7), fitted(drawn)
        for row, (name, true) in enumerate(TRUTH.items()):
            for column, ends in enumerate((found[name].interval, found[name].interval95)):
                covered[row, column] += ends[0] < true < ends[1]
            ignorant[number, row] = other[name].value
    for level, counts in zip((0.6827, 0.95), covered.T, strict=True):
        assert np.all(np.abs(counts - sets * level) < 3 * np.sqrt(sets * level * (1 - level)))
    print("covered", covered / sets, "fits for one energy", ignorant.mean(0), ignorant.std(0))
    # Four standard errors of the mean, a false alarm of 6e-5.
    error = ignorant.std(axis=0, ddof=1) / np.sqrt(sets)
    assert np.all(np.abs(ignorant.mean(axis=0) - BIASED[0.7]) < 4 * error + (0.06, 0.006))
