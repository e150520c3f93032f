"""Text tables."""

from __future__ import annotations

import csv
import io

import pytest

from eddysky.simulator.io.tables import text_table


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1"])
def test_no_name_becomes_a_formula(name):
    rows = [(name, 2, -1.5)]
    found = list(csv.reader(io.StringIO(text_table(("variant", "ell", "c"), rows, digits=2))))
    assert found[1] == [f"'{name}", "2", "-1.50e+00"]
    assert name in text_table(("variant", "ell", "c"), rows, digits=2, csv=False)
