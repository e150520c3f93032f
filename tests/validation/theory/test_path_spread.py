"""Distribution of the mean free paths over energies and charges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad

from eddysky.simulator.config import Config
from eddysky.simulator.config.energy_response import (
    LogNormalResponse,
    ResponseTable,
    Rigidities,
)
from eddysky.validation.theory.path_spread import PathSpread, mean_path, path_factors

TABLE = ResponseTable((0.2, 1.0, 1.5, 8.0), (1.0, 3.0, 0.5, 0.0))


def test_moments_of_a_log_normal_response():
    """⟨η^p⟩ = e^(p²s²σ²/2), but for the particles beyond the ends of the response, 2e-10 of ⟨η²⟩."""
    spread = PathSpread.from_width(0.9, 1.5)
    for power in (-1, 0, 1, 2):
        expected = math.exp(0.5 * (power * 0.5 * 0.9) ** 2)
        assert spread.mean(power) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("exponent", [1 / 3, -0.5])
def test_moments_of_a_table_and_of_charges(exponent):
    parts = ((0.0, 0.6), (-math.log(8), 0.4))
    spread = PathSpread(Rigidities(parts, TABLE), exponent)
    low, high = spread.edges[0], spread.edges[-1]
    of_table = quad(
        lambda eta: float(spread.density(np.array(eta))) * eta, low, high, points=spread.edges[1:-1]
    )[0]
    assert spread.mean(1) == pytest.approx((0.6 + 0.4 * 8.0**-exponent) * of_table, rel=1e-9)
    alone = PathSpread(Rigidities(parts, None), exponent)
    assert alone.mean(1) == pytest.approx(0.6 + 0.4 * 8.0**-exponent, rel=1e-14)
    assert alone.ends == pytest.approx(sorted((1.0, 8.0**-exponent)))


def test_density_is_that_of_the_quantiles():
    """The part of the particles below a quantile."""
    spread = PathSpread(Rigidities(((0.0, 1.0),), TABLE), 1 / 3)
    middle = math.exp(float(TABLE.quantile(0.3)) / 3)
    inside = [edge for edge in spread.edges[1:-1] if edge < middle]
    below = quad(
        lambda eta: float(spread.density(np.array(eta))), spread.edges[0], middle, points=inside
    )
    assert below[0] == pytest.approx(0.3, abs=1e-9)


def test_few_paths_have_the_moments_of_all():
    config = Config().replace({"cosmic_rays.energy_response": {"width": 1.0}})
    factors = path_factors(config, 8)
    assert len(factors) == 8
    for power in (1, 2):
        found = sum(weight * eta**power for eta, weight in factors) * config.mean_free_path**power
        assert found == pytest.approx(mean_path(config, power), rel=1e-8)
    assert path_factors(Config(), 8) == [(1.0, 1.0)]
    assert mean_path(Config(), 2) == Config().mean_free_path ** 2


def test_none_where_all_paths_are_equal():
    response = {"cosmic_rays.energy_response": {"width": 0.7}}
    assert PathSpread.from_width(0.0) is None
    assert PathSpread.from_width(0.7, 2.0) is None
    assert PathSpread.from_config(Config()) is None
    same = Config().replace(response | {"cosmic_rays.scattering_index": 2.0})
    assert PathSpread.from_config(same) is None
    found = PathSpread.from_config(Config().replace(response))
    assert found == PathSpread(Rigidities(((0.0, 1.0),), LogNormalResponse(0.7)), 2 - 5 / 3)
    assert found == PathSpread.from_width(0.7)
