"""Verification of results files and of the parts of an unfinished run."""

from __future__ import annotations

import h5py
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.sealing import seal
from eddysky.simulator.results.verification import verify, verify_parts
from eddysky.simulator.run.ensemble import simulate
from eddysky.simulator.run.realization import Setup, realize


def test_a_sound_file(tiny, tmp_path):
    column = Column("number", "its number", measure=lambda *given: float(given[2].index))
    simulate(tiny, tmp_path / "a.h5", maps=3, alms=1, columns=[column])
    found = verify(tmp_path / "a.h5")
    assert (found.sealed, found.realizations, found.maps, found.alms) == (True, 5, 3, 1)
    assert found.outside == ("number",)


@pytest.mark.parametrize("name", ["power", "maps", "mean"])
def test_checksums_of_all_chunks(result, file, name):
    """Damage from before the file was sealed is found by the checksums of HDF5."""
    with h5py.File(file) as opened:
        chunk = opened[name].id.get_chunk_info(0)
    content = bytearray(file.read_bytes())
    content[chunk.byte_offset + chunk.size // 2] ^= 1
    file.write_bytes(content)
    seal(file)
    with pytest.raises(InputError, match="damaged results file: Can't synchronously read data"):
        verify(file)


def test_parts(tiny, tmp_path):
    setup = Setup.from_config(tiny, maps=False)
    with open_checkpoints(tmp_path / "a.h5", tiny) as checkpoints:
        for index in range(3):
            checkpoints.add([realize(setup, index)])
    folder = tmp_path / "a.h5.parts"
    first, second, third = sorted(folder.glob("part-*.h5"))
    second.write_bytes(second.read_bytes()[:-1])
    third = third.rename(third.with_name(first.name.replace("part-", "part-1")))
    found = dict(verify_parts(folder))
    assert found[first].realizations == 1
    for damaged in (second, third):
        assert "its SHA-256 is not that in its name" in str(found[damaged])
