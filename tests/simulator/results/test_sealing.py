"""The seal of a results file: whatever happens to its bytes is noticed before HDF5 sees them."""

from __future__ import annotations

import random

import h5py
import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.results import store
from eddysky.simulator.results.sealing import MARK, SIZE, is_sealed, seal
from eddysky.simulator.results.store import read
from eddysky.simulator.run.ensemble import simulate

FLIPS = 300


@pytest.fixture(scope="module")
def result(tiny):
    return simulate(tiny, maps=3, workers=1)


@pytest.fixture
def closed(monkeypatch):
    """HDF5 may not be asked, neither here nor in another process."""

    def fail(*_, **__):
        raise AssertionError("HDF5 was given a damaged file")

    monkeypatch.setattr(store, "check_foreign", fail)
    monkeypatch.setattr(h5py, "File", fail)


def refused(path, word="damaged results file"):
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert word in message
    assert "\n" not in message


def test_the_end_is_the_checksum_of_the_rest(file):
    content = file.read_bytes()
    assert is_sealed(file)
    assert content[-SIZE:].startswith(MARK)
    file.write_bytes(content[:-SIZE])
    seal(file)
    assert file.read_bytes() == content


def test_other_programs_read_sealed_files(result, file):
    with h5py.File(file) as opened:
        assert np.array_equal(opened["power"][()], result.power)
        assert opened.attrs["seal"].startswith(MARK.decode())


def test_wrong_bytes(file, closed):
    content = file.read_bytes()
    chance = random.Random(1)
    # Every byte of the seal, and some of the rest.
    places = [*range(len(content) - SIZE, len(content)), *chance.sample(range(len(content)), FLIPS)]
    for place in places:
        flipped = bytearray(content)
        flipped[place] ^= 1 << chance.randrange(8)
        file.write_bytes(flipped)
        refused(file)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content + b"\0",
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content[:-SIZE],
        lambda content: content + content,
        lambda content: content[:4096] + bytes(4096) + content[8192:],
        lambda content: bytes(4096) + content[4096:],
    ],
    ids=["appended", "cut", "half", "unsealed", "twice", "zeroed page", "zeroed head"],
)
def test_damage(file, closed, change):
    file.write_bytes(change(file.read_bytes()))
    refused(file)


@pytest.mark.parametrize(
    "change", [lambda _: None, lambda opened: opened["power"].write_direct(np.ones((5, 5)))]
)
def test_opened_for_writing_by_another_program(file, closed, change, monkeypatch):
    monkeypatch.undo()
    with h5py.File(file, "r+") as opened:
        change(opened)
    monkeypatch.setattr(store, "check_foreign", lambda _: pytest.fail("HDF5 was asked"))
    refused(file, "altered after eddysky wrote it")


def test_a_mark_across_blocks(file, monkeypatch):
    monkeypatch.setattr("eddysky.simulator.results.sealing.BLOCK", 64)
    file.write_bytes(bytes(60) + MARK + bytes(200))
    with pytest.raises(InputError, match="altered"):
        is_sealed(file)
    file.write_bytes(bytes(60) + MARK[:-1] + bytes(200))
    assert not is_sealed(file)
