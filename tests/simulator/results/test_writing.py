"""Files appear complete or not at all, and none that is not ours is overwritten or removed."""

from __future__ import annotations

import errno
import os
import platform
import stat
import subprocess
import sys

import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.results import writing
from eddysky.simulator.results.writing import (
    new_folder,
    overwriting,
    publish,
    remove_leftovers,
    temporary,
)


def ours(data):
    return data.startswith(b"ours")


class TestErrors:
    def test_a_full_disk_names_the_file(self, tmp_path):
        with (
            pytest.raises(OSError, match=r"No space left.*sky\.csv") as caught,
            writing.writing(tmp_path / "sky.csv"),
        ):
            raise OSError(errno.ENOSPC, "No space left on device")
        assert caught.value.errno == errno.ENOSPC
        assert caught.value.filename == str(tmp_path / "sky.csv")

    def test_a_name_that_is_known_stays(self):
        with pytest.raises(OSError, match="other") as caught, writing.writing("sky.csv"):
            raise OSError(errno.ENOSPC, "No space left on device", "other")
        assert caught.value.filename == "other"

    def test_other_errors_pass(self):
        with pytest.raises(KeyError), writing.writing("sky.csv"):
            raise KeyError


class TestOverwriting:
    @pytest.mark.parametrize("before", [None, b"", b"ours, of yesterday"])
    def test_new_empty_and_own_files(self, tmp_path, before):
        path = tmp_path / "sky.csv"
        if before is not None:
            path.write_bytes(before)
        with overwriting(path, ours) as unfinished:
            unfinished.write_bytes(b"ours, of today")
            assert path.exists() == (before is not None)
        assert path.read_bytes() == b"ours, of today"
        assert list(tmp_path.iterdir()) == [path]

    def test_other_files_are_refused(self, tmp_path):
        path = tmp_path / "sky.csv"
        path.write_bytes(b"mine")
        with (
            pytest.raises(InputError, match=r"sky\.csv: exists already and was not written by"),
            overwriting(path, ours),
        ):
            raise AssertionError
        assert path.read_bytes() == b"mine"

    @pytest.mark.parametrize("kind", ["link", "dangling", "folder", "fifo"])
    def test_other_things_are_refused(self, tmp_path, kind):
        path, target = tmp_path / "sky.csv", tmp_path / "target"
        if kind == "link":
            target.write_bytes(b"ours")
        make = {"folder": path.mkdir, "fifo": lambda: os.mkfifo(path)}
        make.get(kind, lambda: path.symlink_to(target))()
        before = path.lstat().st_ino
        with pytest.raises(InputError, match=r"symbolic link|not a file"), overwriting(path, ours):
            raise AssertionError
        assert path.lstat().st_ino == before

    def test_after_a_failure_the_old_file_stays_and_no_other(self, tmp_path):
        path = tmp_path / "sky.csv"
        path.write_bytes(b"ours")

        def write():
            with overwriting(path, ours) as unfinished:
                unfinished.write_bytes(b"half")
                raise OSError(errno.ENOSPC, "No space left on device", str(unfinished))

        with pytest.raises(OSError, match=r"No space left.*sky\.csv"):
            write()
        assert path.read_bytes() == b"ours"
        assert list(tmp_path.iterdir()) == [path]

    def test_first_and_last_bytes_of_a_long_file(self, tmp_path):
        path = tmp_path / "sky.pdf"
        path.write_bytes(b"begin" + bytes(1_000_000) + b"end")
        data = writing.first_and_last(path)
        assert data.startswith(b"begin")
        assert data.endswith(b"end")
        path.write_bytes(b"short")
        assert writing.first_and_last(path) == b"short"


class TestTemporaryNames:
    def test_no_two_writers_choose_the_same(self, tmp_path):
        names = set()
        for _ in range(100):
            with temporary(tmp_path, ".fits.gz") as path:
                names.add(path.name)
        assert len(names) == 100
        # Whose it is: this machine, this process.
        start = f"eddysky-writing-{platform.node()}-{os.getpid()}-"
        assert all(name.startswith(start) and name.endswith(".fits.gz") for name in names)

    def test_nothing_is_left_after_an_interrupt(self, tmp_path):
        def write():
            with temporary(tmp_path) as path:
                path.write_bytes(b"half")
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            write()
        assert list(tmp_path.iterdir()) == []

    def test_only_those_of_dead_processes_of_this_machine_are_removed(self, tmp_path):
        """The next to last process has the number of this one, and began at another time."""
        dead = subprocess.Popen([sys.executable, "-c", ""])
        dead.wait()
        node, here, pid = platform.node(), writing.machine_id(), os.getpid()
        start = int(writing.started(pid))
        kept = [
            f"{node}-{pid}-{start}-{here}-aa",
            f"{node}-{os.getppid()}-{writing.started(os.getppid())}-{here}-aa",
            f"{node}x-{dead.pid}-7-{here}-aa",  # another host
            f"{node}-{dead.pid}-7-{'0' * 16}-aa",  # before the last start, or another container
            f"{node}-{dead.pid}-7--aa",
            f"{node}-{dead.pid}--{here}-aa",
            f"{node}-x-7-{here}-aa",
            f"{node}-{dead.pid}",
            "",
        ]
        gone = [f"{node}-{pid}-{start - 1}-{here}-aa", f"{node}-{dead.pid}-7-{here}-aa"]
        for name in (*kept, *gone):
            (tmp_path / f"eddysky-writing-{name}").touch()
        remove_leftovers(tmp_path)
        assert {path.name for path in tmp_path.iterdir()} == {f"eddysky-writing-{x}" for x in kept}

    def test_where_a_machine_cannot_be_told_nothing_is_removed(self, tmp_path, monkeypatch):
        monkeypatch.setattr(writing, "machine_id", lambda: "")
        (tmp_path / f"eddysky-writing-{platform.node()}-1-7--aa").touch()
        remove_leftovers(tmp_path)
        assert len(list(tmp_path.iterdir())) == 1


class TestFlushing:
    @pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOSYS])
    def test_file_systems_that_cannot_flush_folders(self, tmp_path, monkeypatch, code):
        flush = os.fsync

        def fsync(descriptor):
            if stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise OSError(code, os.strerror(code))
            flush(descriptor)

        monkeypatch.setattr(os, "fsync", fsync)
        (tmp_path / "one").write_bytes(b"1")
        publish(tmp_path / "one", tmp_path / "two")
        assert (tmp_path / "two").read_bytes() == b"1"

    def test_a_disk_that_fails_is_no_such_file_system(self, tmp_path, monkeypatch):
        def fsync(descriptor):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(os, "fsync", fsync)
        (tmp_path / "one").write_bytes(b"1")
        with pytest.raises(OSError, match="Input/output error"):
            publish(tmp_path / "one", tmp_path / "two")
        assert not (tmp_path / "two").exists()


def test_a_folder_appears_complete_or_not_at_all_and_replaces_none(tmp_path):
    def interrupted():
        with new_folder(tmp_path / "maps") as unfinished:
            (unfinished / "one").write_text("1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "maps").mkdir()
    with pytest.raises(InputError, match="exists already"), new_folder(tmp_path / "maps"):
        pass
