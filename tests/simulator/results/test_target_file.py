"""Writing through Python: a disk that fills at any byte is an error that names the file, never a crash."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.output import concatenate, write
from eddysky.simulator.results.sealing import is_sealed
from eddysky.simulator.results.store import read
from eddysky.simulator.results.target_file import TargetFile, write_hdf5
from eddysky.simulator.run.ensemble import simulate

# Writes a file to a disk of 300 kB, whose finished part is kept.
FULL = """
import sys
from pathlib import Path
import numpy as np
from eddysky.simulator.results.target_file import write_hdf5

def fill(file, check):
    data = file.create_dataset("a", (40, 10_000), chunks=(1, 10_000), dtype="f8")
    for row in range(40):
        data[row] = row
        check()

try:
    write_hdf5(Path("small/out.h5"), fill)
except OSError as error:
    print(error.errno, error.filename)
"""


@pytest.fixture(scope="module")
def result(tiny):
    return simulate(tiny, maps=3, workers=1)


class Limited:
    """A file on a disk with room for so many bytes."""

    def __init__(self, file, room):
        self.file, self.room = file, room

    def write(self, data):
        if not self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        data = bytes(data)[: self.room]
        self.room -= len(data)
        return self.file.write(data)

    def __getattr__(self, name):
        return getattr(self.file, name)


def test_a_disk_that_is_full_at_any_byte(result, file, tmp_path, monkeypatch):
    size, path = file.stat().st_size, tmp_path / "full.h5"
    original = TargetFile.__init__
    # Not all bytes are written: there are gaps.
    for room in range(0, size // 2, size // 40):

        def limited(self, path, room=room):
            original(self, path)
            self.file = Limited(self.file, room)

        monkeypatch.setattr(TargetFile, "__init__", limited)
        for writing in (
            lambda: write(path, result),
            lambda: concatenate(path, [file], result.config),
        ):
            with pytest.raises(OSError, match="No space left on device") as caught:
                writing()
            assert caught.value.filename == str(path)
            assert not path.exists()
    assert is_sealed(file)


def test_temporary_files_that_do_not_fit(file, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("eddysky.simulator.results.gathering.write_all", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        concatenate(tmp_path / "all.h5", [file], read(file).config)
    assert caught.value.filename == str(tmp_path / "all.h5")
    assert [path.name for path in tmp_path.iterdir()] == [file.name]


def test_full_tmpfs(tmp_path):
    (tmp_path / "small").mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(tmp_path / "small")]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no tmpfs can be mounted here: {error}")
    try:
        (tmp_path / "small" / "finished").write_bytes(b"kept")
        done = subprocess.run(
            [sys.executable, "-c", FULL], capture_output=True, text=True, cwd=tmp_path, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == f"{errno.ENOSPC} small/out.h5\n"
        assert os.listdir(tmp_path / "small") == ["finished"]
    finally:
        subprocess.run(["umount", str(tmp_path / "small")], check=True)


def test_what_could_not_be_written_is_read_back(tmp_path):
    target = TargetFile(tmp_path / "a")
    target.file = Limited(target.file, 5)
    assert target.write(b"abcdefgh") == 8
    assert target.seek(20) == 20
    target.write(b"xyz")
    target.seek(2)
    buffer = bytearray(19)
    assert target.readinto(buffer) == 19
    assert bytes(buffer[:6]) == b"cdefgh"
    assert bytes(buffer[18:]) == b"x"
    with pytest.raises(OSError, match="No space left"):
        target.check()
    target.close()


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("call", [1, 7, 30])
def test_signals_wait_for_hdf5(tmp_path, monkeypatch, sign, call):
    """A signal in any call that HDF5 makes ends the writing and then does what it always does."""
    calls, heard = [], []
    original = TargetFile.write

    def write(self, data):
        calls.append(data)
        if len(calls) == call:
            signal.raise_signal(sign)
            assert not heard
        return original(self, data)

    def fill(file, check):
        data = file.create_dataset("a", (60, 1000), chunks=(1, 1000), dtype="f8")
        for row in range(60):
            data[row] = row
            check()

    def handler(number, frame):
        heard.append(number)
        raise KeyboardInterrupt

    monkeypatch.setattr(TargetFile, "write", write)
    before = signal.signal(sign, handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            write_hdf5(tmp_path / "a.h5", fill)
        assert signal.getsignal(sign) is handler
    finally:
        signal.signal(sign, before)
    assert heard == [sign]
    assert not list(tmp_path.iterdir())


def test_errors_of_what_is_written(tmp_path):
    def fill(file, check):
        file["a"] = np.zeros(5)
        raise InputError("no")

    with pytest.raises(InputError, match="no"):
        write_hdf5(tmp_path / "a.h5", fill)
    assert not list(tmp_path.iterdir())
