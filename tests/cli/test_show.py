"""`eddysky show` prints every configuration so that it can be read back."""

from __future__ import annotations

import tomllib

import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.simulator import Config

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


def test_the_default_target_is_the_default_configuration(eddysky):
    assert eddysky("show").out == eddysky("show", DEFAULT).out
    assert Config.from_text(eddysky("show").out).to_dict() == Config().to_dict()
    assert eddysky("predict").out == eddysky("predict", DEFAULT).out
