"""Writing results files: what explains them is there, and pieces become the whole."""

from __future__ import annotations

import dataclasses
import tomllib

import h5py
import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.output import concatenate, write
from eddysky.simulator.results.store import read
from eddysky.simulator.run.ensemble import simulate


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


class TestOutsideColumns:
    @pytest.fixture
    def pieces(self, tiny, tmp_path):
        """Files of realisations 0-2 and 0-4 with columns."""

        def make(few, many):
            for name, count, columns in (("few.h5", 3, few), ("many.h5", 5, many)):
                config = tiny.replace({"ensemble.realizations": count})
                simulate(config, tmp_path / name, columns=columns)
            concatenate(tmp_path / "all.h5", [tmp_path / "few.h5", tmp_path / "many.h5"], tiny)
            return read(tmp_path / "all.h5")

        return make

    def column(self, **keys):
        given = {
            "units": "pc",
            "measure": lambda config, flow, realization: realization.index + 0.5,
        }
        return Column("number", "index and a half", **given | keys)

    def test_they_are_joined(self, pieces):
        joined = pieces([self.column()], [self.column()])
        assert joined.columns["number"].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]
        assert joined.definitions[0].units == "pc"

    def test_one_file_that_has_all_rows_is_enough(self, pieces):
        assert pieces([], [self.column()]).columns["number"].tolist() == [0.5, 1.5, 2.5, 3.5, 4.5]

    def test_rows_that_nobody_measured_are_not_made_up(self, pieces):
        with pytest.raises(InputError, match="column 'number': 2 of 5 realisations lack it"):
            pieces([self.column()], [])

    @pytest.mark.parametrize("other", [{"units": "kpc"}, {"dtype": "float32"}])
    def test_two_meanings_of_a_name_are_refused(self, pieces, other):
        with pytest.raises(InputError, match=r"many\.h5: column 'number' is not that of .*few\.h5"):
            pieces([self.column()], [self.column(**other)])
