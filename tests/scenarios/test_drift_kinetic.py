"""What the scenario says of C_2, and the ratios in its table."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.scenarios.drift_figure import ratio_rows, two_digits
from eddysky.scenarios.scenario import Outcome
from eddysky.simulator import simulate
from eddysky.validation import compare, predict

SCENARIO = SCENARIOS["drift-kinetic"]
SMALL = {"sky.nside": 4, "sky.lmax": 6, "flow.modes": 256, "ensemble.realizations": 200}


@pytest.mark.parametrize(
    ("flow", "law", "expected"),
    [
        ("acoustic", "fixed", "48"),
        ("incompressible", "fixed", "4.8"),
        ("acoustic-10", "fixed", "5.5"),
        ("acoustic-1000", "fixed", "160"),
        ("acoustic", "exponential", "86"),
        ("incompressible", "exponential", "8.7"),
    ],
)
def test_betatron_acceleration_makes_the_quadrupole_larger(flow, law, expected):
    change = {"sky.lmax": 2, "sky.nside": 4, "transport.free_path": law}
    drift, parallel = (
        predict(SCENARIO.config(f"{mode}-{flow}", change)).c_ell[2]
        for mode in ("drift-kinetic", "parallel")
    )
    assert two_digits(drift / parallel) == expected


def test_ratios_of_the_same_flows(tmp_path):
    outcomes = {}
    for mode in ("drift-kinetic", "parallel"):
        result = simulate(SCENARIO.config(f"{mode}-acoustic", SMALL))
        outcomes[f"{mode}-acoustic"] = Outcome(result, compare(result))
    drift, parallel = outcomes.values()
    rows = list(ratio_rows({"acoustic": (drift, parallel)}))
    assert [row[1] for row in rows] == list(range(1, 7))
    for _, ell, ratio, error, predicted in rows:
        means = [each.result.power[:, ell].mean() for each in (drift, parallel)]
        assert ratio == pytest.approx(means[0] / means[1])
        # Six pulls, nearly normal: false alarm 4e-4.
        assert abs(ratio - predicted) < 4 * error
    # The scatter of flows is common to both in part, so that the error is less than that of unrelated means.
    first = drift.comparison
    relative = np.hypot(
        *(each.comparison.error / each.comparison.measured for each in (drift, parallel))
    )
    assert rows[0][3] / rows[0][2] < relative[first.ell == 1][0]
    # The figure of a single flow.
    files = SCENARIO.figure(outcomes, tmp_path / "a.png")
    assert [file.name for file in files] == ["a.power.png", "a.ratio.csv"]
    assert SCENARIO.figure({"parallel-acoustic": parallel}, tmp_path / "b.png") == []
