"""Figure titles, and descriptions of bands and ensembles."""

from __future__ import annotations

import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import band_in_words, counted, figure_title, ranges


class TestFigureTitle:
    def test_regular_flows_are_named(self):
        words = {
            name: figure_title(SCENARIOS[name].config())
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
        config = Config().replace({"flow.velocity_gradient": [["1 km/s/pc"] * 3] * 3})
        assert "velocity gradient of norm 3 km/s/pc" in figure_title(config)

    def test_a_random_field_has_the_direction_of_its_realisation(self):
        config = Config().replace(
            {"transport.mode": "parallel", "transport.magnetic_field": "random"}
        )
        assert "random fields" in figure_title(config)
        assert figure_title(config, 0) != figure_title(config, 1).replace(
            "realisation 1", "realisation 0"
        )

    def test_a_spectral_index_that_hides_flows(self):
        assert "hides all flows" in figure_title(
            Config().replace({"cosmic_rays.spectral_index": -2})
        )


def test_band_and_its_default_end():
    config = Config()
    band = config.flow_spectrum.k_max * config.mean_free_path
    default = f"no flow.inner_scale given: band ends at k_max λ = {band:.4g} ({band / 64:.3g} lmax)"
    assert band_in_words(config) == f"band: k λ = 0.0628 to {band:.4g}; {default}"
    given = band_in_words(Config(flow={"inner_scale": "1 pc"}))
    assert given == "band: k λ = 0.0628 to 62.83"


@pytest.mark.parametrize(
    ("numbers", "text"), [([1, 2, 3, 4, 7], "1-4, 7"), ([], ""), ([5], "5"), ([2, 4, 5], "2, 4-5")]
)
def test_ranges(numbers, text):
    assert ranges(numbers) == text


def test_counted():
    assert (counted(1), counted(100)) == ("1 realisation", "100 realisations")
