"""`eddysky validate` and `eddysky pitch-angle` of an observation."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

from eddysky.simulator.observation.observation_file import read_observation, write_observation
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.validation.comparison.observation import compare_observation
from eddysky.validation.comparison.observed_bands import observed_bands


@pytest.fixture(scope="module")
def seen(finished, tmp_path_factory):
    """The file of an observation by IceCube of forty skies, and what it holds."""
    path = tmp_path_factory.mktemp("seen") / "obs.h5"
    observation = observe(finished[0], Survey("icecube", (1e10,), 16, apodise=10.0), maps=12)
    write_observation(path, observation)
    return path, observation


def test_validate(eddysky, here, seen):
    path, observation = seen
    outcome = eddysky("validate", path, "--bands", 5, "-o", "coupled.png")
    assert outcome.code == 0
    assert (here / "coupled.png").stat().st_size > 10_000
    expected = compare_observation(observation)
    table, _, verdict = outcome.out.partition("band powers;")
    assert len(table.splitlines()) == 1 + len(expected.ell)
    assert "condition number of their coupling" in verdict
    assert str(expected) in verdict
    assert "m = 0 is left out: it would add" in verdict


def test_validate_json(eddysky, seen):
    path, observation = seen
    outcome = eddysky("validate", path, "--json", "--bands", 4)
    assert outcome.code == 0
    values = json.loads(outcome.out)
    expected = compare_observation(observation)
    assert values["consistent"] is True
    assert values["predicted"] == expected.predicted.tolist()
    assert values["mean_square_weight"] == pytest.approx(np.mean(observation.weight**2))
    assert values["bands"]["measured"] == observed_bands(observation, 4).measured.tolist()


def test_an_observation_that_contradicts_the_theory(eddysky, here, seen):
    _, observation = seen
    louder = observation.config.replace({"flow.velocity_dispersion": "30 km/s"})
    write_observation(here / "loud.h5", type(observation)(louder, *fields(observation)[1:]))
    outcome = eddysky("validate", "loud.h5")
    assert outcome.code == 1
    assert "NOT consistent with the theory" in outcome.out


def fields(observation):
    return [getattr(observation, name) for name in observation.__dataclass_fields__]


def test_bad_input(eddysky, here, seen, finished):
    path, observation = seen
    one = observe(finished[0], observation.survey, [3])
    write_observation(here / "one.h5", one)
    few = refused(eddysky("validate", "one.h5"))
    assert "too few realisations" in few
    assert "skies of an observation (eddysky observe without --row) must be at least 10" in few
    assert "from 1 to" in refused(eddysky("validate", path, "--bands", 99))
    assert "cannot be decoupled" in refused(eddysky("validate", path, "--bands", 1))
    assert "holds results" in refused(eddysky("validate", finished[0], "--bands", 5))
    (here / "bad.h5").write_bytes(path.read_bytes()[:-100])
    assert "bad.h5: damaged" in refused(eddysky("validate", "bad.h5"))
    with h5py.File(path) as file:
        assert "observation_version" in file.attrs
    assert len(read_observation(path).index) == 40


def refused(outcome):
    """The complaint of a command that refuses its input."""
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("eddysky: error: ")
    assert len(outcome.err.splitlines()) <= 2
    return outcome.err


def test_pitch_angle(eddysky, here, seen, monkeypatch):
    from eddysky.validation.comparison import observed_square

    monkeypatch.setattr(observed_square, "SKIES", 60)
    outcome = eddysky("pitch-angle", seen[0], "--bins", 5, "--lmax", 12, "-o", "square.png")
    assert outcome.code == 0
    header, *rows = outcome.out.splitlines()
    assert header.split() == [
        "mu_low", "mu_high", "measured", "error", "predicted", "spread", "coverage",
    ]  # fmt: skip
    assert len(rows) == 6
    assert rows[-1].startswith("chi2 = ")
    assert rows[-1].endswith("(12 maps, noise included)")
    assert (here / "square.png").stat().st_size > 10_000
    lines = eddysky("pitch-angle", seen[0], "--bins", 5, "--csv").out.splitlines()
    assert lines[0].split(",") == header.split()
    assert len(lines) == 6
    complaint = refused(eddysky("pitch-angle", seen[0], "--compare", "isotropic-diffusion"))
    assert "--compare: for a sky only" in complaint
    assert "must be from 0 to 1" in refused(eddysky("pitch-angle", seen[0], "--min-coverage", 2))
