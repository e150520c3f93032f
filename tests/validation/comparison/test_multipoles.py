"""Selection of the multipoles that are judged."""

from __future__ import annotations

import math

import numpy as np
from synthetic import SMALL, judged

from eddysky.simulator import Config, simulate
from eddysky.validation import compare


def test_multipoles_beyond_the_band_are_excluded():
    """1 ≤ ℓ ≤ max(2, k_max λ); for eddies larger than λ a few more."""

    def last(**settings):
        ell = judged(SMALL.replace(settings)).ell
        np.testing.assert_array_equal(ell, np.arange(1, ell[-1] + 1))
        return ell[-1]

    assert last() == 16
    assert last(**{"flow.inner_scale": f"{2 * math.pi * 10 / 12.5} pc"}) == 12
    assert last(**{"flow.inner_scale": "500 pc"}) == 4
    assert last(**{"flow.inner_scale": "500 pc", "flow.velocity_dispersion": "0 km/s"}) == 16


def test_multipoles_below_the_rounding_of_the_sine_are_excluded():
    """A steep table: rounding makes l = 11 and 12 40 times the prediction."""
    table = {"wavenumber": [0.02, 0.1, 0.4, 3.0], "spectrum": [1e3, 1e3, 1e-20, 1e-20]}
    settings = {
        "sky.nside": 8,
        "sky.lmax": 12,
        "flow.modes": 512,
        "ensemble.realizations": 40,
    }
    config = Config().replace(settings | {"flow.spectrum": "table", "flow.table": table})
    found = compare(simulate(config, maps=0))
    assert found.ell.tolist() == list(range(1, 8))
    # False alarm 0.4%; the seed is fixed.
    assert found.consistent
    # Without the steep end all are judged.
    shallow = table | {"spectrum": [1e3, 1e3, 1.0, 1e-2]}
    assert judged(config.replace({"flow.table": shallow})).ell.tolist() == list(range(1, 13))


def test_multipoles_that_expected_skies_leave_out_are_excluded():
    """Small-angle scattering: C_19 of the skies is zero, where 8e-34 is predicted."""
    settings = {
        "transport.collisions": "small-angle",
        "transport.scatterings": "stationary",
        "flow.outer_scale": "60 pc",
        "flow.inner_scale": "2 pc",
        "flow.modes": 512,
        "sky.nside": 16,
        "sky.lmax": 24,
        "sky.sampling": "expected",
        "ensemble.realizations": 40,
    }
    result = simulate(Config().replace(settings), maps=0)
    assert np.all(result.power[:, 19:] == 0)
    found = compare(result)
    assert found.ell.tolist() == list(range(1, 18))
    # False alarm 0.3%; the seed is fixed.
    assert found.consistent
