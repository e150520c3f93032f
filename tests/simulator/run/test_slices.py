from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config, InputError, simulate
from eddysky.simulator.run.slices import Slice

TINY = Config().replace({"sky.nside": 4, "flow.modes": 16, "ensemble.realizations": 11})


def array_job(task, first, last, count):
    names = {"ID": task, "MIN": first, "MAX": last, "COUNT": count}
    return {f"SLURM_ARRAY_TASK_{name}": str(value) for name, value in names.items()}


def test_slices_hold_each_realisation_once_and_grow_with_the_run():
    for realizations in (7, 8, 100):
        slices = [Slice(number, 7).indices(realizations) for number in range(1, 8)]
        assert sorted(index for some in slices for index in some) == list(range(realizations))
    assert list(Slice(3, 7).indices(100))[:5] == list(Slice(3, 7).indices(32))


def test_slices_of_a_run_are_rows_of_the_whole(tmp_path):
    whole = simulate(TINY, maps=4, alms=5)
    for number in (1, 2, 3):
        part = simulate(TINY, tmp_path / f"{number}.h5", slice=(number, 3), maps=4, alms=5)
        assert part.index.tolist() == list(range(number - 1, 11, 3))
        for name, index in (("power", "index"), ("maps", "map_index"), ("alm", "alm_index")):
            rows = getattr(part, index)
            assert np.array_equal(getattr(part, name), getattr(whole, name)[rows])
        assert part.map_index.tolist() == [index for index in part.index if index < 4]


def test_a_longer_run_extends_its_slices(tmp_path):
    file = tmp_path / "slice.h5"
    before = simulate(TINY, file, slice=(2, 3))
    after = simulate(TINY.replace({"ensemble.realizations": 20}), file, slice=(2, 3))
    assert after.index.tolist() == list(range(1, 20, 3))
    assert np.array_equal(after.power[: len(before.power)], before.power)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (array_job(1, 1, 4, 4), (1, 4)),
        (array_job(0, 0, 9, 10), (1, 10)),
        (array_job(8, 5, 8, 4), (4, 4)),
        (array_job(7, 1, 10, 4), (3, 4)),
        (array_job(3, 3, 3, 1), (1, 1)),
    ],
)
def test_array_jobs_begin_anywhere(environment, expected):
    assert Slice.from_array_job(environment) == Slice(*expected)


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "only in a SLURM array job"),
        (array_job(3, 1, 7, 3), "has gaps"),
        (array_job(1, 1, 7, 0), "has gaps"),
        (array_job("x", 1, 7, 3), "only in a SLURM array job"),
    ],
)
def test_other_jobs_must_name_their_slice(environment, words):
    with pytest.raises(InputError, match=words):
        Slice.from_array_job(environment)


@pytest.mark.parametrize(
    "text", ["0/3", "4/3", "1/0", "1", "/", "a/b", "1/2/3", "-1/3", "1.5/3", "²/3", ""]
)
def test_what_is_no_slice(text):
    with pytest.raises(InputError, match="must be I/N with whole numbers I from 1 to N"):
        Slice.from_text(text)


def test_a_slice_without_realisations():
    with pytest.raises(
        InputError, match=r"--slice 12/12: has no realisation: ensemble.realizations = 11"
    ):
        simulate(TINY, slice=(12, 12))


@pytest.mark.parametrize("given", [("a", 2), (1, 2, 3), "1/2", 3, (1.5, 2)])
def test_what_is_no_pair(given):
    with pytest.raises(InputError, match=r"slice = .*: must be \(I, N\)"):
        simulate(TINY, slice=given)
