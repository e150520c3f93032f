"""What a prediction is asked for must exist."""

from __future__ import annotations

import math

import pytest

from eddysky.validation.theory.transport import Transport


@pytest.mark.parametrize(
    ("options", "order"),
    [
        ({}, math.inf),
        ({"free_path": "exponential"}, 1),
        ({"free_path": "erlang"}, 1),
        ({"free_path": "erlang", "erlang_order": 7}, 7),
    ],
)
def test_order_of_the_law(options, order):
    assert Transport(**options).order == order


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
def test_rejects_what_there_is_not(options, message):
    with pytest.raises(ValueError, match=message):
        Transport(**options)
