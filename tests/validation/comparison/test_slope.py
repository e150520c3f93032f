"""Slope against ln(ℓ + ½)."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.validation.comparison.slope import fit_slope


@pytest.mark.parametrize(("last", "first"), [(24, 10), (20, 10), (19, 2), (4, 2)])
def test_slope_of_a_power_law(last, first):
    ell = np.arange(1, last + 1)
    ratios = 1 + 0.3 * np.log(ell + 0.5)

    def tilt(use, coefficient):
        return float(ratios[use] @ coefficient), 0.2, 1.5

    found = fit_slope(ell, 5e-9 * (ell + 0.5) ** -3.0, 2.0 * ell + 1, tilt)
    assert (found.lmin, found.lmax) == (first, last)
    assert found.predicted == pytest.approx(-3)
    assert found.measured == pytest.approx(-2.7)
    assert (found.error, found.pull) == (0.2, 1.5)


def test_two_multipoles_have_no_slope():
    assert fit_slope(np.arange(1, 4), np.ones(3), np.ones(3), lambda *_: (0.0, 0.0, 0.0)) is None
