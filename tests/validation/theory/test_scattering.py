"""Scattering models from the keywords of predictions."""

from __future__ import annotations

import math

import pytest

from eddysky.simulator.config import Config
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
        ({"scatterings": -math.inf}, "scatterings"),
        ({"scatterings": "steady"}, "scatterings .* 'steady'"),
        ({"frame": "rest"}, "frame"),
    ],
)
def test_rejects_unknown_values(options, message):
    with pytest.raises(ValueError, match=message):
        ScatteringModel.from_options(**options)


def test_stationary_limit():
    model = ScatteringModel.from_options(scatterings="stationary")
    assert model == ScatteringModel(scatterings=math.inf)
    assert model.knee == 1.0
    assert ScatteringModel(scatterings=100).knee == pytest.approx(0.1)


@pytest.mark.parametrize("collisions", ["bgk", "small-angle"])
def test_model_of_a_configuration(collisions):
    settings = {"transport.free_path": "exponential", "transport.scatterings": "stationary"}
    config = Config().replace(
        settings | {"transport.collisions": collisions, "sky.frame": "observer"}
    )
    expected = ScatteringModel.from_options(
        free_path="exponential",
        scatterings="stationary",
        frame="observer",
        collisions=config.transport.collisions,
    )
    assert ScatteringModel.from_config(config) == expected
