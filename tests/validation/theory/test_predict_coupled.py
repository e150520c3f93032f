"""Coupled spectra of configurations without randomness against observations almost without noise."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config, InputError
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.theory.mode_coupling import ZonalCoupling
from eddysky.validation.theory.predict_coupled import (
    coupling_of,
    gaussian_beam,
    predict_coupled,
    sky_noise,
)

REGULAR = {
    "flow.velocity_dispersion": "0 km/s",
    "flow.mean_velocity": ["20 km/s", "-15 km/s", "10 km/s"],
    "flow.velocity_gradient": [
        ["0.2 km/s/pc", "0.1 km/s/pc", "0 km/s/pc"],
        ["-0.3 km/s/pc", "0.4 km/s/pc", "0.2 km/s/pc"],
        ["0.1 km/s/pc", "0 km/s/pc", "-0.6 km/s/pc"],
    ],
    "transport.density_gradient": ["3e-6/pc", "1e-6/pc", "-2e-6/pc"],
    "sky.frame": "observer", "sky.nside": 16, "sky.lmax": 12, "sky.sampling": "expected",
    "ensemble.realizations": 1,
}  # fmt: skip
HELICAL = {"transport.mode": "helical", "transport.free_path": "exponential"}


@pytest.mark.parametrize("mode", ["isotropic", "parallel", "drift-kinetic"])
@pytest.mark.parametrize("keep_zonal", [False, True])
def test_regular_flows(tmp_path, mode, keep_zonal):
    config = Config().replace(REGULAR | {"transport.mode": mode})
    simulate(config, tmp_path / "sky.h5", maps=0)
    # So many events that their noise is far below.
    survey = Survey(
        "dec:-60,30", (1e18,), 16, point_spread=4.0, keep_zonal=keep_zonal,
        compton_getting=(10.0, 80.0, -50.0),
    )  # fmt: skip
    seen = observe(tmp_path / "sky.h5", survey)
    found = predict_coupled(
        config, seen.weight, seen.exposure,
        keep_zonal=keep_zonal, point_spread=4.0, motion=survey.compton_getting,
    )  # fmt: skip
    # The mean that is divided out is of second order, and so are polar pixels.
    np.testing.assert_allclose(seen.power[0, 1:], found.mean[1:], rtol=5e-3)
    assert np.max(found.mean[3:]) > 1e-3 * np.max(found.mean)


def test_a_gradient_on_helices_is_refused():
    weight = np.ones(12 * 16**2)
    config = Config().replace(REGULAR | HELICAL | {"sky.frame": "fluid"})
    with pytest.raises(InputError, match="velocity gradient in a part of the sky"):
        predict_coupled(config, weight, 1e6 * weight)


def test_the_kind_of_coupling_is_chosen_by_the_maps():
    weight = np.ones(12 * 16**2)
    assert isinstance(coupling_of(weight, weight, 8, keep_zonal=False), ZonalCoupling)
    weight[100] = 0.5
    assert not isinstance(coupling_of(weight, weight, 8, keep_zonal=False), ZonalCoupling)


def test_the_beam_is_gaussian():
    spread = np.radians(5.0)
    nodes, weights = np.polynomial.legendre.leggauss(400)
    angle = np.arccos(nodes)
    density = weights * np.exp(-(angle**2) / (2 * spread**2)) * angle / np.sin(angle)
    exact = [
        np.sum(density * np.polynomial.legendre.legval(nodes, np.eye(9)[ell])) for ell in range(9)
    ]
    # On the sphere a Gaussian is one to second order in its width.
    np.testing.assert_allclose(gaussian_beam(5.0, 8), np.array(exact) / exact[0], rtol=5e-3)


def test_the_beam_smooths_turbulence_and_shot_noise():
    particles = {"sky.sampling": "random", "sky.particles": 10_000, "sky.nside": 16, "sky.lmax": 12}
    config = Config().replace(particles)
    south = np.repeat([0.0, 1.0], [1568, 1504])
    sharp, smooth = (
        predict_coupled(config, south, 1e6 * south, point_spread=spread) for spread in (0.0, 8.0)
    )
    assert sky_noise(config)[12] > 0.1 * sharp.c_ell[12]
    expected = sharp.c_ell * gaussian_beam(8.0, 12) ** 2
    np.testing.assert_allclose(smooth.c_ell, expected, rtol=1e-12)
    np.testing.assert_allclose(smooth.mean, sharp.coupling.matrix @ expected, rtol=1e-12)
