"""Points of a grid: which there are, their files and their seeds."""

from __future__ import annotations

import hashlib
from collections import Counter

import numpy as np
import pytest
from astropy import units as u

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.validation.scans.grid import LONGEST_NAME, grid_points, point_seed, shared_seed

PATHS = {"transport.mean_free_path": ["5 pc", "10 pc"]}


def files(grid, config=None, **more):
    return [point.file for point in grid_points(config or Config(), grid, **more)]


def test_points_are_the_product_and_the_last_key_varies_fastest():
    points = grid_points(Config(), PATHS | {"flow.index": [1.5, 1.6]})
    found = [(p.config.transport.mean_free_path, p.config.flow.index) for p in points]
    assert found == [(5.0, 1.5), (5.0, 1.6), (10.0, 1.5), (10.0, 1.6)]
    assert str(points[0]) == "mean_free_path = 5 pc, index = 1.5"


def test_a_file_is_named_by_the_values_however_they_are_given():
    names = ["index=1.5,mean_free_path=5pc.h5", "index=1.5,mean_free_path=10pc.h5"]
    assert files(PATHS | {"flow.index": [1.5]}) == names
    assert (
        files({"flow.index": np.array([1.5]), "transport.mean_free_path": [5, 10] * u.pc}) == names
    )
    # A grid that is extended or turned round keeps its files.
    more = files(
        {"flow.index": [1.4, 1.5], "transport.mean_free_path": ["3 pc", "10.0 pc", "5 pc"]}
    )
    assert set(names) < set(more)


def test_names_are_safe_short_and_different():
    vectors = [[f"{x} km/s", "0 km/s", "0 km/s"] for x in (1, 2)]
    for grid in (
        {"flow.mean_velocity": vectors},
        {"flow.velocity_gradient": [[vectors[i], vectors[0], vectors[0]] for i in (0, 1)]},
    ):
        grid = {
            key: [_per_pc(v) if "gradient" in key else v for v in vs] for key, vs in grid.items()
        }
        names = files(grid)
        assert len(set(names)) == 2
        for name in names:
            assert len(name) <= LONGEST_NAME + 16
            assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789_.+=,-")
    assert files({"flow.velocity_dispersion": ["20 km/s"]}) == ["velocity_dispersion=20km_per_s.h5"]


def _per_pc(rows):
    return [[f"{value}/pc" for value in row] for row in rows]


def test_no_two_sections_have_a_key_of_the_same_name():
    config = Config()
    names = Counter(
        key
        for section in Config.model_fields
        for key in type(getattr(config, section)).model_fields
    )
    assert max(names.values()) == 1


def test_keys_that_need_each_other_are_set_together():
    base = {"transport.free_path": "erlang"}
    points = grid_points(
        lambda changed: Config().replace(base | dict(changed)), {"transport.erlang_order": [2, 3]}
    )
    assert [point.config.transport.erlang_order for point in points] == [2, 3]


def test_seeds_are_those_of_the_configuration_or_of_the_values_alone():
    base = Config().replace({"ensemble.seed": 7})
    assert {p.config.ensemble.seed for p in grid_points(base, PATHS)} == {7}
    own = {p.file: p.config.ensemble.seed for p in grid_points(base, PATHS, "different")}
    assert len(set(own.values())) == 2
    longer = {"transport.mean_free_path": ["1 pc", "10 pc", "5.0 pc"]}
    assert (
        own.items()
        <= {p.file: p.config.ensemble.seed for p in grid_points(base, longer, "different")}.items()
    )
    values = {"transport.mean_free_path": "5 pc", "flow.index": 1.5}
    assert point_seed(1, values) == point_seed(1, dict(reversed(values.items())))
    # As docs/scans.md has it; it must not change.
    text = b'{"seed": 1, "values": {"flow.index": 1.5, "transport.mean_free_path": "5 pc"}}'
    assert point_seed(1, values) == int(hashlib.sha256(text).hexdigest(), 16) >> 193
    assert point_seed(2, values) != point_seed(1, values)


def test_what_a_shared_seed_means_is_said_only_where_there_is_one():
    words = shared_seed(grid_points(Config(), PATHS))
    assert "2 points share seed 1" in words
    assert "p-values are not independent" in words
    assert shared_seed(grid_points(Config(), PATHS, "different")) is None
    assert shared_seed(grid_points(Config(), {"ensemble.seed": [1, 2]})) is None
    assert "4 points share 2 seeds" in shared_seed(
        grid_points(Config(), {"ensemble.seed": [1, 2]} | PATHS)
    )


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        ({}, "grid: no key"),
        ({"flow.index": []}, "flow.index = []: must be a list of one or more values"),
        ({"flow.index": 1.5}, "flow.index = 1.5: must be a list"),
        ({"flow.index": "1.5"}, "flow.index = '1.5': must be a list"),
        ({"flow.index": [1.5, 1.5]}, "flow.index = 1.5: the same as index = 1.5"),
        ({"transport.mean_free_path": ["5 pc", "5.0 pc"]}, "mean_free_path = 5.0 pc: the same as"),
        ({"flow.index": [1.5, 30]}, "grid point flow.index = 30: configuration: flow.index = 30"),
        ({"flow.indx": [1.5]}, "flow.indx: unknown key; did you mean index?"),
        ({"flow": [1.5]}, "flow: not a key"),
        (PATHS | {"flow.index": ["x"]}, "mean_free_path = 5 pc, flow.index = x: configuration"),
        ({"flow.index": range(51), "flow.modes": range(50)}, "51 x 50 = 2550 points; at most 2500"),
    ],
)  # fmt: skip
def test_what_is_no_grid_is_refused(grid, words):
    with pytest.raises(InputError) as error:
        grid_points(Config(), grid)
    assert words in str(error.value)


def test_seeds_cannot_be_chosen_twice():
    with pytest.raises(InputError, match=r"ensemble\.seed: not with seeds"):
        grid_points(Config(), {"ensemble.seed": [1, 2]}, "different")
    with pytest.raises(InputError, match="must be same or different"):
        grid_points(Config(), PATHS, "own")
