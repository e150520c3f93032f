"""Damaged results and parts, those of other configurations, and files that are not ours: kept, and never counted."""

from __future__ import annotations

import errno
import os

import h5py
import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.results import checkpoints
from eddysky.simulator.results import output as results_output
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.run.ensemble import simulate


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


class TestParts:
    @pytest.mark.parametrize("damage", ["cut", "flip", "empty", "garbage"])
    def test_damaged_ones_are_set_aside_and_made_again(
        self, ten, output, parts, add, counted, damage, assert_same, capsys
    ):
        whole = simulate(ten, maps=2)
        first = add(ten, [0, 1, 2])
        add(ten, [5])
        content = bytearray(first.read_bytes())
        if damage == "cut":
            content = content[: len(content) // 2]
        elif damage == "flip":
            content[len(content) // 2] ^= 1
        bad = {"empty": b"", "garbage": b"not HDF5 at all"}.get(damage, bytes(content))
        first.write_bytes(bad)
        counted.clear()
        assert_same(simulate(ten, output, maps=2), whole)
        assert sorted(counted) == [0, 1, 2, 3, 4, 6, 7, 8, 9]
        # One line, and nothing is deleted.
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith(f"eddysky: {first}: damaged")
        assert contents(parts) == {f"{first.name}.damaged": bad}
        # Later runs do not look at it.
        assert_same(simulate(ten, output, maps=2), whole)
        assert capsys.readouterr().err == ""

    def test_one_that_cannot_be_read_is_set_aside(self, ten, output, add, monkeypatch, capsys):
        part = add(ten, [0])
        original = checkpoints.file_sha256

        def failing(path):
            if path == part:
                raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))
            return original(path)

        monkeypatch.setattr(checkpoints, "file_sha256", failing)
        with open_checkpoints(output, ten) as opened:
            assert list(opened.missing(range(10), 0)[0]) == list(range(10))
        assert f"{part}: Input/output error; set aside" in capsys.readouterr().err

    def test_set_aside_twice_under_two_names(self, ten, output, parts, add):
        first = add(ten, [0])
        for content in (b"one", b"two"):
            first.write_bytes(content)
            with open_checkpoints(output, ten):
                pass
        assert contents(parts) == {
            f"{first.name}.damaged": b"one",
            f"{first.name}.damaged-2": b"two",
        }

    def test_those_of_another_configuration_are_kept_and_not_counted(
        self, ten, output, parts, add, counted, assert_same, capsys
    ):
        other = ten.replace({"ensemble.seed": 99})
        add(other, [0, 1])
        add(other, [2], maps=3)
        before = contents(parts)
        assert_same(simulate(ten, output), simulate(ten))
        assert sorted(counted)[::2] == list(range(10))
        (line,) = capsys.readouterr().err.splitlines()
        for word in (str(parts), "2 parts", "another configuration", "ensemble.seed", "99"):
            assert word in line
        assert contents(parts) == before
        # Where they belong they count.
        output.unlink()
        counted.clear()
        simulate(other, output)
        assert sorted(counted) == list(range(3, 10))

    def test_those_of_an_incompatible_version_are_not_counted(
        self, ten, output, add, monkeypatch, capsys
    ):
        monkeypatch.setattr(results_output, "RESULTS_VERSION", 4)
        part = add(ten, [0])
        with open_checkpoints(output, ten) as opened:
            assert opened.finished == {}
        assert "results_version 4, expected 5" in capsys.readouterr().err
        assert part.exists()

    @pytest.mark.parametrize("how", ["damaged", "removed"])
    def test_damage_during_the_run_stops_the_merge(self, ten, output, make, how):
        with open_checkpoints(output, ten) as opened:
            opened.add(make(ten, range(5)))
            opened.add(make(ten, range(5, 10)))
            first, second = opened.finished
            if how == "removed":
                first.unlink()
            else:
                first.write_bytes(b"bad")
            with pytest.raises(InputError, match="damaged or removed during the run"):
                opened.merge()
        assert not output.exists()
        assert second.exists()
        assert len(simulate(ten, output).index) == 10


