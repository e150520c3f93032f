"""Random input of each kind that eddysky reads, valid and damaged, and what may come of it.

A kind is a function of a folder that makes sound files there and returns a function of a random generator: one case,
which gives the code with which it ended. `DefectError` says that it did not end as it must.
"""

from __future__ import annotations

import io
import pickle
import re
import shutil
import struct
import warnings
from contextlib import redirect_stderr, redirect_stdout, suppress

import h5py
import healpy
import numpy as np

from eddysky.cli.main import main
from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow import GriddedFlow
from eddysky.simulator.results.output import write
from eddysky.simulator.results.sealing import MARK, seal
from eddysky.simulator.run.ensemble import simulate

# Written as TOML; valid on their own, though not in every company.
GOOD = {
    "flow.spectrum": ['"power-law"'],
    "flow.index": ["1.5", "1.6666666666666667", "2.5", "1.01"],
    "flow.velocity_dispersion": ['"20 km/s"', '"0 km/s"', '"1e-6 km/s"', '"30000 cm/s"'],
    "flow.reference_scale": ['"10 pc"', '"1 kpc"'],
    "flow.outer_scale": ['"1000 pc"', '"1e17 m"', '"200 pc"'],
    "flow.inner_scale": ['"1 pc"', '"0.1 pc"'],
    "flow.transverse_fraction": ["0.0", "0.5", "1.0", "1"],
    "flow.amplitudes": ['"gaussian"'],
    "flow.mean_velocity": ['["1 km/s", "0 km/s", "-3 km/s"]'],
    "transport.mode": ['"isotropic"', '"parallel"'],
    "transport.mean_free_path": ['"10 pc"', '"0.3 pc"', '"500 pc"'],
    "transport.free_path": ['"fixed"', '"exponential"'],
    "transport.scatterings": ["1", "3"],
    "transport.density_gradient": ['["0.001 1/pc", "0 1/pc", "0 1/pc"]'],
    "cosmic_rays.energy": ['"10 TeV"', '"1 PeV"', '"3 GeV"'],
    "cosmic_rays.spectral_index": ["2.7", "-2.0", "0"],
    "cosmic_rays.scattering_index": ["1.5", "2.0"],
    "sky.lmax": ["1", "2", "5"],
    "sky.sampling": ['"pixel-centre"', '"random"'],
    "sky.frame": ['"fluid"', '"observer"'],
    "sky.evaluation": ['"auto"', '"direct"', '"bands"'],
    "ensemble.seed": ["0", "7", "9223372036854775807"],
}
BAD = [
    '""', '"\\u0000"', '"\\u001b[2J"', '"a\\nb\\nc"', '"nan pc"', '"1e400 pc"', '"-1 pc"', '"5 parsek"',
    '"1e-300 pc"', '"1e300 km/s"', '"300 K"', "nan", "inf", "-inf", "-1", "0", "1e308", "1e-308", "true",
    "[]", "{}", "[1, 2, 3]", "[[[]]]", '"~nouser/x"', '"/dev/zero"', '"."', "9" * 5000, "1" + "0" * 400,
    "1979-05-27", "1979-05-27T07:32:00Z", "07:32:00", "0x7fffffffffffffffffff", '"' + "x" * 5000 + '"',
    '"é λ 🙂"', '"1 pc pc"', '"1 pc/0"', '"1 2 pc"', '"()"', '"10 **"', '"1 1e999999"', '"m(pc)"',
    '"1 pc**9999999999"', "=", '"open', "[", "{a=", "#", "", "[" * 3000, "{a=" * 3000, "1e9", "999999999999",
]  # fmt: skip
# Small enough to run in milliseconds.
TINY = {"sky.nside": "2", "flow.modes": "16", "ensemble.realizations": "12"}
# Bytes that mostly leave a text readable, so that what is read is reached too.
DIGITS = b"0123456789.-e, \n#"
# Parts of a text that make it longer or wider than anybody means.
LONG = (
    b"1e999 ",
    b"9" * 5000,
    b"1, " * 3000,
    b"\x00" * 50,
    b"\xff\xfe",
    b"[km" * 900,
    b"\n#" * 5000,
)


