"""Examples in the docstrings of the main functions."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["theory.predict", "comparison.compare", "fitting.fit"])
def test_examples(name):
    module = importlib.import_module(f"eddysky.validation.{name}")
    found = doctest.testmod(module)
    assert found.attempted >= 4
    assert found.failed == 0
