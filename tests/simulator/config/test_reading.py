"""Files that a user names: what cannot be read to its end is refused before it is read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from eddysky.simulator.config import reading
from eddysky.simulator.config.reading import check_file, expanded, read_text
from eddysky.simulator.errors import InputError


def test_text_with_and_without_a_byte_order_mark(tmp_path):
    path = tmp_path / "run.toml"
    for start in (b"", b"\xef\xbb\xbf"):
        path.write_bytes(start + "λ = 10 pc".encode())
        assert read_text(path, "a TOML file") == "λ = 10 pc"


def test_what_is_no_text_is_named(tmp_path):
    path = tmp_path / "run.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"run\.toml: not a TOML file \(not UTF-8 text\)"):
        read_text(path, "a TOML file")


def test_what_is_no_file_is_refused_with_its_kind(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for name, words in (
        ("", "a directory"),
        ("pipe", "a pipe or device"),
        ("none", "No such file"),
    ):
        with pytest.raises(InputError, match=words):
            check_file(tmp_path / name)
    with pytest.raises(InputError, match="a pipe or device"):
        check_file(Path("/dev/zero"))


def test_files_that_are_too_large_are_not_read(tmp_path, monkeypatch):
    path = tmp_path / "large.txt"
    path.write_bytes(b"x" * 11)
    monkeypatch.setattr(reading, "LARGEST_TEXT", 10)
    with pytest.raises(InputError, match="11 bytes; at most 10 are allowed"):
        read_text(path, "a table")


def test_the_home_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert expanded("~/w.txt") == tmp_path / "w.txt"
    assert expanded("w.txt") == Path("w.txt")
    with pytest.raises(ValueError, match="there is no such home folder"):
        expanded("~nobody-of-this-name/w.txt")
