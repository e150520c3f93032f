"""Octave bands: how modes are shared out among them, and where they are chosen."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.errors import InputError
from eddysky.simulator.run.realization import Setup
from eddysky.simulator.sky.grids import highest_multipole
from eddysky.simulator.transport.bands import OctaveBands


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
