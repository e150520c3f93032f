"""What fits assume about results and tables: read from comments and --fix, and merged."""

from __future__ import annotations

from dataclasses import replace

import pytest

from eddysky import Config, InputError, fit, simulate
from eddysky.simulator.io.fit_assumptions import Assumptions, comment_lines
from eddysky.simulator.io.power_table import export_power
from eddysky.validation import MeasuredPower, read_measured
from eddysky.validation.fitting.sources import check_models, merge, read_comments, read_settings
from eddysky.validation.fitting.spectral_models import MODELS

CONFIG = Config().replace(
    {
        "transport.mean_free_path": "7 pc",
        "flow.transverse_fraction": 1.0,
        "sky.nside": 8,
        "flow.modes": 256,
        "ensemble.realizations": 20,
    }
)


@pytest.fixture(scope="module")
def result():
    return simulate(CONFIG, workers=1, maps=0)


def test_results_fix_parameters(result):
    found = fit(result, lmin=2)
    assert found.fixed["mean_free_path"] == 7.0
    assert found.fixed["transverse_fraction"] == 1.0
    assert found.spectra[0].data.ell[0] == 2
    assert found.spectra[0].data.ell[-1] == 8
    data = MeasuredPower.from_result(result).between(2, None)
    by_hand = fit(data, fixed=found.fixed)
    assert [e.value for e in found.estimates] == [e.value for e in by_hand.estimates]
    # Arguments override the results.
    assert fit(result, lmin=2, fixed={"mean_free_path": 5.0}).fixed["mean_free_path"] == 5.0


def test_a_table_fixes_the_same_parameters(result, tmp_path):
    export_power(result, tmp_path / "mean.csv")
    found, expected = fit(tmp_path / "mean.csv", lmin=2, lmax=7), fit(result, lmin=2, lmax=7)
    assert found.fixed == expected.fixed
    # Six decimals are written.
    for one, other in zip(found.estimates, expected.estimates, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-3 * other.error)
    assert fit(str(tmp_path / "mean.csv"), lmin=2, lmax=7).to_dict() == found.to_dict()
    # Arrays alone fix nothing.
    assert fit(read_measured(tmp_path / "mean.csv")).fixed["mean_free_path"] == 10.0


def test_the_number_of_skies_is_known(result, tmp_path):
    export_power(result, tmp_path / "mean.csv")
    options = {"lmin": 2, "likelihood": "cosmic-variance"}
    counted = fit(result, **options)
    given = fit(MeasuredPower.from_result(result), realizations=20, fixed=counted.fixed, **options)
    assert counted.goodness == given.goodness
    # Six decimals are written.
    table = fit(tmp_path / "mean.csv", **options).goodness.statistic
    assert table == pytest.approx(given.goodness.statistic, rel=1e-3)


def test_sources_that_cannot_be_fitted(result, tmp_path):
    (tmp_path / "beta.csv").write_text("wavenumber [1/pc],transverse_fraction\n0.001,0\n1000,1\n")
    varies = CONFIG.replace(
        {"flow.transverse_fraction": str(tmp_path / "beta.csv"), "ensemble.realizations": 2}
    )
    with pytest.raises(InputError, match="the results: transverse_fraction varies with k"):
        fit(simulate(varies, workers=1, maps=0))
    with pytest.raises(InputError, match=r"none\.csv"):
        fit("none.csv")
    with pytest.raises(InputError, match="lmin = 9: leaves none"):
        fit(result, lmin=9)


ERLANG = {"transport.free_path": "erlang", "transport.erlang_order": 4, "sky.sampling": "random"}
OTHERS = {"flow.taylor_order": 2, "flow.mean_velocity": ["0 km/s", "1 km/s", "0 km/s"]}


@pytest.mark.parametrize("settings", [{}, ERLANG, OTHERS, {"flow.inner_scale": "1.23456789 pc"}])
def test_comments_are_read_as_they_are_written(settings, tmp_path):
    config = CONFIG.replace(settings)
    (tmp_path / "mean.csv").write_text("\n".join([*comment_lines(config, 20), "2,1e-8"]))
    found = read_comments(tmp_path / "mean.csv")
    written = Assumptions.from_config(config, str(tmp_path / "mean.csv"))
    assert found.realizations == 20
    assert found.values == written.values
    for key in ("source", "model", "spectrum", "taylor_order", "lmin"):
        assert getattr(found, key) == getattr(written, key)


