"""`eddysky scales`: its table, and every kind of value that it must refuse."""

from __future__ import annotations

import math
import re

import pytest


def table(outcome):
    """Cells of the rows above the multipoles."""
    assert outcome.code == 0
    assert outcome.err == ""
    rows = outcome.out.split("\n\n")[0].splitlines()
    return [re.split(r"\s{2,}", row) for row in rows]


def symbol(row):
    """Symbol at the end of the name of a row, without the scale that it is on."""
    name = row[0].split(" on ")[0].split(" at ")[0]
    return name.split()[-1]


def values(outcome):
    """First number of each row, by its symbol."""
    return {symbol(row): float(row[-2].split()[0]) for row in table(outcome)}


def multipoles(outcome):
    """Scale and σ_B/B by multipole."""
    rows = [line.split() for line in outcome.out.split("\n\n")[1].splitlines()[1:]]
    return {int(row[0]): (float(row[1]), float(row[3])) for row in rows}


def origins(outcome):
    """What is derived, given or default, by the symbol of the row."""
    return {symbol(row): row[-1] for row in table(outcome)}


def test_defaults(eddysky):
    outcome = eddysky("scales")
    found = values(outcome)
    assert found["r_g"] == pytest.approx(743.2, abs=0.1)
    assert found["λ"] == 10
    assert found["κ"] == pytest.approx(3.0836e29, rel=1e-3)
    # 10 pc are 2.0626e6 AU.
    assert found["λ/r_g"] == pytest.approx(2.0626e6 / 743.2, rel=1e-3)
    assert found["(δB/B)²"] == pytest.approx(743.2 / 2.0626e6, rel=1e-3)
    # On L = λ: (r_g/λ)^(1/2) (λ/r_g)^(1/3) = (r_g/λ)^(1/6).
    assert found["σ_B/B"] == pytest.approx((743.2 / 2.0626e6) ** (1 / 6), rel=1e-3)
    assert found["v_A"] == pytest.approx(2.1812 * 3 / (0.1 * 1.4) ** 0.5, rel=1e-3)
    spread = (found["σ_B/B"] ** 2 + 0.25) ** 0.5
    assert found["σ_vA"] == pytest.approx(found["v_A"] * spread, rel=1e-3)
    assert " AU = " in outcome.out
    seen = multipoles(outcome)
    assert list(seen) == [1, 2, 3, 5, 10, 20, 30]
    for ell, (scale, relative) in seen.items():
        assert scale == pytest.approx(2 * math.pi * 10 / ell, rel=1e-3)
        assert relative == pytest.approx(found["σ_B/B"] * (scale / 10) ** (1 / 3), rel=1e-3)


def test_what_is_derived_and_what_is_given(eddysky):
    derived = dict.fromkeys(["r_g", "κ", "λ/r_g", "(δB/B)²", "σ_B/B", "v_A", "σ_vA"], "derived")
    default = derived | {"λ": "default", "σ_ρ/ρ": "default"}
    assert origins(eddysky("scales")) == default
    for options, change in (
        (("--mean-free-path", "5 pc"), {"λ": "given"}),
        (("--diffusion-coefficient", "3e29 cm2/s"), {"λ": "derived"}),
        (("--field-dispersion", 0.3), {"σ_B/B": "given"}),
        (("--density-dispersion", 1.0), {"σ_ρ/ρ": "given"}),
    ):
        assert origins(eddysky("scales", *options)) == default | change


def test_every_option_counts(eddysky):
    base = values(eddysky("scales"))

    def ratios(*options):
        found = values(eddysky("scales", *options))
        quotients = {name: found[name] / base[name] for name in base}
        # What follows from the others is tested above.
        return {
            name: ratio
            for name, ratio in quotients.items()
            if abs(ratio - 1) > 1e-3 and name not in ("κ", "(δB/B)²", "σ_vA")
        }

    def expect(options, **expected):
        renamed = {"path_ratio": "λ/r_g", "spread": "σ_B/B", "path": "λ"}
        expected = {renamed.get(name, name): ratio for name, ratio in expected.items()}
        assert ratios(*options) == pytest.approx(expected, rel=2e-3)

    # σ_B/B on L = λ is (r_g/λ)^(1/6).
    sixth = 1 / 6
    expect(("--energy", "80 TeV"), r_g=8, path=2, path_ratio=0.25, spread=4**sixth)
    expect(("--charge", 2), r_g=0.5, path_ratio=2, spread=2**-sixth)
    slow = (1 - 7.506**2 / 100) ** 0.5
    expect(("--mass", "8000 M_p"), r_g=slow, path_ratio=1 / slow, spread=slow**sixth)
    expect(("--magnetic-field", "6e-10 T"), r_g=0.5, v_A=2, path_ratio=2, spread=2**-sixth)
    expect(("--density", "0.4 1/cm3"), v_A=0.5)
    expect(("--mean-mass", "5.6 M_p"), v_A=0.5)
    expect(("--mean-free-path", "20 pc"), path=2, path_ratio=2, spread=2**-sixth)
    # 3κ/v = 10 pc at 3.08357e29 cm²/s.
    kappa = ("--diffusion-coefficient", "6.16714e25 m2/s")
    expect(kappa, path=2, path_ratio=2, spread=2**-sixth)
    expect(("--reference-energy", "80 TeV"), path=0.5, path_ratio=0.5, spread=2**sixth)
    expect(("--scale", "80 pc"), spread=2)
    expect(("--field-dispersion", 0.5), spread=0.5 / base["σ_B/B"])
    expect(("--density-dispersion", 2), **{"σ_ρ/ρ": 2})
    # (r_g/λ)^(1/2) (λ/r_g)^(1/4) instead of (r_g/λ)^(1/6).
    expect(("--scattering-index", 1.5), spread=base["λ/r_g"] ** (1 / 6 - 1 / 4))
    shallow = values(eddysky("scales", "--energy", "40 TeV", "--scattering-index", 1.5))
    assert shallow["λ"] == pytest.approx(20, rel=1e-3)


