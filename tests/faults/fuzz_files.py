"""Damaged binary files: results, skies and cubes."""

from __future__ import annotations

import io
import pickle
import re
import struct
import warnings
from contextlib import suppress

import h5py
import healpy
import numpy as np
from fuzz_common import DefectError, clean, command, mutated, overwritten

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow import GriddedFlow
from eddysky.simulator.results.output import write
from eddysky.simulator.results.sealing import MARK, seal
from eddysky.simulator.run.ensemble import simulate


def results(folder):
    """Results files with wrong bytes, and with wrong things in them; sealed, and of older versions without a seal."""
    settings = {"sky.nside": 2, "sky.lmax": 4, "flow.modes": 16, "ensemble.realizations": 12}
    good = []
    for more in ({}, {"sky.sampling": "random", "sky.particles": 64}):
        path = folder / f"good-{len(good)}.h5"
        write(path, simulate(Config().replace(settings | more), maps=2, alms=2, workers=1))
        good.append(path.read_bytes())
        with h5py.File(path, "r+") as file:
            for key in [key for key in file.attrs if MARK.decode() in str(file.attrs[key])]:
                del file.attrs[key]
        # HDF5 leaves the text of a deleted attribute in the file.
        good.append(path.read_bytes().replace(MARK, b"x" * len(MARK)))
    file = folder / "mutated.h5"
    words = (("info", file),) * 6 + (
        ("validate", file),
        ("correlation", file),
        ("pitch-angle", file),
    )
    words += (
        ("export", file, "--csv", folder / "out.csv"),
        ("export", file, "--fits", folder / "o.fits"),
    )

    def case(chance):
        clean(folder)
        number = chance.randrange(len(good))
        if chance.random() < 0.3:
            file.write_bytes(good[number])
            altered(file, chance)
            if number % 2 == 0:
                seal(file)
        else:
            file.write_bytes(overwritten(good[number], chance))
        return command(*chance.choice(words), codes=(0, 1, 2))

    return case


VALUES = (
    0,
    -1,
    1e308,
    np.nan,
    "x",
    "",
    b"\xff",
    10**6,
    np.zeros(3),
    np.zeros((0, 3)),
    2**62,
    "x" * 5000,
)

# What h5py raises for values that do not fit.
REFUSALS = (TypeError, ValueError, OSError, KeyError, RuntimeError, OverflowError)


def altered(path, chance):
    """Change an attribute or a dataset of a results file, as another program does."""
    with h5py.File(path, "r+") as file:
        for _ in range(chance.randint(1, 2)):
            # Not links without a target, which the change before may have left.
            names = [
                name for name in file if file.get(name, getlink=True).__class__ is h5py.HardLink
            ]
            names = [name for name in names if isinstance(file[name], h5py.Dataset)]
            thing = chance.choice([file, *(file[name] for name in names)])
            kind, name = chance.random(), chance.choice(names)
            with (
                np.errstate(all="ignore"),
                suppress(*REFUSALS),
            ):
                if kind < 0.3 and len(thing.attrs):
                    thing.attrs[chance.choice(sorted(thing.attrs))] = chance.choice(VALUES)
                elif kind < 0.4 and "configuration" in file.attrs:
                    text = file.attrs["configuration"].encode()
                    file.attrs["configuration"] = mutated(text, chance).decode(errors="replace")
                elif kind < 0.6:
                    # Not one that the change before has declared large.
                    data = file[name][: 10**4]
                    data.flat[chance.randrange(max(data.size, 1))] = chance.choice(VALUES[:4])
                    file[name][: 10**4] = data
                elif kind < 0.7:
                    del file[name]
                    file[name] = chance.choice(VALUES)
                elif kind < 0.8:
                    del file[name]
                    file.create_dataset(name, (1 << chance.randrange(40), 3), "f8", chunks=(64, 3))
                elif kind < 0.9:
                    del file[name]
                    file[name] = h5py.ExternalLink("/etc/passwd", "/x")
                else:
                    del file[name]
                    file[name] = h5py.SoftLink("/" + chance.choice(names))


def sky_files(folder):
    """FITS files of maps, whole, partial and compressed, and of a_lm, with damaged headers and damaged bytes."""
    sky = 1e-3 * np.cos(np.arange(192.0))
    partial = np.where(np.arange(192) % 3 > 0, sky, healpy.UNSEEN)
    good = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for data, options in ((sky, {}), (sky, {"nest": True}), (partial, {"partial": True})):
            path = folder / f"good-{len(good)}.fits"
            healpy.write_map(path, data, coord="C", dtype=np.float64, **options)
            good.append(path.read_bytes())
        healpy.write_map(folder / "good.fits.gz", sky, coord="C", dtype=np.float32)
        good.append((folder / "good.fits.gz").read_bytes())
        healpy.write_alm(folder / "alm.fits", healpy.map2alm(sky, lmax=3))
        good.append((folder / "alm.fits").read_bytes())
    file = folder / "sky.fits"

    def case(chance):
        data = chance.choice(good)
        if chance.random() < 0.6:
            file.write_bytes(cards_changed(data, chance))
        else:
            file.write_bytes((mutated if chance.random() < 0.5 else overwritten)(data, chance))
        return command("pitch-angle", file)

    return case


