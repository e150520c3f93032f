"""Realisations are values."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from eddysky.simulator.results.realization import Realization
from eddysky.simulator.run.realization import Setup, realize


def test_what_was_not_asked_for_is_none(tiny):
    setup = Setup.from_config(tiny)
    plain = realize(setup, 3)
    assert (plain.index, plain.sky, plain.noise, plain.zonal, plain.alm) == (
        3,
        None,
        None,
        None,
        None,
    )
    assert plain.columns == {}
    full = realize(setup, 3, keep_map=True, keep_alm=True)
    assert full.sky.intensity.shape == (48,)
    assert full.alm.shape == (1, 15)
    assert np.array_equal(full.power, plain.power)


def test_it_is_frozen_and_travels_between_processes():
    made = Realization(1, np.arange(3.0), 0.5)
    with pytest.raises(dataclasses.FrozenInstanceError):
        made.mean = 0.0
    again = pickle.loads(pickle.dumps(made))
    assert np.array_equal(again.power, made.power)
    assert (again.index, again.mean) == (1, 0.5)
