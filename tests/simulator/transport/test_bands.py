"""Skies in bands against the direct sum of all modes in every direction, and which of the two is chosen."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.quantities import SPEED_OF_LIGHT
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import RegularFlow
from eddysky.simulator.run.realization import Setup, observe, realize
from eddysky.simulator.sky.grids import highest_multipole
from eddysky.simulator.transport import backtracking
from eddysky.simulator.transport.backtracking import directional_intensity
from eddysky.simulator.transport.bands import OctaveBands

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


class TestPartition:
    BANDS: ClassVar = [(0.006, 11.2), (3.0, 5.0), (1e-3, 0.01), (0.1, 40.0)]

    @pytest.mark.parametrize("always", [True, False])
    @pytest.mark.parametrize("count", [1, 31, 32, 33, 64, 1000, 4096])
    @pytest.mark.parametrize("band", BANDS)
    def test_every_mode_once_on_a_grid_that_holds_it(self, band, count, always):
        spectrum = PowerLaw(5 / 3, 20.0, 10.0, *band)
        bands = OctaveBands.from_spectrum(spectrum, count, 10.0, 8, always=always)
        slices = [bands.short, *(band.modes for band in bands.long)]
        places = np.concatenate([np.arange(count)[part] for part in slices[::-1]])
        assert np.array_equal(places, np.arange(count))
        step = math.log(spectrum.k_max / spectrum.k_min) / count
        for band in bands.long:
            # The end of the highest stratum, in which its mode may lie anywhere.
            highest = 10 * spectrum.k_min * math.exp(step * band.modes.stop)
            assert band.content >= highest_multipole(highest * (1 - 1e-12))
            assert band.grid.rings.colatitude.size >= band.content + 1


class TestChoice:
    @staticmethod
    def bands(settings):
        return Setup.from_config(Config().replace(settings), maps=False).model.bands

    def test_default_in_several_bands(self):
        bands = self.bands({})
        assert len(bands.long) >= 3
        work = sum(
            (band.modes.stop - band.modes.start) * len(band.grid.weights) for band in bands.long
        ) + (4096 - bands.short.start) * len(bands.grid.weights)
        direct = Setup.from_config(
            Config().replace({"sky.evaluation": "direct"}), maps=False
        ).model.grid
        assert work < 4096 * len(direct.weights) / 6

    @pytest.mark.parametrize(
        "settings",
        [
            {"flow.modes": 32},
            {"flow.modes": 200},
            {"sky.nside": 4, "flow.inner_scale": "9 pc"},
            {"flow.outer_scale": "1 pc", "flow.inner_scale": "0.56 pc"},
            {"flow.velocity_dispersion": "0 km/s"},
            {"cosmic_rays.spectral_index": -2.0},
            {"sky.sampling": "random"},
            {"flow.inner_scale": "100 pc", "flow.taylor_order": 2},
        ],
    )
    def test_direct_where_bands_would_save_nothing_or_do_not_apply(self, settings):
        assert self.bands(settings) is None

    def test_the_same_for_all_realizations_and_seeds(self):
        first = self.bands({})
        other = self.bands(
            {"ensemble.seed": 5, "ensemble.realizations": 3, "sky.frame": "observer"}
        )
        assert [band.modes for band in first.long] == [band.modes for band in other.long]

    @pytest.mark.parametrize("value", ["direct", "bands"])
    @pytest.mark.parametrize(
        "settings",
        [
            {"transport.mode": "parallel"},
            {"sky.sampling": "random"},
            {"sky.sampling": "stratified"},
        ],
    )
    def test_refused_where_it_does_not_apply(self, settings, value):
        with pytest.raises(InputError, match=f'sky.evaluation = "{value}": needs .*"auto"'):
            Config().replace(settings | {"sky.evaluation": value})

    @pytest.mark.parametrize(
        ("settings", "words"),
        [
            ({"flow.velocity_dispersion": "0 km/s"}, "no turbulence"),
            ({"flow.inner_scale": "100 pc", "flow.taylor_order": 2}, "flow.taylor_order = 2"),
        ],
    )
    def test_no_bands_without_waves(self, settings, words):
        with pytest.raises(InputError, match=f'sky.evaluation = "bands": .*{words}.*"direct"'):
            Config().replace(settings | {"sky.evaluation": "bands"})
        Config().replace(settings | {"sky.evaluation": "direct"})

    def test_other_words_are_refused(self):
        with pytest.raises(InputError, match=r'sky.evaluation = "fast": .*auto.*direct.*bands'):
            Config().replace({"sky.evaluation": "fast"})


def test_same_bits_for_any_number_of_threads():
    setup = Setup.from_config(Config().replace({"sky.nside": 64, "flow.modes": 512}))
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
