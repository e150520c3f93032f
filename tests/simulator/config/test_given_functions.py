"""Tables of w(k) and β(k): where files are found, what is stored, what is refused."""

from __future__ import annotations

import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.spectrum import FractionTable
from eddysky.simulator.errors import InputError

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


BAD = [
    ({"flow.table": 3, "flow.spectrum": "table"}, "flow.table = 3: expected the name of a text file"),
    ({"flow.table": "/nowhere/w.txt", "flow.spectrum": "table"}, "/nowhere/w.txt: cannot be read"),
    ({"flow.transverse_fraction": "/nowhere/b.txt"}, "/nowhere/b.txt: cannot be read"),
    ({"flow.transverse_fraction": True}, "flow.transverse_fraction = true"),
    ({"flow.transverse_fraction": {"wavenumber": [1, 2], "transverse_fraction": [0, 2]}}, "number 2 is 2"),
    ({"flow.transverse_fraction": {"wavenumber": [1, 2], "beta": [0, 1]}}, "expected the keys wavenumber and"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "words"), BAD, ids=[words for _, words in BAD])
def test_values_that_are_no_tables(settings, words):
    with pytest.raises(InputError) as caught:
        Config().replace(settings)
    assert words in str(caught.value)
