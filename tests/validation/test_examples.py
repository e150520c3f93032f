"""Examples in the docstrings of the main functions."""

from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = [
    *("theory.alternative_models", "theory.closed_form", "theory.pitch_angle", "theory.predict"),
    *("theory.quadrature", "comparison.compare", "fitting.fit", "forecasting.forecast"),
]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name):
    found = doctest.testmod(importlib.import_module(f"eddysky.validation.{name}"))
    assert found.attempted >= 1
    assert found.failed == 0
