"""Fits of several models to one table: precedence of sources, and the report."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky import Config, InputError
from eddysky.validation.fitting.fit import fit
from eddysky.validation.fitting.fitted_models import fit_models
from eddysky.validation.fitting.measured_table import read_measured

ELL = np.arange(2, 21)


@pytest.fixture
def table(tmp_path):
    """C_ℓ ∝ (ℓ+½)^−2.67 with errors of 10%; its comments state λ = 4 pc and three scatterings."""
    path = tmp_path / "data.csv"
    rows = "".join(f"{ell},{1e-6 * (ell + 0.5) ** -2.67},{1e-7 * (ell + 0.5) ** -2.67}\n" for ell in ELL)  # fmt: skip
    path.write_text(
        f"# eddysky: mean_free_path = 4 pc\n# eddysky: scatterings = 3\nell,c_ell,error\n{rows}"
    )
    return path


def test_settings_precede_the_configuration_and_that_the_table(table):
    config = Config().replace({"transport.mean_free_path": "6 pc"})
    stated = fit_models(table, ["isotropic"], lmin=2)
    assert stated.fits[0].fixed["mean_free_path"] == 4
    assert stated.fits[0].fixed["scatterings"] == 3
    assert stated.sources["scatterings"] == str(table)
    given = fit_models(
        table, ["isotropic"], lmin=2, settings=["scatterings=2"], config=("mine.toml", config)
    )
    assert given.fits[0].fixed["mean_free_path"] == 6
    assert given.fits[0].fixed["scatterings"] == 2
    assert given.sources["mean_free_path"] == "mine.toml"
    assert given.sources["scatterings"] == "--fix"


def test_each_model_is_fitted_as_alone(table):
    found = fit_models(table, ["isotropic", "am15"], lmin=3, lmax=15, noise=True)
    data = read_measured(table).between(3, 15)
    for each, name in zip(found.fits, ("isotropic", "am15"), strict=True):
        fixed = {"mean_free_path": 4.0, "scatterings": 3.0} if name == "isotropic" else {}
        alone = fit(data, name, fixed=fixed, noise=True)
        assert [e.value for e in each.estimates] == [e.value for e in alone.estimates]


def test_the_report_has_all_fits_their_comparison_and_the_remarks(table):
    table.write_text("# eddysky: model = parallel\n" + table.read_text())
    found = fit_models(table, ["isotropic", "a14"], lmin=2)
    assert found.remarks == (
        f"{table}: parallel transport; the model parallel describes it",
    )  # fmt: skip
    text = str(found)
    assert text.startswith(
        f"{table}: 19 multipoles, l = 2-20; likelihood gaussian\nisotropic: chi2"
    )
    values = [each.minus_two_log_likelihood for each in found.fits]
    assert values[1] < values[0]
    difference = f"isotropic {values[0] - values[1]:.2f} (2 free), a14 0.00 (1 free)"
    assert f"\nchi2 above the best model: {difference}\n" in text
    assert text.endswith(f"note: {found.remarks[0]}")
    assert [each["model"] for each in found.to_dict()["fits"]] == ["isotropic", "a14"]


def test_unknown_keys_are_refused(table):
    with pytest.raises(InputError, match=r"--fix exponent: unknown key; keys are .*velocity_disp"):
        fit_models(table, ["isotropic"], lmin=2, settings=["exponent=0.5"])


def test_a_path_as_text_and_models_that_do_not_exist(table):
    assert fit_models(str(table), ["isotropic"]).fits[0].fixed == (
        fit_models(table, ["isotropic"], lmin=2).fits[0].fixed
    )
    with pytest.raises(InputError, match="model = 'nope': must be one of isotropic"):
        fit_models(table, ["isotropic", "nope"])
