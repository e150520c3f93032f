"""What lies in the compile cache is used only if it is sound and our own; else kernels are compiled again."""

from __future__ import annotations

import hashlib
import os
import pickle
import random
import subprocess
import sys

import numba
import pytest
from numba.core.caching import FunctionCache

from eddysky.kernels.compile_cache import KernelCache, read_checked


def double(x):
    return 2 * x


@pytest.fixture
def compiled(monkeypatch, tmp_path):
    """Compile and call in a fresh dispatcher; returns how often the cache was used."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))

    def call():
        dispatcher = numba.njit(double)
        dispatcher._cache = KernelCache(double)
        assert dispatcher(21) == 42
        return sum(dispatcher.stats.cache_hits.values())

    return call


def files(folder):
    found = {path.suffix: path for path in folder.rglob("*") if path.is_file()}
    assert sorted(found) == [".nbc", ".nbi"]
    return found


def test_a_kernel_is_compiled_once(compiled):
    assert [compiled(), compiled()] == [0, 1]


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_damaged_files_are_made_again(compiled, tmp_path, ending):
    compiled()
    path = files(tmp_path)[ending]
    sound = path.read_bytes()
    chance = random.Random(1)
    damaged = [sound[:length] for length in (0, 1, 31, 32, 33, len(sound) - 1)]
    damaged += [sound + b"x", bytes(len(sound)), chance.randbytes(len(sound))]
    for _ in range(5):
        place = chance.randrange(len(sound))
        damaged.append(sound[:place] + bytes([sound[place] ^ 1]) + sound[place + 1 :])
    for data in damaged:
        path.write_bytes(data)
        assert [compiled(), compiled()] == [0, 1]


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_files_of_others_are_not_used(compiled, tmp_path, monkeypatch, ending):
    compiled()
    path = files(tmp_path)[ending]
    status = os.stat(path)
    with monkeypatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: status.st_uid + 1)
        with pytest.raises(PermissionError):
            read_checked(str(path))
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    assert compiled() == 0


@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_a_folder_in_the_way_only_costs_time(compiled, tmp_path, ending):
    compiled()
    path = files(tmp_path)[ending]
    path.unlink()
    path.mkdir()
    assert [compiled(), compiled()] == [0, 0]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
@pytest.mark.parametrize("ending", [".nbi", ".nbc"])
def test_what_another_user_wrote_does_not_run(compiled, tmp_path, ending):
    compiled()
    path = files(tmp_path)[ending]
    marker = tmp_path / "ran"

    class Code:
        def __reduce__(self):
            return marker.touch, ()

    data = pickle.dumps(Code())
    path.write_bytes(hashlib.sha256(data).digest() + data)
    os.chown(path, 65534, 65534)
    path.chmod(0o644)
    assert compiled() == 0
    assert not marker.exists()


def test_files_that_others_can_write_are_not_used(compiled, tmp_path):
    before = os.umask(0)
    try:
        assert [compiled(), compiled()] == [0, 1]
    finally:
        os.umask(before)
    files(tmp_path)[".nbc"].chmod(0o666)
    assert compiled() == 0


def test_every_length_of_a_cut_file_is_noticed(compiled, tmp_path):
    compiled()
    for path in files(tmp_path).values():
        for length in reversed(range(path.stat().st_size)):
            os.truncate(path, length)
            with pytest.raises(OSError, match="damaged"):
                read_checked(str(path))


@pytest.mark.slow
def test_several_processes_at_once(tmp_path):
    """None fails, and all leave one sound entry."""
    module = tmp_path / "kernels_of_a_test.py"
    module.write_text(
        "import numba\nfrom eddysky.kernels.compile_cache import KernelCache\n"
        f"numba.config.CACHE_DIR = {str(tmp_path)!r}\n"
        "def double(x):\n    return 2 * x\n"
        "for _ in range(5):\n    d = numba.njit(double); d._cache = KernelCache(double); assert d(21) == 42\n"
        "print(sum(d.stats.cache_hits.values()))\n"
    )
    processes = [
        subprocess.Popen([sys.executable, str(module)], stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert [process.communicate(timeout=60)[0] for process in processes] == ["1\n"] * 4
    found = [path.suffix for path in tmp_path.rglob("*.nb*")]
    assert sorted(found) == [".nbc", ".nbi"]


def test_a_full_disk_only_costs_time(compiled, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert [compiled(), compiled()] == [0, 0]


def test_kernels_have_this_cache():
    from eddysky.kernels.trigonometry import sine_cosine_turns

    cache = sine_cosine_turns._cache
    assert isinstance(cache, KernelCache | numba.core.caching.NullCache)
    assert type(cache) is not FunctionCache
