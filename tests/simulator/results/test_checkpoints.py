"""Crash-safe collection: resuming, extending, damage and locks."""

from __future__ import annotations

import errno
import fcntl
import os
import platform
import stat
import subprocess
import sys

import h5py
import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results import checkpoints
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.results.store import read
from eddysky.simulator.run import job
from eddysky.simulator.run.ensemble import simulate
from eddysky.simulator.run.realization import Setup, realize

PIXEL_CENTRE = Config.from_dict(
    {"sky": {"nside": 2, "lmax": 4}, "flow": {"modes": 8}, "ensemble": {"realizations": 10}}
)
RANDOM = PIXEL_CENTRE.replace({"sky.sampling": "random", "sky.particles": 64})


@pytest.fixture(params=[PIXEL_CENTRE, RANDOM], ids=["pixel-centre", "random"])
def config(request):
    return request.param


@pytest.fixture
def output(tmp_path):
    return tmp_path / "run.h5"


WITHOUT_FCNTL = """
import sys
sys.modules["fcntl"] = None
from pathlib import Path
from eddysky import Config, InputError, simulate
from eddysky.simulator.results.checkpoints import open_checkpoints
small = {"sky.nside": 2, "sky.lmax": 4, "flow.modes": 8, "ensemble.realizations": 3}
config = Config().replace(small)
print(len(simulate(config, "run.h5").index))
with open_checkpoints(Path("run.h5"), config):
    try:
        simulate(config, "run.h5")
    except InputError as error:
        print(error)
simulate(config, "run.h5")
"""


def made(config, indices, maps=2):
    setup = Setup.from_config(config)
    return [realize(setup, index, keep_map=index < maps) for index in indices]


def add(output, config, indices, maps=2):
    """Leave a part behind, as an interrupted run does."""
    with open_checkpoints(output, config) as opened:
        opened.add(made(config, indices, maps))


def part_files(output):
    return sorted(output.with_name(output.name + ".parts").glob("part-*.h5"))


@pytest.fixture
def counted(monkeypatch):
    """Numbers of the realisations that are really made."""
    indices = []

    def counting(setup, index, **options):
        indices.append(index)
        return realize(setup, index, **options)

    monkeypatch.setattr(job, "realize", counting)
    return indices


class TestResume:
    def test_only_missing_realizations_are_made(self, config, output, counted, assert_same):
        whole = simulate(config, maps=2)
        counted.clear()
        add(output, config, [7, 0, 3])
        add(output, config, [4])
        assert len(part_files(output)) == 2
        with open_checkpoints(output, config) as opened:
            assert opened.missing(range(10), 2) == ([1, 2, 5, 6, 8, 9], 10)
        resumed = simulate(config, output, maps=2)
        assert sorted(counted) == [1, 2, 5, 6, 8, 9]
        assert_same(resumed, whole)
        assert not output.with_name("run.h5.parts").exists()

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

    def test_empty_batch_leaves_no_part(self, config, output):
        add(output, config, [])
        assert part_files(output) == []


