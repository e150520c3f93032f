"""Grids of directions: antipodes, exact analysis, HEALPix order, and the sky of a single plane wave."""

from __future__ import annotations

import math
from typing import ClassVar

import healpy
import numpy as np
import pytest
from scipy.special import spherical_jn

from eddysky.simulator.config import Config
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.run.realization import Setup, observe
from eddysky.simulator.sky.alm_index import ells_and_ms
from eddysky.simulator.sky.grids import GaussLegendreGrid, healpix_grid, highest_multipole

EPS = np.finfo(float).eps


def directions(grid):
    """All directions of a grid, in its own order."""
    result = np.full((2 * len(grid.half), 3), np.nan)
    result[grid.first] = grid.half
    result[grid.second] = -grid.half
    return result


class TestHighestMultipole:
    @pytest.mark.parametrize("band", [0.0, 0.1, 1.0, 3.0, 10.0, 56.0, 112.0, 500.0, 4096.0])
    def test_plane_waves_have_nothing_beyond(self, band):
        highest = highest_multipole(band)
        assert np.all(np.abs(spherical_jn(np.arange(highest, highest + 50), band)) < 1e-7)

    @pytest.mark.parametrize("band", [10.0, 112.0, 4096.0])
    def test_and_the_estimate_is_not_wasteful(self, band):
        # Airy's function falls below 1e-7 at 8, here by definition within a third of the margin.
        margin = highest_multipole(band) - band
        nearer = np.arange(math.floor(band + margin / 2))
        assert np.max(np.abs(spherical_jn(nearer, band))[-5:]) > 1e-7


class TestHealpix:
    @pytest.mark.parametrize("nside", [1, 2, 4, 8, 32, 128])
    def test_order_and_directions_are_those_of_healpy(self, nside):
        expected = np.stack(healpy.pix2vec(nside, np.arange(12 * nside**2)), axis=1)
        # Pixel centres from other formulae; sines near the pole lose a few roundings.
        assert np.max(np.abs(directions(healpix_grid(nside)) - expected)) <= 16 * EPS

    @pytest.mark.parametrize("nside", [1, 2, 8, 64])
    def test_every_pixel_once(self, nside):
        grid = healpix_grid(nside)
        places = np.sort(np.concatenate([grid.first, grid.second]))
        assert np.array_equal(places, np.arange(12 * nside**2))
        assert grid.half.flags.c_contiguous

    def test_assemble_puts_values_where_healpy_looks_for_them(self):
        grid = healpix_grid(16)
        axis = np.array([0.3, -0.5, 0.8])
        values = grid.assemble(np.exp(grid.half @ axis), np.exp(-grid.half @ axis))
        pixels = np.stack(healpy.pix2vec(16, np.arange(12 * 16**2)), axis=1)
        assert np.max(np.abs(values - np.exp(pixels @ axis))) <= 64 * EPS


GRIDS = [(1, 1), (1, 2), (4, 9), (5, 24), (12, 6), (23, 24)]


class TestGaussLegendre:
    @pytest.mark.parametrize(("lmax", "content"), GRIDS)
    def test_antipodes_and_unit_length(self, lmax, content):
        grid = GaussLegendreGrid.for_multipoles(lmax, content)
        rings, longitudes = len(grid.rings.colatitude), int(grid.rings.longitudes[0])
        n = directions(grid.points).reshape(rings, longitudes, 3)
        assert np.max(np.abs(np.linalg.norm(n, axis=2) - 1)) <= 4 * EPS
        # Ring by ring from the north, longitudes from zero in equal steps.
        nodes, _ = np.polynomial.legendre.leggauss(rings)
        assert np.max(np.abs(n[..., 2] - nodes[::-1, None])) <= 32 * EPS
        phi = 2 * math.pi / longitudes * np.arange(longitudes)
        sine = np.sqrt(1 - n[..., 2] ** 2)
        assert np.max(np.abs(n[..., 0] - sine * np.cos(phi))) <= 32 * EPS
        assert np.max(np.abs(n[..., 1] - sine * np.sin(phi))) <= 32 * EPS

    @pytest.mark.parametrize(("lmax", "content"), GRIDS)
    def test_analysis_is_exact(self, synthesis, random_alm, lmax, content):
        grid = GaussLegendreGrid.for_multipoles(lmax, content)
        top = max(lmax, content)
        alm = random_alm(top, seed=lmax + content)
        values = grid.points.assemble(
            synthesis(alm, grid.points.half, top), synthesis(alm, -grid.points.half, top)
        )
        computed = grid.analyse(values, lmax)
        wanted = np.concatenate(
            [alm[healpy.Alm.getidx(top, np.arange(m, lmax + 1), m)] for m in range(lmax + 1)]
        )
        # Rounding only: sums of some 10⁴ values of order ten, 1e-12 as an absolute bound.
        assert np.max(np.abs(computed - wanted)) <= 1e-12

    @pytest.mark.parametrize(("lmax", "content"), GRIDS)
    def test_grid_is_not_larger_than_needed(self, lmax, content):
        grid = GaussLegendreGrid.for_multipoles(lmax, content)
        total = lmax + max(lmax, content)
        # n Gauss nodes integrate degree 2n − 1, n longitudes orders below n; both come in even numbers, and
        # where the total is odd the rings may be a pair more than needed.
        rings = len(grid.rings.colatitude)
        assert 2 * (rings - 2) - 1 <= total + (total % 2) - 1
        assert total <= 2 * rings - 1
        assert np.all((grid.rings.longitudes - 2 <= total) & (total < grid.rings.longitudes))


