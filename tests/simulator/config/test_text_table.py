"""Text tables: columns, units and rows that are read, and those that are refused."""

from __future__ import annotations

import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.text_table import Column, read_table
from eddysky.simulator.errors import InputError

BAD_TABLES = [
    ("0.1 1\n1 1\n", "line 1, column 1 (wavenumber): has no unit"),
    ("wavenumber [1/pc], spectrum\n0.1 1\n1 1\n", "line 1, column 2 (spectrum): has no unit"),
    ("wavenumber [pc], spectrum [km2 pc / s2]\n0.1 1\n1 1\n", "line 1, column 1 (wavenumber): unit 'pc'"),
    ("wavenumber [1/pc], spectrum [furlong]\n0.1 1\n1 1\n", "'furlong' is not a unit"),
    ("k [1/pc], spectrum [km2 pc / s2]\n0.1 1\n1 1\n", "line 1: no column wavenumber"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n", "no rows of"),
    ("", "no rows of"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n1 1\n", "needs at least two rows"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n1 1\n\n1 2\n", "line 4, column 1 (wavenumber) = 1: must inc"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n0 1\n1 2\n", "line 2, column 1 (wavenumber) = 0: must be pos"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n1 1\n2 -2\n", "line 3, column 2 (spectrum) = -2: must not"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n1 1\n2 x\n", "line 3, column 2 (spectrum) = 'x': must be a"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n1 1\n2 nan\n", "line 3, column 2 (spectrum) = 'nan'"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n1 1\n2\n", "line 3, column 2: 1 fields; expected 2"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n1 1\n2 3 4\n", "line 3, column 3: 3 fields; expected 2"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n1 0\n2 3\n3 0\n", "spectrum: must be positive at two"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), BAD_TABLES, ids=[words for _, words in BAD_TABLES])
def test_bad_tables_name_file_line_and_column(tmp_path, text, words):
    (tmp_path / "w.txt").write_text(text)
    (tmp_path / "run.toml").write_text('[flow]\nspectrum = "table"\ntable = "w.txt"\n')
    with pytest.raises(InputError) as caught:
        Config.from_toml(tmp_path / "run.toml")
    message = str(caught.value)
    assert words in message
    assert "run.toml: flow.table" in message
    assert "\n" not in message
    assert "w.txt" in message


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
