"""Titles say what was simulated: the paper's figure only where its physics is."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.scenarios.captions import caption, changes, same_law
from eddysky.scenarios.scenario import Outcome
from eddysky.simulator import Config
from eddysky.simulator.results.result import Result
from eddysky.validation.comparison.verdict import Comparison

ELL = np.arange(1, 3)
COMPARISON = Comparison(10, ELL, np.ones(2), np.ones(2), np.ones(2))


def outcomes(name, overrides):
    scenario = SCENARIOS[name]
    found = {}
    for variant in scenario.variants:
        # Results files hold all defaults filled in.
        config = Config.from_text(scenario.config(variant, overrides).to_toml())
        nothing = np.empty(0)
        result = Result(config, nothing, nothing, nothing, nothing, nothing)
        found[variant] = Outcome(result, COMPARISON)
    return found


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize(
    "overrides",
    [{}, {"sky.nside": 64, "sky.lmax": 7}, {"ensemble.seed": 5, "flow.modes": 3000}],
    ids=str,
)
def test_the_papers_figure_as_it_is(name, overrides):
    title = caption(SCENARIOS[name], outcomes(name, overrides), "Sky", "ZL25 Fig. 3")
    assert "(ZL25 Fig. 3)" in title
    assert "changed" not in title


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"flow.index": 1.5}, "flow.index = 1.5"),
        ({"transport.mean_free_path": "3 pc"}, "transport.mean_free_path = 3 pc"),
        ({"flow.inner_scale": "7 pc"}, "flow.inner_scale = 7 pc"),
        ({"sky.frame": "observer"}, "sky.frame = observer"),
        (
            {"cosmic_rays.energy_response": {"width": 0.7}},
            "cosmic_rays.energy_response = width 0.7",
        ),
        (
            {"cosmic_rays.composition": {"charges": [1, 26], "fractions": [0.6, 0.4]}},
            "cosmic_rays.composition = charges 1, 26",
        ),
    ],
    ids=["index", "path", "scale", "frame", "energies", "charges"],
)
def test_changes_of_the_physics_are_said(overrides, words):
    title = caption(SCENARIOS["zl25-fig1"], outcomes("zl25-fig1", overrides), "Sky", "ZL25 Fig. 1")
    assert words in title
    assert "ZL25" not in title


def test_components_are_counted():
    changed = {"flow.component": [{"index": 1.5}, {"index": 2.0}]}
    title = caption(SCENARIOS["isotropic-diffusion"], outcomes("isotropic-diffusion", changed), "")
    assert "flow.component = 2 spectra" in title


def test_many_changes_are_counted():
    changed = {"flow.index": 1.5, "flow.transverse_fraction": 0.5, "sky.frame": "observer"}
    changed |= {"cosmic_rays.energy": "20 TeV", "cosmic_rays.spectral_index": 2.5}
    found = changes(Config(), Config().replace(changed))
    assert found.keys() == changed.keys()
    title = caption(
        SCENARIOS["zl25-fig1"],
        outcomes("zl25-fig1", changed),
        "Sky",
    )
    assert "1 more" in title


def test_the_same_flows_are_said_where_they_are():
    both = "the same flows"
    assert both in caption(SCENARIOS["zl25-fig3-spectra"], outcomes("zl25-fig3-spectra", {}), "")
    # The default bands of the two kinds of transport differ, and so do their dispersions.
    assert both not in caption(SCENARIOS["zl25-fig3-sky"], outcomes("zl25-fig3-sky", {}), "")


@pytest.mark.parametrize(
    ("overrides", "same"),
    [
        ({}, True),
        ({"flow.index": 1.5, "transport.mean_free_path": "3 pc", "sky.nside": 8}, True),
        ({"flow.transverse_fraction": 0.0}, False),
        ({"transport.mode": "parallel"}, False),
        ({"cosmic_rays.energy_response": {"width": 0.7}}, False),
        ({"flow.component": [{"index": 1.5}, {"index": 2.0}]}, False),
    ],
)
def test_slopes_hold_for_the_flow_and_transport_of_the_scenario(overrides, same):
    name = "collision-operator"
    for variant, outcome in outcomes(name, overrides).items():
        assert same_law(SCENARIOS[name], variant, outcome) == same
