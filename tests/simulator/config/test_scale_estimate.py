"""The table of scales against values worked out by hand; `tests/cli/test_scales.py` varies every argument."""

from __future__ import annotations

import doctest

import pytest
from astropy import units

from eddysky.simulator.config import scale_estimate
from eddysky.simulator.config.scale_estimate import ScaleEstimate
from eddysky.simulator.errors import InputError


def test_table_of_tev_protons():
    """At 1 TeV λ = 10 pc 10^(−1/3) = 4.642 pc and r_g = 74.32 AU = 3.603e-4 pc."""
    estimate = ScaleEstimate.from_medium(1 * units.TeV, multipoles=[10])
    values = {name.split(" on ")[0]: (value, origin) for name, _, value, origin in estimate.rows}
    assert values["gyroradius r_g"] == ("74.32 AU = 0.0003603 pc", "derived")
    assert values["mean free path λ"] == ("4.642 pc", "default")
    assert values["(δB/B)² at r_g"] == ("7.763e-05", "derived")
    assert values["σ_ρ/ρ"] == ("1", "default")
    ((ell, scale, spread),) = estimate.multipoles
    assert (ell, scale.unit) == (10, units.pc)
    assert scale.value == pytest.approx(2.9165, rel=1e-4)  # 2π 4.6416/10
    # (r_g/λ)^(1/2) (2.9165/3.603e-4)^(1/3)
    assert spread == pytest.approx(7.763e-5**0.5 * (2.9165 / 3.603e-4) ** (1 / 3), rel=1e-3)
    assert estimate.weak


def test_the_example_runs():
    assert doctest.testmod(scale_estimate) == (0, 2)


def test_the_text_has_all_rows():
    lines = str(ScaleEstimate.from_medium(multipoles=[2, 3])).splitlines()
    assert len(lines) == 9 + 2 + 2
    assert [line.split()[0] for line in lines[-2:]] == ["2", "3"]


def test_given_values_stay_as_they_are():
    estimate = ScaleEstimate.from_medium(
        mean_free_path=5 * units.pc, scale=20 * units.pc, field_dispersion=0.3, multipoles=[1]
    )
    given = {name.split(" on ")[0]: value for name, _, value, origin in estimate.rows if origin == "given"}  # fmt: skip
    assert given == {"mean free path λ": "5 pc", "σ_B/B": "0.3"}
    assert estimate.multipoles[0][2] == pytest.approx(0.3 * (31.41593 / 20) ** (1 / 3), rel=1e-6)


@pytest.mark.parametrize("strong", [{"field_dispersion": 1.01}, {"scale": 1 * units.Mpc}])
def test_strong_perturbations(strong):
    assert not ScaleEstimate.from_medium(**strong).weak


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"energy": 1 * units.MeV}, "energy = 1 MeV: must exceed the rest energy"),
        ({"reference_energy": 1 * units.MeV}, "reference_energy = 1 MeV: must exceed"),
        (
            {"mean_free_path": 1 * units.pc, "reference_energy": 1 * units.TeV},
            "reference_energy = 1 TeV: not together with a mean free path",
        ),
        (
            {"energy": 1e60 * units.TeV, "scattering_index": 4, "reference_energy": 1 * units.TeV,
             "scale": 1e-60 * units.pc, "mass": 1e-300 * units.kg, "magnetic_field": 1e-300 * units.uG},
            "energy = 1e\\+60 TeV: .* beyond the range",
        ),
    ],
)  # fmt: skip
def test_refusals_begin_with_the_argument(arguments, words):
    with pytest.raises(InputError, match=f"^{words}"):
        ScaleEstimate.from_medium(**arguments)
