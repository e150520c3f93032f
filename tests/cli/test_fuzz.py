"""Random input, valid and not: it ends with a code that says what happened, one or two lines, and no traceback."""

from __future__ import annotations

import random
import warnings
from collections import Counter

import numpy as np
import pytest
from astropy.io import fits

# Written as TOML; those before the bar are valid on their own, though not in every company.
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
    '"1 pc**9999999999"', "=", '"open', "[", "{a=", "#", "",
]  # fmt: skip
# Small enough to run in milliseconds.
TINY = {"sky.nside": "2", "flow.modes": "16", "ensemble.realizations": "12"}
# Bytes that mostly leave a text readable, so that what is read is reached too.
DIGITS = b"0123456789.-e, \n#"
COMMANDS = ("show", "predict", "run")


def check(outcome, verdict=False):
    """Code 0 or 2, or 1 where the science may say no; at most two lines of complaint, and no traceback."""
    allowed = (0, 1, 2) if verdict else (0, 2)
    assert outcome.code in allowed, (outcome.code, outcome.err[-2000:])
    assert "Traceback" not in outcome.err + outcome.out
    if outcome.code == 2:
        assert outcome.out == ""
        assert 1 <= len(outcome.err.splitlines()) <= 2, outcome.err
        assert outcome.err.startswith("eddysky: error: ")
        assert all(c.isprintable() for c in outcome.err if c != "\n"), repr(outcome.err)


def draw(chance):
    """Settings of one configuration: up to six good ones, and often one or two bad ones."""
    chosen = dict(TINY)
    for key in chance.sample(sorted(GOOD), chance.randint(0, 6)):
        chosen[key] = chance.choice(GOOD[key])
    for _ in range(chance.choice((0, 0, 0, 1, 2))):
        keys = [*GOOD, *TINY, "flow.table", "flow.no_such_key", "nowhere.key", "flow", "a.b.c"]
        chosen[chance.choice(keys)] = chance.choice(BAD)
    return chosen


def written(chosen):
    """A TOML file of them."""
    sections = {}
    for key, value in chosen.items():
        section, _, name = key.partition(".")
        sections.setdefault(section, []).append(f"{name or 'x'} = {value}")
    return "".join(f"[{name}]\n" + "\n".join(rows) + "\n" for name, rows in sections.items())


def fuzz_configurations(eddysky, here, numbers):
    codes = Counter()
    for number in numbers:
        chance = random.Random(number)
        chosen = draw(chance)
        command = chance.choice(COMMANDS)
        output = ["-o", f"{number}.h5", "--quiet"] if command == "run" else []
        if chance.random() < 0.5:
            (here / "run.toml").write_text(written(chosen))
            given = ["run.toml"]
        else:
            given = ["isotropic-diffusion"]
            for key, value in chosen.items():
                given += ["--set", f"{key}={value}"]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            outcome = eddysky(command, *given, *output)
            try:
                check(outcome)
            except AssertionError as error:
                short = {key: value[:60] for key, value in chosen.items()}
                raise AssertionError(
                    f"configuration {number}, {command}: {short}: {error}"
                ) from None
            codes[command, outcome.code] += 1
            if command == "run" and outcome.code == 0:
                verdict = eddysky("validate", f"{number}.h5")
                check(verdict, verdict=True)
                codes["validate", verdict.code] += 1
    print(dict(codes))
    # Otherwise the generator is of no use.
    assert codes["run", 0]
    assert codes["run", 2]
    assert codes["predict", 0]
    return codes


def test_configurations(eddysky, here, no_figures):
    fuzz_configurations(eddysky, here, range(200))


@pytest.mark.slow
def test_more_configurations(eddysky, here, no_figures):
    fuzz_configurations(eddysky, here, range(1000, 3000))


def mutated(data, chance, start=0):
    """Bytes with a few replaced, removed, repeated or cut off."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        place = chance.randrange(start, max(len(data), start + 1))
        kind = chance.random()
        if kind < 0.5:
            data[place : place + 1] = bytes(
                [chance.choice(DIGITS) if chance.random() < 0.8 else chance.randrange(256)]
            )
        elif kind < 0.7:
            del data[place : place + chance.randint(1, 20)]
        elif kind < 0.9:
            data[place:place] = data[place : place + chance.randint(1, 20)] * 2
        else:
            del data[max(place, 1) :]
    return bytes(data)


def header_damaged(data, chance):
    """A FITS file with characters of its second header replaced."""
    data = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        data[chance.randrange(0, 2 * 2880)] = chance.randrange(32, 127)
    return bytes(data)


def files(here):
    """A good file of each kind: name, command, bytes."""
    pixels = fits.BinTableHDU.from_columns(
        [fits.Column("SIGNAL", "D", array=1e-3 * np.cos(np.arange(48.0)))]
    )
    pixels.header.update({"PIXTYPE": "HEALPIX", "ORDERING": "RING", "NSIDE": 2, "COORDSYS": "C"})
    pixels.writeto(here / "good.fits")
    table = "# ell, m, re, im\n" + "".join(
        f"{ell}, {m}, {1e-4 / (ell + m + 1)}, {1e-5 if m else 0}\n"
        for ell in range(1, 5) for m in range(ell + 1)
    )  # fmt: skip
    spectrum = "ell,c_ell,error\n" + "".join(
        f"{ell},{1e-7 * ell**-2.7},{1e-8 * ell**-2.7}\n" for ell in range(2, 20)
    )
    function = "# wavenumber [1/pc], spectrum [km2 pc / s2]\n" + "".join(
        f"{k} {100 * k**-1.7}\n" for k in (0.01, 0.1, 1.0, 10.0)
    )
    return {
        "map.fits": ("pitch-angle", (here / "good.fits").read_bytes(), header_damaged),
        "bytes.fits": ("pitch-angle", (here / "good.fits").read_bytes(), mutated),
        "alm.txt": ("pitch-angle", table.encode(), mutated),
        "spectrum.csv": ("fit", spectrum.encode(), mutated),
        "function.txt": ("show", function.encode(), mutated),
        "run.toml": ("show", written(TINY | {k: v[0] for k, v in GOOD.items()}).encode(), mutated),
    }


def fuzz_files(eddysky, here, count):
    codes = Counter()
    for name, (command, data, change) in files(here).items():
        more = ["isotropic-diffusion", "--set", "flow.spectrum=table", "--set"]
        given = [*more, f"flow.table={name}"] if name == "function.txt" else [name]
        # A fit draws a figure, which takes most of the time.
        for number in range(count // 5 if command == "fit" else count):
            (here / name).write_bytes(change(data, random.Random(f"{name} {number}")))
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                outcome = eddysky(command, *given)
            try:
                check(outcome)
            except AssertionError as error:
                raise AssertionError(f"{name}, mutation {number}: {error}") from None
            codes[name, outcome.code] += 1
    print(dict(codes))


def test_files(eddysky, here):
    fuzz_files(eddysky, here, 40)


@pytest.mark.slow
def test_more_files(eddysky, here):
    fuzz_files(eddysky, here, 400)
