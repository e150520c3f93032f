"""Configurations in words, for titles of figures, and ranges of numbers."""

from __future__ import annotations

import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import config_in_words, ranges

BASE = Config(sky={"nside": 4, "lmax": 6}, flow={"modes": 16})


class TestWords:
    def test_regular_flows_are_named(self):
        words = {
            name: config_in_words(SCENARIOS[name].config())
            for name in ("compton-getting", "shear-flow", "diffuse-dipole")
        }
        assert (
            "mean velocity (20,\N{NO-BREAK SPACE}−15,\N{NO-BREAK SPACE}10) km/s"
            in (words["compton-getting"])
        )
        assert (
            r"$\partial u_x/\partial y$ = 1, $\partial u_y/\partial z$ = 0.5 km/s/pc"
            in (words["shear-flow"])
        )
        assert "density gradient (5," in words["diffuse-dipole"]
        assert r"$\times 10^{-5}$ pc$^{-1}$" in words["diffuse-dipole"]
        assert all("no turbulence" in each for each in words.values())

    def test_a_full_gradient_by_its_norm(self):
        config = BASE.replace({"flow.velocity_gradient": [["1 km/s/pc"] * 3] * 3})
        assert "velocity gradient of norm 3 km/s/pc" in config_in_words(config)

    def test_a_random_field_has_the_direction_of_its_realisation(self):
        config = BASE.replace({"transport.mode": "parallel", "transport.magnetic_field": "random"})
        assert "random fields" in config_in_words(config)
        assert config_in_words(config, 0) != config_in_words(config, 1).replace(
            "realisation 1", "realisation 0"
        )

    def test_a_spectral_index_that_hides_flows(self):
        assert "hides all flows" in config_in_words(
            BASE.replace({"cosmic_rays.spectral_index": -2})
        )


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([], ""), ([4], "4"), ([1, 2, 3], "1-3"), ([1, 2, 4, 7, 8], "1-2, 4, 7-8")],
)
def test_ranges(numbers, words):
    assert ranges(numbers) == words


def test_of_many_ranges_only_the_first_are_listed():
    assert ranges([3, 7, 8, 9, 11], 8) == "3, 7-9, 11"
    assert ranges(range(1, 100, 2), 8) == "1, 3, 5, 7, 9, 11, 13, 15, ..."
    assert ranges(range(5, 10**6), 8) == "5-999999"
