"""Random configurations and tables."""

from __future__ import annotations

from fuzz_common import clean, command, mutated

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
