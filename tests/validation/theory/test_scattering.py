"""Scattering models from the keywords of predictions."""

from __future__ import annotations

import pytest

from eddysky.simulator.config.free_path import ErlangPath, ExponentialPath, FixedPath
from eddysky.validation.theory.scattering import ScatteringModel


@pytest.mark.parametrize(
    ("options", "law"),
    [
        ({}, FixedPath()),
        ({"free_path": "exponential"}, ExponentialPath()),
        ({"free_path": "erlang"}, ErlangPath(1)),
        ({"free_path": "erlang", "erlang_order": 7}, ErlangPath(7)),
        ({"free_path": ErlangPath(3)}, ErlangPath(3)),
    ],
)
def test_law_from_name_or_object(options, law):
    assert ScatteringModel.from_options(**options).law == law


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"free_path": "levy"}, "levy"),
        ({"free_path": "erlang", "erlang_order": 0}, "order"),
        ({"free_path": "erlang", "erlang_order": 1.5}, "order"),
        ({"erlang_order": 2}, "no meaning"),
        ({"scatterings": 0}, "scatterings"),
        ({"scatterings": 1.5}, "scatterings"),
        ({"frame": "rest"}, "frame"),
    ],
)
def test_rejects_unknown_values(options, message):
    with pytest.raises(ValueError, match=message):
        ScatteringModel.from_options(**options)
