"""Gaussian skies of a configuration against its predictions."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky import Config, InputError, predict
from eddysky.validation.forecasting.skies import SkyFamily, ZonalSky, gaussian_sky

SMALL = Config().replace({"sky.nside": 8, "sky.lmax": 12})


def power(sky):
    if isinstance(sky, ZonalSky):
        return np.diag(sky.matrix) / (2 * np.arange(len(sky.matrix)) + 1)
    return sky.c_ell


@pytest.mark.parametrize("mode", ["isotropic", "parallel", "drift-kinetic"])
def test_a_sky_has_the_predicted_power(mode):
    config = SMALL.replace({"transport.mode": mode})
    np.testing.assert_allclose(
        power(gaussian_sky(config))[1:], predict(config).c_ell[1:], rtol=1e-8
    )
    assert power(gaussian_sky(config))[0] == 0


def test_a_sky_has_the_energy_response():
    config = SMALL.replace({"cosmic_rays.energy_response": {"width": 0.7}})
    found, single = gaussian_sky(config).c_ell, gaussian_sky(SMALL).c_ell
    np.testing.assert_array_equal(found[1:], predict(config).c_ell[1:])
    assert np.all(found[5:] < 0.9 * single[5:])


@pytest.mark.parametrize(
    ("mode", "accuracy"), [("isotropic", 5e-5), ("parallel", 5e-5), ("drift-kinetic", 5e-4)]
)
def test_a_family_is_the_sky_of_each_index_on_the_same_band(mode, accuracy):
    """The accuracy is that of eight Chebyshev points, as measured up to l = 64."""
    config = SMALL.replace({"transport.mode": "isotropic"})
    beam = 0.9 ** np.arange(13)
    family = SkyFamily.from_config(config, mode, beam)
    end = f"{2 * np.pi / config.flow_spectrum.k_max!r} pc"
    for index in (1.2, 5 / 3, 2.5):
        given = {"transport.mode": mode, "flow.inner_scale": end, "flow.index": index}
        slow = config.replace(given | {"flow.velocity_dispersion": "0.2 km/s"})
        expected, found = gaussian_sky(slow).scaled(100 * beam), family.sky(index)
        np.testing.assert_allclose(power(found)[1:], power(expected)[1:], rtol=accuracy)
        if isinstance(expected, ZonalSky):
            size = np.sqrt(np.diag(expected.matrix))
            error = np.abs(found.matrix - expected.matrix) / np.outer(size, size).clip(1e-300)
            assert error.max() < accuracy


@pytest.mark.parametrize("sampling", ["pixel-centre", "random"])
def test_how_skies_are_sampled_does_not_matter(sampling):
    given = {"sky.sampling": sampling, "sky.frame": "observer"}
    sampled = SMALL.replace(given | ({"sky.particles": 100} if sampling == "random" else {}))
    for mode in ("isotropic", "drift-kinetic"):
        found = SkyFamily.from_config(sampled, mode, np.ones(13)).sky(5 / 3)
        same = SMALL.replace({"sky.frame": "observer"})
        expected = SkyFamily.from_config(same, mode, np.ones(13)).sky(5 / 3)
        np.testing.assert_array_equal(power(found), power(expected))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"transport.mode": "parallel", "transport.free_path": "exponential",
          "transport.scatterings": "stationary"}, "no multipoles but the dipole"),
        ({"transport.mode": "drift-kinetic", "transport.free_path": "exponential",
          "transport.scatterings": "stationary"}, "dipole of this sky is infinite"),
    ],
)  # fmt: skip
def test_skies_of_a_dipole_alone_are_refused(given, words):
    with pytest.raises(InputError, match=words):
        gaussian_sky(SMALL.replace(given))
