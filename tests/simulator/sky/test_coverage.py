"""Which part of the sky a map has seen."""

import healpy
import numpy as np
import pytest

from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.sky.coverage import SeenPixels

N = np.stack(healpy.pix2vec(32, np.arange(12 * 32**2)), axis=1)


@pytest.mark.parametrize("axes", ["C", "G", "E"])
def test_directions_are_turned_to_the_axes_of_the_map(axes):
    here, turned = unit_vector((10.0, 50.0)), healpy.Rotator(coord=["C", axes])
    towards = turned(here)
    seen = SeenPixels(N @ towards > 0.9, axes)
    assert seen.at(np.stack([here, -here])).tolist() == [True, False]


def test_fraction_is_that_of_the_solid_angle():
    # A cap of cos θ > 0.5 is a quarter of the sphere; a ring of pixels on its edge is 1/64 of it at most.
    assert SeenPixels(N[:, 2] > 0.5, "C").fraction == pytest.approx(0.25, abs=1 / 64)
