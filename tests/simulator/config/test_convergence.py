"""Skies that depend on the end of the band: which they are, and what is said of them."""

from __future__ import annotations

import math

import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.convergence import unconverged_band

DRIFT = {"transport.mode": "drift-kinetic"}
# r_L = 0.0108 pc.
HELICAL = {"transport.mode": "helical", "transport.magnetic_field_strength": "1 uG"}


def said(*settings):
    given = {}
    for some in settings:
        given |= some
    return unconverged_band(Config().replace(given))


def test_drift_kinetic_skies_of_compressible_flows():
    line = said(DRIFT, {"flow.inner_scale": "0.5 pc"})
    assert "k_max λ = 126" in line
    assert "flow.inner_scale" in line
    assert '"helical"' in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("settings", "warns"),
    [
        ({"flow.transverse_fraction": 1.0}, False),
        (
            {
                "flow.transverse_fraction": {
                    "wavenumber": [0.1, 10.0],
                    "transverse_fraction": [1.0, 0.9],
                }
            },
            True,
        ),
        (
            {
                "flow.transverse_fraction": {
                    "wavenumber": [0.1, 10.0],
                    "transverse_fraction": [1.0, 1.0],
                }
            },
            False,
        ),
        ({"flow.polarization": "alfven"}, False),
        ({"flow.polarization": "slow", "flow.anisotropy": "goldreich-sridhar"}, False),
        ({"flow.polarization": "fast"}, True),
        ({"flow.anisotropy": "slab"}, False),
        ({"flow.anisotropy": "two-dimensional"}, True),
        ({"flow.velocity_dispersion": "0 km/s", "sky.lmax": 4}, False),
        ({"flow.component": [{"polarization": "slow"}, {"transverse_fraction": 0.5}]}, True),
        ({"flow.component": [{"polarization": "slow"}, {"transverse_fraction": 1.0}]}, False),
    ],
)
def test_which_flows_compress_across_the_field(settings, warns):
    assert (said(DRIFT, settings) is not None) is warns
    for mode in ("isotropic", "parallel"):
        assert said({"transport.mode": mode}, settings) is None


def test_helical_skies_converge_where_gyration_averages():
    radius = Config().replace(HELICAL).larmor_radius
    line = said(HELICAL, {"flow.inner_scale": f"{2 * math.pi * radius} pc"})
    assert "k_max r_L = 1," in line
    # What it says helps.
    enough = line.split("at most ")[1]
    assert said(HELICAL, {"flow.inner_scale": f"{2 * math.pi * radius / 3.01} pc"}) is None
    assert float(enough.split()[0]) == pytest.approx(2 * math.pi * radius / 3, rel=5e-3)
    assert said(HELICAL, {"flow.inner_scale": "1 pc", "cosmic_rays.charge": -1}) is not None
    assert said(HELICAL, {"flow.inner_scale": "1 pc", "flow.polarization": "slow"}) is None
    # The default band of wide helices ends beyond it.
    wide = HELICAL | {"transport.magnetic_field_strength": "0.01 uG"}
    assert said(wide) is None
