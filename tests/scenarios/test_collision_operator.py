"""What the scenario says: slopes of the three ways of scattering, what noise leaves of them, and potential flows."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.scenarios.collision_operator import NOISE, SLOPES
from eddysky.scenarios.scenario import Outcome
from eddysky.simulator import simulate
from eddysky.validation import compare, predict

SCENARIO = SCENARIOS["collision-operator"]


@pytest.mark.parametrize("variant", SCENARIO.variants)
def test_slopes_over_a_decade(variant):
    """The local slope at ℓ + ½ tends to the law's as 1/ℓ; the default band leaves 0.02 of it (see `default_band`)."""
    config = SCENARIO.config(variant)
    c_ell, ell = predict(config).c_ell, np.arange(config.lmax + 1)
    used = ell >= 10
    slope = np.polyfit(np.log(ell[used] + 0.5), np.log(c_ell[used]), 1)[0]
    factor, less = SLOPES[variant]
    assert slope == pytest.approx(factor * config.flow.index + less, abs=0.03)


@pytest.mark.parametrize(
    ("variant", "highest"), [("one-step", (16, 19)), ("bgk", (7, 8)), ("small-angle", (3, 3))]
)
def test_what_is_above_the_noise_of_detectors(variant, highest):
    c_ell = predict(SCENARIO.config(variant)).c_ell
    assert tuple(np.flatnonzero(c_ell > noise)[-1] for noise in NOISE.values()) == highest


@pytest.mark.parametrize("variant", ["bgk", "small-angle"])
def test_stationary_limits_hide_potential_flows(variant):
    """All but the dipole of the fluid's own velocity is zero, to rounding."""
    small = {"sky.nside": 8, "flow.modes": 64, "ensemble.realizations": 2}
    config = SCENARIO.config(variant, small | {"flow.transverse_fraction": 0.0})
    power = simulate(config).power
    assert (power[:, 1] > 0).all()
    assert (power[:, 2:] < 1e-24 * power[:, 1:2]).all()


def test_other_scattering_is_named_and_has_no_slope(tmp_path, monkeypatch):
    """A table of rates in place of small angles: the legend must not promise ℓ^(−3γ−4)."""
    drawn = {}

    def plot_powers(comparisons, path, title, slopes, levels, reach):
        drawn.update(labels=list(comparisons), slopes=slopes, title=title)
        return path

    monkeypatch.setattr("eddysky.validation.plots.plot_powers", plot_powers)
    small = {"sky.nside": 4, "flow.modes": 64, "ensemble.realizations": 12}
    table = {"transport.collisions": {"ell": [1, 2], "rate": [1.0, 2.0]}}
    for overrides, label, slopes in (
        ({}, r"small angles, $\nu_\ell = \ell(\ell+1)/2$, stationary", 1),
        (table, "collision rates of a table up to ℓ = 2, stationary", 0),
    ):
        result = simulate(SCENARIO.config("small-angle", small | overrides))
        SCENARIO.figure({"small-angle": Outcome(result, compare(result))}, tmp_path / "a.png")
        assert drawn["labels"] == [label]
        assert len(drawn["slopes"]) == slopes
    assert "changed: transport.collisions = a table" in drawn["title"]