class TestDamage:
    @pytest.mark.parametrize("damage", ["cut", "flip", "empty", "garbage"])
    def test_corrupted_part_is_ignored_and_made_again(
        self, config, output, counted, damage, assert_same
    ):
        whole = simulate(config, maps=2)
        add(output, config, [0, 1, 2])
        add(output, config, [5])
        first, second = part_files(output)
        content = bytearray(first.read_bytes())
        if damage == "cut":
            content = content[: len(content) // 2]
        elif damage == "flip":
            content[len(content) // 2] ^= 1
        first.write_bytes({"empty": b"", "garbage": b"not HDF5 at all"}.get(damage, bytes(content)))
        with open_checkpoints(output, config) as opened:
            assert opened.sources() == [second]
        counted.clear()
        assert_same(simulate(config, output, maps=2), whole)
        assert sorted(counted) == [0, 1, 2, 3, 4, 6, 7, 8, 9]

    def test_unfinished_run_of_another_configuration_is_refused_and_left_alone(
        self, config, output
    ):
        add(output, config.replace({"ensemble.seed": 99}), [0, 1])
        (part,) = part_files(output)
        content = part.read_bytes()
        with pytest.raises(InputError) as caught:
            simulate(config, output)
        for word in (str(output), "another configuration", "ensemble.seed", "99"):
            assert word in str(caught.value)
        assert part_files(output) == [part]
        assert part.read_bytes() == content
        assert not output.exists()

    def test_results_of_an_incompatible_version_are_refused(self, config, output):
        simulate(config, output)
        with h5py.File(output, "r+") as opened:
            opened.attrs["results_version"] = 2
        with pytest.raises(InputError) as caught:
            simulate(config, output)
        assert (
            f"{output}: written by an incompatible version (results_version 2, expected 5)"
            in str(caught.value)
        )

    def test_unfinished_writing_is_removed(self, config, output):
        directory = output.with_name("run.h5.parts")
        directory.mkdir()
        for name in ("eddysky-writing-123", "eddysky-writing-4"):
            (directory / name).write_bytes(b"half a file")
        with open_checkpoints(output, config) as opened:
            assert not list(directory.glob("eddysky-writing-*"))
            assert opened.missing(range(10), 0) == (list(range(10)), 10)
        simulate(config, output)
        assert not directory.exists()

    @pytest.mark.parametrize("kept", [0.1, 0.6])
    def test_truncated_results_are_refused_and_left_alone(self, config, output, kept):
        simulate(config, output)
        content = output.read_bytes()[: int(output.stat().st_size * kept)]
        output.write_bytes(content)
        with pytest.raises(InputError, match="damaged"):
            simulate(config, output)
        assert output.read_bytes() == content

    def test_other_kind_of_file_is_refused_and_left_alone(self, config, output):
        output.write_bytes(b"my thesis")
        with pytest.raises(InputError, match="not an eddysky results file"):
            simulate(config, output)
        assert output.read_bytes() == b"my thesis"
        assert not output.with_name("run.h5.parts").exists()

    def test_of_long_tables_only_what_differs_is_named(self, config, output):
        """A table may have thousands of rows, which a message does not repeat."""
        k = [0.01 * 1.1**row for row in range(40)]
        w = [20.0 / (1 + row) for row in range(40)]

        def tabulated(table, **keys):
            return config.replace(
                {"flow.component": [{"spectrum": "table", "table": table} | keys]}
            )

        simulate(tabulated({"wavenumber": k, "spectrum": w}), output)
        for other, words in (
            ({"wavenumber": k, "spectrum": [*w[:-1], 7.5]}, "table.spectrum.39 was 0.5, now 7.5)"),
            ({"wavenumber": k[:-1], "spectrum": w[:-1]}, "table.spectrum was [20.0,"),
        ):
            with pytest.raises(InputError) as caught:
                simulate(tabulated(other), output)
            assert "flow.component.0." + words in str(caught.value)
            assert len(str(caught.value)) < 500

    @pytest.mark.parametrize(
        ("key", "value"),
        [("flow.index", 1.5), ("ensemble.seed", 2), ("sky.frame", "observer"), ("flow.modes", 9)],
    )
    def test_other_configuration_is_refused_and_left_alone(self, config, output, key, value):
        simulate(config, output)
        content = output.read_bytes()
        with pytest.raises(InputError) as caught:
            simulate(config.replace({key: value}), output)
        for word in (str(output), "another configuration", key, str(value)):
            assert word in str(caught.value)
        assert output.read_bytes() == content
        assert not output.with_name("run.h5.parts").exists()

    def test_no_such_directory(self, config, tmp_path):
        with pytest.raises(InputError, match="not a directory"):
            simulate(config, tmp_path / "none" / "run.h5")


class TestNames:
    def test_no_two_writers_choose_the_same(self, config, output):
        with open_checkpoints(output, config) as opened:
            names = {opened.temporary().name for _ in range(100)}
        assert len(names) == 100
        # Whose it is: this machine, this process.
        start = f"eddysky-writing-{platform.node()}-{os.getpid()}-"
        assert all(name.startswith(start) for name in names)

    @pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
    def test_file_systems_that_cannot_flush_directories(self, config, output, monkeypatch, code):
        flush = os.fsync

        def fsync(descriptor):
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise OSError(code, os.strerror(code))
            flush(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        assert len(simulate(config, output).index) == 10

    def test_a_disk_that_fails_is_no_such_file_system(self, config, output, monkeypatch):
        def fsync(descriptor):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match="Input/output error"):
            simulate(config, output)
        assert not output.exists()


class TestLock:
    def test_second_run_of_the_same_file_is_refused(self, config, output):
        with (
            open_checkpoints(output, config),
            pytest.raises(InputError, match="another run is writing it"),
        ):
            simulate(config, output)
        # Once the first is done, the second goes ahead.
        assert len(simulate(config, output).index) == 10

    @pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
    @pytest.mark.filterwarnings("ignore:flock not supported:UserWarning")
    def test_file_systems_without_locks(self, config, output, monkeypatch, code):
        def flock(*_):
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(fcntl, "flock", flock)
        assert len(simulate(config, output).index) == 10
        assert [path.name for path in output.parent.iterdir()] == ["run.h5"]

    def test_a_directory_where_no_lock_can_be_made(self, config, output, monkeypatch):
        def refuse(*_):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

        monkeypatch.setattr(checkpoints.FileLock, "acquire", refuse)
        with pytest.raises(InputError, match=r"run\.h5: cannot be written: Permission denied"):
            simulate(config, output)

    def test_systems_without_fcntl(self, tmp_path):
        """As on Windows: there the other kind of lock is used."""
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", WITHOUT_FCNTL],
            check=True, capture_output=True, text=True, cwd=tmp_path,
        )  # fmt: skip
        assert done.stdout.split("\n")[:2] == ["3", "run.h5: another run is writing it"]
        assert [path.name for path in tmp_path.iterdir()] == ["run.h5"]


def test_results_read_back_are_those_returned(config, output, assert_same):
    assert_same(simulate(config, output, maps=3), read(output))
