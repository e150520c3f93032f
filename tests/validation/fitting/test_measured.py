"""Measured spectra: files, arrays and means of ensembles."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from synthetic import SMALL, result

from eddysky.simulator.errors import InputError
from eddysky.validation import MeasuredPower, read_measured


def test_columns_in_any_order_with_comments(tmp_path):
    file = tmp_path / "data.txt"
    file.write_text(
        "# measured somewhere\nerror c_ell events ell\n1e-9 2e-8 5 3  # one\n\n2e-9 -1e-8 7 8\n"
    )
    data = read_measured(file)
    np.testing.assert_array_equal(data.ell, [3, 8])
    np.testing.assert_array_equal(data.c_ell, [2e-8, -1e-8])
    np.testing.assert_array_equal(data.error, [1e-9, 2e-9])


def test_a_unit_without_dimension_counts(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("ell,c_ell [1],error [percent]\n2,1e-8,2e-7\n")
    data = read_measured(file)
    assert data.c_ell == pytest.approx([1e-8])
    assert data.error == pytest.approx([2e-9])


def test_without_errors(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("2,1e-8\n3,1e-9\n")
    data = read_measured(file, errors=False)
    assert data.error is None
    assert data.ell.tolist() == [2, 3]


HEAD = "ell,c_ell,error\n"
MALFORMED = [
    ("ell,c_ell\n2,1e-8\n", ["line 1", "no column error"]),
    (HEAD + "2,1e-8,1e-9\n3,much,1e-9\n", ["line 3", "column 2 (c_ell)", "'much'", "finite number"]),
    (HEAD + "2,nan,1e-9\n", ["line 2", "column 2 (c_ell)", "finite number"]),
    (HEAD + "2,1e-8,-1e-9\n", ["line 2", "column 3 (error)", "-1e-09", "positive"]),
    (HEAD + "2,1e-8,0\n", ["line 2", "column 3 (error)", "positive"]),
    (HEAD + "2,1e-8,inf\n", ["line 2", "column 3 (error)", "finite"]),
    (HEAD + "2,1e-8,1e-9\n2,1e-8,1e-9\n", ["line 3", "column 1 (ell)", "above that of the line before"]),
    (HEAD + "3,1e-8,1e-9\n2,1e-8,1e-9\n", ["line 3", "column 1 (ell)", "above that of the line before"]),
    (HEAD + "0,1e-8,1e-9\n", ["line 2", "column 1 (ell) = 0", "from 1"]),
    (HEAD + "2.5,1e-8,1e-9\n", ["line 2", "column 1 (ell)", "whole number"]),
    (HEAD + "1e9,1e-8,1e-9\n", ["line 2", "column 1 (ell)", "10000"]),
    (HEAD + "2,1e200,1e-9\n", ["line 2", "column 2 (c_ell)", "1e+60"]),
    (HEAD + "2,1e-8\n", ["line 2", "2 fields", "expected 3"]),
    (HEAD + "2,1_0e-8,1e-9\n", ["line 2", "column 2 (c_ell) = '1_0e-8'", "finite number"]),
    (HEAD.replace(",", ";") + "2;1e-8;1e-9\n", ["line 2", "separated by commas or blanks"]),
    ("ell,c_ell [mK2],error [mK2]\n2,1e-8,1e-9\n", ["line 1, column 2 (c_ell)", "'mK2'", "c_ell [1]"]),
    (HEAD, ["no rows"]),
    ("", ["no rows"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), MALFORMED)
def test_errors_name_line_and_column(tmp_path, text, words):
    file = tmp_path / "data.csv"
    file.write_text(text)
    with pytest.raises(InputError) as refused:
        read_measured(file)
    for word in [str(file), *words]:
        assert word in str(refused.value)


def test_cosmic_variance_needs_positive_power(tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("ell,c_ell\n2,1e-8\n3,-1e-9\n")
    with pytest.raises(InputError, match=r"line 3, column 2 \(c_ell\) = -1e-09: must be positive"):
        read_measured(file, errors=False)


def test_a_range_of_multipoles():
    data = MeasuredPower(np.arange(2, 8), np.arange(2.0, 8.0), np.arange(2.0, 8.0))
    part = data.between(3, 5)
    assert part.ell.tolist() == [3, 4, 5]
    np.testing.assert_array_equal(part.c_ell, [3, 4, 5])
    np.testing.assert_array_equal(part.error, [3, 4, 5])
    assert data.between(None, None).ell.tolist() == data.ell.tolist()
    assert data.between(7, None).ell.tolist() == [7]
    with pytest.raises(InputError, match="lmin = 5: must not be above lmax = 3"):
        data.between(5, 3)
    with pytest.raises(InputError, match="lmin = 9: leaves none of the multipoles 2 to 7"):
        data.between(9, None)


ELL, ONES = np.arange(1, 4), np.ones(3)


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ((ELL, np.ones(2), ONES), "one length"),
        ((np.arange(3), ONES, ONES), "from 1"),
        ((ELL[::-1], ONES, ONES), "ascend"),
        ((ELL, np.array([1, np.nan, 1]), ONES), "c_ell must be finite"),
        ((ELL, ONES, np.array([1, 0, 1])), "error must be positive"),
    ],
)
def test_arrays_are_checked(columns, words):
    with pytest.raises(InputError, match=words):
        MeasuredPower(*columns)


def test_mean_of_an_ensemble():
    power = np.random.default_rng(1).random((8, 17))
    found = MeasuredPower.from_result(result(SMALL, power))
    assert found.ell.tolist() == list(range(1, 17))
    np.testing.assert_array_equal(found.c_ell, power.mean(axis=0)[1:])
    np.testing.assert_allclose(found.error, stats.sem(power)[1:])
    assert MeasuredPower.from_result(result(SMALL, power[:1])).error is None
