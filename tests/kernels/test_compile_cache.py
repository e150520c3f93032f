"""What lies in the compile cache is used only if it is sound and our own; else kernels are compiled again."""

from __future__ import annotations

import os
import random

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
