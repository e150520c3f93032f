"""A hot spot at n = +b stands at 180°, cos ϑ = b·p/p = −n·b = −1 (ZL25 Eq. 17), whatever form the sky comes in."""

from __future__ import annotations

import csv
import dataclasses
import io

import healpy
import numpy as np
import pytest

from eddysky.simulator import Config, simulate
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.sky.frames import from_field_frame, to_field_frame
from eddysky.validation.comparison.pitch_angle import ensemble_profiles
from eddysky.validation.theory.pitch_angle import predict_profile

LMAX, NSIDE, BINS = 12, 16, 8
FIELD = (229.2, 11.4)
ELL = np.arange(LMAX + 1)
# a_ℓ0 = B_ℓ Y_ℓ0(b) of a Gaussian spot at the pole of the frame of b.
SPOT = 1e-4 * np.exp(-ELL * (ELL + 1) / 100) * np.sqrt((2 * ELL + 1) / (4 * np.pi))


@pytest.fixture
def alm():
    """a_ℓm about equatorial axes of a hot spot at n = +b."""
    return from_field_frame(SPOT, unit_vector(FIELD))


def at_180_degrees(mean_square):
    """The first bin, μ from −1 on, holds far more than all others."""
    assert mean_square[0] > 5 * np.max(mean_square[1:])


def test_the_spot_is_hot_at_plus_b(alm):
    sky = healpy.alm2map(alm, NSIDE)
    hottest = np.array(healpy.pix2vec(NSIDE, int(np.argmax(sky))))
    # Within a pixel, of 3.7°.
    assert hottest @ unit_vector(FIELD) > np.cos(np.radians(5))


@pytest.mark.parametrize("form", ["table", "alm", "map", "partial map"])
def test_observed(eddysky, here, alm, form):
    if form == "table":
        name = "sky.csv"
        rows = [
            f"{ell},{m},{a.real!r},{a.imag if m else 0.0!r}\n"
            for ell, m, a in zip(*healpy.Alm.getlm(LMAX), alm.tolist(), strict=True)
        ]
        (here / name).write_text("ell,m,re,im\n" + "".join(rows))
    elif form == "alm":
        name = "alm.fits"
        healpy.write_alm(here / name, alm)
    else:
        name, sky = "map.fits", healpy.alm2map(alm, NSIDE)
        if form == "partial map":
            # All but 40° about the south celestial pole.
            sky[healpy.pix2ang(NSIDE, np.arange(len(sky)))[0] > np.radians(140)] = healpy.UNSEEN
        healpy.write_map(here / name, sky, coord="C", dtype=np.float64)
    outcome = eddysky("pitch-angle", name, "--lmax", LMAX, "--bins", BINS)
    assert outcome.code == 0
    names, *rows = csv.reader(io.StringIO(outcome.out))
    assert names[:3] == ["mu_low", "mu_high", "mean_square"]
    table = np.array(rows, dtype=float)
    assert table[0, 0] == -1
    at_180_degrees(table[:, 2])


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_simulated(alm, mode):
    settings = {
        "transport.mode": mode, "sky.nside": 8, "sky.lmax": LMAX, "flow.modes": 16,
        "ensemble.realizations": 1,
    }  # fmt: skip
    result = simulate(Config().replace(settings), maps=0, alms=int(mode == "isotropic"))
    # The spot in the place of the sky that was simulated.
    given = {"zonal": SPOT[None, None]} if mode == "parallel" else {"alm": alm[None, None]}
    edges, samples = ensemble_profiles(dataclasses.replace(result, **given), BINS)
    assert edges[0] == -1
    at_180_degrees(samples[0])


def test_predicted():
    """δf/f = x μ' + y μ'², with μ' = n·b, x and y of the same sign: larger at n = +b, and predicted at μ = −1."""
    settings = {
        "transport.mode": "parallel", "sky.frame": "observer", "flow.velocity_dispersion": "0 km/s",
        "transport.magnetic_field": list(FIELD),
    }  # fmt: skip
    b = unit_vector(FIELD)
    flow = {
        "flow.mean_velocity": [f"{20 * x} km/s" for x in b.tolist()],
        "flow.velocity_gradient": [[f"{2 * x * y} km/s/pc" for y in b.tolist()] for x in b.tolist()],
    }  # fmt: skip
    config = Config().replace(settings | flow)
    predicted = predict_profile(config, BINS, 1, 4).mean
    assert predicted[0] > 5 * predicted[-1]
    result = simulate(config.replace({"sky.nside": 8, "sky.lmax": 4, "ensemble.realizations": 1}))
    _, samples = ensemble_profiles(result, BINS, 1, 4)
    # To first order in u/c, which is 1e-4.
    assert samples[0] == pytest.approx(predicted, rel=1e-2, abs=1e-3 * predicted.max())


def test_the_frame_of_b(alm):
    zonal = to_field_frame(alm, LMAX, unit_vector(FIELD))[: LMAX + 1]
    assert np.max(np.abs(zonal - SPOT)) <= 1e-12 * np.max(SPOT)
