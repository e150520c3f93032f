"""Text of fits."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from eddysky.validation import MeasuredPower, fit
from eddysky.validation.fitting.estimates import Estimate
from eddysky.validation.fitting.report import assumptions, paragraph

DATA = MeasuredPower(np.arange(2, 8), np.full(6, 1e-9), np.full(6, 1e-10), "data.csv")


@pytest.fixture(scope="module")
def found():
    return fit(DATA, "a14")


def test_short_and_notebook_forms(found):
    estimate = found["amplitude"]
    assert repr(found) == (
        f"<Fit: a14, amplitude = {estimate.value:.4g} ± {estimate.error:.2g}, "
        f"p = {found.goodness.p_value:.2g}>"
    )
    assert str(found) == paragraph(found)
    assert found._repr_html_().startswith("<b>a14: chi2 = ")


@pytest.mark.parametrize(
    ("value", "interval", "interval95", "text"),
    [
        (20.0, (19.0, 21.5), (18.0, 23.0), "x 20.0 +1.5 -1.0 km/s   95%: 18.0 to 23.0"),
        (2e-9, (1e-9, 3e-9), (0.0, 4e-9), "x 2.000e-09 +1.000e-09 -1.000e-09 km/s   95%: < 4.000e-09"),
        (20.0, (19.0, 21.5), (0.0, math.inf), "x 20.0 +1.5 -1.0 km/s   95%: no limit"),
        (0.1, (0.0, 2.0), (0.0, 4.0), "x < 4 km/s at 95%"),
        (5.0, (2.0, math.inf), (1.0, math.inf), "x > 1 km/s at 95%"),
        (5.0, (0.0, math.inf), (0.0, math.inf), "x not constrained by the data"),
    ],
)  # fmt: skip
def test_errors_and_limits(found, value, interval, interval95, text):
    estimate = Estimate("x", "km/s", value, interval, interval95, (0.0, math.inf))
    assert paragraph(replace(found, estimates=(estimate,))).split("\n  ")[1] == text


def test_fixed_parameters_are_grouped_by_source():
    known = fit(DATA, fixed={"index": 1.5, "mean_free_path": 5.0})
    text = assumptions(known, {"index": "--fix", "mean_free_path": "--fix"})
    assert "mean_free_path = 5 pc, index = 1.5 (--fix)" in text.split("; ")
    assert "energy = 10 TeV (default)" in text
    # An infinite band and no noise are not mentioned.
    assert not {"outer_scale", "inner_scale", "noise"} & set(text.split())
    assert f"assumed: {assumptions(known, {})}" in paragraph(known).split("\n  ")


def test_correlations_are_printed_or_called_unknown():
    two = fit(DATA)
    value = two.correlation[1, 0]
    line = "correlation of velocity_dispersion and index: "
    assert line + f"{value:.3f}" in paragraph(two)
    assert line + "not known" in paragraph(replace(two, correlation=np.full((2, 2), np.nan)))
