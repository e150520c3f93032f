"""Reading results files: what went in comes out, and damage is noticed."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.output import write
from eddysky.simulator.results.store import read, sha256
from eddysky.simulator.run.ensemble import simulate


def column():
    return Column(
        "number", "number of the realisation", measure=lambda *given: float(given[2].index)
    )


def refused(path):
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert str(path) in message
    assert message.count("\n") <= 1
    return message


def test_round_trip(result, file, assert_same):
    again = read(file)
    assert_same(again, result)
    assert again.config.to_dict() == result.config.to_dict()
    assert np.array_equal(again.ell, np.arange(5))


def test_shapes_and_types(result):
    assert result.power.shape == (5, 5)
    assert result.power.dtype == result.mean.dtype == np.float64
    assert np.array_equal(result.index, np.arange(5))
    assert np.array_equal(result.map_index, [0, 1, 2])
    assert result.maps.shape == (3, 48)
    assert result.maps.dtype == np.float32
    if result.config.sampling == "random":
        assert result.hits.shape == result.variance.shape == (3, 48)
        assert np.all(result.hits.sum(axis=1) == 64)
        # 64 particles on 48 pixels leave some empty.
        assert np.array_equal(np.isnan(result.maps), result.hits == 0)
        assert np.array_equal(np.isnan(result.variance), result.hits < 2)
    else:
        assert (result.hits, result.variance) == (None, None)


def test_no_maps_at_all(tiny, tmp_path, assert_same):
    result = simulate(tiny, maps=0)
    write(tmp_path / "run.h5", result)
    assert result.maps.shape == (0, 48)
    assert_same(read(tmp_path / "run.h5"), result)


def test_files_from_before_shot_noise_was_kept_are_read(result, file, resealing):
    with resealing(file) as opened:
        opened.attrs["results_version"] = 3
        if "noise" in opened:
            del opened["noise"]
    again = read(file)
    assert again.noise is None
    assert np.array_equal(again.power, result.power)


class TestFormerPrecision:
    @pytest.fixture
    def write(self, file, resealing):
        def change(value):
            with resealing(file) as opened:
                text = opened.attrs["configuration"]
                former = text.replace("[flow]\n", f'[flow]\nprecision = "{value}"\n')
                opened.attrs["configuration"] = former
                opened.attrs["configuration_sha256"] = sha256(former)

        return change

    def test_double_is_the_same_run(self, result, file, write, assert_same):
        write("double")
        assert_same(read(file), result)

    def test_single_is_refused(self, file, write):
        write("single")
        assert 'flow.precision = "single": no longer supported' in refused(file)


class TestDamage:
    def test_no_such_file(self, tmp_path):
        assert "no such file" in refused(tmp_path / "none.h5")

    def test_directory(self, tmp_path):
        assert "directory" in refused(tmp_path)

    @pytest.mark.parametrize("content", [b"", b"ell,c_ell\n1,2\n", b"\x00" * 3000])
    def test_other_kind_of_file(self, tmp_path, content):
        path = tmp_path / "run.h5"
        path.write_bytes(content)
        assert "not an eddysky results file" in refused(path)

    def test_other_hdf5_file(self, tmp_path):
        with h5py.File(tmp_path / "run.h5", "w") as opened:
            opened["power"] = np.zeros(3)
        assert "not an eddysky results file" in refused(tmp_path / "run.h5")

    @pytest.mark.parametrize("kept", [0.02, 0.3, 0.7, 0.99])
    def test_truncated(self, file, kept):
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * kept)])
        assert "damaged" in refused(file)

    def test_other_format(self, file, resealing):
        with resealing(file) as opened:
            opened.attrs["format_version"] = 99
        assert "99" in refused(file)

    def test_altered_configuration(self, file, resealing):
        with resealing(file) as opened:
            text = opened.attrs["configuration"]
            opened.attrs["configuration"] = text.replace("modes = 8", "modes = 9")
        assert "altered" in refused(file)

    @pytest.mark.parametrize("name", ["power", "maps", "mean", "index"])
    def test_missing_dataset(self, file, name, resealing):
        with resealing(file) as opened:
            del opened[name]
        assert "damaged" in refused(file)

    @pytest.mark.parametrize("name", ["power", "mean", "maps"])
    def test_flipped_bit(self, file, name):
        # Fletcher-32 sees every flip of a single bit.
        with h5py.File(file) as opened:
            chunk = opened[name].id.get_chunk_info(0)
        content = bytearray(file.read_bytes())
        content[chunk.byte_offset + chunk.size // 2] ^= 0x10
        file.write_bytes(content)
        assert "damaged" in refused(file)


class TestDamagedOutsideColumns:
    """A column of the user's is checked like the others."""

    @pytest.fixture
    def altered(self, tiny, tmp_path, resealing):
        def alter(change):
            simulate(tiny, tmp_path / "run.h5", columns=[column()])
            with resealing(tmp_path / "run.h5") as opened:
                change(opened)
            return refused(tmp_path / "run.h5")

        return alter

    def test_too_few_rows(self, altered):
        def cut(opened):
            about = dict(opened["columns/number"].attrs)
            del opened["columns/number"]
            opened["columns/number"] = np.zeros(4)
            opened["columns/number"].attrs.update(about)

        assert "/columns/number is float64 of shape (4,)" in altered(cut)

    @pytest.mark.parametrize("key", ["units", "description"])
    def test_not_described(self, altered, key):
        def strip(opened):
            del opened["columns/number"].attrs[key]

        assert "damaged" in altered(strip)

    def test_not_numbers(self, altered):
        def text(opened):
            del opened["columns/number"]
            opened["columns/number"] = ["a", "b", "c", "d", "e"]

        assert "/columns/number" in altered(text)

    def test_no_group(self, altered):
        def replaced(opened):
            del opened["columns"]
            opened["columns"] = np.zeros(5)

        assert "damaged" in altered(replaced)
