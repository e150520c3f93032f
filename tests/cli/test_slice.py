"""Slices through the command line."""

from __future__ import annotations

import pytest

SMALL = (
    "--set",
    "sky.nside=4",
    "--set",
    "flow.modes=16",
    "--set",
    "ensemble.realizations=5",
    "--quiet",
)
ARRAY = {"ID": "8", "MIN": "7", "MAX": "9", "COUNT": "3"}


def test_a_slice_is_simulated_and_not_judged(eddysky, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    outcome = eddysky("run", "isotropic-diffusion", "--slice", "2/3", *SMALL)
    assert (outcome.code, outcome.err) == (0, "")
    assert "isotropic-diffusion: slice 2/3: 2 of 5 realisations" in outcome.out
    assert [path.name for path in tmp_path.iterdir()] == ["isotropic-diffusion-2-of-3.h5"]


def test_the_slice_of_an_array_job(eddysky, tmp_path, monkeypatch):
    for name, value in ARRAY.items():
        monkeypatch.setenv(f"SLURM_ARRAY_TASK_{name}", value)
    outcome = eddysky("run", "-o", str(tmp_path / "a.h5"), *SMALL, "--slice")
    assert "slice 2/3: 2 of 5 realisations" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--slice", "isotropic-diffusion"], "--slice isotropic-diffusion: must be I/N"),
        (["--slice"], "--slice without I/N: only in a SLURM array job"),
        (["--slice", "6/6"], "--slice 6/6: has no realisation: ensemble.realizations = 5"),
        (["--scheduler", "nowhere.json"], "--scheduler nowhere.json: no such file"),
        (
            ["--scheduler", "tcp://127.0.0.1:1", "--workers", "2"],
            "--workers: threads of this machine",
        ),
    ],
)
def test_refused(eddysky, arguments, words):
    outcome = eddysky("run", *SMALL, *arguments)
    assert outcome.code == 2
    assert words in outcome.err
