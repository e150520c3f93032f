"""`eddysky show` prints every configuration so that it can be read back."""

from __future__ import annotations

import tomllib

import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.simulator import Config
from eddysky.simulator.config.meanings import MEANINGS

DEFAULT = next(iter(SCENARIOS))


@pytest.mark.parametrize(
    "target",
    [*SCENARIOS, *(f"{s.name}/{v}" for s in SCENARIOS.values() for v in s.variants if v)],
)
def test_show_gives_the_configuration_back(eddysky, target):
    outcome = eddysky("show", target)
    assert outcome.code == 0
    assert outcome.err == ""
    name, _, variant = target.partition("/")
    shown = Config.from_text(outcome.out)
    assert shown.to_dict() == SCENARIOS[name].config(variant).to_dict()
    # What is not given is a comment: it follows other keys when these are edited.
    given = tomllib.loads(outcome.out)
    for section, values in shown.to_dict().items():
        for key, value in values.items():
            assert given[section].get(key, value) == value
            assert key in given[section] or f"# {key} = " in outcome.out
    assert shown.config_hash == SCENARIOS[name].config(variant).config_hash
    several = len(SCENARIOS[name].variants) > 1 and not variant
    assert ("# first of the variants" in outcome.out) is several


def test_show_explains_each_key_once(eddysky):
    lines = eddysky("show").out.splitlines()
    shown = [i for i, line in enumerate(lines) if line.startswith(("index = ", "# lmax = "))]
    assert [lines[i - 1].startswith("# ") for i in shown] == [True, True]
    first = [
        meaning[:60].rsplit(" ", 1)[0] for meaning in (MEANINGS["flow.index"], MEANINGS["sky.lmax"])
    ]
    assert ["\n".join(lines).count(start) for start in first] == [1, 1]


def test_tables_are_explained_above_their_headers(eddysky):
    lines = eddysky(
        "show", "zl24-energy", "--set", "cosmic_rays.energy_response={width = 0.3}"
    ).out.splitlines()
    header = lines.index("[cosmic_rays.energy_response]")
    assert "one energy" in lines[header - 1]


def test_the_default_target_is_the_default_configuration(eddysky):
    assert eddysky("show").out == eddysky("show", DEFAULT).out
    assert Config.from_text(eddysky("show").out).to_dict() == Config().to_dict()
    assert eddysky("predict").out == eddysky("predict", DEFAULT).out
