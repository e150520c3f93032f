"""Mean square of a part of the sky against pitch angle: exact cases and ensembles."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import healpy
import numpy as np
import pytest

from eddysky.simulator import Config, InputError
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.comparison import observed_square as module
from eddysky.validation.comparison.observed_square import SquareBins, observed_square
from eddysky.validation.theory.legendre import meridian_harmonics
from eddysky.validation.theory.mode_coupling import ZonalCoupling
from eddysky.validation.theory.pitch_angle import predict_profile
from eddysky.validation.theory.ring_sums import RingSums

SETTINGS = {"sky.nside": 16, "sky.lmax": 10, "flow.modes": 256, "ensemble.realizations": 100}
ALARM = 1e-3


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Fewer predicted skies than in a real comparison."""
    monkeypatch.setattr(module, "SKIES", 100)


def seen(folder, survey, **settings):
    """Observation of small skies with all their maps."""
    path = folder / "sky.h5"
    simulate(Config().replace(SETTINGS | settings), path, workers=1, maps=0)
    return observe(path, survey, maps=100)


def test_a_part_of_isotropic_skies(tmp_path):
    observation = seen(tmp_path, Survey("hawc", (1e8,), 16, apodise=10.0))
    found = observed_square(observation, 6)
    assert found.maps == 100
    assert found.chi2.p_value > ALARM
    # Of three predicted skies the scatter of the prediction is the larger one.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "SKIES", 3)
        few = observed_square(observation, 6)
    error = np.hypot(few.error, few.spread / np.sqrt(3))
    expected = np.sum(((few.measured - few.predicted) / error) ** 2)
    assert few.chi2.value / few.chi2.dof == pytest.approx(expected / 6, rel=0.3)
    louder = replace(observation, intensity=1.3 * observation.intensity)
    assert observed_square(louder, 6).chi2.p_value < ALARM
    header, *rows = found.table(csv=True).splitlines()
    assert header == "mu_low,mu_high,measured,error,predicted,spread,coverage"
    assert len(rows) == 6


def test_noise_is_part_of_the_prediction(tmp_path):
    observation = seen(tmp_path, Survey("icecube", (2e6,), 16), **{"ensemble.realizations": 20})
    assert observed_square(observation, 4).chi2.p_value > ALARM
    quiet = replace(observation, exposure=1e3 * observation.exposure)
    assert observed_square(quiet, 4).chi2.p_value < ALARM


@pytest.mark.parametrize(
    "direction", [(229.2, 11.4), pytest.param("random", marks=pytest.mark.slow)]
)
def test_a_part_of_skies_of_the_pitch_angle(tmp_path, direction):
    parallel = {"transport.mode": "parallel", "transport.magnetic_field": direction}
    observation = seen(tmp_path, Survey("icecube+hawc", (1e10,), 16), **parallel)
    assert observed_square(observation, 6).chi2.p_value > ALARM


def test_a_whole_sky_has_the_exact_mean_square():
    config = Config().replace({"transport.mode": "parallel", "sky.nside": 16, "sky.lmax": 10})
    one = np.ones(12 * 16**2)
    steps = SquareBins.from_maps(one, True, 2, 10, 4)
    survey = Survey("full", (1e20,), 16, keep_zonal=True)
    observation = SimpleNamespace(config=config, lmax=10, exposure=1e30 * one, survey=survey)
    samples = module._predicted(observation, steps, 0.0)
    exact = predict_profile(config, 4, 2, 10)
    error = samples.std(axis=0) / np.sqrt(len(samples))
    # Pixels on the edges of bins are in one of them: a few per cent.
    assert np.all(np.abs(samples.mean(axis=0) - exact.mean) < 4 * error + 0.03 * exact.mean)


def test_mean_square_of_an_isotropic_part_is_that_of_its_covariance():
    """Of rings, by the covariance of the multipoles m by m."""
    nside, lmax, lmin = 16, 8, 3
    z = healpy.pix2vec(nside, np.arange(12 * nside**2))[2]
    weight = np.clip((0.4 - z) / 0.5, 0.0, 1.0)
    exposure = np.where(weight > 0, 1e4, 0.0)
    c_ell = 1e-4 / (np.arange(lmax + 1) + 1.0) ** 2
    blocks = ZonalCoupling.from_maps(weight, exposure, lmax, False).order_covariances(c_ell)
    pole = np.array([0.0, 0.0, 1.0])
    steps, rings = SquareBins.from_maps(weight, False, lmin, lmax, 8), RingSums.from_pixels(len(z))
    rng, rows = np.random.default_rng(1), []
    for _ in range(300):
        alm = np.concatenate(
            [
                np.sqrt(c_ell[m:] / (1 if m == 0 else 2))
                * (rng.standard_normal(lmax + 1 - m) + (1j * rng.standard_normal(lmax + 1 - m) if m else 0))
                for m in range(lmax + 1)
            ]
        )  # fmt: skip
        noise = rng.standard_normal(len(z)) / np.sqrt(np.where(exposure > 0, exposure, 1.0))
        sky = healpy.alm2map(alm, nside, lmax=lmax) + noise
        rows.append(steps.squares(rings.without_means(sky, exposure, False), pole)[0])
    exact = np.zeros(len(z))
    for m, harmonics in enumerate(meridian_harmonics(z, lmax, lmax)):
        if m > 0:
            below = max(0, lmin - m)
            block = blocks[m - 1, m + below :, m + below :]
            exact += 2 * np.einsum("ip,ij,jp->p", harmonics[below:], block, harmonics[below:])
    place = np.minimum((4 * (1 - z)).astype(int), 7)
    used = weight > 0
    exact = np.bincount(place, exact * used, 8) / np.maximum(np.bincount(place, used, 8), 1)
    some = np.bincount(place, used, 8) > 0
    rows = np.array(rows)[:, some]
    pull = (rows.mean(0) - exact[some]) / (rows.std(0) / np.sqrt(len(rows)))
    # Up to eight normal pulls: 1e-4 for one above 4.4.
    assert np.max(np.abs(pull)) < 4.4


def test_what_cannot_be_done_is_said(tmp_path):
    observation = seen(tmp_path, Survey("icecube", (1e9,), 16), **{"ensemble.realizations": 12})
    few = replace(
        observation, map_index=observation.map_index[:1], intensity=observation.intensity[:1]
    )
    found = observed_square(few, 4)
    assert found.chi2 is None
    assert "too few maps, 1" in str(found)
    with pytest.raises(InputError, match="holds no maps"):
        observed_square(replace(few, map_index=few.index[:0], intensity=few.intensity[:0]))
    with pytest.raises(InputError, match="lmin <= lmax <= 10"):
        observed_square(few, lmax=11)
