"""Maps of an observation: what the fit takes off, and what is left."""

from __future__ import annotations

import dataclasses

import healpy
import numpy as np
import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.counts import draw_counts
from eddysky.simulator.observation.discs import sums_over_discs
from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.intensity import relative_intensity
from eddysky.simulator.observation.maps import observed_maps
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.sky.multipole_fit import fitted_multipoles

NSIDE = 16


@pytest.fixture(scope="module")
def of_sky(skies):
    """Observation of given relative intensities at pixel centres."""
    base = observe(skies[0], Survey("full", (1e9,), NSIDE), [0], maps=1)

    def made(sky, field, events=1e12):
        survey = Survey(field, (events,), NSIDE)
        exposure = exposure_map(survey)
        counts = draw_counts(exposure * (1 + sky), 1, 0)
        found, _ = relative_intensity(counts, exposure, NSIDE, keep_zonal=False)
        return dataclasses.replace(
            base, survey=survey, exposure=exposure, counts=counts[None], intensity=found[None]
        )

    return made


@pytest.mark.parametrize("field", ["full", "icecube", "hawc"])
def test_large_scales_are_taken_off(of_sky, random_alm, field):
    """A sky of ℓ ≤ 3 alone leaves Poisson noise: mean square significance of pixels 1 within five errors.

    The errors are those of independent pixels, false-alarm probability 2e-6 of three.
    """
    sky = healpy.alm2map(1e-3 * random_alm(3, 5), NSIDE)
    observation = of_sky(sky, field)
    maps = observed_maps(observation, smooth=0.0)
    count = np.sum(np.isfinite(maps.significance))
    assert count == np.sum(observation.exposure > 0)
    # The fit takes up to 16 degrees of freedom.
    assert abs(np.nansum(maps.significance**2) - count) < 5 * np.sqrt(2 * count) + 16
    raw = observed_maps(observation, smooth=0.0, subtract_multipoles=None)
    assert np.nanmean(raw.significance**2) > 10
    np.testing.assert_array_equal(raw.intensity, observation.intensity[0])
    np.testing.assert_allclose(raw.residual, raw.intensity, atol=1e-12)


def test_the_residual_is_the_mean_over_discs(of_sky, random_alm):
    """Of a sky of ℓ = 8 on the full sky: weights are equal, and the fit of ℓ ≤ 3 takes nothing off."""
    alm = 1e-3 * random_alm(8, 6)
    degree = healpy.Alm.getlm(8)[0]
    alm[degree < 8] = 0
    sky = healpy.alm2map(alm, NSIDE)
    observation = of_sky(sky, "full", 1e15)
    maps = observed_maps(observation, smooth=12.0)
    intensity = observation.intensity[0]
    expected = sums_over_discs(intensity, 12.0) / sums_over_discs(np.ones(len(sky)), 12.0)
    np.testing.assert_allclose(maps.residual, expected, atol=2e-3 * np.std(expected))


def test_noisy_pixels_weigh_less_in_the_fit():
    """Pixels of infinite noise do not count at all."""
    z = healpy.pix2vec(4, np.arange(192))[2]
    values = np.where(z < 0.5, z, 7.0)
    weight = (z < 0.5).astype(float)
    np.testing.assert_allclose(fitted_multipoles(values, 1, weight), z, atol=1e-12)
    assert np.max(np.abs(fitted_multipoles(values, 1) - z)) > 1


def test_rows_and_radii_that_do_not_exist(of_sky):
    observation = of_sky(np.zeros(12 * NSIDE**2), "full")
    with pytest.raises(InputError, match="row = 1: 1 maps were kept"):
        observed_maps(observation, 1)
    with pytest.raises(InputError, match="smooth = -1"):
        observed_maps(observation, smooth=-1.0)
