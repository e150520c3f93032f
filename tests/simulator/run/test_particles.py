"""Particles of many waves in the stationary limit against the expected sky of the same flow.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from settings import config

from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.sky.harmonics import cross_power

LMAX = 6
# Slow, so that the second order of exact boosts does not count.
BAND = {
    "flow.outer_scale": "60 pc",
    "flow.inner_scale": "6 pc",
    "flow.modes": 24,
    "flow.velocity_dispersion": "0.5 km/s",
    "sky.nside": 4,
    "sky.lmax": LMAX,
}
STATIONARY = {"transport.scatterings": "stationary"}
SMALL_ANGLE = {"transport.collisions": "small-angle"}
EXPONENTIAL = STATIONARY | {"transport.free_path": "exponential"}
SHORT_WAVES = {"flow.outer_scale": "5 pc", "flow.inner_scale": "4 pc"}
PARALLEL = {"transport.mode": "parallel"} | SHORT_WAVES


@pytest.mark.parametrize(
    ("settings", "particles"),
    [
        (SMALL_ANGLE, 40_000),
        (EXPONENTIAL | {"sky.frame": "observer"}, 40_000),
        pytest.param(STATIONARY, 200_000, marks=pytest.mark.slow),
        pytest.param(
            SMALL_ANGLE | {"flow.transverse_fraction": 1}, 200_000, marks=pytest.mark.slow
        ),
        pytest.param(SMALL_ANGLE | PARALLEL, 3000, marks=pytest.mark.slow),
        pytest.param(EXPONENTIAL | PARALLEL, 3000, marks=pytest.mark.slow),
    ],
)
def test_particles_scatter_about_the_expected_sky(settings, particles):
    sky = realize(
        Setup.from_config(config(BAND, settings, {"sky.sampling": "expected"})), 0, keep_alm=True
    )
    drawn = {"sky.sampling": "random", "sky.particles": particles}
    made = realize(Setup.from_config(config(BAND, settings, drawn)), 0, keep_alm=True)
    difference = np.mean(made.alm, axis=0) - sky.alm[0]
    weights = 2 * np.arange(1, LMAX + 1) + 1
    left = np.average(cross_power(difference, difference, LMAX)[1:], weights=weights)
    noise = np.average(made.noise[1:], weights=weights)
    # Both are of 48 squares. Six cases at 1e-4: false alarm 6e-4.
    assert stats.f.sf(left / noise, 48, 48) > 1e-4
    if "transport.mode" in settings:
        # Nothing is left but ℓ = 0 and the dipole of the flow at the observer.
        assert np.max(sky.power[2:]) < 1e-20 * sky.power[1]
        return
    # The sky is not lost in the noise.
    assert np.max(sky.power[1:]) > 100 * noise
