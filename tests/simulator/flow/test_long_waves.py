"""Parts of flows: long waves, potential and transverse waves; together they are the flow."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.flow.field_aligned import FieldAlignedModes
from eddysky.simulator.flow.fields import RegularFlow, Superposition
from eddysky.simulator.flow.gyro_averaged import GyroAveraged, GyroAveragedModes
from eddysky.simulator.flow.long_waves import long_waves, potential_and_other
from eddysky.simulator.flow.modes import draw_modes

POINTS = np.random.default_rng(3).normal(size=(40, 3)) * 5
FIELD = np.array([0.36, 0.48, 0.8])
REGULAR = RegularFlow(np.array([1.0, 2.0, 3.0]), np.eye(3))
# Sums of 100 waves of 20 km/s in another order; the table of the sine is good to 4e-9.
CLOSE = 1e-9


def modes(beta=2 / 3, amplitudes="gaussian"):
    spectrum = PowerLaw(5 / 3, 20.0, 10.0, 2 * math.pi / 100, 2 * math.pi)
    return draw_modes(spectrum, beta, 100, amplitudes, 1, 0)


@pytest.mark.parametrize("amplitudes", ["gaussian", "cosine"])
def test_long_waves(amplitudes):
    flow = modes(amplitudes=amplitudes)
    long = long_waves(flow, 0.5)
    k = np.linalg.norm(flow.wavevectors, axis=1)
    assert long.k_max == np.max(k[k <= 0.5])
    phase = POINTS @ flow.wavevectors[k <= 0.5].T
    expected = np.cos(phase) @ flow.cosines[k <= 0.5] + np.sin(phase) @ flow.sines[k <= 0.5]
    assert np.max(np.abs(long.velocity(POINTS) - expected)) < 1e-6
    assert long_waves(flow, math.inf) is flow
    assert not np.any(long_waves(flow, 0.0).velocity(POINTS))
    # Other flows stay.
    both = long_waves(Superposition((flow, REGULAR)), 0.0)
    assert np.array_equal(both.velocity(POINTS), REGULAR.velocity(POINTS))


def test_long_waves_along_the_field():
    flow = modes()
    line = FieldAlignedModes.from_modes(flow, FIELD)
    kept = np.abs(flow.wavevectors @ FIELD) <= 0.2
    points = np.linspace(-20, 20, 30)[:, None] * FIELD
    phase = points @ flow.wavevectors[kept].T
    along = np.cos(phase) @ flow.cosines[kept] + np.sin(phase) @ flow.sines[kept]
    expected = (along @ FIELD)[:, None] * FIELD
    assert np.max(np.abs(long_waves(line, 0.2).velocity(points) - expected)) < 1e-6


def test_long_waves_of_guiding_centres():
    """Those of small k_∥, whatever their k: their gradient is the average over the gyration of that of the flow."""
    flow = modes()
    kept = np.flatnonzero(np.abs(flow.wavevectors @ FIELD) <= 0.2)
    points = np.linspace(-20, 20, 30)[:, None] * FIELD
    long = long_waves(GyroAveragedModes.from_modes(flow, FIELD), 0.2)
    same = GyroAveraged(flow.part(kept), FIELD)
    for one, other in (
        (long.velocity(points), same.velocity(points)),
        (long.gradient(points), same.gradient(points)),
    ):
        assert np.max(np.abs(one - other)) < 1e-6 * np.max(np.abs(other))
    angle = 2 * math.pi * np.arange(8) / 8
    first = np.cross(FIELD, [1.0, 0.0, 0.0])
    first /= np.linalg.norm(first)
    second = np.cross(FIELD, first)
    across = np.cos(angle)[:, None] * first + np.sin(angle)[:, None] * second
    n = 0.6 * FIELD + 0.8 * across
    full = np.einsum("gi,nij,gj->n", n, flow.part(kept).gradient(points), n) / 8
    mean = np.einsum("i,nij,j->n", n[0], long.gradient(points), n[0])
    assert np.max(np.abs(full - mean)) < 1e-6 * np.max(np.abs(full))


@pytest.mark.parametrize("amplitudes", ["gaussian", "cosine"])
def test_potential_and_other(amplitudes):
    flow = Superposition((modes(amplitudes=amplitudes), REGULAR))
    potential, other = potential_and_other(flow)
    both = potential.velocity(POINTS) + other.velocity(POINTS)
    assert np.max(np.abs(both - flow.velocity(POINTS))) < 100 * 20 * CLOSE
    along = potential.parts[0]
    assert np.max(np.abs(np.cross(along.wavevectors, along.cosines))) < 1e-12
    across = other.parts[0]
    assert np.max(np.abs(np.sum(across.wavevectors * across.sines, axis=1))) < 1e-12
    assert other.parts[1] is REGULAR


def test_waves_of_rounding_errors_are_left_out():
    assert len(potential_and_other(modes(beta=1.0))[0].wavevectors) == 0
    assert len(potential_and_other(modes(beta=0.0))[1].wavevectors) == 0


def test_along_the_field_all_is_potential():
    line = FieldAlignedModes.from_modes(modes(), FIELD)
    potential, other = potential_and_other(line)
    assert potential is line
    assert not np.any(other.velocity(POINTS))
