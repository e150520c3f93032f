"""Merging: any order gives the same bits, and what does not belong together is refused."""

from __future__ import annotations

import itertools
import resource

import h5py
import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.results import merging
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.merging import merge
from eddysky.simulator.results.output import concatenate, write
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.sealing import is_sealed
from eddysky.simulator.results.store import read
from eddysky.simulator.run.ensemble import simulate


@pytest.fixture
def slices(tiny, tmp_path):
    paths = [tmp_path / f"run-{number}-of-3.h5" for number in (1, 2, 3)]
    for number, path in enumerate(paths, 1):
        simulate(tiny, path, slice=(number, 3), maps=3, alms=2, workers=1)
    return paths


@pytest.fixture
def whole(tiny):
    return simulate(tiny, maps=3, alms=2, workers=1)


def refused(sources, output, *words):
    with pytest.raises(InputError) as caught:
        merge(sources, output)
    message = str(caught.value)
    for word in words:
        assert word in message
    assert message.count("\n") <= 1


def test_any_order_gives_the_whole(slices, whole, tmp_path, assert_same):
    for order in itertools.permutations(slices):
        output = tmp_path / "all.h5"
        output.unlink(missing_ok=True)
        merged = merge(order, output)
        assert (merged.realizations, merged.maps, merged.alms) == (5, 3, 2)
        assert merged.missing == []
        assert is_sealed(output)
        assert_same(read(output), whole)
    assert {path.suffix for path in tmp_path.iterdir()} == {".h5"}


def test_files_overlap_and_one_is_the_output(slices, whole, tmp_path, assert_same):
    merged = merge([slices[1], slices[0], slices[1]], slices[0])
    assert merged.missing == [2]
    merge([slices[0], slices[2]], tmp_path / "all.h5")
    assert_same(read(tmp_path / "all.h5"), whole)


def test_the_output_keeps_its_realizations_and_can_be_extended(
    tiny, slices, whole, tmp_path, assert_same
):
    output = tmp_path / "all.h5"
    assert merge(slices[:1], output).missing == [1, 2, 4]
    assert merge(slices[1:2], output).missing == [2]
    assert_same(simulate(tiny, output, maps=3, alms=2), whole)


def test_the_largest_number_of_realizations_counts(tiny, tmp_path):
    few, many = tmp_path / "few.h5", tmp_path / "many.h5"
    simulate(tiny.replace({"ensemble.realizations": 2}), few, maps=0)
    simulate(tiny.replace({"ensemble.realizations": 9}), many, slice=(9, 9), maps=0)
    for sources in ([few, many], [many, few]):
        output = tmp_path / "all.h5"
        output.unlink(missing_ok=True)
        merged = merge(sources, output)
        assert merged.config.ensemble.realizations == 9
        assert merged.missing == [2, 3, 4, 5, 6, 7]


class TestRefused:
    def test_other_configurations(self, tiny, slices, tmp_path):
        other = tmp_path / "other.h5"
        simulate(tiny.replace({"flow.index": 1.5}), other)
        words = (str(other), str(slices[0]), "another configuration", "flow.index", "1.5")
        refused([slices[0], other], tmp_path / "all.h5", *words)
        refused([slices[0]], other, "another configuration", "flow.index")
        assert not (tmp_path / "all.h5").exists()

    def test_other_versions(self, slices, tmp_path, resealing):
        with resealing(slices[1]) as opened:
            opened.attrs["results_version"] = 4
        words = (str(slices[1]), "results_version 4, expected 5")
        refused(slices, tmp_path / "all.h5", *words)

    @pytest.mark.parametrize(
        ("name", "number"), [("power", 4), ("maps", 0), ("mean", 3), ("alm", 0)]
    )
    def test_realizations_that_differ(self, slices, tmp_path, tiny, resealing, name, number):
        other = tmp_path / "other.h5"
        simulate(tiny, other, maps=3, alms=2, workers=1)
        with resealing(other) as opened:
            row = np.atleast_1d(opened[name][number])
            row.flat[-1] = np.nextafter(row.flat[-1].real, 1, dtype=row.real.dtype)
            opened[name][number] = row
        source = slices[number % 3]
        words = (str(other), str(source), f"/{name} of realisation {number} is not that of")
        refused([*slices, other], tmp_path / "all.h5", *words)

    @pytest.mark.parametrize("content", [b"my thesis", b"\x89HDF\r\n\x1a\n and no more"])
    def test_outputs_that_are_not_ours(self, slices, tmp_path, content):
        output = tmp_path / "all.h5"
        output.write_bytes(content)
        refused(slices, output, str(output))
        assert output.read_bytes() == content

    def test_damaged_files(self, slices, tmp_path):
        content = bytearray(slices[1].read_bytes())
        content[3000] ^= 1
        slices[1].write_bytes(content)
        refused(slices, tmp_path / "all.h5", str(slices[1]), "damaged")

    def test_columns_that_some_lack(self, tiny, slices, tmp_path):
        column = Column("number", "its number", measure=lambda *given: float(given[2].index))
        other = tmp_path / "other.h5"
        simulate(tiny, other, slice=(2, 3), columns=[column])
        refused([slices[0], other], tmp_path / "all.h5", "column 'number'", "lack it")

    def test_no_files_besides_the_output(self, slices, tmp_path):
        refused([slices[0]], slices[0], "nothing to merge into it")
        refused([tmp_path / "none.h5"], tmp_path / "all.h5", "none.h5: no such file")
        refused(slices, tmp_path / "none" / "all.h5", "not a directory")

    def test_an_output_that_is_being_written(self, tiny, slices, tmp_path):
        with open_checkpoints(tmp_path / "all.h5", tiny):
            refused(slices, tmp_path / "all.h5", "another run is writing it")


def test_each_file_is_opened_once(slices, tmp_path, monkeypatch):
    opened, original = [], merging.open_results

    def counting(path):
        opened.append(path)
        return original(path)

    monkeypatch.setattr(merging, "open_results", counting)
    merge(slices, tmp_path / "all.h5")
    assert opened == slices


@pytest.mark.slow
def test_memory_and_time_of_many_parts(tiny, tmp_path):
    """Maps of 1 GB in all are never in memory together."""
    config = tiny.replace({"sky.nside": 256, "ensemble.realizations": 300})
    rng = np.random.default_rng(1)
    sources = []
    for start in range(0, 300, 20):
        index = np.arange(start, start + 20)
        maps = np.repeat(rng.standard_normal((20, 12), dtype=np.float32), 65536, axis=1)
        none = np.empty((0, 1, 15), complex)
        result = Result(config, index, rng.random((20, 5)), rng.random(20), index, maps, alm=none)
        sources.append(tmp_path / f"{start}.h5")
        write(sources[-1], result)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    concatenate(tmp_path / "all.h5", sources, config)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000
    with h5py.File(tmp_path / "all.h5") as file:
        assert file["maps"].shape == (300, 12 * 65536)
        assert np.array_equal(file["maps"][280:], maps)
