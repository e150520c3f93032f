"""Skies in bands against the direct sum of all modes in every direction."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.flow.fields import RegularFlow
from eddysky.simulator.run.realization import Setup, observe, realize
from eddysky.simulator.transport import backtracking
from eddysky.simulator.transport.backtracking import directional_intensity

SMALL = {"sky.nside": 16, "flow.modes": 256}
REGULAR = {
    "flow.mean_velocity": ["30 km/s", "-20 km/s", "10 km/s"],
    "flow.velocity_gradient": [["1 km/s/pc", "2 km/s/pc", "-1 km/s/pc"]] * 3,
    "transport.density_gradient": ["0.001 1/pc", "0 1/pc", "-0.002 1/pc"],
}
TABLE = {"wavenumber": [0.01, 0.3, 2.0], "spectrum": [1.0, 30.0, 0.1]}
COMPONENTS = [
    {"velocity_dispersion": "5 km/s", "inner_scale": "3 pc", "transverse_fraction": 0.0},
    {"index": 1.5, "outer_scale": "200 pc", "inner_scale": "5 pc"},
]
CASES = {
    "small": SMALL,
    "default": {"sky.nside": 64, "flow.modes": 1024},
    "observer, regular flows": SMALL | REGULAR | {"sky.frame": "observer"},
    "fluid, regular flows": SMALL | REGULAR,
    "cosines": SMALL | {"flow.amplitudes": "cosine"},
    "injection": SMALL | {"flow.spectrum": "injection", "flow.injection_scale": "20 pc"},
    "table": SMALL | {"flow.spectrum": "table", "flow.table": TABLE},
    "components": SMALL | {"flow.component": COMPONENTS},
    "rising spectrum": SMALL | {"flow.index": -1.0, "flow.inner_scale": "2 pc"},
    "one octave": SMALL | {"flow.outer_scale": "4 pc", "flow.inner_scale": "3 pc"},
    "two octaves": SMALL | {"flow.outer_scale": "8 pc", "flow.inner_scale": "2.1 pc"},
    "large eddies": SMALL | {"flow.outer_scale": "40000 pc", "flow.inner_scale": "5000 pc"},
    "one mode": SMALL | {"flow.modes": 1},
    "a group of modes and one": SMALL | {"flow.modes": 33},
    "all multipoles": SMALL | {"sky.lmax": 47},
    "few multipoles": SMALL | {"sky.lmax": 1},
    "fine waves": {"sky.nside": 4, "flow.modes": 128, "flow.inner_scale": "0.2 pc"},
    "slow particles": SMALL
    | {"cosmic_rays.energy": "2 GeV", "cosmic_rays.reference_energy": "2 GeV"},
    "fast flow": SMALL | {"flow.velocity_dispersion": "200 km/s"},
    "nside 1": {"sky.nside": 1, "flow.modes": 200},
}


def setups(settings):
    """The same configuration in bands and directly."""
    return [
        Setup.from_config(Config().replace(settings | {"sky.evaluation": how}))
        for how in ("bands", "direct")
    ]


@pytest.mark.parametrize("case", CASES)
class TestAgainstTheDirectSum:
    INDEX = 2

    def test_sky(self, case):
        in_bands, direct = setups(CASES[case])
        made, expected = (
            realize(setup, self.INDEX, keep_map=True, keep_alm=True) for setup in (in_bands, direct)
        )
        # Pixels: plane waves beyond their highest multipole are 1e-7 of their amplitudes; required is 1e-6.
        rms = math.sqrt(np.mean(expected.sky.intensity**2) + expected.mean**2)
        assert np.max(np.abs(made.sky.intensity - expected.sky.intensity)) <= 1e-6 * rms
        # Multipoles: what boosts make in second order reaches beyond the waves, where either grid mistakes a
        # thousandth of it, in its own way.
        flow = direct.flow(self.INDEX).velocity(10 * direct.model.points.half)
        second = np.sqrt(np.max(np.sum(flow**2, axis=1))) / SPEED_OF_LIGHT
        bound = (1e-6 + 1e-3 * second) * rms
        difference = made.alm - expected.alm
        assert np.sqrt(2 * np.sum(np.abs(difference) ** 2) / (4 * math.pi)) <= bound
        assert abs(made.mean - expected.mean) <= bound
        ell = np.arange(len(made.power))
        size = np.sqrt((2 * ell + 1) / (4 * math.pi))
        change = size * np.abs(np.sqrt(made.power) - np.sqrt(expected.power))
        assert np.max(change) <= bound

    def test_multipoles_on_the_same_grid(self, case):
        in_bands, direct = setups(CASES[case])
        assert in_bands.model.bands is not None
        assert direct.model.bands is None
        grid, config = in_bands.model.grid, in_bands.config
        values = directional_intensity(in_bands.model, direct.flow(self.INDEX), grid.points, 1)
        expected = grid.analyse(values, config.lmax)
        rms = math.sqrt(np.sum(grid.weights * values**2) / (4 * math.pi))
        alm = realize(in_bands, self.INDEX, keep_alm=True).alm
        assert np.max(np.abs(alm - expected)) <= 1e-7 * rms * math.sqrt(4 * math.pi)


def test_same_bits_for_any_number_of_threads():
    setup = Setup.from_config(Config().replace({"sky.evaluation": "bands", "flow.modes": 512}))
    assert setup.model.bands.long
    assert len(setup.model.bands.grid.points.half) > 2 * backtracking.DIRECTION_BLOCK
    one = realize(setup, 5, keep_map=True, keep_alm=True)
    for threads in (2, 3):
        other = realize(setup, 5, keep_map=True, keep_alm=True, threads=threads)
        assert np.array_equal(other.alm, one.alm)
        assert np.array_equal(other.power, one.power)
        assert np.array_equal(other.sky.intensity, one.sky.intensity)
    # Nor on whether a map is kept.
    assert np.array_equal(realize(setup, 5).power, one.power)


def test_a_flow_of_another_kind_is_observed_whole():
    """`observe` takes any velocity field, also where the configuration's own flow would be split into bands."""
    setup = Setup.from_config(Config().replace({"sky.evaluation": "bands", "sky.nside": 16}))
    assert setup.model.bands is not None
    gradient = np.array([[0.0, 0.2, 0.0], [0.2, 0.0, 0.0], [0.0, 0.0, 0.0]])
    seen = observe(setup, RegularFlow(np.zeros(3), gradient), 0, keep_map=True)
    config = setup.config
    shift = config.momentum_index * config.mean_free_path / config.particle_speed
    # C_2 = (8π/75)(Dλ/v)² S:S; beyond is second order in u/c.
    expected = 8 * np.pi / 75 * shift**2 * np.sum(gradient**2)
    assert seen.power[2] == pytest.approx(expected, rel=1e-4)
    assert np.max(seen.power[3:]) < 1e-6 * expected
