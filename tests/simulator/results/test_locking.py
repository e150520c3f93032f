"""One run at a time for each results file."""

from __future__ import annotations

import errno
import fcntl
import os

import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.results import locking
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.run.ensemble import simulate


def test_second_run_of_the_same_file_is_refused(ten, output, parts):
    with (
        open_checkpoints(output, ten),
        pytest.raises(InputError, match="another run is writing it"),
    ):
        simulate(ten, output)
    assert not parts.exists()
    # Once the first is done, the second goes ahead.
    assert len(simulate(ten, output).index) == 10


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_file_systems_without_locks_are_refused_unless_forced(ten, output, monkeypatch, code):
    def flock(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(InputError) as caught:
        simulate(ten, output)
    for word in (str(output), "has no locks", os.strerror(code), "--no-lock"):
        assert word in str(caught.value)
    assert list(output.parent.iterdir()) == []
    assert len(simulate(ten, output, lock=False).index) == 10
    assert list(output.parent.iterdir()) == [output]


def test_two_runs_without_locks_lose_nothing(ten, output, make):
    """The second to finish adds what it has to what the first has written."""
    with open_checkpoints(output, ten, lock=False) as first:
        first.add(make(ten, range(6)))
        with open_checkpoints(output, ten, lock=False) as second:
            second.add(make(ten, range(5, 10)))
            first.merge()
            with pytest.raises(InputError, match="during the run"):
                second.merge()
    assert len(simulate(ten, output).index) == 10


def test_a_folder_where_no_lock_can_be_made(ten, output, monkeypatch):
    def refuse(*_):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(locking.FileLock, "acquire", refuse)
    with pytest.raises(InputError, match=r"run\.h5: cannot be written: Permission denied"):
        simulate(ten, output)


@pytest.mark.parametrize("kind", ["file", "link", "folder", "fifo"])
def test_what_is_no_lock_is_not_touched(ten, output, parts, kind):
    parts.mkdir()
    lock, target = parts / "eddysky.lock", parts / "mine"
    target.write_bytes(b"mine")
    make = {
        "file": lambda: lock.write_bytes(b"mine"),
        "link": lambda: lock.symlink_to(target),
        "folder": lock.mkdir,
        "fifo": lambda: os.mkfifo(lock),
    }
    make[kind]()
    before = lock.lstat().st_ino
    with pytest.raises(InputError, match="not a lock of eddysky"):
        simulate(ten, output)
    assert lock.lstat().st_ino == before
    assert target.read_bytes() == b"mine"


def test_the_lock_of_another_run_in_a_new_folder_stays(ten, output, parts):
    """Where the folder was removed under a run and made again by a second one."""
    with open_checkpoints(output, ten):
        (parts / "eddysky.lock").unlink()
        parts.rmdir()
        parts.mkdir()
        (parts / "eddysky.lock").touch()
    assert (parts / "eddysky.lock").exists()
