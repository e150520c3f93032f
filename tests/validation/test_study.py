"""The study: its configurations, its criteria, and its exit status."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from eddysky.simulator import Config
from eddysky.validation import study
from eddysky.validation.comparison.slope import Slope
from eddysky.validation.comparison.verdict import Comparison

ELL = np.arange(1, 4)
GOOD = Comparison(
    200, ELL, np.ones(3), np.ones(3), np.ones(3),
    p_value=0.5, mean_pull=0.1, mean_pull_error=0.2, slope=Slope(1, 3, -2.6, 0.1, -2.7, 1.0),
)  # fmt: skip
SMALL = Config().replace(
    {"sky.nside": 8, "flow.modes": 256, "flow.inner_scale": "10 pc", "ensemble.realizations": 30}
)


def test_configurations_cover_the_theory():
    rows = dict(study._configurations())
    assert len(rows) == len(list(study._configurations())) == 68
    assert {c.transport.mode for c in rows.values()} == {
        "isotropic",
        "parallel",
        "drift-kinetic",
        "helical",
    }
    assert {c.transport.free_path for c in rows.values()} == {"fixed", "exponential", "erlang"}
    assert {c.sky.frame for c in rows.values()} == {"fluid", "observer"}
    assert {c.transport.scatterings for c in rows.values()} == {1, 3, 20, "stationary"}
    # Pixel centres where paths are fixed, else particles and expected skies.
    for name, config in rows.items():
        expected = name.startswith("expected")
        walk = config.transport.free_path != "fixed" or config.transport.scatterings != 1
        assert (config.sampling == "expected") is expected
        assert (config.particles is not None) is (walk and not expected)
    assert study._ALMS.keys() < rows.keys()


@pytest.mark.parametrize(
    ("change", "good"),
    [
        ({}, True),
        ({"slope": None}, True),
        ({"p_value": 0.9e-3}, False),
        ({"mean_pull": 0.61}, False),
        ({"mean_pull": -0.61}, False),
        ({"slope": replace(GOOD.slope, pull=-3.1)}, False),
    ],
)
def test_criteria_of_a_row(change, good):
    assert study._passes(replace(GOOD, **change)) is good


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_exit_status(factor, monkeypatch, capsys, tmp_path):
    """0 for a true theory (false alarm 0.6%, seed fixed), 1 where C_ℓ is 50% too large; the file says the same."""
    monkeypatch.chdir(tmp_path)

    def simulated(config, **options):
        result = simulate(config, workers=1, **options)
        return replace(result, power=factor * result.power)

    simulate = study.simulate
    monkeypatch.setattr(study, "_configurations", lambda: iter([("small", SMALL)]))
    monkeypatch.setattr(study, "simulate", simulated)
    assert study.main() == (factor != 1)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3
    assert lines[1].startswith("small ")
    assert lines[1].endswith("FAILS") is (factor != 1)
    assert lines[2] == "written: results/study.json"
    written = json.loads((tmp_path / "results" / "study.json").read_text("utf-8"))
    assert written["planned"] == len(written["rows"]) == 1
    (row,) = written["rows"]
    assert (row["name"], row["family"], row["skies"]) == ("small", "isotropic, fixed", 30)
    assert row["passes"] is (factor == 1)
    assert f" {row['p_value']:.4f} " in lines[1]


def test_an_interrupted_study_is_not_complete(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    rows = [("first", SMALL), ("second", None)]
    monkeypatch.setattr(study, "_configurations", lambda: iter(rows))
    with pytest.raises(AttributeError):
        study.main()
    written = json.loads((tmp_path / "results" / "study.json").read_text("utf-8"))
    assert [row["name"] for row in written["rows"]] == ["first"]
    assert written["planned"] == 2


def test_families():
    names = {study._family(config) for _, config in study._configurations()}
    assert {"parallel", "drift-kinetic", "helical", "small-angle scattering"} < names
    assert {"isotropic, erlang, several scatterings", "Goldreich-Sridhar turbulence"} < names


def test_parallel_rows_have_further_tests(monkeypatch, capsys, tmp_path):
    """Correlations and the pitch-angle profile (false alarm 0.9%, seed fixed)."""
    monkeypatch.chdir(tmp_path)
    config = SMALL.replace({"transport.mode": "parallel", "ensemble.realizations": 100})
    monkeypatch.setattr(study, "_configurations", lambda: iter([("along", config)]))
    assert study.main() == 0
    further = capsys.readouterr().out.splitlines()[2].split(": ")
    assert [part.split(", ")[-1] for part in further[:3]] == [
        "    p of l+1",
        "l+2",
        "pitch-angle profile",
    ]