class TestGridForWaves:
    CASES: ClassVar = [(1, 0.0), (4, 0.2), (8, 30.0), (24, 5.0), (30, 30.0), (20, 90.0)]

    @pytest.mark.parametrize(("lmax", "band"), CASES)
    def test_points_are_pairs_on_rings_and_weights_those_of_gauss(self, lmax, band):
        grid = GaussLegendreGrid.for_waves(lmax, band)
        counts = grid.rings.longitudes.astype(int)
        assert np.array_equal(counts, counts[::-1])
        n = directions(grid.points)
        assert np.max(np.abs(np.linalg.norm(n, axis=1) - 1)) <= 4 * EPS
        nodes, weights = np.polynomial.legendre.leggauss(len(counts))
        assert np.max(np.abs(n[:, 2] - np.repeat(nodes[::-1], counts))) <= 32 * EPS
        phi = np.concatenate([2 * math.pi / count * np.arange(count) for count in counts])
        sine = np.sqrt(1 - n[:, 2] ** 2)
        assert np.max(np.abs(n[:, 0] - sine * np.cos(phi))) <= 64 * EPS
        assert np.max(np.abs(n[:, 1] - sine * np.sin(phi))) <= 64 * EPS
        assert np.allclose(
            grid.weights, np.repeat(2 * math.pi * weights / counts, counts), rtol=1e-12
        )

    @pytest.mark.parametrize(("lmax", "band"), CASES)
    def test_plane_waves_have_the_multipoles_of_rayleigh(self, harmonics, lmax, band):
        # cos(k·n + φ) = Re e^iφ Σ 4π i^ℓ j_ℓ(k) Y*_ℓm(k̂) Y_ℓm(n); along, near and across the polar axis.
        grid, phase = GaussLegendreGrid.for_waves(lmax, band), 0.7
        for axis in ([0.0, 0.0, 1.0], [0.28, 0.0, 0.96], [0.6, 0.64, 0.48], [0.8, -0.6, 0.0]):
            wave = np.cos(band * directions(grid.points) @ np.array(axis) + phase)
            ell, _ = ells_and_ms(lmax)
            real = np.where(ell % 2 == 0, math.cos(phase), -math.sin(phase))
            sign = np.where(ell % 4 < 2, 1, -1)
            size = 4 * math.pi * spherical_jn(ell, band) * real * sign
            expected = size * np.conj(harmonics(np.array([axis]), lmax)[:, 0])
            # 1e-7 of the largest of the coefficients, which are below 4π j_ℓ √((2ℓ + 1)/4π).
            bound = 1e-7 * math.sqrt(4 * math.pi * (2 * lmax + 1))
            assert np.max(np.abs(grid.analyse(wave, lmax) - expected)) <= bound

    def test_fewer_points_than_on_rings_of_equal_length(self):
        grid = GaussLegendreGrid.for_waves(96, 112.0)
        full = GaussLegendreGrid.for_multipoles(96, highest_multipole(112.0))
        assert len(grid.weights) < 0.8 * len(full.weights)


class TestPlaneWave:
    """C_ℓ of one wave of kλ = x: (D/v)² times j_ℓ'² or ½ℓ(ℓ+1)(j_ℓ/x)², times 4π times its variance."""

    SIZE = 1e-3  # km/s: what first order in u/c leaves out is 1e-8 of it

    def power(self, x, polarisation, frame):
        config = Config.from_dict(
            {
                "transport": {"mean_free_path": "3 pc"},
                "cosmic_rays": {"energy": "3 GeV", "reference_energy": "3 GeV"},
                "flow": {"inner_scale": f"{2 * math.pi * 3 / x!r} pc", "velocity_dispersion": "1e-3 km/s"},
                "sky": {"nside": 16, "lmax": 24, "frame": frame},
            }
        )  # fmt: skip
        axis = np.array([0.48, -0.64, 0.6])
        across = np.cross(axis, [1.0, 2.0, -0.5])
        across /= np.linalg.norm(across)
        amplitude = self.SIZE * (axis if polarisation == "longitudinal" else across)[None]
        setup, zero = Setup.from_config(config), np.zeros((1, 3))
        # Sine and cosine together: all phases.
        waves = [
            Modes(x / 3 * axis[None], *pair) for pair in ((amplitude, zero), (zero, amplitude))
        ]
        total = sum(observe(setup, wave, 0).power for wave in waves)
        factor = config.momentum_index / config.particle_speed * self.SIZE
        return total / factor**2

    @pytest.mark.parametrize("x", [0.3, 2.0, 9.7, 23.0])
    @pytest.mark.parametrize("frame", ["fluid", "observer"])
    def test_longitudinal(self, x, frame):
        ell = np.arange(25)
        transfer = spherical_jn(ell, x, derivative=True)
        # Fluid frame: the observer's own velocity is a dipole, as for x = 0, where j_1' = 1/3.
        transfer[1] -= 1 / 3 if frame == "fluid" else 0
        self.compare(self.power(x, "longitudinal", frame), 4 * math.pi * transfer**2)

    @pytest.mark.parametrize("x", [0.3, 2.0, 9.7, 23.0])
    @pytest.mark.parametrize("frame", ["fluid", "observer"])
    def test_transverse(self, x, frame):
        ell = np.arange(25)
        transfer = spherical_jn(ell, x) / x
        transfer[1] -= 1 / 3 if frame == "fluid" else 0
        self.compare(
            self.power(x, "transverse", frame), 2 * math.pi * ell * (ell + 1) * transfer**2
        )

    def compare(self, computed, expected):
        # Amplitudes err by 3.4e-9 (cosine) and |D| u/v = 2e-8 (second order) of the largest intensity, 1.
        bound = math.sqrt(4 * math.pi) * 4e-8
        assert np.max(np.abs(np.sqrt(computed) - np.sqrt(expected))) <= bound
