"""Fields sampled on grids: what a file holds, that it comes back, and what is refused."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from eddysky.simulator import InputError
from eddysky.simulator.flow import GriddedFlow, sample_grid
from eddysky.simulator.flow.fields import RegularFlow

RNG = np.random.default_rng(12)


def test_sampled_fields_come_back(tmp_path):
    gradient = np.arange(9.0).reshape(3, 3)
    field = RegularFlow(np.array([1.0, 2.0, 3.0]), gradient)
    path = tmp_path / "sampled.h5"
    u = sample_grid(field, (8, 10, 12), ["0.5 pc", "0.25 pc", "1 pc"], path=path)
    np.testing.assert_allclose(u[:, 5, 5, 6], [1.0, 3.5, 6.0], rtol=0, atol=1e-14)
    with h5py.File(path) as file:
        for name, component in zip(("velocity_x", "velocity_y", "velocity_z"), u, strict=True):
            np.testing.assert_array_equal(file[name][()], component)
            assert file[name].attrs["units"] == "km/s"
        assert list(file.attrs["origin"]) == ["-2.0 pc", "-1.25 pc", "-6.0 pc"]
    flow = GriddedFlow.from_file(path)
    inside = RNG.uniform(-1, 1, size=(40, 3)) * [1.0, 0.5, 3.0]
    # Cubic interpolation is exact for linear functions; 64 terms of up to 70 km/s are rounded.
    np.testing.assert_allclose(
        flow.velocity(inside), field.velocity(inside), rtol=0, atol=64 * 70 * 2.3e-16
    )


@pytest.mark.parametrize(
    ("shape", "options", "words"),
    [
        (8, {}, "shape = 8: must be three whole numbers"),
        ((8, 8), {}, r"shape = \(8, 8\): must be three whole numbers"),
        ((8, 8, 3), {}, "at least 4"),
        ((8, 8, 8.5), {}, "whole numbers"),
        ((8, 8, 8), {"spacing": "0 pc"}, "spacing = 0 pc: must be positive"),
        ((8, 8, 8), {"path": "/nowhere/cube.h5"}, "/nowhere/cube.h5: cannot be written"),
    ],
)
def test_impossible_samples_are_refused(shape, options, words):
    field = RegularFlow(np.zeros(3), np.zeros((3, 3)))
    with pytest.raises(InputError, match=words):
        sample_grid(field, shape, **({"spacing": "1 pc"} | options))
