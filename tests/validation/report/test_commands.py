"""Commands of files that one command line does not make; for others see tests/cli/test_report.py."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from eddysky import Config, Survey, simulate
from eddysky.cli.main import main
from eddysky.simulator.results.store import read
from eddysky.validation.report.entry import read_entry

SMALL = {"sky.nside": 4, "flow.modes": 16, "ensemble.realizations": 3}


class ShearWave:
    """A velocity field with a name that tries to be a command."""

    name, version, k_max = "wave\nraise SystemExit", "1", 1.0

    def velocity(self, points):
        return 20.0 * np.sin(points[:, :1]) * np.array([0.0, 1.0, 0.0])


def test_outside_fields(tmp_path, monkeypatch):
    config = Config().replace({"sky.nside": 4, "ensemble.realizations": 1})
    made = simulate(config, tmp_path / "wave.h5", flow=ShearWave())
    entry = read_entry(tmp_path / "wave.h5")
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    Path("wave.toml").write_text(entry.config.to_toml())
    exec("\n".join(entry.commands[:-1]), {"flow": ShearWave()})
    np.testing.assert_array_equal(read("wave.h5").power, made.power)


def test_a_part_of_a_run(tmp_path):
    path = tmp_path / "slice.h5"
    settings = [word for key, value in SMALL.items() for word in ("--set", f"{key}={value}")]
    with pytest.raises(SystemExit, match=r"^0$"):
        main(
            ["run", "isotropic-diffusion", "-o", str(path), "--slice", "1/2", "--quiet", *settings]
        )
    assert read_entry(path).remark.startswith(
        "The file holds of 3 realisations, numbered from 0, only 0, 2;"
    )


def test_surveys_have_an_option_for_each_field():
    """`observe_command` names every field of a survey; a new one must be given an option."""
    assert [field.name for field in fields(Survey)] == [
        "field", "events", "nside", "point_spread", "acceptance", "keep_zonal", "weighting", "apodise",
        "compton_getting", "seed",
    ]  # fmt: skip
