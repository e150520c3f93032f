"""Maps and spectra written for other programs: which rows and files are refused."""

from __future__ import annotations

import pytest

from eddysky import Config, InputError, simulate
from eddysky.simulator.io.fits import export_map
from eddysky.simulator.io.power_table import export_power


@pytest.fixture(scope="module")
def result():
    config = Config(sky={"nside": 2}, flow={"modes": 8}, ensemble={"realizations": 3})
    return simulate(config, maps=2)


@pytest.mark.parametrize(("write", "rows"), [(export_map, 2), (export_power, 3)])
def test_rows_and_folders_that_are_not_there(result, tmp_path, write, rows):
    for row in (-1, rows):
        with pytest.raises(InputError, match=rf"row = {row}: .*numbered from 0"):
            write(result, tmp_path / "out", row)
    with pytest.raises(InputError, match=r"out: cannot be written"):
        write(result, tmp_path / "none" / "out", 0)
    assert list(tmp_path.iterdir()) == []
