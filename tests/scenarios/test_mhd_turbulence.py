"""What the scenario says of its waves, and its table."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.scenarios.mhd_figure import COLUMNS, rows
from eddysky.scenarios.scenario import Outcome
from eddysky.simulator import simulate
from eddysky.validation import compare, degrees_of_freedom, predict

SCENARIO = SCENARIOS["mhd-turbulence"]
SMALL = {"sky.nside": 4, "sky.lmax": 4, "flow.modes": 128}


def predicted(variant):
    return predict(SCENARIO.config(variant, SMALL)).c_ell[1:]


def test_a_larmor_radius_of_one_mean_free_path():
    config = SCENARIO.config("helical-alfven-slab")
    assert config.larmor_radius == pytest.approx(config.mean_free_path, rel=1e-3)


def test_isotropic_transport_knows_only_w_and_beta():
    flows = ("slow-goldreich-sridhar", "alfven-slab", "alfven-two-dimensional")
    reference = predicted("isotropic-alfven-goldreich-sridhar")
    for flow in flows:
        np.testing.assert_allclose(predicted(f"isotropic-{flow}"), reference, rtol=1e-6)
    assert np.all(predicted("isotropic-fast-goldreich-sridhar")[1:] < 0.5 * reference[1:])
    # But they scatter more than those of isotropic turbulence.
    freedom = degrees_of_freedom(SCENARIO.config("isotropic-alfven-slab", SMALL), 4)
    assert np.all(freedom[2:] < 0.6 * (2 * np.arange(2, 5) + 1))


def test_alfven_waves_need_a_larmor_radius():
    for anisotropy in ("goldreich-sridhar", "slab", "two-dimensional"):
        assert not np.any(predicted(f"drift-kinetic-alfven-{anisotropy}"))
        helical = predicted(f"helical-alfven-{anisotropy}")
        isotropic = predicted(f"isotropic-alfven-{anisotropy}")
        assert np.all(helical > 0.6 * isotropic)
        assert np.all(helical < 1.7 * isotropic)


def test_measured_degrees_of_freedom():
    result = simulate(
        SCENARIO.config("isotropic-alfven-slab", SMALL | {"ensemble.realizations": 400}), maps=0
    )
    found = list(rows({"isotropic": {"alfven-slab": Outcome(result, compare(result))}}))
    assert [row[2] for row in found] == [1, 2, 3, 4]
    for row in found:
        assert len(row) == len(COLUMNS)
        *_, ell, measured, error, expected = row
        # Four at four standard errors; a variance scatters more than normally: false alarm 1%.
        assert abs(measured - expected) < 4 * error
        assert error < 0.3 * expected < 0.3 * (2 * ell + 1)
