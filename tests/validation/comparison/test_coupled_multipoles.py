"""Selection of coupled multipoles: what is not predicted of the whole sky must not reach them."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config
from eddysky.validation.comparison.coupled_multipoles import judged_coupled
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.realizations import NoVerdictError
from eddysky.validation.theory.predict_coupled import predict_coupled

SOUTH = np.repeat([0.0, 1.0], [1568, 1504])
SKIES = {"sky.nside": 16, "sky.lmax": 12, "flow.modes": 4096}
# Eddies larger than λ: C_5 and higher of particles are lost in rounding.
LARGE = {"flow.inner_scale": "500 pc", "sky.sampling": "random", "sky.particles": 100_000}


def judged(settings, scatter):
    """Judged multipoles, and reasons for others, of 40 spectra with a relative scatter."""
    config = Config().replace(SKIES | settings)
    expected = Expectation.from_config(config)
    found = predict_coupled(config, SOUTH, 1e9 * SOUTH, prediction=expected.prediction)
    noise = np.random.default_rng(1).standard_normal((40, len(found.mean)))
    return judged_coupled(expected, found, found.mean * (1 + scatter * noise))


def test_multipoles_that_are_not_predicted_leak_into_others():
    ell, excluded = judged(LARGE, 100.0)
    assert ell.tolist() == list(range(1, 13))
    assert not excluded
    ell, excluded = judged(LARGE, 0.1)
    assert ell.tolist() == [1, 2, 3, 5]
    assert excluded[4] == "contains C_5: lost in rounding"


def test_second_order_is_left_to_the_standard_errors():
    ell, excluded = judged({}, 0.5)
    assert ell.tolist() == list(range(1, 13))
    assert not excluded
    _, some = judged({}, 2e-4)
    assert set(some.values()) == {"second order in u/v, too much for the standard errors"}
    with pytest.raises(NoVerdictError, match="no multipole can be judged: second order in u/v"):
        judged({}, 1e-9)