class TestFilesOfOthers:
    def test_what_lies_in_the_folder_stays(self, ten, output, parts, add, counted):
        part = add(ten, [0, 1])
        target = parts.parent / "thesis"
        target.write_bytes(b"years of work")
        mine = {
            "lock": b"keys",
            "part-1.h5": b"of a car",
            f"part-0000000000-{'0' * 63}.h5": b"one digit less",
            "eddysky-writing-somewhere": b"half a file",
            "notes.txt": b"",
        }
        for name, content in mine.items():
            (parts / name).write_bytes(content)
        links = (f"part-0000000003-{'0' * 64}.h5", "part-link.h5", "a link")
        for name in links:
            (parts / name).symlink_to(target)
        os.mkfifo(parts / f"part-0000000004-{'0' * 64}.h5")
        counted.clear()
        simulate(ten, output)
        assert sorted(counted) == list(range(2, 10))
        assert not part.exists()
        assert contents(parts) == mine | dict.fromkeys(links, b"years of work")
        assert all((parts / name).is_symlink() for name in links)

    @pytest.mark.parametrize("kind", ["link", "dangling", "file", "fifo"])
    def test_something_else_in_place_of_the_folder(self, ten, output, parts, tmp_path, kind):
        if kind == "file":
            parts.write_bytes(b"mine")
        elif kind == "fifo":
            os.mkfifo(parts)
        else:
            parts.symlink_to(tmp_path / "elsewhere")
            if kind == "link":
                (tmp_path / "elsewhere").mkdir()
        with pytest.raises(InputError, match=r"run\.h5\.parts: a .* where the folder"):
            simulate(ten, output)
        assert parts.is_symlink() or not parts.is_dir()
        assert not output.exists()

    def test_a_link_to_results_is_written_through(self, ten, output, tmp_path, counted):
        """Parts and lock lie beside the target, the link stays."""
        place = tmp_path / "scratch"
        place.mkdir()
        output.symlink_to(place / "big.h5")
        simulate(ten, output)
        assert output.is_symlink()
        assert [path.name for path in place.iterdir()] == ["big.h5"]
        counted.clear()
        simulate(ten.replace({"ensemble.realizations": 11}), output)
        assert counted == [10]
        with open_checkpoints(output, ten) as opened:
            assert opened.directory == place / "big.h5.parts"
            with pytest.raises(InputError, match="another run is writing it"):
                simulate(ten, place / "big.h5")

    @pytest.mark.parametrize("target", ["nowhere/run.h5", "run.h5"])
    def test_links_that_lead_nowhere(self, ten, output, target):
        output.symlink_to(target)
        with pytest.raises(InputError, match=r"is not a directory|leads to itself"):
            simulate(ten, output)
        assert output.is_symlink()

    @pytest.mark.parametrize("kind", ["folder", "fifo", "link to a device", "file"])
    def test_something_else_in_place_of_the_results(self, ten, output, parts, kind):
        make = {
            "folder": output.mkdir,
            "fifo": lambda: os.mkfifo(output),
            "link to a device": lambda: output.symlink_to("/dev/zero"),
            "file": lambda: output.write_bytes(b"my thesis"),
        }
        make[kind]()
        before = output.lstat().st_ino
        with pytest.raises(InputError, match=r"directory|pipe or device|not an eddysky results"):
            simulate(ten, output)
        assert output.lstat().st_ino == before
        assert not parts.exists()

    def test_a_file_that_appears_during_the_run_is_not_overwritten(self, ten, output, make):
        with open_checkpoints(output, ten) as opened:
            opened.add(make(ten, range(10)))
            output.write_bytes(b"mine")
            with pytest.raises(InputError, match="appeared during the run"):
                opened.merge()
        assert output.read_bytes() == b"mine"


