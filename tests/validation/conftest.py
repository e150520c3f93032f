"""Fixtures of several tests of comparisons."""

from __future__ import annotations

import importlib

import pytest

from eddysky.validation import predict
from eddysky.validation.theory.carrying import effective_modes
from eddysky.validation.theory.second_order import second_order


@pytest.fixture
def known(monkeypatch):
    """Predict each configuration once, as thousands of ensembles are compared with it."""
    stored = {}

    def remembering(function):
        def remembered(config, *arguments):
            key = (function, config, *arguments)
            if key not in stored:
                stored[key] = function(config, *arguments)
            return stored[key]

        return remembered

    for module, function in (
        ("compare", predict),
        ("multipoles", predict),
        ("multipoles", effective_modes),
        ("multipoles", second_order),
    ):
        place = importlib.import_module(f"eddysky.validation.comparison.{module}")
        monkeypatch.setattr(place, function.__name__, remembering(function))
    return remembering(predict)
