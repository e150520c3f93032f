"""Transverse fractions β(k) that depend on k, in every prediction for a finite band.

Every prediction is linear in w (1−β) and w β, whatever their dependence on k.
"""

from __future__ import annotations

import numpy as np
import pytest
from references import PROMISED, Spectrum

from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.validation.theory.parallel import parallel_correlation, parallel_power
from eddysky.validation.theory.quadrature import angular_power
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum

PREDICTIONS = [angular_power, parallel_power, parallel_correlation]


def five_thirds(k):
    return k ** (-5 / 3)


def assert_agree(values, expected):
    if values.ndim == 1:
        np.testing.assert_allclose(values, expected, rtol=PROMISED)
    else:
        size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
        np.testing.assert_array_less(np.abs(values - expected), PROMISED * size + 1e-300)


@pytest.mark.parametrize("predict", PREDICTIONS)
@pytest.mark.parametrize("law", ["fixed", "exponential"])
@pytest.mark.parametrize("jump", [1.0, 8.0, 2 / 9])
def test_step_is_the_sum_of_two_bands(predict, law, jump):
    """A jump of w by 8 leaves w (1−β) smooth at the step of β, one by 2/9 leaves w β smooth."""
    step, mean_free_path = 0.31415, 30.0
    low = Spectrum(five_thirds, 0.01, step)
    high = Spectrum(lambda k: jump * five_thirds(k), step, 40.0)
    expected = predict(low, mean_free_path, 0.2, 30, free_path=law)
    expected = expected + predict(high, mean_free_path, 0.9, 30, free_path=law)
    both = Spectrum(lambda k: np.where(k < step, 1.0, jump) * five_thirds(k), 0.01, 40.0)
    for breakpoints in ((), (step,)):
        fraction = Spectrum(lambda k: np.where(k < step, 0.2, 0.9), breakpoints=breakpoints)
        values = predict(both, mean_free_path, fraction, 30, free_path=law)
        assert_agree(values, expected)


@pytest.mark.parametrize("predict", PREDICTIONS)
@pytest.mark.parametrize("scatterings", [1, 3])
def test_smooth_fraction_is_a_mixture(predict, scatterings):
    """β = ¼ (1−h) + h: a flow with power w (1−h) and β = ¼, and one with power w h and β = 1."""

    def mixing(k):
        return k**2 / (k**2 + 4)

    def fraction(k):
        return 0.25 + 0.75 * mixing(k)

    parts = (
        (lambda k: five_thirds(k) * (1 - mixing(k)), 0.25),
        (lambda k: five_thirds(k) * mixing(k), 1.0),
    )
    expected = sum(
        predict(Spectrum(part, 0.1, 3e3), 1.0, beta, 30, scatterings=scatterings)
        for part, beta in parts
    )
    values = predict(Spectrum(five_thirds, 0.1, 3e3), 1.0, fraction, 30, scatterings=scatterings)
    assert_agree(values, expected)


@pytest.mark.parametrize("predict", PREDICTIONS)
def test_constant_function_is_the_constant(predict):
    spectrum = PowerLaw(5 / 3, 1.0, 1.0, 0.1, 40.0)
    expected = predict(spectrum, 1.0, 0.3, 20)
    for fraction in (lambda k: 0.3, lambda k: np.full(k.shape, 0.3)):
        np.testing.assert_array_equal(predict(spectrum, 1.0, fraction, 20), expected)


@pytest.mark.parametrize("predict", PREDICTIONS)
def test_saturating_fraction_is_smooth_enough(predict):
    """1 − β is rounding noise at large k, which must not be resolved."""
    spectrum = Spectrum(five_thirds, 0.1, 1e3)
    values = predict(spectrum, 1.0, lambda k: 0.5 + 0.5 * np.tanh(k - 3), 20)
    assert np.all(np.isfinite(values))


def test_arguments_in_units_of_the_mean_free_path():
    """x = kλ; the components per unit of x are w (1−β)/λ and w β/2λ."""
    spectrum = Spectrum(lambda k: 6 * k, 0.1, 5.0, (1.0, 7.0))
    fraction = Spectrum(lambda k: k / 5, breakpoints=(0.02, 2.0))
    band = ScaledSpectrum.from_flow(spectrum, 10.0, fraction)
    assert band.edges == (1.0, 10.0, 20.0, 50.0)
    # One rounding or two.
    np.testing.assert_allclose(
        band.components(np.array([10.0, 25.0])), [[0.48, 0.75], [0.06, 0.375]], rtol=1e-15
    )


@pytest.mark.parametrize("predict", PREDICTIONS)
@pytest.mark.parametrize(
    ("fraction", "message"),
    [
        (
            lambda k: np.where(k < 1.0, 0.5, 1.5),
            r"transverse_fraction .* 1.5 at k = [12]\.\d+ / pc",
        ),
        (lambda k: -0.5, r"transverse_fraction .* -0.5 at k = 0\.\d+ / pc"),
        (lambda k: np.full(k.shape, np.nan), "transverse_fraction .* nan"),
        (float("nan"), "transverse_fraction .* nan"),
        (-0.1, "transverse_fraction"),
    ],
)
def test_rejects_impossible_fractions(predict, fraction, message):
    with pytest.raises(ValueError, match=message):
        predict(Spectrum(five_thirds, 0.1, 2.0), 1.0, fraction, 5)


@pytest.mark.parametrize("predict", PREDICTIONS)
def test_unbounded_spectrum_needs_a_constant_fraction(predict):
    with pytest.raises(ValueError, match="constant transverse_fraction"):
        predict(PowerLaw(5 / 3, 1.0, 1.0), 1.0, lambda k: 0.5, 5)
