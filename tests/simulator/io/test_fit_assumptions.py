"""What configurations state for a fit, and the comment lines of exported tables."""

from __future__ import annotations

import math

import pytest

from eddysky.simulator import Config
from eddysky.simulator.io.fit_assumptions import Assumptions, comment_lines

BAND = {"flow.outer_scale": "300 pc", "flow.inner_scale": "3 pc"}


def assumptions(**settings):
    return Assumptions.from_config(Config().replace(BAND | settings), "a.toml")


def test_values_of_a_configuration():
    found = assumptions(
        **{
            "transport.mode": "parallel",
            "transport.free_path": "erlang",
            "transport.erlang_order": 4,
            "transport.scatterings": 3,
            "transport.mean_free_path": "7 pc",
            "cosmic_rays.energy": "10 TeV",
            "cosmic_rays.spectral_index": 2.5,
            "flow.transverse_fraction": 0.5,
            "sky.frame": "observer",
            "sky.sampling": "random",
        }
    )
    assert (found.source, found.model, found.spectrum) == ("a.toml", "parallel", "power-law")
    assert (found.realizations, found.taylor_order, found.lmin) == (None, None, 1)
    expected = {
        "free_path": "erlang", "erlang_order": 4, "scatterings": 3, "frame": "observer", "mean_free_path": 7.0,
        "energy": 10.0, "spectral_index": 2.5, "transverse_fraction": 0.5, "outer_scale": 300.0, "inner_scale": 3.0,
        "reference_scale": 10.0, "collisions": "bgk", "reference_energy": 10.0, "scattering_index": 5 / 3,
    }  # fmt: skip
    assert found.values.keys() == expected.keys()
    for key, value in expected.items():
        assert found.values[key] == (pytest.approx(value) if isinstance(value, float) else value)


@pytest.mark.parametrize(
    ("settings", "lmin"),
    [
        ({}, 1),
        ({"flow.mean_velocity": ["0 km/s", "1 km/s", "0 km/s"]}, 2),
        ({"transport.density_gradient": ["0 1/pc", "0 1/pc", "1e-4 1/pc"]}, 2),
        ({"flow.velocity_gradient": [["0.1 km/s/pc", "0 km/s/pc", "0 km/s/pc"]] + [["0 km/s/pc"] * 3] * 2}, 3),
    ],
)  # fmt: skip
def test_lowest_multipole_without_regular_contributions(settings, lmin):
    assert assumptions(**settings).lmin == lmin


def test_spectra():
    table = {"wavenumber": [0.1, 1.0, 3.0], "spectrum": [1.0, 2.0, 0.5]}
    tabulated = Assumptions.from_config(
        Config().replace({"flow.spectrum": "table", "flow.table": table}), ""
    )
    assert tabulated.spectrum == "table"
    assert "reference_scale" not in tabulated.values
    assert tabulated.values["outer_scale"] == pytest.approx(2 * math.pi / 0.1)
    assert tabulated.values["inner_scale"] == pytest.approx(2 * math.pi / 3)
    part = {"velocity_dispersion": "5 km/s", "inner_scale": "2 pc"}
    parts = [part | {"transverse_fraction": beta} for beta in (0.0, 1.0)]
    both = Assumptions.from_config(Config().replace({"flow.component": parts}), "")
    assert both.spectrum == "sum"
    assert both.values["transverse_fraction"] == "varies"
    equal = [part | {"transverse_fraction": 1.0}] * 2
    both = Assumptions.from_config(Config().replace({"flow.component": equal}), "")
    assert both.values["transverse_fraction"] == 1.0


def test_comment_lines():
    """Numbers to the last digit, with units; what is as a fit expects it is left out."""
    lines = comment_lines(Config().replace(BAND | {"flow.transverse_fraction": 2 / 3}), 40)
    assert lines[:4] == [
        "# eddysky: model = isotropic",
        "# eddysky: realizations = 40",
        "# eddysky: free_path = fixed",
        "# eddysky: scatterings = 1",
    ]
    assert "# eddysky: mean_free_path = 10 pc" in lines
    assert "# eddysky: energy = 10 TeV" in lines
    assert f"# eddysky: transverse_fraction = {2 / 3!r}" in lines
    keys = [line.split()[2] for line in lines]
    assert len(keys) == len(set(keys))
    assert not {"spectrum", "taylor_order", "lmin"} & set(keys)
    regular = {"flow.taylor_order": 2, "flow.mean_velocity": ["0 km/s", "1 km/s", "0 km/s"]}
    lines = comment_lines(Config().replace(BAND | regular), 40)
    assert {"# eddysky: taylor_order = 2", "# eddysky: lmin = 2"} <= set(lines)


@pytest.mark.parametrize(
    ("collisions", "name"),
    [("small-angle", "small-angle"), ({"ell": [1, 2], "rate": [1.0, 3.0]}, "table")],
)
def test_collision_operators_state_the_stationary_limit(collisions, name):
    found = assumptions(**{"transport.collisions": collisions}).values
    assert (found["collisions"], found["scatterings"], found["free_path"]) == (
        name, "stationary", "exponential",
    )  # fmt: skip
    config = Config().replace(BAND | {"transport.collisions": collisions})
    assert "# eddysky: scatterings = stationary" in comment_lines(config, 3)
