"""Random input of each kind that eddysky reads, valid and damaged.

A kind is a function of a folder that makes sound files there and returns a function of a random generator: one case,
which gives the code with which it ended. `DefectError` says that it did not end as it must.
"""

from __future__ import annotations

from fuzz_common import DefectError
from fuzz_files import cubes, hdf5_cubes, results, sky_files
from fuzz_texts import configurations, tables

__all__ = ["KINDS", "DefectError"]

KINDS = {
    "configuration": configurations, "tables": tables, "HDF5 results": results, "FITS": sky_files, "NPY": cubes,
    "HDF5 cubes": hdf5_cubes,
}  # fmt: skip
