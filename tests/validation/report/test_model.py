"""What was simulated, of every scenario: well-formed, without TeX that nobody reads, and true."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from eddysky import Config
from eddysky.scenarios import SCENARIOS
from eddysky.validation.report.model import described_model, described_values

CASES = [(name, variant) for name, each in SCENARIOS.items() for variant in each.variants]


@pytest.mark.parametrize(("name", "variant"), CASES)
def test_scenarios(name, variant):
    config = SCENARIOS[name].config(variant)
    found = described_model(config, 100) + described_values(config)
    ElementTree.fromstring(f"<div>{found}</div>")
    plain = re.sub(r"<[^>]*>", "", found)
    assert "$" not in plain
    assert "\\" not in plain
    assert found.startswith("<p>100 realisations of the sky")
    assert ("its prediction" in found) == ("R</mi><mi>ℓ" in found)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"transport.free_path": "exponential", "transport.scatterings": 3}, "scattered 3 times"),
        (
            {"transport.free_path": "exponential", "transport.scatterings": "stationary"},
            "in the stationary limit",
        ),
        (
            {
                "transport.free_path": "exponential", "transport.scatterings": "stationary",
                "transport.collisions": "small-angle",
            },
            "by small-angle scattering instead",
        ),
        ({"sky.frame": "observer"}, "frame (D/v) n·u(0) is added"),
        ({"sky.frame": "observer", "transport.mode": "drift-kinetic"}, "frame (D/v) μ b·u(0) is added"),
        ({"cosmic_rays.energy_response": {"width": 0.5}}, "mean over all rigidities"),
        ({"transport.density_gradient": ["1e-5 1/pc", "0 1/pc", "0 1/pc"]}, "A density gradient g adds"),
        ({"sky.sampling": "random", "sky.particles": 12000}, "The 12,000 particles of a sky are drawn"),
        ({"sky.sampling": "random"}, "two independent halves of the particles"),
    ],
)  # fmt: skip
def test_what_differs(settings, words):
    plain = described_model(Config(), 2)
    found = described_model(Config().replace(settings), 2)
    assert words not in plain
    assert words in found
    # The formula of the prediction is that of one scattering.
    other = {"transport.scatterings", "transport.mode", "cosmic_rays.energy_response"}
    assert ("its prediction" in found) == (not other & settings.keys())
