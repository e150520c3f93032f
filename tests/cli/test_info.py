"""`eddysky info`."""

from __future__ import annotations

from eddysky.simulator import Config, read


def test_info(eddysky, finished):
    outcome = eddysky("info", finished[0])
    assert outcome.code == 0
    assert outcome.err == ""
    for text in ("format 1", "seed: 1", "/power: 40 x 17 float64", "/maps: 8 x 3072 float32"):
        assert text in outcome.out
    described, configuration = outcome.out.split("\n\n", 1)
    assert len(described.splitlines()) == 12
    assert Config.from_text(configuration) == read(finished[0]).config
