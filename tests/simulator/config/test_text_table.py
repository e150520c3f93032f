"""Text tables: columns, units and rows that are read, and those that are refused."""

from __future__ import annotations

import pytest

from eddysky.simulator.config.text_table import Column, read_table
from eddysky.simulator.errors import InputError


def test_columns_are_found_by_name_and_converted(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("# a comment\n# Ell, other [K], Length [kpc]\n2, 7, 0.5\n\n3, 8, 1.5  # end\n")
    table = read_table(path, [Column("length", "pc"), Column("ell", whole=True)])
    assert table["length"].tolist() == [500.0, 1500.0]
    assert table["ell"].tolist() == [2, 3]
    assert table.lines == [3, 5]
    with pytest.raises(InputError, match=r"line 5, column 3 \(length\) = 1500: too long"):
        table.require("length", table["length"] < 1000, "too long")


def test_a_table_without_header_has_the_expected_columns_in_order(tmp_path):
    path = tmp_path / "table.txt"
    path.write_text("1 0.5\n2 0.25\n")
    table = read_table(path, [Column("ell"), Column("c_ell")])
    assert table["c_ell"].tolist() == [0.5, 0.25]
    path.write_text("1.5 2\n")
    with pytest.raises(InputError, match="must be a whole number"):
        read_table(path, [Column("ell", whole=True), Column("c_ell")])


@pytest.mark.parametrize(
    ("unit", "words"),
    [("", "has no unit"), ("[TeV]", "another dimension"), ("[parsnip]", "is not a unit")],
)
def test_units_are_required_and_checked(tmp_path, unit, words):
    path = tmp_path / "table.txt"
    path.write_text(f"length {unit}\n1\n")
    with pytest.raises(InputError, match=words):
        read_table(path, [Column("length", "pc")])
