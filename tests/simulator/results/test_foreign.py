"""Files without a seal: read in another process first, with limits."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import h5py
import numpy as np
import pytest

from eddysky.simulator import limited_process
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.foreign import check_foreign
from eddysky.simulator.results.sealing import is_sealed
from eddysky.simulator.results.store import read
from eddysky.simulator.run.ensemble import simulate


@pytest.fixture(scope="module")
def result(tiny):
    return simulate(tiny, maps=3, alms=1, workers=1)


@pytest.fixture
def old(file):
    """As older versions wrote it."""
    with h5py.File(file) as opened:
        content = {name: (data[()], dict(data.attrs)) for name, data in opened.items()}
        attributes = {name: value for name, value in opened.attrs.items() if name != "seal"}

    def write(**changed):
        with h5py.File(file, "w") as opened:
            opened.attrs.update(attributes)
            for name, (values, about) in content.items():
                opened.create_dataset(
                    name, data=changed.get(name, values), chunks=values.shape, fletcher32=True
                )
                opened[name].attrs.update(about)
        return file

    return write


@pytest.fixture
def child(monkeypatch):
    """Run something else as the other process."""

    def run(code):
        script = [sys.executable, "-c", code]
        original = subprocess.Popen
        monkeypatch.setattr(subprocess, "Popen", lambda _, **keys: original(script, **keys))

    return run


def test_files_of_older_versions(result, old, assert_same):
    assert not is_sealed(old())
    assert_same(read(old()), result)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"power": np.zeros((5, 5))}, "/power is zero, but there is turbulence"),
        ({"maps": np.zeros((3, 48), "f4")}, "/maps is zero"),
        ({"alm": np.zeros((1, 1, 15), complex)}, "/alm is zero"),
        ({"alm": np.full((1, 1, 15), np.nan + 0j)}, "/alm is not finite"),
        ({"mean": np.full(5, np.inf)}, "/mean is not finite"),
        ({"mean": np.full(5, 1e120)}, "/mean is not finite, or beyond 1e.100"),
        ({"power": np.full((5, 5), np.nan)}, "/power is not finite"),
    ],
)
def test_numbers_that_no_run_gives(old, changed, words):
    with pytest.raises(InputError, match=words):
        read(old(**changed))


def test_a_zeroed_page(old):
    """Fletcher-32 of zeros is zero, so HDF5 itself sees nothing."""
    path = old()
    with h5py.File(path) as opened:
        chunk = opened["power"].id.get_chunk_info(0)
    content = bytearray(path.read_bytes())
    content[chunk.byte_offset : chunk.byte_offset + chunk.size] = bytes(chunk.size)
    path.write_bytes(content)
    with pytest.raises(InputError, match="/power is zero, but there is turbulence"):
        read(path)


def test_what_is_no_results_file_and_what_is_cut_short(tmp_path, old):
    path = old()
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match=r"damaged results file: .*truncated file"):
        read(path)


def test_endless_reading(old, child, monkeypatch):
    """HDF5 that spins is ended by the limit of processor time; one that waits, by that of time."""
    limited = "from eddysky.simulator.limited_process import limit; limit(-20_000_000); "
    child(limited + "\nwhile True: pass")
    begin = time.monotonic()
    with pytest.raises(InputError, match="HDF5 has not read it in 3 s"):
        check_foreign(old())
    monkeypatch.undo()
    child("import time; time.sleep(60)")
    monkeypatch.setattr(limited_process, "WAITED", 0.2)
    with pytest.raises(InputError, match="HDF5 has not read it in 0 s"):
        check_foreign(old())
    assert time.monotonic() - begin < 30


def test_crashes(old, child):
    child("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)")
    with pytest.raises(InputError, match="HDF5 crashed"):
        check_foreign(old())


def test_memory(old, child):
    child(
        "from eddysky.simulator.results import foreign\nimport sys, numpy\n"
        "foreign.read_whole = lambda _: numpy.ones(1 << 28)\n"
        f"sys.exit(foreign.report(foreign.read_all, {str(old())!r}))"
    )
    with pytest.raises(InputError, match="it needs more memory than its size allows"):
        check_foreign(old())


def test_interrupted_while_it_waits(old, child):
    child("import time; time.sleep(60)")
    timer = threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT))
    begin = time.monotonic()
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        check_foreign(old())
    assert time.monotonic() - begin < 10


@pytest.mark.slow
def test_hdf5_itself_spins(old):
    """Blocks of zeros anywhere in the first pages, some of which HDF5 reads without end."""
    content = old().read_bytes()
    path, words = old(), set()
    for start in range(512, 6144, 512):
        path.write_bytes(content[:start] + bytes(512) + content[start + 512 :])
        begin = time.monotonic()
        try:
            read(path)
        except InputError as error:
            words.add("has not read it" in str(error))
        assert time.monotonic() - begin < limited_process.WAITED + 5
    assert words == {True, False}