CARD = re.compile(rb"([A-Z][A-Z0-9]*) *= +('[^']*'|\S+)")
WORDS = (
    b"0", b"1", b"-1", b"T", b"'X'", b"8", b"3", b"999", b"99999999999", b"536870912", b"1E30", b"-32", b"nan",
    b"'1D'", b"'1024E'", b"'PD(9)'", b"'99999999999D'", b"'RING'", b"'NESTED'", b"'EXPLICIT'", b"'A'", b"'0D'",
)  # fmt: skip


def cards_changed(data, chance):
    """A FITS file with values of its headers replaced, or single characters of them."""
    data = bytearray(data)
    end = min(len(data), 3 * 2880)
    cards = [match for match in CARD.finditer(bytes(data[:end])) if match.start() % 80 == 0]
    for _ in range(chance.randint(1, 3)):
        if cards and chance.random() < 0.7:
            card = chance.choice(cards)
            start, stop = card.span(2)
            stop = max(stop, start + 20)
            data[start:stop] = chance.choice(WORDS).ljust(stop - start)[: stop - start]
        else:
            data[chance.randrange(end)] = chance.randrange(32, 127)
    return bytes(data)


def cubes(folder):
    """Velocity cubes in NPY files, with damaged headers and bytes, and what else NumPy writes."""
    file = folder / "cube.npy"
    random = np.random.default_rng(1)
    good = []
    for array in (random.normal(size=(3, 4, 5, 6)), np.asfortranarray(np.ones((4, 4, 4, 3), "f4"))):
        stream = io.BytesIO()
        np.save(stream, array)
        good.append(stream.getvalue())
    for others in (lambda s: np.savez(s, u=array), lambda s: pickle.dump(array, s)):
        others(stream := io.BytesIO())
        good.append(stream.getvalue())
    shapes = ("(3, 4, 4, 4)", "(10000000000, 3, 1, 1)", "()", "(-1, 4, 4, 3)", "(3, 4, 4, 1e9)", "3", "(3, 0, 4, 4)",
              "(3, 4611686018427387904, 4, 4)", "(True, 2)", "(3, 4, 4, 10**99)", "(" * 90)  # fmt: skip
    types = ("'<f8'", "'|O'", "'>f4'", "'|S0'", "'<c16'", "'|V8'", "[('a', '<f8')]", "[('a', '|O')]", "'x'", "8",
             "'<i2'", "'<M8[s]'", "'|b1'", "('<f8', (9,))", "'<U4'", "None")  # fmt: skip

    def case(chance):
        if chance.random() < 0.5:
            fortran = chance.choice(("True", "False", "1", "x"))
            header = (
                f"{{'descr': {chance.choice(types)}, 'fortran_order': {fortran}, "
                f"'shape': {chance.choice(shapes)}, }}\n"
            ).encode()
            size = chance.choice((len(header), len(header), 0, 65535))
            data = (
                b"\x93NUMPY" + bytes((chance.choice((1, 1, 2, 3, 9)), 0)) + struct.pack("<H", size)
            )
            data += header + bytes(chance.choice((0, 8 * 192, 4 * 192)))
        else:
            data = chance.choice(good)
            if chance.random() < 0.98:
                data = overwritten(data, chance, end=min(len(data), 200))
        file.write_bytes(data)
        return cube(file)

    return case


def cube(file, **options):
    """Open a cube and interpolate in it: 0, or 2 if it was refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            flow = GriddedFlow.from_file(file, "1 pc", unit="km/s", **options)
            flow.velocity(np.linspace(-9, 9, 12).reshape(4, 3))
        except InputError as error:
            if "nable to allocate" in str(error):
                raise DefectError(str(error)) from None
            return 2
    return 0


def hdf5_cubes(folder):
    """Velocity cubes in HDF5 files, whole and in chunks, with wrong bytes."""
    values = np.random.default_rng(1).normal(size=(4, 5, 6))
    good = []
    for more in ({}, {"chunks": (2, 5, 6), "compression": "gzip", "shuffle": True}):
        with h5py.File(folder / "good.h5", "w") as new:
            for name in ("velocity_x", "velocity_y", "velocity_z"):
                new.create_dataset(name, data=values, **more).attrs["units"] = "km/s"
            new.attrs["spacing"] = ["1 pc"] * 3
        good.append((folder / "good.h5").read_bytes())
    file = folder / "cube.h5"

    def case(chance):
        file.write_bytes(overwritten(chance.choice(good), chance))
        return cube(file)

    return case
