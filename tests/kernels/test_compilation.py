"""The compile cache cannot go stale, and decorating a kernel leaves Numba's settings alone."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path

import numba
import pytest

from eddysky.kernels import compilation
from eddysky.kernels.compilation import kernel


def fresh_directory():
    return compilation._cache_place.__wrapped__()[0]


def refusal():
    return compilation._cache_place.__wrapped__()[1]


@pytest.mark.parametrize("word", ["off", "OFF", "0", "no", "false"])
def test_cache_can_be_switched_off(monkeypatch, word):
    monkeypatch.setenv("EDDYSKY_CACHE", word)
    assert fresh_directory() is None


def test_cache_goes_where_it_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("EDDYSKY_CACHE", str(tmp_path / "deep" / "cache"))
    directory = fresh_directory()
    assert directory.parent == tmp_path / "deep" / "cache"
    assert directory.is_dir()


def test_no_writable_place_is_no_cache(monkeypatch, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a directory")
    monkeypatch.setenv("EDDYSKY_CACHE", str(blocked))
    assert fresh_directory() is None


def test_any_change_in_any_kernel_file_changes_the_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("EDDYSKY_CACHE", str(tmp_path / "cache"))
    copy = tmp_path / "kernels"
    shutil.copytree(Path(compilation.__file__).parent, copy)
    monkeypatch.setattr(compilation, "__file__", str(copy / "compilation.py"))
    seen = {fresh_directory()}
    sources = sorted(copy.glob("*.py"))
    assert len(sources) >= 8
    for number, source in enumerate(sources, start=2):
        source.write_text(source.read_text() + "\n# changed\n")
        seen.add(fresh_directory())
        assert len(seen) == number


def test_decorating_restores_the_setting_of_numba(monkeypatch):
    monkeypatch.setattr(numba.config, "CACHE_DIR", "elsewhere")
    kernel(lambda x: x)
    assert numba.config.CACHE_DIR == "elsewhere"


def test_the_cache_is_private(monkeypatch, tmp_path):
    monkeypatch.setenv("EDDYSKY_CACHE", str(tmp_path))
    directory = fresh_directory()
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    directory.chmod(0o755)
    assert fresh_directory() == directory
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o720, 0o702])
def test_a_cache_that_others_can_write_is_not_used(monkeypatch, tmp_path, mode):
    monkeypatch.setenv("EDDYSKY_CACHE", str(tmp_path))
    fresh_directory().chmod(mode)
    assert fresh_directory() is None
    assert refusal().endswith("writable by others")


def test_a_cache_of_another_user_or_a_link_is_not_used(monkeypatch, tmp_path):
    monkeypatch.setenv("EDDYSKY_CACHE", str(tmp_path))
    directory = fresh_directory()
    monkeypatch.setattr(os, "geteuid", lambda: directory.stat().st_uid + 1)
    assert fresh_directory() is None
    assert f"belongs to user {directory.stat().st_uid}" in refusal()
    monkeypatch.undo()
    monkeypatch.setenv("EDDYSKY_CACHE", str(tmp_path))
    directory.rename(tmp_path / "elsewhere")
    directory.symlink_to(tmp_path / "elsewhere")
    assert fresh_directory() is None
    assert "symbolic link" in refusal()
