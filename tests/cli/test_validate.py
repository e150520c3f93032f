"""`eddysky validate`: table and JSON against the comparison in Python."""

from __future__ import annotations

import json

import pytest

from eddysky.simulator import read
from eddysky.validation import compare


def test_validate_table(eddysky, finished):
    file, run = finished
    outcome = eddysky("validate", file)
    assert outcome.code == 0
    assert outcome.err == ""
    header, *rows = outcome.out.splitlines()
    assert header.split() == ["l", "measured", "error", "predicted", "ratio", "pull"]
    comparison = compare(read(file))
    for row, ell in zip(rows, comparison.ell, strict=False):
        numbers = [float(cell) for cell in row.split()]
        assert numbers[0] == ell
        # As many digits as are printed.
        assert numbers[4] == pytest.approx(comparison.ratio[ell - 1], abs=0.51e-4)
        assert numbers[5] == pytest.approx(comparison.pull[ell - 1], abs=0.51e-2)
    verdict = "\n".join(rows[len(comparison.ell) :])
    assert verdict.startswith("consistent with the theory")
    for word in ("chi2 = ", "p = ", "amplitude ", "slope ", "predicted "):
        assert word in verdict
    # `run` says the same in one line.
    for word in ("consistent with the theory", "p = ", "slope ", "predicted "):
        assert word in run.out


def test_validate_json(eddysky, finished):
    outcome = eddysky("validate", finished[0], "--json")
    assert outcome.code == 0
    values = json.loads(outcome.out)
    expected = compare(read(finished[0]))
    assert values["consistent"] is True
    assert values["chi2"] == expected.chi2
    assert values["p_value"] == expected.p_value
    for name in ("ratio", "pull"):
        assert values[name] == getattr(expected, name).tolist()
    assert values["standard_error"] == expected.error.tolist()
    assert set(values["slope"]) >= {"measured", "error", "predicted", "pull"}
    assert values["slope"]["measured"] == expected.slope.measured
