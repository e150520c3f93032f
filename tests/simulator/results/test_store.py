"""Results files: what goes in comes out, what explains it is there, and damage is noticed."""

from __future__ import annotations

import dataclasses
import tomllib

import h5py
import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.output import concatenate, write
from eddysky.simulator.results.store import read
from eddysky.simulator.run.ensemble import simulate

TINY = {
    "sky": {"nside": 2, "lmax": 4},
    "flow": {"modes": 8},
    "ensemble": {"realizations": 5},
}
RANDOM = {"sky.sampling": "random", "sky.particles": 64}


@pytest.fixture(scope="module", params=["pixel-centre", "random"])
def result(request):
    config = Config.from_dict(TINY).replace(RANDOM if request.param == "random" else {})
    return simulate(config, maps=3, workers=1)


@pytest.fixture
def file(result, tmp_path):
    path = tmp_path / "run.h5"
    write(path, result)
    return path


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


def test_no_maps_at_all(tmp_path, assert_same):
    result = simulate(Config.from_dict(TINY), maps=0)
    write(tmp_path / "run.h5", result)
    assert result.maps.shape == (0, 48)
    assert_same(read(tmp_path / "run.h5"), result)


def test_files_from_before_shot_noise_was_kept_are_read(result, file):
    with h5py.File(file, "r+") as opened:
        opened.attrs["results_version"] = 3
        if "noise" in opened:
            del opened["noise"]
    again = read(file)
    assert again.noise is None
    assert np.array_equal(again.power, result.power)


class TestAttributes:
    def test_root_says_what_made_the_file(self, result, file):
        with h5py.File(file) as opened:
            attributes = dict(opened.attrs)
        assert attributes["format_version"] == 1
        assert attributes["seed"] == result.config.ensemble.seed
        configuration = tomllib.loads(attributes["configuration"])
        assert configuration == tomllib.loads(result.config.to_toml())
        for name in ("eddysky_version", "created", "configuration_sha256", "numpy_version"):
            assert attributes[name]
        assert len(attributes["configuration_sha256"]) == 64
        assert attributes["created"].endswith("+00:00")

    def test_every_dataset_has_units_and_description(self, file):
        with h5py.File(file) as opened:
            assert {"power", "mean", "index", "maps", "map_index"} <= set(opened)
            for data in opened.values():
                assert data.attrs["units"] == "1"
                assert len(data.attrs["description"]) > 10
                assert data.fletcher32

    def test_power_says_how_it_was_estimated(self, result, file):
        with h5py.File(file) as opened:
            attributes = dict(opened["power"].attrs)
        assert attributes["lmax"] == 4
        word = "cross" if result.config.sampling == "random" else "auto"
        assert word in attributes["estimator"]

    def test_maps_say_where_north_and_the_particles_are(self, result, file):
        names = {"maps"} | ({"hits", "variance"} if result.hits is not None else set())
        with h5py.File(file) as opened:
            for name in names:
                attributes = dict(opened[name].attrs)
                assert attributes["nside"] == 2
                assert attributes["ordering"] == "RING"
                assert "J2000" in attributes["coordinate_system"]
                assert "where the particle comes from" in attributes["direction"]
                assert attributes["frame"] == "fluid"


class TestConcatenate:
    def pieces(self, result, folder, groups):
        paths = []
        for number, rows in enumerate(groups):
            wanted = result.index[rows]
            kept = np.isin(result.map_index, wanted)
            paths.append(folder / f"{number}.h5")
            write(
                paths[-1],
                dataclasses.replace(
                    result,
                    index=wanted,
                    power=result.power[rows],
                    mean=result.mean[rows],
                    map_index=result.map_index[kept],
                    maps=result.maps[kept],
                    hits=None if result.hits is None else result.hits[kept],
                    variance=None if result.variance is None else result.variance[kept],
                    noise=None if result.noise is None else result.noise[rows],
                ),
            )
        return paths

    @pytest.mark.parametrize(
        "groups",
        [
            [[0, 1, 2, 3, 4]],
            [[3, 4], [0, 1, 2]],
            [[4], [2], [0], [1], [3]],
            [[0, 2, 4], [1, 3]],
            # Rows out of order, though a run writes its parts in order.
            [[3, 0], [4, 2, 1]],
            # The same realisation twice is kept once.
            [[0, 1, 2], [2, 3, 4], [0, 1]],
        ],
    )
    def test_pieces_become_the_whole(self, result, tmp_path, groups, assert_same):
        paths = self.pieces(result, tmp_path, groups)
        concatenate(tmp_path / "all.h5", paths, result.config)
        assert_same(read(tmp_path / "all.h5"), result)


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

    def test_other_format(self, file):
        with h5py.File(file, "r+") as opened:
            opened.attrs["format_version"] = 99
        assert "99" in refused(file)

    def test_altered_configuration(self, file):
        with h5py.File(file, "r+") as opened:
            text = opened.attrs["configuration"]
            opened.attrs["configuration"] = text.replace("modes = 8", "modes = 9")
        assert "altered" in refused(file)

    @pytest.mark.parametrize("name", ["power", "maps", "mean", "index"])
    def test_missing_dataset(self, file, name):
        with h5py.File(file, "r+") as opened:
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