def test_a_given_dispersion_scales_to_the_multipoles(eddysky):
    options = ("--field-dispersion", 0.3, "--scale", "20 pc", "--multipoles", "4, 9")
    seen = multipoles(eddysky("scales", *options))
    assert list(seen) == [4, 9]
    for scale, relative in seen.values():
        assert relative == pytest.approx(0.3 * (scale / 20) ** (1 / 3), rel=1e-3)


def test_warning_about_strong_perturbations(eddysky):
    outcome = eddysky("scales", "--scale", "10 kpc")
    assert outcome.code == 0
    assert "sigma_B/B is above 1" in outcome.err


def test_mean_free_path_is_given_once(eddysky):
    for option, value in (
        ("--diffusion-coefficient", "3e29 cm2/s"),
        ("--reference-energy", "10 TeV"),
    ):
        outcome = eddysky("scales", "--mean-free-path", "5 pc", option, value)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith(f"eddysky: error: {option} = ")
        assert "not together with a mean free path" in outcome.err


def test_overflow_is_refused(eddysky):
    outcome = eddysky(
        "scales", "--energy", "1e-60 TeV", "--mass", "1e-60 M_p", "--reference-energy", "1e60 TeV",
        "--scattering-index", 4, "--diffusion-coefficient", "1e60 cm2/s", "--scale", "1e-60 pc",
    )  # fmt: skip
    assert (outcome.code, outcome.out) == (2, "")
    assert "beyond the range of floating-point numbers" in outcome.err
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--energy", "10 TeVs", "'TeVs' is not a unit"),
        ("--energy", "10", "an energy with its unit"),
        ("--energy", "ten TeV", "an energy with its unit"),
        ("--energy", "", "an energy with its unit"),
        ("--energy", "10 pc", "pc is not the unit of an energy"),
        ("--energy", "nan TeV", "from 1e-60"),
        ("--energy", "500 MeV", "must exceed the rest energy"),
        ("--reference-energy", "0.5 GeV", "must exceed the rest energy"),
        ("--mass", "20000 M_p", "must exceed the rest energy"),
        ("--mass", "1 GeV", "not the unit of a mass"),
        ("--magnetic-field", "3 K", "not the unit of a magnetic field"),
        ("--magnetic-field", "0 uG", "from 1e-60"),
        ("--magnetic-field", "-3 uG", "from 1e-60"),
        ("--density", "0.1 kg/m3", "not the unit of a number density"),
        ("--density", "inf 1/cm3", "from 1e-60"),
        ("--mean-mass", "1.4", "a mass with its unit"),
        ("--diffusion-coefficient", "3e29 cm/s", "not the unit of a diffusion coefficient"),
        ("--field-dispersion", "-0.1", "must be a number from 0"),
        ("--density-dispersion", "nan", "must be a number from 0"),
        ("--density-dispersion", "inf", "must be a number from 0"),
        ("--scattering-index", "5", "from 0 to 4"),
        ("--scattering-index", "flat", "not a valid float"),
        ("--mean-free-path", "10 TeV", "not the unit of a length"),
        ("--scale", "0 pc", "from 1e-60"),
        ("--multipoles", "2,x", "'x': must be whole numbers from 1 to 10000"),
        ("--multipoles", "0", "whole numbers from 1"),
        ("--multipoles", "2,,3", "whole numbers from 1"),
        ("--multipoles", "²", "whole numbers from 1"),
        ("--charge", "0", "1<=x<=118"),
        ("--charge", "1.5", "not a valid integer"),
        ("--colour", "red", "No such option"),
    ],
)
def test_refusals(eddysky, option, value, words):
    outcome = eddysky("scales", option, value)
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("eddysky: error: ")
    assert outcome.err.count("\n") == 1
    assert words in outcome.err
    if option != "--mass":
        assert option in outcome.err