class DefectError(Exception):
    """A case that did not end as it must."""


def command(*arguments, codes=(0, 2)):
    """Run a command in this process: an allowed code, one or two lines of complaint, and no traceback."""
    out, err = io.StringIO(), io.StringIO()
    words = ["--debug", *map(str, arguments)]
    with warnings.catch_warnings(), redirect_stdout(out), redirect_stderr(err):
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=DeprecationWarning, module="healpy.*")
        try:
            main(words)
        except SystemExit as end:
            code = end.code or 0
    complaint = err.getvalue()
    lines = complaint.splitlines()
    sound = code in codes and "Traceback" not in complaint + out.getvalue()
    if code == 2:
        sound &= (
            out.getvalue() == ""
            and 1 <= len(lines) <= 2
            and complaint.startswith("eddysky: error: ")
            and all(c.isprintable() for c in complaint if c != "\n")
            and "nable to allocate" not in complaint
        )
    if not sound:
        shown = " ".join(word[:80] for word in words[1:])
        raise DefectError(f"{shown}: code {code}: {out.getvalue()[:200]!r} {complaint[-1500:]}")
    return code


def mutated(data, chance):
    """Bytes with a few replaced, removed, repeated or cut off."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(max(len(data), 1))
        kind = chance.random()
        if kind < 0.5:
            new = chance.choice(DIGITS) if chance.random() < 0.8 else chance.randrange(256)
            data[place : place + 1] = bytes([new])
        elif kind < 0.7:
            del data[place : place + chance.randint(1, 20)]
        elif kind < 0.85:
            data[place:place] = data[place : place + chance.randint(1, 20)] * 2
        elif kind < 0.92:
            data[place:place] = chance.choice(LONG)
        else:
            del data[max(place, 1) :]
    return bytes(data)


def overwritten(data, chance, end=None):
    """Bytes of which a few, some neighbouring ones or a page are replaced, or that are cut short."""
    data = bytearray(data)
    kind, place = chance.random(), chance.randrange(end or len(data))
    if kind < 0.6:
        for _ in range(chance.randint(1, 4)):
            data[chance.randrange(end or len(data))] = chance.choice(
                (0, 255, chance.randrange(256))
            )
    elif kind < 0.8:
        size = chance.choice((2, 4, 8))
        value = chance.choice((0, -1, 1 << 30, 1 << 62, chance.getrandbits(60)))
        data[place : place + size] = struct.pack("<q", value)[:size]
    elif kind < 0.9:
        data[place : place + 512] = bytes(len(data[place : place + 512]))
    else:
        del data[max(place, 1) :]
    return bytes(data)


def draw(chance):
    """Settings of one configuration: up to six good ones, and often one or two bad ones."""
    chosen = dict(TINY)
    for key in chance.sample(sorted(GOOD), chance.randint(0, 6)):
        chosen[key] = chance.choice(GOOD[key])
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        keys = [*GOOD, *TINY, "flow.table", "flow.no_such_key", "nowhere.key", "flow", "a.b.c"]
        chosen[chance.choice(keys)] = chance.choice(BAD)
    return chosen


def as_toml(chosen):
    """A TOML file of settings."""
    sections = {}
    for key, value in chosen.items():
        section, _, name = key.partition(".")
        sections.setdefault(section, []).append(f"{name or 'x'} = {value}")
    return "".join(f"[{name}]\n" + "\n".join(rows) + "\n" for name, rows in sections.items())


def configurations(folder):
    """TOML files and --set, for commands that only read them, and for runs, whose results are then judged."""
    file, results = folder / "run.toml", folder / "run.h5"

    def case(chance):
        chosen = draw(chance)
        verb = chance.choice(("show",) * 5 + ("predict",) * 4 + ("run",))
        output = ["-o", results, "--quiet", "--workers", "1"] if verb == "run" else []
        if chance.random() < 0.5:
            text = as_toml(chosen).encode()
            file.write_bytes(mutated(text, chance) if chance.random() < 0.3 else text)
            given = [file]
        else:
            given = ["isotropic-diffusion"]
            for key, value in chosen.items():
                given += ["--set", f"{key}={value}"]
        clean(folder, keep=(file,))
        if verb == "run":
            # Mutations may ask for more than a case may take.
            given += [
                "--set",
                "sky.nside=2",
                "--set",
                "flow.modes=16",
                "--set",
                "ensemble.realizations=12",
            ]
            given += ["--set", "sky.particles=64"] if chance.random() < 0.5 else []
        code = command(verb, *given, *output)
        if verb == "run" and code == 0:
            command("validate", results, codes=(0, 1, 2))
        return code

    return case


def tables(folder):
    """Tables of spectra, transverse fractions, collision rates, a_lm and measured spectra."""
    spectrum = "# wavenumber [1/pc], spectrum [km2 pc / s2]\n" + "".join(
        f"{k} {100 * k**-1.7}\n" for k in (0.01, 0.1, 1.0, 10.0)
    )
    fraction = "wavenumber [1/pc], transverse_fraction\n0.01, 1\n1, 0.5\n100, 0.1\n"
    rates = "ell,rate\n" + "".join(f"{ell},{ell * (ell + 1) / 2}\n" for ell in range(1, 20))
    alm = "# ell, m, re, im\n" + "".join(
        f"{ell}, {m}, {1e-4 / (ell + m + 1)}, {1e-5 if m else 0}\n"
        for ell in range(1, 5) for m in range(ell + 1)
    )  # fmt: skip
    measured = "# eddysky: realizations = 40\nell,c_ell,error\n" + "".join(
        f"{ell},{1e-7 * ell**-2.7},{1e-8 * ell**-2.7}\n" for ell in range(2, 12)
    )
    file = folder / "table.txt"
    show = ("show", "isotropic-diffusion", "--set")
    kinds = (
        (spectrum, (*show, "flow.spectrum=table", "--set", f"flow.table={file}")),
        (fraction, (*show, f"flow.transverse_fraction={file}")),
        (rates, (*show, "sky.sampling=expected", "--set", f"transport.collisions={file}")),
        (alm, ("pitch-angle", file)),
        (measured, ("fit", file, "--model", "a14", "--json")),
    )

    def case(chance):
        text, words = chance.choice(kinds)
        data = text.encode() if chance.random() < 0.02 else mutated(text.encode(), chance)
        file.write_bytes(data)
        return command(*words)

    return case


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
        names = [name for name in file if isinstance(file[name], h5py.Dataset)]
        for _ in range(chance.randint(1, 2)):
            thing = chance.choice([file, *(file[name] for name in names)])
            kind, name = chance.random(), chance.choice(names)
            with (
                np.errstate(all="ignore"),
                suppress(TypeError, ValueError, OSError, KeyError, RuntimeError, OverflowError),
            ):
                if kind < 0.3 and len(thing.attrs):
                    thing.attrs[chance.choice(sorted(thing.attrs))] = chance.choice(VALUES)
                elif kind < 0.4 and "configuration" in file.attrs:
                    text = file.attrs["configuration"].encode()
                    file.attrs["configuration"] = mutated(text, chance).decode(errors="replace")
                elif kind < 0.6:
                    data = file[name][()]
                    data.flat[chance.randrange(max(data.size, 1))] = chance.choice(VALUES[:4])
                    file[name][...] = data
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


def clean(folder, keep=()):
    """Remove everything that the case before left."""
    for path in folder.iterdir():
        if path not in keep:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


KINDS = {
    "configuration": configurations, "tables": tables, "HDF5 results": results, "FITS": sky_files, "NPY": cubes,
    "HDF5 cubes": hdf5_cubes,
}  # fmt: skip
