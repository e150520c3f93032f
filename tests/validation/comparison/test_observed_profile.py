"""The profile of one observed sky against the library that measures it, and its predictions."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky import Config, InputError
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.sky.frames import to_field_frame
from eddysky.simulator.sky.pitch_angle import PitchAngleBins, pitch_angle_profile
from eddysky.validation.comparison.observed_profile import observed_profile
from eddysky.validation.theory.pitch_angle import predict_profile

LMAX, BINS, FIELD = 6, 5, (40.0, -20.0)
CONFIG = Config().replace({"sky.nside": 8, "flow.modes": 256})


@pytest.fixture(scope="module")
def alm():
    """Random a_ℓm of a fixed seed."""
    draws = np.random.default_rng(5).normal(size=(2, healpy.Alm.getsize(LMAX)))
    values = draws[0] + 1j * draws[1]
    values[: LMAX + 1] = values[: LMAX + 1].real
    return values


@pytest.fixture
def sky(tmp_path, alm):
    path = tmp_path / "alm.fits"
    healpy.write_alm(path, alm)
    return path


def test_the_profile_is_that_of_the_a_lm_about_the_field(sky, alm):
    found = observed_profile(sky, magnetic_field=FIELD, bins=BINS)
    about_b = to_field_frame(alm, LMAX, unit_vector(FIELD))
    expected = pitch_angle_profile(about_b, PitchAngleBins.from_lmax(LMAX, BINS), 2)
    np.testing.assert_allclose(found.measured, expected, rtol=1e-12)
    assert found.coverage is None
    assert found.title == r"alm.fits: $\ell$ = 2–6, field at RA 40°, Dec -20°"


def test_predictions_are_scaled_to_the_mean_square_on_request(sky):
    scaled = observed_profile(sky, {"mine": CONFIG}, bins=BINS)
    plain = observed_profile(sky, {"mine": CONFIG}, bins=BINS, scaled=False)
    expected = predict_profile(CONFIG, BINS, 2, LMAX)
    np.testing.assert_array_equal(plain.predictions["mine"].mean, expected.mean)
    assert np.mean(scaled.predictions["mine"].mean) == pytest.approx(np.mean(scaled.measured))
    names = scaled.table(csv=True).splitlines()[0]
    assert names == "mu_low,mu_high,mean_square,mine,mine_spread"


def test_bins_that_are_hardly_seen_are_left_out(tmp_path):
    sky = np.random.default_rng(6).normal(size=768)
    # With b along z, μ = −n·b = −z: the bins of the northern cap are the first.
    sky[healpy.pix2vec(8, np.arange(768))[2] > 0.3] = healpy.UNSEEN
    path = tmp_path / "map.fits"
    healpy.write_map(path, sky, dtype=np.float64)
    found = observed_profile(path, magnetic_field=(0.0, 90.0), bins=4, lmax=LMAX)
    np.testing.assert_array_equal(np.isnan(found.measured), [True, False, False, False])
    assert found.coverage == pytest.approx([0, 0.6, 1, 1], abs=0.06)
    assert "1 of 4 bins left out" in found.notes[-1]
    assert "coverage" in found.table(csv=False)
    with pytest.raises(InputError, match=r"no bin is seen on 0\.9 of its solid angle"):
        observed_profile(path, magnetic_field=(0.0, 90.0), bins=1, lmax=LMAX, min_coverage=0.9)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"lmin": 9}, "lmin = 9: at most lmax = 6"),
        (
            {"configs": {"still": CONFIG.replace({"flow.velocity_dispersion": "0 km/s"})}},
            "still: predicts nothing at ell = 2…6",
        ),
    ],
)
def test_refusals(sky, more, words):
    with pytest.raises(InputError, match=words):
        observed_profile(sky, **more)
