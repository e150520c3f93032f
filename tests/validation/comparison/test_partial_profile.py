"""Pitch-angle profiles of maps of a part of the sky against predictions that are analysed as they are."""

from __future__ import annotations

import healpy
import numpy as np
import pytest

from eddysky.simulator import Config
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.sky.frames import from_field_frame
from eddysky.validation.comparison import partial_profile as module
from eddysky.validation.comparison.observed_profile import observed_profile
from eddysky.validation.comparison.partial_profile import PartialAnalysis
from eddysky.validation.theory.pitch_angle import predict_profile
from eddysky.validation.theory.predict import predict, zonal_correlation

NSIDE, LMAX, BINS = 16, 20, 5
FIELD = (229.2, 11.4)
CONFIG = Config().replace({"sky.nside": NSIDE, "sky.lmax": LMAX})
PARALLEL = CONFIG.replace({"transport.mode": "parallel"})
DECLINATION = np.degrees(np.arcsin(healpy.pix2vec(NSIDE, np.arange(12 * NSIDE**2))[2]))
SEEN = (DECLINATION > -20) & (DECLINATION < 68)
SKIES = 20


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Fewer skies than a prediction has."""
    monkeypatch.setattr(module, "SKIES", 120)


def isotropic(rng):
    """Gaussian a_ℓm of isotropic diffusion."""
    c_ell = predict(CONFIG).c_ell
    parts = []
    for m in range(LMAX + 1):
        real, imaginary = rng.standard_normal((2, LMAX + 1 - m))
        parts.append(
            np.sqrt(c_ell[m:] / (1 if m == 0 else 2)) * (real + (1j * imaginary if m else 0))
        )
    return np.concatenate(parts)


def parallel(rng):
    """Gaussian a_ℓm of parallel diffusion."""
    values, vectors = np.linalg.eigh(zonal_correlation(PARALLEL, LMAX))
    zonal = vectors @ (np.sqrt(np.maximum(values, 0)) * rng.standard_normal(len(values)))
    return from_field_frame(zonal, unit_vector(FIELD))


def counted(sky):
    """Numbers of events with a steep exposure, so many that their noise does not matter."""
    return np.round(1e12 * (1.5 + np.sin(np.radians(DECLINATION))) * (1 + sky))


@pytest.mark.parametrize(
    ("draw", "config", "counts"),
    [
        (isotropic, CONFIG, False),
        pytest.param(isotropic, CONFIG, True, marks=pytest.mark.slow),
        pytest.param(parallel, PARALLEL, False, marks=pytest.mark.slow),
    ],
)
def test_skies_agree_with_their_prediction(tmp_path, draw, config, counts):
    rng = np.random.default_rng(1)
    file = tmp_path / "map.fits"
    rows, found = [], None
    for number in range(SKIES):
        sky = healpy.alm2map(draw(rng), NSIDE, lmax=LMAX)
        values = np.where(SEEN, counted(sky) if counts else sky, healpy.UNSEEN)
        column = ["counts" if counts else "intensity"]
        healpy.write_map(
            file, values, coord="C", dtype=np.float64, overwrite=True, column_names=column
        )
        predicted = {"own": config} if number == 0 else {}
        profile = observed_profile(
            file, predicted, magnetic_field=FIELD, lmax=LMAX, bins=BINS, scaled=False, min_coverage=0.2
        )  # fmt: skip
        rows.append(profile.measured)
        found = found or profile
    rows = np.array(rows)
    mean, spread = found.predictions["own"].mean, found.predictions["own"].spread
    some = np.isfinite(found.measured)
    error = np.hypot(rows.std(axis=0, ddof=1) / np.sqrt(SKIES), spread / np.sqrt(module.SKIES))
    pull = (rows.mean(axis=0) - mean)[some] / error[some]
    # Up to five pulls, of skewed means: 1e-3 for a normal one above 3.7.
    assert np.max(np.abs(pull)) < 3.7
    assert np.all(np.isnan(mean) == ~some)
    if draw is isotropic:
        # Power is lost at the edge, with the dipole that is taken off, and with the mean of each ring.
        assert np.all(mean[some] < 0.97 * predict_profile(config, BINS, 2, LMAX).mean[some])


@pytest.mark.parametrize("by_ring", [False, True])
def test_means_of_rings_are_taken_off(by_ring):
    """A sky of the declination alone is all gone, but for the polar rings of few pixels."""
    analysis = PartialAnalysis.from_pixels(None, unit_vector(FIELD), 2, LMAX, BINS, by_ring)
    z = healpy.pix2vec(analysis.nside, np.arange(12 * analysis.nside**2))[2]
    squares = analysis.squares(z**2)
    assert np.all(squares < 1e-20) if by_ring else np.all(squares > 1e-3)
