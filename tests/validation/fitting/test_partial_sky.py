"""Coupled spectra of a part of the sky: fits recover the parameters of drawn skies, and wrong data are refused."""

from __future__ import annotations

import numpy as np
import pytest
from references import turbulent_spectrum

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.observation.weight import weight_map
from eddysky.validation import Coverage, MeasuredPower, fit
from eddysky.validation.fitting.banding import distinct, in_bands
from eddysky.validation.fitting.spectral_models import MODELS
from eddysky.validation.theory.mode_coupling import ZonalCoupling

SIGMAS = 3.0
LMAX, SKY = 16, 56
TRUTH = {"velocity_dispersion": 20.0, "index": 5 / 3}


def weights(field):
    survey = Survey(field, (1e15,), 32)
    return weight_map(survey, exposure_map(survey))


def spectrum(lmax, sigma=20.0, index=5 / 3):
    """C_ℓ for ℓ = 1 … lmax; that of the dipole is the value of the model, tested elsewhere."""
    model = MODELS["isotropic"]
    values = model.complete({"velocity_dispersion": sigma, "index": index}, 1)
    dipole = model.expected(np.array([1]), values)
    return np.append(dipole, turbulent_spectrum("isotropic", np.arange(2, lmax + 1), sigma, index))


def skies(field, number, seed):
    """Coupled C_ℓ of Gaussian skies without m = 0, shape (number, LMAX + 1)."""
    c_ell = np.append(0.0, spectrum(SKY))
    coupling = ZonalCoupling.from_maps(weights(field), None, LMAX, False, SKY)
    rng, size = np.random.default_rng(seed), 2 * np.arange(LMAX + 1) + 1
    power = np.zeros((number, LMAX + 1))
    for couplings in coupling.couplings:
        draws = rng.standard_normal((number, 2, SKY + 1)) * np.sqrt(c_ell)
        power += np.sum((draws @ couplings.T) ** 2, axis=1)
    return power / size


ELL = np.arange(2, LMAX + 1)


@pytest.mark.parametrize("field", ["hawc", "icecube"])
def test_the_mean_of_many_skies_returns_its_parameters(field):
    mean = skies(field, 100, seed=3).mean(axis=0)
    data = MeasuredPower(
        ELL, mean[ELL], coverage=Coverage.from_weight(weights(field), LMAX), realizations=100
    )
    found = fit(data, likelihood="cosmic-variance")
    for name, truth in TRUTH.items():
        assert abs(found[name].value - truth) < SIGMAS * found[name].error
        assert found[name].error < 0.1 * truth
    assert found.goodness.p_value > 0.0027
    # The same numbers as C_ℓ of the whole sky are another spectrum.
    wrong = fit(MeasuredPower(ELL, mean[ELL], realizations=100), likelihood="cosmic-variance")
    assert abs(wrong["velocity_dispersion"].value - 20) > 5 * wrong["velocity_dispersion"].error
    # Neighbouring multipoles of IceCube's field alone are no separate measurements.
    assert (found.spectra[0].data.edges is not None) == (field == "icecube")


@pytest.mark.slow
@pytest.mark.parametrize("field", ["hawc", "icecube"])
def test_intervals_cover_the_truth(field):
    """Of the mean of four skies each: of one, IceCube's field at ℓ ≤ 16 bounds the index on one side only."""
    number, each = 100, 4
    power = skies(field, number * each, seed=11).reshape(number, each, -1).mean(axis=1)
    coverage = Coverage.from_weight(weights(field), LMAX)
    covered, p_values = np.zeros((2, 2)), []
    for row in power:
        data = MeasuredPower(ELL, row[ELL], coverage=coverage, realizations=each)
        found = fit(data, likelihood="cosmic-variance")
        p_values.append(found.goodness.p_value)
        for place, (name, truth) in enumerate(TRUTH.items()):
            for column, ends in enumerate((found[name].interval, found[name].interval95)):
                covered[place, column] += ends[0] < truth < ends[1]
    for level, column in zip((0.6827, 0.95), covered.T / number, strict=True):
        allowed = SIGMAS * np.sqrt(level * (1 - level) / number)
        assert np.all(np.abs(column - level) < allowed), covered / number
    # The p-values are from normal deviates whose correlation is that of the powers, which makes them too large.
    assert np.mean(np.array(p_values) < 0.05) < 0.12


def test_errors_of_measurement_on_a_part_of_the_sky():
    """Gaussian errors alone: χ² of matrix times model."""
    coverage = Coverage.from_weight(weights("hawc"), LMAX)
    sky = spectrum(coverage.matrix.shape[1] - 1, 30.0, 1.5)
    coupled = (coverage.matrix[:, 1:] @ sky)[ELL]
    found = fit(MeasuredPower(ELL, coupled, 0.05 * coupled, coverage=coverage))
    assert found["velocity_dispersion"].value == pytest.approx(30, rel=1e-3)
    assert found["index"].value == pytest.approx(1.5, rel=1e-3)
    assert found.goodness.statistic < 1e-2
    np.testing.assert_allclose(found.spectra[0].expected, coupled, rtol=1e-3)


def test_bands_of_a_small_field():
    data = MeasuredPower(
        ELL, np.arange(1.0, 16) * 1e-9, coverage=Coverage.from_weight(weights("icecube"), LMAX)
    )
    bands = in_bands(data, 2)
    assert bands.edges.tolist()[:2] == [[2, 3], [4, 5]]
    assert bands.edges[-1].tolist() == [14, 16]
    assert bands.c_ell[0] == pytest.approx((5 * 1e-9 + 7 * 2e-9) / 12)
    assert distinct(data).edges is not None
    gaps = data.select(ELL != 9)
    with pytest.raises(InputError, match="only measured in bands"):
        distinct(gaps)


def test_a_mask_of_right_ascension_needs_errors():
    half = np.zeros(12 * 8**2)
    half[::2] = 1.0
    coverage = Coverage.from_weight(half, 6)
    ell = np.arange(2, 7)
    data = MeasuredPower(ell, 1e-8 / ell**3, 1e-9 / ell**3, coverage=coverage)
    assert fit(data, "a14").goodness.dof == 4
    with pytest.raises(InputError, match="a mask that depends on declination alone"):
        fit(data, "a14", likelihood="cosmic-variance")


def test_what_is_refused():
    coverage = Coverage.from_weight(weights("hawc"), 8)
    c_ell = np.full(len(ELL), 1e-9)
    with pytest.raises(InputError, match="the mode-coupling matrix ends at l = 8"):
        fit(MeasuredPower(ELL, c_ell, c_ell, coverage=coverage))
    few = MeasuredPower(ELL[:7], c_ell[:7], c_ell[:7], coverage=coverage)
    with pytest.raises(InputError, match="not with the model parallel"):
        fit(few, "parallel")
    with pytest.raises(InputError, match="give one of them"):
        MeasuredPower(ELL[:7], c_ell[:7], coverage=coverage, sky_fraction=0.5)
