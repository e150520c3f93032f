"""Tables of numbers as CSV files."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.io.tables import check_table, text_table, write_table

NAMES = ("ell", "c_ell")


def test_numbers_come_back(tmp_path):
    path = write_table(tmp_path / "a.csv", NAMES, [(1, 0.1), (2, 1 / 3)])
    found = np.genfromtxt(path, delimiter=",", names=True)
    assert found.dtype.names == NAMES
    np.testing.assert_allclose(found["c_ell"], [0.1, 1 / 3], rtol=1e-9)


def test_tables_of_the_same_columns_are_overwritten(tmp_path):
    path = write_table(tmp_path / "a.csv", NAMES, [(1, 0.1)])
    check_table(path, NAMES)
    check_table(path)
    write_table(path, NAMES, [(2, 0.2)])
    assert path.read_text() == "ell,c_ell\n2,2.000000000e-01\n"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "content", ["ell,c_ell,error\n1,2,3\n", "# mine\nell,c_ell\n", "\xff", "ell,c_ell"]
)
def test_others_are_not(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_text(content)
    for write in (lambda: write_table(path, NAMES, []), lambda: check_table(path, NAMES)):
        with pytest.raises(InputError, match=r"a\.csv: exists already and was not written by"):
            write()
    assert path.read_text() == content


@pytest.mark.parametrize("content", ["# mine\n", "Dear editor,\n", "1,2\n", "ell\n", "PK\x03,x\n"])
def test_what_looks_like_no_table_of_ours(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises(InputError, match="exists already"):
        check_table(path)


@pytest.mark.parametrize("name", ["=1+1", "+A1", "-1+1", "@SUM(A1)", "\t=1"])
def test_no_name_becomes_a_formula(name):
    rows = [(name, 2, -1.5)]
    found = list(csv.reader(io.StringIO(text_table(("variant", "ell", "c"), rows, digits=2))))
    assert found[1] == [f"'{name}", "2", "-1.50e+00"]
    assert name in text_table(("variant", "ell", "c"), rows, digits=2, csv=False)


def test_signs_of_numbers_are_no_formula():
    assert text_table(("mu",), [("-1",), ("+0.5",)], digits=2) == "mu\n-1\n+0.5\n"
