"""Examples in the docstrings of the main functions."""

from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["detectors", "discs", "significance", "spectrum", "survey"])
def test_examples(name):
    found = doctest.testmod(importlib.import_module(f"eddysky.simulator.observation.{name}"))
    assert found.attempted >= 1
    assert found.failed == 0
