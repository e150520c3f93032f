"""Flight along the magnetic field: the component of a free flight along b, with the same free paths."""

import numpy as np

from eddysky.kernels.tracking import propagate, propagate_along_field

EPS = np.finfo(float).eps


def test_is_the_projection_of_a_free_flight():
    rng = np.random.default_rng(3)
    momentum = rng.normal(size=(500, 3))
    field = np.array([0.6, -0.48, 0.64])
    paths = rng.exponential(10.0, 500)
    free, bound = np.zeros((500, 3)), np.zeros((500, 3))
    propagate(free, momentum, paths)
    propagate_along_field(bound, momentum, paths, field)
    expected = (free @ field)[:, None] * field
    # A few roundings of paths of at most a hundred.
    assert np.max(np.abs(bound - expected)) <= 8 * EPS * np.max(np.abs(free))
