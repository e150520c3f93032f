"""Noise level, where it equals C_ℓ, and the multipoles that an ensemble shows."""

from __future__ import annotations

import h5py
import numpy as np
import pytest

from eddysky.simulator.results.output import concatenate
from eddysky.simulator.results.shot_noise import ShotNoise, smoothed_noise
from eddysky.simulator.run.ensemble import simulate

ELL = np.arange(31)
# From 1e-6 at ℓ = 1 with slope −3; the monopole does not matter.
C_ELL = 1e-6 * np.maximum(ELL, 1.0) ** -3
RANDOM = {"sky.sampling": "random", "sky.particles": 64, "transport.free_path": "exponential"}


def white(level, c_ell=C_ELL, realizations=100):
    return ShotNoise(1000, realizations, np.full(len(c_ell), level), c_ell)


def test_crossing_and_seen():
    found = white(1.01e-9)  # C_9 = 1.37e-9, C_10 = 1.00e-9
    assert (found.crossing, found.level) == (9, 1.01e-9)
    # Two standard errors of the mean, 4 N_ℓ/√(100 (2ℓ+1)): 5.55e-11 at ℓ = 26, 5.45e-11 at ℓ = 27.
    # C_26 = 5.69e-11, C_27 = 5.08e-11.
    assert found.seen == 26
    assert str(found) == (
        "shot noise of 1000 particles: N_l = 1e-09, equal to C_l at l = 9; 100 realisations show C_l up to l = 26"
    )
    assert white(1.01e-9, realizations=1).seen == 10  # 4 N_ℓ/√21 = 8.8e-10
    assert str(white(1.01e-9, realizations=1)).endswith("equal to C_l at l = 9")
    assert str(white(1e-10)).endswith("100 realisations show C_l up to lmax = 30")


def test_no_crossing():
    assert white(1e-20).crossing == 30
    assert str(white(1e-20)).endswith("N_l = 1e-20, below C_l up to lmax = 30")
    assert str(white(0.0)).endswith("N_l = 0, below C_l up to lmax = 30")
    assert str(white(1e-3)).endswith(
        "N_l = 0.001, above C_l at all l; 100 realisations show no C_l"
    )


def test_single_values_by_chance_and_a_small_dipole_do_not_matter():
    scattered = C_ELL.copy()
    scattered[[1, 28]], scattered[25] = (1e-12, 3e-9), -1.0
    assert white(1.01e-9, scattered).crossing == 9
    assert white(1.01e-9, scattered).seen == 24


def test_noise_that_grows_has_two_ends():
    found = ShotNoise(1000, 100, 1e-11 * (ELL + 1.0), C_ELL)
    assert "N_l = 2e-11 to 3.1e-10, equal to C_l at l = " in str(found)


def test_smoothing_keeps_what_is_smooth():
    noise = 1e-12 * (2 * ELL + 1.0) ** 1.5
    np.testing.assert_allclose(smoothed_noise(noise[None]), noise, rtol=1e-9)
    np.testing.assert_array_equal(smoothed_noise(np.zeros((2, 5))), 0)


@pytest.mark.parametrize("parts", [1, 2])
def test_files_store_level_and_crossing(tiny, tmp_path, parts):
    """Of all realisations, also where a file was merged from several or extended."""
    config, path = tiny.replace(RANDOM), tmp_path / "run.h5"
    if parts == 2:
        simulate(config.replace({"ensemble.realizations": 2}), path)
    result = simulate(config, path)
    expected = ShotNoise.from_rows(config, result.power, result.noise)
    assert len(result.power) == 5
    concatenate(tmp_path / "copy.h5", [path], config)
    for name in ("run.h5", "copy.h5"):
        with h5py.File(tmp_path / name) as file:
            attributes = dict(file["noise"].attrs)
        assert attributes["noise_level"] == expected.level > 0
        assert attributes["noise_crossing"] == expected.crossing