def test_other_comments_are_ignored(tmp_path):
    (tmp_path / "mean.csv").write_text("# free_path = curved\n2,1e-8\n")
    assert read_comments(tmp_path / "mean.csv") == Assumptions(str(tmp_path / "mean.csv"), {})


def test_fits_say_what_the_model_does_not_have(result):
    assert fit(result, lmin=2).remarks == ()
    other = {
        "flow.spectrum": "injection",
        "flow.injection_scale": "100 pc",
        "transport.density_gradient": ["1e-4/pc", "0/pc", "0/pc"],
    }
    of_spectrum = "the results: spectrum injection; a power law is fitted"
    injected = fit(replace(result, config=CONFIG.replace(other)), lmin=2)
    assert injected.remarks == (of_spectrum,)
    assert f"note: {of_spectrum}" in str(injected)
    # lmin = 2 leaves the gradient out.
    _, gradient = fit(replace(result, config=CONFIG.replace(other))).remarks
    assert "lmin = 2 leaves it out" in gradient


def test_settings():
    known = {p.name: p for p in MODELS["isotropic"].parameters}
    settings = ["free_path = 'erlang'", "erlang_order=4", "energy=20 GeV", "inner_scale=none"]
    found = read_settings(settings, known)
    assert found.values == {
        "free_path": "erlang",
        "erlang_order": 4,
        "energy": pytest.approx(0.02),
        "inner_scale": 0.0,
    }
    assert type(found.values["erlang_order"]) is int
    with pytest.raises(InputError, match=r"--fix index = 3: must be above 1 and below 3"):
        read_settings(["index=3"], known)


def test_later_sources_override_earlier_ones():
    values = {"free_path": "erlang", "erlang_order": 4, "scatterings": 2}
    table = Assumptions("a.csv", values, "parallel", realizations=10, spectrum="table", lmin=2)
    config = Assumptions("a.toml", {"free_path": "exponential"}, "isotropic")
    found = merge([table, config, Assumptions("--fix", {"scatterings": 3})])
    # The order of the replaced Erlang law is dropped.
    assert found.values == {"free_path": "exponential", "scatterings": 3}
    assert found.sources["free_path"] == "a.toml"
    assert found.sources["scatterings"] == "--fix"
    assert (found.source, found.model, found.spectrum) == ("a.toml", "isotropic", "power-law")
    assert (found.realizations, found.lmin) == (10, 1)


def test_another_energy_scales_the_mean_free_path(result):
    """λ = 7 pc at 10 TeV: at 80 TeV with γ_g = 1 it is 56 pc."""
    found = fit(result, lmin=2, fixed={"energy": 80.0, "scattering_index": 1.0})
    there = {"energy": 80.0, "reference_energy": 80.0, "mean_free_path": 56.0}
    other = fit(result, lmin=2, fixed=there)
    assert found["velocity_dispersion"].value == pytest.approx(
        other["velocity_dispersion"].value, rel=1e-9
    )


@pytest.mark.parametrize(
    ("known", "words"),
    [
        ({}, None),
        ({"model": "parallel"}, "the model parallel describes it"),
        ({"spectrum": "injection"}, "a power law is fitted"),
        ({"taylor_order": 2}, "the complete flow is fitted"),
        ({"lmin": 3}, "lmin = 3 leaves it out"),
    ],
)
def test_remarks_on_what_no_model_has(known, words):
    remarks = check_models(Assumptions("a.csv", {}, **known), [MODELS["isotropic"]], 2)
    assert len(remarks) == (words is not None)
    assert all(words in remark for remark in remarks)
    assert check_models(Assumptions("a.csv", {}, **known), [MODELS["a14"]], 2) == []


def test_words_among_numbers_are_read():
    known = {p.name: p for p in MODELS["isotropic"].parameters}
    found = read_settings(["scatterings = 'stationary'", "collisions=small-angle"], known)
    assert found.values == {"scatterings": "stationary", "collisions": "small-angle"}
    assert read_settings(["scatterings=3"], known).values == {"scatterings": 3}


def test_comments_of_a_collision_operator_are_read_back(tmp_path):
    config = CONFIG.replace({"transport.collisions": "small-angle"})
    table = tmp_path / "mean.csv"
    table.write_text("\n".join([*comment_lines(config, 4), "ell,c_ell,error", "2,1e-8,1e-9"]))
    values = read_comments(table).values
    expected = Assumptions.from_config(config, "").values
    assert {key: values[key] for key in ("collisions", "scatterings", "free_path")} == {
        key: expected[key] for key in ("collisions", "scatterings", "free_path")
    }