class TestResults:
    def test_those_of_an_incompatible_version_are_refused(self, ten, output, monkeypatch):
        with monkeypatch.context() as older:
            older.setattr(results_output, "RESULTS_VERSION", 2)
            older.setattr(checkpoints.store, "RESULTS_VERSION", 2)
            simulate(ten, output)
        with pytest.raises(InputError) as caught:
            simulate(ten, output)
        assert (
            f"{output}: holds results written by an incompatible version (results_version 2, expected 5)"
            in str(caught.value)
        )

    @pytest.mark.parametrize("kept", [0.1, 0.6])
    def test_truncated_ones_are_refused_and_left_alone(self, ten, output, parts, kept):
        simulate(ten, output)
        content = output.read_bytes()[: int(output.stat().st_size * kept)]
        output.write_bytes(content)
        with pytest.raises(InputError, match="damaged"):
            simulate(ten, output)
        assert output.read_bytes() == content
        assert not parts.exists()

    def test_of_long_tables_only_what_differs_is_named(self, ten, output):
        """A table may have thousands of rows, which a message does not repeat."""
        k = [0.01 * 1.1**row for row in range(40)]
        w = [20.0 / (1 + row) for row in range(40)]

        def tabulated(table, **keys):
            return ten.replace({"flow.component": [{"spectrum": "table", "table": table} | keys]})

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
    def test_those_of_another_configuration_are_refused_and_left_alone(
        self, ten, output, parts, key, value
    ):
        simulate(ten, output)
        content = output.read_bytes()
        with pytest.raises(InputError) as caught:
            simulate(ten.replace({key: value}), output)
        for word in (str(output), "another configuration", key, str(value)):
            assert word in str(caught.value)
        assert output.read_bytes() == content
        assert not parts.exists()


class TestFailures:
    """What the file system does to a run: one clear error, and finished parts stay."""

    def test_lost_folder(self, ten, output, parts, make):
        with open_checkpoints(output, ten) as opened:
            os.unlink(parts / "eddysky.lock")
            parts.rmdir()
            with pytest.raises(InputError) as caught:
                opened.add(make(ten, range(3)))
        assert str(caught.value).startswith(
            f"{parts}: the folder is not there any more, removed or unmounted"
        )
        assert "3 finished realisations were not saved" in str(caught.value)

    @pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.ESTALE, errno.EROFS])
    def test_part_that_cannot_be_written(self, ten, output, parts, make, monkeypatch, code):
        with open_checkpoints(output, ten) as opened:
            opened.add(make(ten, range(4)))
            kept = contents(parts)
            with monkeypatch.context() as broken:
                broken.setattr(results_output, "write", failing(code))
                with pytest.raises(InputError) as caught:
                    opened.add(make(ten, range(4, 7)))
            assert contents(parts) == kept
        assert os.strerror(code) in str(caught.value)
        assert "3 finished realisations were not saved" in str(caught.value)
        assert len(simulate(ten, output).index) == 10

    def test_part_that_cannot_be_written_for_a_moment(self, ten, output, make, monkeypatch):
        original, calls = results_output.write, []

        def once(path, result):
            calls.append(path)
            if len(calls) == 1:
                raise OSError(errno.EIO, os.strerror(errno.EIO))
            original(path, result)

        monkeypatch.setattr(results_output, "write", once)
        with open_checkpoints(output, ten) as opened:
            opened.add(make(ten, [3]))
            assert opened.missing([3], 0)[0] == []

    def test_results_that_cannot_be_written(self, ten, output, parts, monkeypatch):
        with monkeypatch.context() as broken:
            broken.setattr(results_output, "concatenate", failing(errno.ENOSPC))
            with pytest.raises(InputError) as caught:
                simulate(ten, output)
        assert f"{output}: cannot be written: No space left on device" in str(caught.value)
        assert f"all realisations are kept in {parts}" in str(caught.value)
        assert len(simulate(ten, output).index) == 10

    def test_no_such_folder(self, ten, tmp_path):
        with pytest.raises(InputError, match="not a directory"):
            simulate(ten, tmp_path / "none" / "run.h5")

    def test_long_name(self, ten, tmp_path):
        with pytest.raises(InputError, match="cannot be written: File name too long"):
            simulate(ten, tmp_path / f"{'x' * 252}.h5")


def failing(code):
    def call(*_):
        raise OSError(code, os.strerror(code))

    return call


def test_a_part_holds_what_its_name_says(ten, add):
    part = add(ten, [7, 3])
    with h5py.File(part) as file:
        assert np.array_equal(file["index"][()], [3, 7])
    assert part.name == f"part-0000000003-{checkpoints.file_sha256(part)}.h5"
