"""Fits of results and of tables know what these say of themselves."""

from __future__ import annotations

import pytest

from eddysky import Config, InputError, fit, simulate
from eddysky.simulator.io.power_table import export_power
from eddysky.validation import MeasuredPower, read_measured

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


def test_results_say_what_is_fixed(result):
    found = fit(result, lmin=2)
    assert found.fixed["mean_free_path"] == 7.0
    assert found.fixed["transverse_fraction"] == 1.0
    assert found.data.ell[0] == 2
    assert found.data.ell[-1] == 8
    data = MeasuredPower.from_result(result).between(2, None)
    by_hand = fit(data, fixed=found.fixed)
    assert [e.value for e in found.estimates] == [e.value for e in by_hand.estimates]
    # What is given goes before what the results say.
    assert fit(result, lmin=2, fixed={"mean_free_path": 5.0}).fixed["mean_free_path"] == 5.0


def test_a_table_says_the_same(result, tmp_path):
    export_power(result, tmp_path / "mean.csv")
    found, expected = fit(tmp_path / "mean.csv", lmin=2, lmax=7), fit(result, lmin=2, lmax=7)
    assert found.fixed == expected.fixed
    # Six decimals are written.
    for one, other in zip(found.estimates, expected.estimates, strict=True):
        assert one.value == pytest.approx(other.value, abs=1e-3 * other.error)
    assert fit(str(tmp_path / "mean.csv"), lmin=2, lmax=7).to_dict() == found.to_dict()
    # A spectrum by itself says nothing.
    assert fit(read_measured(tmp_path / "mean.csv")).fixed["mean_free_path"] == 10.0


def test_skies_are_counted(result, tmp_path):
    export_power(result, tmp_path / "mean.csv")
    options = {"lmin": 2, "likelihood": "cosmic-variance"}
    counted = fit(result, **options)
    given = fit(MeasuredPower.from_result(result), realizations=20, fixed=counted.fixed, **options)
    assert counted.goodness == given.goodness
    # Six decimals are written.
    table = fit(tmp_path / "mean.csv", **options).goodness.statistic
    assert table == pytest.approx(given.goodness.statistic, rel=1e-3)


def test_what_no_model_has(result, tmp_path):
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
