"""From no field to a strong one: the Larmor radii of the scenario, its degrees of freedom and its table."""

from __future__ import annotations

import math

import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.scenarios.magnetised_figure import COLUMNS, radius, rows, zonal_radius
from eddysky.scenarios.scenario import Outcome
from eddysky.simulator import simulate
from eddysky.validation import compare, degrees_of_freedom

SCENARIO = SCENARIOS["magnetised"]
SMALL = {"sky.nside": 4, "sky.lmax": 3, "flow.inner_scale": "6.3 pc", "flow.modes": 256}


def outcome(variant, skies):
    result = simulate(SCENARIO.config(variant, SMALL | {"ensemble.realizations": skies}), maps=0)
    return Outcome(result, compare(result))


def test_larmor_radii_fall_from_infinity_to_zero():
    radii = [radius(SCENARIO.config(variant)) for variant in SCENARIO.variants]
    assert radii == pytest.approx([math.inf, 10, 1, 0.3, 0.1, 0.03, 0, 0], rel=1e-3)
    bands = {repr(SCENARIO.config(variant).flow_spectrum) for variant in SCENARIO.variants}
    assert len(bands) == 1


def test_degrees_of_freedom_fall_from_all_to_one():
    found = [
        degrees_of_freedom(SCENARIO.config(variant, SMALL), 3)[2] for variant in SCENARIO.variants
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] == pytest.approx(5)
    assert found[-1] == pytest.approx(1)


def test_measured_degrees_of_freedom():
    outcomes = {variant: outcome(variant, 400) for variant in ("isotropic", "helical-0.3")}
    found = list(rows(outcomes))
    assert [row[2] for row in found] == [1, 2, 3] * 2
    for row in found:
        assert len(row) == len(COLUMNS)
        *_, measured, error, expected = row
        # Six at four standard errors; a variance scatters more than normally: false alarm 1%.
        assert abs(measured - expected) < 4 * error


def test_where_the_sky_becomes_zonal():
    configs = [SCENARIO.config(variant, SMALL) for variant in ("helical-0.1", "helical-0.3")]
    limit = zonal_radius(configs)
    assert 0.1 < limit < 0.3
    strength = {"transport.magnetic_field_strength": f"{1.081 / limit!r} nG"}
    freedom = degrees_of_freedom(configs[0].replace(strength), 2)[2]
    assert freedom == pytest.approx(2, rel=0.01)
    assert zonal_radius(configs[:1]) is None
