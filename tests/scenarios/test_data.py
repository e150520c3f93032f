"""`eddysky run zl24-fig1 --data FILE`: a measured spectrum in the figure, to which the other models are fitted."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from eddysky.cli.main import main
from eddysky.validation import ahlers_mertsch2015

SMALL = ["--quiet", "--set", "sky.nside=8", "--set", "flow.modes=128"]
SMALL += ["--set", "ensemble.realizations=12"]


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        with pytest.raises(SystemExit) as end:
            main(["run", *arguments])
        return end.value.code, capsys.readouterr().err

    return call


def test_models_are_fitted_to_the_data(run, tmp_path):
    """Noiseless data of one of the models give it back, whatever the simulation; multipoles above 30 are left out."""
    ell = np.arange(1, 41)
    c_ell = 3e-7 * ahlers_mertsch2015(ell, 0.4)
    lines = [f"{n},{c:.12e},{0.05 * c:.12e}" for n, c in zip(ell, c_ell, strict=True)]
    (tmp_path / "sky.csv").write_text("\n".join(["ell,c_ell,error", *lines]))
    assert run("zl24-fig1", *SMALL, "--data", "sky.csv") == (0, "")
    with open("zl24-fig1.alternative-models.csv") as file:
        rows = [row for row in csv.DictReader(file) if row["model"].startswith("AM15")]
    assert [int(row["ell"]) for row in rows] == list(range(1, 31))
    found = np.array([float(row["c_ell"]) for row in rows])
    # The minimiser stops at 1e-4 of the errors of 5%.
    np.testing.assert_allclose(found, c_ell[:30], rtol=1e-3)
    assert "p = 0.40" in rows[0]["model"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["relaxation-depth", "--data", "sky.csv"],
            "the figure of relaxation-depth shows no measurements",
        ),
        (["isotropic-diffusion", "--data", "sky.csv"], "shows no measurements"),
        (["zl24-fig1", "--data", "missing.csv"], "missing.csv"),
        (["zl24-fig1", "--data", "high.csv"], "high.csv"),
    ],
)
def test_data_that_cannot_be_used(run, tmp_path, arguments, words):
    (tmp_path / "sky.csv").write_text("ell,c_ell,error\n2,1e-8,1e-9\n3,1e-8,1e-9\n")
    (tmp_path / "high.csv").write_text("ell,c_ell,error\n40,1e-8,1e-9\n41,1e-8,1e-9\n")
    code, err = run(*arguments, *SMALL)
    assert code == 2
    assert words in err
    # Before anything is simulated, but for a spectrum without low multipoles.
    assert not list(tmp_path.glob("*.png"))
