"""Observations from skies to spectra, and their file."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation import observe as observing
from eddysky.simulator.observation.observation_file import read_observation, write_observation
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey

COLUMNS = ("exposure", "weight", "index", "power", "noise", "map_index", "counts", "intensity")


def assert_same(one, other):
    assert one.survey == other.survey
    assert one.config == other.config
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_rows_threads_and_kept_alm_do_not_matter(skies):
    path, _ = skies
    survey = Survey("hawc", (1e9,), 16, point_spread=2.0)
    whole = observe(path, survey, threads=1)
    assert whole.index.tolist() == [0, 1, 2]
    assert_same(whole, observe(path, survey, threads=3))
    last = observe(path, survey, [2])
    np.testing.assert_array_equal(last.power[0], whole.power[2])
    np.testing.assert_array_equal(last.counts[0], whole.counts[2])
    other = observe(path, dataclasses.replace(survey, seed=2), [2])
    assert np.any(other.counts != last.counts)


def test_the_file_gives_the_observation_back(skies, tmp_path):
    path, _ = skies
    motion = (30.0, 270.0, 30.0)
    made = observe(path, Survey("icecube+hawc", (1e9, 1e8), 16, compton_getting=motion), maps=1)
    write_observation(tmp_path / "obs.h5", made)
    assert_same(made, read_observation(tmp_path / "obs.h5"))
    assert len(made.counts) == 1
    with pytest.raises(InputError, match="not an observation"):
        read_observation(path)


def test_a_damaged_observation_is_refused(skies, tmp_path):
    path, _ = skies
    write_observation(tmp_path / "obs.h5", observe(path, Survey("full", (1e9,), 16), [0]))
    data = bytearray((tmp_path / "obs.h5").read_bytes())
    data[len(data) // 2] ^= 1
    (tmp_path / "obs.h5").write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        read_observation(tmp_path / "obs.h5")


def test_counts_are_poisson_numbers_around_exposure_times_sky(skies):
    """Sums over the field: five standard errors, false-alarm probability 6e-7."""
    path, _ = skies
    made = observe(path, Survey("hawc", (1e8,), 16), [0])
    assert made.exposure.sum() == pytest.approx(1e8, rel=1e-12)
    pull = (made.counts[0] - made.exposure)[made.exposure > 0] / np.sqrt(
        made.exposure[made.exposure > 0]
    )
    assert abs(np.sum(pull)) < 5 * np.sqrt(len(pull))
    assert np.all(made.counts[0][made.exposure == 0] == 0)


def test_more_maps_than_memory(skies, monkeypatch):
    monkeypatch.setattr(observing, "available_memory", lambda: (1e6, "of this machine"))
    with pytest.raises(InputError, match=r"nside = 64: 3 maps take .* GB of memory"):
        observe(skies[0], Survey("full", (1e9,), 64))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"field": "auger"}, "field auger: no such field"),
        ({"field": "dec:10,10"}, "MIN below MAX"),
        ({"field": "dec:10,10.1"}, "no centre of a pixel"),
        ({"events": (1.0,)}, "at least"),
        ({"events": (1e23,)}, "at most"),
        (
            {"events": (1e9, 1e9)},
            "2 numbers; the field icecube has 1 part: give one number for all",
        ),
        ({"nside": 4}, "multipoles up to 16"),
    ],
)
def test_surveys_that_do_not_suit(skies, changes, words):
    path, _ = skies
    survey = dataclasses.replace(Survey("icecube", (1e9,), 16), **changes)
    with pytest.raises(InputError, match=words):
        observe(path, survey)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"events": (float("nan"),)}, "events = nan"),
        ({"events": (0.0,)}, "events = 0"),
        ({"events": (1e30,)}, "events = 1e\\+30"),
        ({"nside": 3}, "power of two"),
        ({"point_spread": -1.0}, "point_spread = -1"),
        ({"compton_getting": (1.0, 400.0, 0.0)}, "RA = 400"),
        ({"weighting": "best"}, "weighting"),
        ({"seed": -1}, "seed"),
    ],
)
def test_impossible_surveys(changes, words):
    with pytest.raises(InputError, match=words):
        dataclasses.replace(Survey("icecube", (1e9,), 16), **changes)
