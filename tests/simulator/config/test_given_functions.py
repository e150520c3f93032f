"""w(k) and β(k) from text files and from numbers: where files are found, what is kept, what is refused."""

from __future__ import annotations

import pytest

from eddysky.simulator import Config, InputError
from eddysky.simulator.config.spectrum import FractionTable

SPECTRUM = "# some turbulence\n# spectrum [km2 kpc / s2], wavenumber [1/kpc]\n2e-3 10\n0.02, 100\n1e-4 1e5\n"
FRACTION = "wavenumber [1/pc] transverse_fraction\n0.05 0   # acoustic\n5 1\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "w.txt").write_text(SPECTRUM)
    (tmp_path / "beta.txt").write_text(FRACTION)
    return tmp_path


def test_a_table_is_found_beside_the_configuration_and_kept_in_it(folder, monkeypatch):
    path = folder / "run.toml"
    path.write_text(
        '[flow]\nspectrum = "table"\ntable = "w.txt"\ntransverse_fraction = "beta.txt"\n'
    )
    monkeypatch.chdir("/")
    config = Config.from_toml(path)
    # 1/kpc and kpc become 1/pc and pc.
    assert config.flow.table.wavenumbers == pytest.approx((0.01, 0.1, 100.0))
    assert config.flow.table.values == pytest.approx((2.0, 20.0, 0.1))
    assert config.flow.transverse_fraction == FractionTable((0.05, 5.0), (0.0, 1.0))
    (folder / "w.txt").unlink()
    (folder / "beta.txt").unlink()
    again = Config.from_text(config.to_toml())
    assert again.config_hash == config.config_hash
    assert again.flow_spectrum == config.flow_spectrum
    assert (again.flow_spectrum.k_min, again.flow_spectrum.k_max) == pytest.approx((0.01, 100.0))


def test_a_table_of_the_command_line_is_found_from_here(folder, monkeypatch):
    (folder / "elsewhere").mkdir()
    path = folder / "elsewhere" / "run.toml"
    path.write_text('[flow]\nspectrum = "table"\n')
    monkeypatch.chdir(folder)
    config = Config.from_toml(path, {"flow.table": "w.txt"})
    assert config.flow.table.wavenumbers == pytest.approx((0.01, 0.1, 100.0))


def test_a_component_of_the_command_line_is_found_from_here_too(folder, monkeypatch):
    """Not from the folder of the TOML file, where another table of that name may lie."""
    (folder / "elsewhere").mkdir()
    path = folder / "elsewhere" / "run.toml"
    path.write_text("[sky]\nnside = 8\n")
    (folder / "elsewhere" / "w.txt").write_text(
        "wavenumber [1/pc], spectrum [km2 pc / s2]\n1 1\n2 1\n"
    )
    monkeypatch.chdir(folder)
    part = {"spectrum": "table", "table": "w.txt", "transverse_fraction": "beta.txt"}
    config = Config.from_toml(path, {"flow.component": [part, {"index": 2.0}]})
    assert config.flow.component[0].table.wavenumbers == pytest.approx((0.01, 0.1, 100.0))
    assert config.flow.component[0].transverse_fraction == FractionTable((0.05, 5.0), (0.0, 1.0))


BAD_TABLES = [
    ("0.1 1\n1 1\n", "line 1, column 1 (wavenumber): has no unit"),
    ("wavenumber [1/pc], spectrum\n0.1 1\n1 1\n", "line 1, column 2 (spectrum): has no unit"),
    ("wavenumber [pc], spectrum [km2 pc / s2]\n0.1 1\n1 1\n", "line 1, column 1 (wavenumber): unit 'pc'"),
    ("wavenumber [1/pc], spectrum [furlong]\n0.1 1\n1 1\n", "'furlong' is not a unit"),
    ("k [1/pc], spectrum [km2 pc / s2]\n0.1 1\n1 1\n", "line 1: no column wavenumber"),
    ("wavenumber [1/pc], spectrum [km2 pc / s2]\n", "holds no rows"),
    ("", "holds no rows"),
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
