"""What the scenario says: a dipole that turns and shrinks as the field grows, whatever the charge."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.scenarios.hall_figure import COLUMNS, closed_form, dipoles
from eddysky.scenarios.scenario import Outcome
from eddysky.simulator import simulate
from eddysky.validation import compare

SCENARIO = SCENARIOS["hall-dipole"]
FEW = {"sky.nside": 4, "sky.particles": 2000}


def outcomes(*variants, **overrides):
    found = {}
    for variant in variants:
        result = simulate(SCENARIO.config(variant, FEW | overrides), alms=SCENARIO.alms, maps=0)
        found[variant] = Outcome(result, compare(result))
    return found


def test_strengths_are_those_of_the_names():
    for variant in SCENARIO.variants:
        config = SCENARIO.config(variant)
        ratio = config.mean_free_path / config.larmor_radius
        assert ratio == pytest.approx(float(variant.removeprefix("w-")), rel=1e-4)


@pytest.mark.parametrize("charge", [1, -1])
def test_measured_expected_and_closed_form_agree(charge):
    found = dipoles(outcomes("w-0.3", "w-3", **{"cosmic_rays.charge": charge}))
    assert [each.ratio for each in found] == sorted(each.ratio for each in found)
    for each in found:
        w = each.ratio
        closed = np.array([1, w, 0.75 * (1 + w * w)]) / (1 + w * w)
        assert closed_form(each.config, w) == pytest.approx(closed, abs=1e-12)
        assert each.expected == pytest.approx(closed, abs=1e-12)
        # Three components, two fields, two charges, each at 5 standard errors: false alarm 7e-6.
        assert np.all(np.abs(each.measured - closed) < 5 * each.error)
        assert 0 < each.error < 0.02
        assert len(each.row) == len(COLUMNS)
    # Its way in the plane across b is half a circle.
    for each in found:
        assert math.hypot(each.expected[0] - 0.5, each.expected[1]) == pytest.approx(0.5)


def test_nothing_is_drawn_of_gradients_along_the_field(tmp_path):
    along = {"transport.density_gradient": ["0 1/pc", "0 1/pc", "0.00005 1/pc"]}
    assert SCENARIO.figure(outcomes("w-1", **along), tmp_path / "a.png") == []
