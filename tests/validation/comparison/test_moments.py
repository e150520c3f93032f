"""Shot noise as it is measured from the halves of the particles."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import SMALL, crossed, result

from eddysky.validation.comparison.moments import measured_noise


def test_smoothed_noise_follows_what_was_put_in():
    rng = np.random.default_rng(41)
    config = SMALL.replace({"sky.sampling": "stratified"})
    size = 2 * np.arange(config.lmax + 1) + 1
    noise = 1e-12 * size**1.5
    power, noises = crossed(rng, np.zeros(len(size)), noise, 30)
    found = measured_noise(result(config, power, noises))
    # Three parameters of Σ(2ℓ+1) R squares: the value at an end is good to 3√(2/18 750), its logarithm biased by 1/R.
    assert found == pytest.approx(noise, rel=0.15)
