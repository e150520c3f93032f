"""User-supplied files: what is read and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eddysky.simulator.config.reading import LARGEST_TEXT, check_file, expanded, read_text
from eddysky.simulator.errors import InputError


def test_text_with_and_without_byte_order_mark(tmp_path):
    path = tmp_path / "text"
    for start in (b"", b"\xef\xbb\xbf"):
        path.write_bytes(start + "λ = 1".encode())
        assert read_text(path, "a text file") == "λ = 1"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InputError, match=r"not a TOML file \(not UTF-8 text\)"):
        read_text(path, "a TOML file")


def test_only_regular_files_of_limited_size(tmp_path):
    with pytest.raises(InputError, match="a directory, not a file"):
        check_file(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        check_file(tmp_path / "missing")
    with pytest.raises(InputError, match="a pipe or device"):
        check_file(Path("/dev/null"))
    path = tmp_path / "large"
    path.touch()
    os.truncate(path, LARGEST_TEXT + 1)
    check_file(path)
    with pytest.raises(InputError, match=f"{LARGEST_TEXT + 1} bytes; at most {LARGEST_TEXT}"):
        read_text(path, "a text file")


def test_home_folder(monkeypatch):
    monkeypatch.setenv("HOME", "/home/someone")
    assert expanded("~/w.txt") == Path("/home/someone/w.txt")
    with pytest.raises(ValueError, match="no such home folder"):
        expanded("~nobody-of-this-name/w.txt")
