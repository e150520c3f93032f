"""What the scenario says of C_ℓ, and the fits in its table."""

from __future__ import annotations

import math

import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.scenarios.energy_figure import fit_rows
from eddysky.scenarios.scenario import Outcome
from eddysky.simulator import simulate
from eddysky.validation import compare, predict

SCENARIO = SCENARIOS["energy-response"]
SMALL = {"sky.nside": 4, "sky.lmax": 11, "flow.modes": 512, "flow.inner_scale": "1 pc"}


def test_what_the_scenario_says_of_a_width_of_0_7():
    one, several = (
        predict(SCENARIO.config(f"width-{width}", {"sky.lmax": 32})).c_ell for width in ("0", "0.7")
    )
    assert round(several[10] / one[10], 2) == 0.39
    assert round(several[30] / one[30], 2) == 0.15
    slopes = [math.log(c_ell[12] / c_ell[10]) / math.log(1.2) for c_ell in (one, several)]
    assert [round(slope, 1) for slope in slopes] == [-2.6, -3.4]


def outcomes(variants, settings):
    found = {}
    for variant in variants:
        result = simulate(SCENARIO.config(variant, SMALL | settings), maps=0)
        found[variant] = Outcome(result, compare(result))
    return found


def test_fits_in_the_table():
    """Fits that know the response are right within 4 standard errors, p = 6e-5 each; the others are not."""
    rows = list(fit_rows(outcomes(("width-0", "width-1"), {"ensemble.realizations": 60})))
    assert [row[:2] for row in rows] == [(0, 0), (1, 1), (1, 0)]
    for width, fitted, speed, speed_error, index, index_error, p_value in rows:
        pulls = (speed - 20) / speed_error, (index - 5 / 3) / index_error
        if fitted == width:
            assert max(map(abs, pulls)) < 4
            assert p_value > 1e-3
        else:
            assert pulls[0] < -8
            assert pulls[1] > 8


def test_figure_of_transport_without_a_model(tmp_path):
    drift = {"transport.mode": "drift-kinetic", "ensemble.realizations": 100}
    found = outcomes(("width-0",), drift)
    assert list(fit_rows(found)) == []
    files = SCENARIO.figure(found, tmp_path / "a.png")
    assert [file.name for file in files] == ["a.power.png", "a.fits.csv"]


@pytest.mark.parametrize("variant", SCENARIO.variants)
def test_all_see_the_same_flows(variant):
    first = SCENARIO.config("width-0")
    assert SCENARIO.config(variant).flow_spectrum == first.flow_spectrum
