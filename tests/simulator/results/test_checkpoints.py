"""Resuming and extending runs."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.results.store import read
from eddysky.simulator.run.ensemble import simulate

PIXEL_CENTRE = Config.from_dict(
    {"sky": {"nside": 2, "lmax": 4}, "flow": {"modes": 8}, "ensemble": {"realizations": 10}}
)
RANDOM = PIXEL_CENTRE.replace({"sky.sampling": "random", "sky.particles": 64})


@pytest.fixture(params=[PIXEL_CENTRE, RANDOM], ids=["pixel-centre", "random"])
def config(request):
    return request.param


class TestResume:
    def test_only_missing_realizations_are_made(
        self, config, output, parts, add, counted, assert_same
    ):
        whole = simulate(config, maps=2)
        counted.clear()
        add(config, [7, 0, 3])
        add(config, [4])
        assert len(list(parts.iterdir())) == 2
        with open_checkpoints(output, config) as opened:
            assert opened.missing(range(10), 2) == ([1, 2, 5, 6, 8, 9], 10)
        resumed = simulate(config, output, maps=2)
        assert sorted(counted) == [1, 2, 5, 6, 8, 9]
        assert_same(resumed, whole)
        assert not parts.exists()

    def test_finished_run_is_not_repeated(self, config, output, counted, assert_same):
        first = simulate(config, output, maps=2)
        content = output.read_bytes()
        counted.clear()
        assert_same(simulate(config, output, maps=2), first)
        assert counted == []
        assert output.read_bytes() == content

    def test_more_realizations_extend(self, config, output, counted, assert_same):
        simulate(config, output, maps=2)
        counted.clear()
        more = config.replace({"ensemble.realizations": 14})
        extended = simulate(more, output, maps=2)
        assert sorted(counted) == [10, 11, 12, 13]
        assert extended.config.ensemble.realizations == 14
        assert_same(extended, simulate(more, maps=2))

    def test_fewer_realizations_take_nothing_away(self, config, output, counted, assert_same):
        first = simulate(config, output, maps=2)
        content = output.read_bytes()
        counted.clear()
        assert_same(simulate(config.replace({"ensemble.realizations": 3}), output, maps=2), first)
        assert counted == []
        assert output.read_bytes() == content

    def test_more_maps_are_made_afterwards(self, config, output, counted, assert_same):
        simulate(config, output, maps=2)
        counted.clear()
        extended = simulate(config, output, maps=5)
        assert sorted(counted) == [2, 3, 4]
        assert_same(extended, simulate(config, maps=5))

    @pytest.mark.parametrize("maps", [0, 1, 10, 99])
    def test_number_of_maps(self, config, output, maps):
        result = simulate(config, output, maps=maps)
        assert np.array_equal(result.map_index, np.arange(min(maps, 10)))
        assert len(result.maps) == min(maps, 10)

    def test_empty_batch_leaves_no_part(self, config, parts, add):
        add(config, [])
        assert not parts.exists()

    def test_what_was_added_is_missing_no_more(self, config, output, make):
        with open_checkpoints(output, config) as opened:
            opened.add(make(config, [7, 0]))
            assert opened.missing(range(10), 2) == ([1, 2, 3, 4, 5, 6, 8, 9], 10)

    def test_slices_need_only_their_own(self, config, output, make):
        """Maps of the first four: number 5 needs none."""
        with open_checkpoints(output, config) as opened:
            opened.add(make(config, [1], maps=0))
            assert opened.missing(range(1, 10, 2), 4) == ([1, 3, 5, 7, 9], 5)


def test_results_read_back_are_those_returned(config, output, assert_same):
    assert_same(simulate(config, output, maps=3), read(output))
