"""Gaussian skies of a configuration: the beam."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config
from eddysky.validation.theory.gaussian_skies import GaussianSkies
from eddysky.validation.theory.predict_coupled import gaussian_beam

LMAX = 8
ELL = np.concatenate([np.arange(m, LMAX + 1) for m in range(LMAX + 1)])
GRADIENT = {"transport.density_gradient": ["1e-4/pc", "0/pc", "2e-4/pc"]}
PARTICLES = {"sky.sampling": "random", "sky.particles": 10_000}


@pytest.mark.parametrize("settings", [GRADIENT, PARTICLES])
def test_the_beam_multiplies_each_multipole(settings):
    config = Config().replace({"sky.nside": 8, "sky.lmax": LMAX} | settings)
    beam = gaussian_beam(15.0, LMAX)
    sharp, smooth = (
        GaussianSkies.from_config(config, each, with_particles=config.particles_drawn).draw(
            np.random.default_rng(1)
        )[0]
        for each in (np.ones(LMAX + 1), beam)
    )
    np.testing.assert_allclose(smooth, sharp * beam[ELL], rtol=1e-12)
    assert np.all(sharp[1:] != 0)


def test_the_beam_multiplies_zonal_skies():
    config = Config().replace({"sky.nside": 8, "sky.lmax": LMAX, "transport.mode": "parallel"})
    beam = gaussian_beam(15.0, LMAX)
    (sharp,), (smooth,) = (
        [f @ f.T for f in GaussianSkies.from_config(config, each).factors]
        for each in (np.ones(LMAX + 1), beam)
    )
    expected = sharp * np.outer(beam, beam)
    # Columns of less than 1e-14 of the largest variance are left out.
    np.testing.assert_allclose(smooth, expected, rtol=0, atol=1e-12 * np.max(expected))
