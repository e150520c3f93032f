"""Errors of writing name the file."""

from __future__ import annotations

import errno

import pytest

from eddysky.simulator.results.writing import writing


def test_a_full_disk_names_the_file(tmp_path):
    with (
        pytest.raises(OSError, match=r"No space left.*sky\.csv") as caught,
        writing(tmp_path / "sky.csv"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(tmp_path / "sky.csv")


def test_a_name_that_is_known_stays():
    with pytest.raises(OSError, match="other") as caught, writing("sky.csv"):
        raise OSError(errno.ENOSPC, "No space left on device", "other")
    assert caught.value.filename == "other"


def test_other_errors_pass():
    with pytest.raises(KeyError), writing("sky.csv"):
        raise KeyError
