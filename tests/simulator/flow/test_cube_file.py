"""Cubes of other programs: another process reads them first, and what is not in the file itself is refused."""

from __future__ import annotations

import pickle

import h5py
import numpy as np
import pytest

from eddysky.simulator import InputError
from eddysky.simulator.flow import GriddedFlow, cube_file
from eddysky.simulator.flow.cube_file import check_cube, read_cube
from eddysky.simulator.limited_process import ForbiddenError


@pytest.fixture
def cube(tmp_path):
    path = tmp_path / "cube.h5"
    with h5py.File(path, "w") as file:
        yield file
    with pytest.raises(ForbiddenError, match=r"in another file|of which few are stored"):
        read_cube(str(path), "u")


def test_data_elsewhere(cube):
    size = 3 * 4**3
    cube.create_dataset("u", (3, 4, 4, 4), "u1", external=[("/etc/passwd", 0, size)])


def test_a_link_to_another_file(cube, tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["u"] = np.zeros((3, 4, 4, 4))
    cube["u"] = h5py.ExternalLink("other.h5", "u")


def test_a_virtual_dataset(cube, tmp_path):
    layout = h5py.VirtualLayout((3, 4, 4, 4), "f8")
    layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "u", (3, 4, 4, 4))
    cube.create_virtual_dataset("u", layout)


def test_more_than_is_stored(cube):
    cube.create_dataset("u", (3, 2000, 2000, 2000), "f8", chunks=(1, 4, 4, 4))


def test_damage(tmp_path):
    path = tmp_path / "cube.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("u", data=np.ones((3, 4, 4, 4)), compression="gzip", fletcher32=True)
        place = file["u"].id.get_chunk_info(0).byte_offset
    data = bytearray(path.read_bytes())
    data[place + 5] ^= 1
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"cube\.h5: cannot be read: .*filter"):
        GriddedFlow.from_file(path, "1 pc", dataset="u", unit="km/s")


def test_what_the_other_process_says(tmp_path, monkeypatch):
    monkeypatch.setattr(cube_file, "fault_in", lambda *_: "HDF5 crashed")
    with pytest.raises(InputError, match="cannot be read: HDF5 crashed"):
        check_cube(tmp_path, ["u"])


@pytest.mark.parametrize("kind", ["archive", "pickle", "objects", "74 GB", "brackets"])
def test_what_is_no_array_of_numbers(tmp_path, kind):
    path, header = tmp_path / "cube.npy", b"\x93NUMPY\x01\x00\x76\x00"
    with path.open("wb") as file:
        if kind == "archive":
            np.savez(file, np.ones((3, 4, 4, 4)))
        elif kind == "pickle":
            pickle.dump(np.ones((3, 4, 4, 4)), file)
        elif kind == "objects":
            np.save(file, np.array([[None]]), allow_pickle=True)
        else:
            shape = "(3, 1460, 1460, 1460)" if kind == "74 GB" else "(" * 40
            text = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}}}"
            file.write(header + text.encode().ljust(117) + b"\n")
    with pytest.raises(InputError, match="neither an HDF5 nor an NPY file"):
        GriddedFlow.from_file(path, "1 pc", unit="km/s")
