"""`eddysky scales`: its table, and every kind of value that it must refuse."""

from __future__ import annotations

import re

import pytest


def values(outcome):
    """First number of each row, by the name of the row."""
    assert outcome.code == 0
    assert outcome.err == ""
    rows = [re.split(r"\s{2,}", line) for line in outcome.out.splitlines()]
    return {row[0]: float(row[-1].split()[0]) for row in rows}


def test_defaults(eddysky):
    outcome = eddysky("scales")
    found = values(outcome)
    assert found["gyroradius"] == pytest.approx(743.2, abs=0.1)
    assert found["Alfvén speed"] == pytest.approx(2.1812 * 3 / (0.1 * 1.4) ** 0.5, rel=1e-3)
    assert found["its dispersion"] == pytest.approx(found["Alfvén speed"] * 1.25**0.5, rel=1e-3)
    assert found["mean free path"] == pytest.approx(9.729, abs=0.001)
    assert found["diffusion coefficient"] == pytest.approx(3e29, rel=1e-3)
    assert " AU = " in outcome.out
    for unit in (" pc\n", " km/s\n", " cm2/s\n"):
        assert unit in outcome.out


def test_every_option_counts(eddysky):
    base = values(eddysky("scales"))

    def ratios(*options):
        found = values(eddysky("scales", *options))
        quotients = {name: found[name] / base[name] for name in base}
        return {name: ratio for name, ratio in quotients.items() if abs(ratio - 1) > 1e-3}

    close = {"rel": 2e-3}
    assert ratios("--energy", "80 TeV") == pytest.approx(
        {"gyroradius": 8, "mean free path": 2, "diffusion coefficient": 2, "mean free path/gyroradius": 0.25},
        **close,
    )  # fmt: skip
    assert ratios("--charge", "2") == pytest.approx(
        {"gyroradius": 0.5, "mean free path/gyroradius": 2}, **close
    )
    heavy = ratios("--mass", "8000 M_p")
    assert heavy["gyroradius"] == pytest.approx((1 - 7.506**2 / 100) ** 0.5, **close)
    assert ratios("--magnetic-field", "6e-10 T") == pytest.approx(
        {"gyroradius": 0.5, "Alfvén speed": 2, "its dispersion": 2, "mean free path/gyroradius": 2},
        **close,
    )
    for option, value in (("--density", "0.4 1/cm3"), ("--mean-mass", "5.6 M_p")):
        expected = {"Alfvén speed": 0.5, "its dispersion": 0.5}
        assert ratios(option, value) == pytest.approx(expected, **close)
    assert ratios("--field-dispersion", "0") == pytest.approx({"its dispersion": 0.2**0.5}, **close)
    assert ratios("--density-dispersion", "0") == pytest.approx(
        {"its dispersion": 0.8**0.5}, **close
    )
    assert ratios("--diffusion-coefficient", "6e25 m2/s")["mean free path"] == pytest.approx(
        2, **close
    )
    assert ratios("--reference-energy", "80 TeV")["mean free path"] == pytest.approx(0.5, **close)
    shallow = ratios("--energy", "40 TeV", "--scattering-index", "1.5")
    assert shallow["mean free path"] == pytest.approx(2, **close)


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
