"""`eddysky list`."""

from __future__ import annotations

from eddysky.scenarios import SCENARIOS


def test_list_has_one_line_for_each_scenario(eddysky):
    outcome = eddysky("list")
    assert outcome.code == 0
    assert outcome.err == ""
    lines = outcome.out.splitlines()
    assert [line.split()[0] for line in lines] == list(SCENARIOS)
    for line, scenario in zip(lines, SCENARIOS.values(), strict=True):
        assert line.endswith(scenario.summary)
