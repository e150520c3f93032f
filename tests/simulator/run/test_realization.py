"""One realisation: nothing is seen of nothing, random against exact sampling, bits.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from typing import ClassVar

import healpy
import numpy as np
import pytest
from scipy import stats
from settings import (
    QUIET,
    RANDOM,
    config,
    gradient_of,
    made,
    pixel_directions,
    velocity_gradient,
)

from eddysky.simulator.run import realization
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.transport import backtracking

EPS = np.finfo(float).eps


class TestNull:
    @pytest.mark.parametrize("frame", ["fluid", "observer"])
    @pytest.mark.parametrize(
        "sampling", [{}, RANDOM, RANDOM | {"transport.free_path": "exponential"}]
    )
    def test_nothing_gives_a_perfectly_flat_sky(self, sampling, frame):
        sky = made(QUIET, sampling, {"sky.frame": frame, "sky.nside": 4}, keep_map=True)
        assert not np.any(sky.power)
        assert sky.mean == 0
        assert not np.any(sky.sky.intensity)

    def test_several_scatterings_keep_it_flat_to_rounding(self):
        sky = made(QUIET, RANDOM, {"transport.scatterings": 4, "sky.nside": 4}, keep_map=True)
        # Each new direction has unit length to a few roundings; |D| multiplies them.
        bound = 5 * 3 * 8 * EPS
        assert np.max(np.abs(sky.sky.intensity)) <= bound
        assert np.max(np.abs(sky.power)) <= 4 * math.pi * bound**2


def ensemble(settings, realizations):
    setup = Setup.from_config(settings)
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda index: realize(setup, index), range(realizations)))


class TestRandomSampling:
    def test_unbiased_against_exact_sampling_of_the_same_flows(self):
        base = {"sky.nside": 8, "flow.modes": 64, "sky.lmax": 12}
        count, multipoles = 64, 13
        exact = np.array([made.power for made in ensemble(config(base), count)])
        drawn = np.array([made.power for made in ensemble(config(base, RANDOM), count)])
        difference = drawn - exact
        error = np.std(difference, axis=0, ddof=1) / math.sqrt(count)
        pull = np.mean(difference, axis=0) / error
        # Paired, Student t of 63; thirteen multipoles at 1e-4: false alarm 1.3e-3.
        assert np.max(np.abs(pull)) < stats.t.isf(1e-4 / 2, count - 1)
        # Shot noise 4π σ²/N left in would be seen: it exceeds the limit at most multipoles.
        variance = np.mean(np.sum((2 * np.arange(multipoles) + 1) * exact, axis=1)) / (4 * math.pi)
        noise = 4 * math.pi * variance / 4096
        assert np.count_nonzero(noise > stats.t.isf(1e-4 / 2, count - 1) * error) > multipoles / 2

    @pytest.mark.parametrize("parallel", [False, True])
    def test_shot_noise_is_the_variance_of_the_sums(self, parallel):
        """N uniform directions: a_ℓm = (4π/N) Σ I Y* has the mean variance (Σ_L (2L+1) C_L − C_ℓ)/N over m."""
        base = {"sky.nside": 8, "flow.modes": 64, "sky.lmax": 16, "flow.inner_scale": "10 pc"}
        base["transport.mode"] = "parallel" if parallel else "isotropic"
        count, size = 64, 2 * np.arange(17) + 1
        exact = np.array([made.power for made in ensemble(config(base), count)])
        drawn = np.array([made.noise for made in ensemble(config(base, RANDOM), count)])
        expected = (exact @ size[:, None] - exact) / 4096
        difference = drawn / expected - 1
        pull = np.mean(difference, axis=0) / np.std(difference, axis=0, ddof=1) * math.sqrt(count)
        # Student t of 63; seventeen multipoles at 1e-4, two cases: false alarm 3.4e-3. The ratio of noise and signal
        # of a flow is a mean of squares, skewed by less than half a standard error at ℓ = 0.
        assert np.max(np.abs(pull)) < stats.t.isf(1e-4 / 2, count - 1)
        # Ten percent too much would be seen.
        assert np.median(np.abs(0.1 / np.std(difference, axis=0) * math.sqrt(count))) > 2

    def test_pixel_centres_have_no_noise(self):
        assert made({"sky.nside": 4, "flow.modes": 8}).noise is None

    def test_observer_frame_is_unbiased_too(self):
        base = {"sky.nside": 4, "flow.modes": 64, "sky.lmax": 4, "sky.frame": "observer"}
        gradient = gradient_of((2e-5, 1e-5, -3e-5))
        exact = np.array([made.power for made in ensemble(config(base, gradient), 48)])
        drawn = np.array([made.power for made in ensemble(config(base, gradient, RANDOM), 48)])
        difference = drawn - exact
        error = np.std(difference, axis=0, ddof=1) / math.sqrt(48)
        # Student t of 47; five multipoles at 1e-4: false alarm 5e-4.
        assert np.all(np.abs(np.mean(difference, axis=0)) < stats.t.isf(1e-4 / 2, 47) * error)

    def test_map_error_falls_as_the_root_of_the_particles_over_three_decades(self):
        # Exponential paths in a density gradient: I = s g·n, known in the mean and noisy in each particle.
        g = np.array([6e-4, 0.0, -8e-4])
        fine = pixel_directions(128)
        parent = healpy.ang2pix(1, *healpy.pix2ang(128, np.arange(12 * 128**2)))
        mean_direction = np.array([fine[parent == pixel].mean(axis=0) for pixel in range(12)])
        truth = 10 * mean_direction @ g
        sizes, repeats = (1024, 10_240, 102_400, 1_024_000), (200, 60, 20, 5)
        rms, calibration = [], []
        for particles, times in zip(sizes, repeats, strict=True):
            settings = config(
                QUIET, gradient_of(g.tolist()),
                {"transport.free_path": "exponential", "sky.sampling": "random",
                 "sky.particles": particles, "sky.nside": 1, "sky.lmax": 1},
            )  # fmt: skip
            setup = Setup.from_config(settings)
            squares = 0.0
            for index in range(times):
                sky = realize(setup, index, keep_map=True).sky
                squares += np.mean((sky.intensity - truth) ** 2)
                if particles > 100_000:
                    calibration.append(np.mean((sky.intensity - truth) ** 2 / sky.variance))
            rms.append(math.sqrt(squares / times))
        # ln rms of m = 11 degrees of freedom (the mean is removed) a map has the variance 1/(2m) a map; the
        # kurtosis of the exponential law is averaged out in pixels of a hundred particles.
        weight = 2 * 11 * np.array(repeats)
        x = np.log(sizes)
        x = x - np.average(x, weights=weight)
        slope = np.sum(weight * x * np.log(rms)) / np.sum(weight * x * x)
        error = 1 / math.sqrt(np.sum(weight * x * x))
        assert error < 0.02
        # False alarm 1e-4. Pixels of 85 particles on average have ⟨1/n⟩ a percent above 1/⟨n⟩, which
        # moves the exponent by 0.001.
        assert abs(slope + 0.5) < stats.norm.isf(1e-4 / 2) * error
        # The variance map says how large the error is: 25 maps of 12 pixels, of which the removed mean takes
        # less than a twelfth; false alarm 1e-4. (With few particles a pixel this would be Student's t.)
        spread = stats.t.isf(1e-4 / 2, 24) * np.std(calibration, ddof=1) / math.sqrt(25)
        assert len(calibration) == 25
        assert 11 / 12 - spread < np.mean(calibration) < 1 + spread

    def test_every_particle_is_counted_once(self):
        # Not a multiple of the block, and odd, so that the halves differ in size.
        particles = realization.PARTICLE_BLOCK + 12_345
        settings = config(QUIET, RANDOM, {"sky.particles": particles, "sky.nside": 2})
        sky = realize(Setup.from_config(settings), 0, keep_map=True).sky
        assert np.sum(sky.hits) == particles

    @pytest.mark.parametrize("particles", [16, 17])
    def test_halves_are_normalised_by_their_own_size(self, particles):
        # Compression of a fluid alike in all directions: every particle has the same intensity, so that
        # each half gives a_00 = √4π ⟨I⟩ without noise, also for an odd number of particles.
        compression = velocity_gradient((-0.1 * np.eye(3)).tolist())
        drawn = made(QUIET, RANDOM, compression, {"sky.particles": particles})
        assert drawn.mean > 0
        # The transform is good to ACCURACY = 1e-7 of the sum, in each of two factors.
        assert drawn.power[0] == pytest.approx(4 * math.pi * drawn.mean**2, rel=10 * 1e-7)

    @pytest.mark.parametrize("particles", [2047, 4001])
    def test_blocks_do_not_matter(self, monkeypatch, particles):
        settings = config(
            {"sky.nside": 4, "flow.modes": 32, "transport.free_path": "exponential"},
            {"sky.particles": particles, "transport.scatterings": 3},
        )
        setup = Setup.from_config(settings)
        whole = realize(setup, 1, keep_map=True)
        monkeypatch.setattr(realization, "PARTICLE_BLOCK", 600)
        cut = realize(setup, 1, keep_map=True)
        assert np.array_equal(cut.sky.hits, whole.sky.hits)
        # Sums per pixel go particle by particle: the same bits. Only the mean is summed block by block.
        scale = np.sqrt(np.nanmean(whole.sky.intensity**2)) + abs(whole.mean)
        change = np.nanmax(np.abs(cut.sky.intensity - whole.sky.intensity))
        assert change <= 64 * EPS * max(scale, 1e-3)
        # Transforms are good to ACCURACY = 1e-7, each relative to its sum.
        size = np.sum(np.abs(whole.power) * (2 * np.arange(len(whole.power)) + 1))
        assert np.max(np.abs(cut.power - whole.power)) <= 10 * 1e-7 * size


class TestThreads:
    CASES: ClassVar = {
        # More directions than one block of 4096 on both grids.
        "pixel-centre": {"sky.nside": 32, "flow.modes": 40, "sky.lmax": 48},
        # More particles than two blocks of 65536, and not a whole number of them.
        "random": {
            "sky.nside": 8,
            "flow.modes": 40,
            "sky.sampling": "random",
            "sky.particles": 150_001,
        },
        "exponential": {
            "sky.nside": 8,
            "flow.modes": 40,
            "transport.free_path": "exponential",
            "transport.scatterings": 2,
            "sky.particles": 150_001,
        },
    }

    @pytest.mark.parametrize("case", CASES)
    def test_same_bits_for_any_number_of_threads(self, case):
        setup = Setup.from_config(config(self.CASES[case]))
        if case == "pixel-centre":
            assert len(setup.model.points.half) > backtracking.DIRECTION_BLOCK
        one = realize(setup, 5, keep_map=True, threads=1)
        for threads in (2, 3):
            other = realize(setup, 5, keep_map=True, threads=threads)
            assert np.array_equal(other.power, one.power)
            assert other.mean == one.mean
            assert np.array_equal(other.sky.intensity, one.sky.intensity, equal_nan=True)
            if one.sky.hits is not None:
                assert np.array_equal(other.sky.hits, one.sky.hits)
                assert np.array_equal(other.sky.variance, one.sky.variance, equal_nan=True)

    @pytest.mark.parametrize("case", ["pixel-centre", "random"])
    def test_realizations_do_not_depend_on_each_other(self, case):
        setup = Setup.from_config(config(self.CASES[case], {"sky.nside": 4, "sky.lmax": 6}))
        first = realize(setup, 2)
        realize(setup, 3)
        assert np.array_equal(realize(setup, 2).power, first.power)
        assert not np.array_equal(realize(setup, 3).power, first.power)
        # Whether a map is kept does not change the spectrum.
        assert np.array_equal(realize(setup, 2, keep_map=True).power, first.power)
