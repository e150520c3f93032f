"""Models of C_ℓ: their values, and fits of all models to spectra of turbulence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from references import turbulent_spectrum
from scipy import special, stats

from eddysky.simulator.config.collisions import SmallAngle
from eddysky.simulator.config.quantities import proton_speed
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.errors import InputError
from eddysky.validation import MeasuredPower, angular_power, fit
from eddysky.validation.fitting.spectral_models import MODELS


@pytest.mark.parametrize(
    ("model", "sigma", "values"),
    [
        ("isotropic", 20.0, {2: 1.2827e-7, 3: 3.0962e-8, 5: 7.2485e-9, 10: 1.1600e-9, 30: 6.5252e-11}),
        ("parallel", 50.0, {2: 1.5531e-7, 10: 1.1991e-9, 30: 6.6820e-11}),
    ],
)  # fmt: skip
def test_published_values(model, sigma, values):
    ell = np.array(sorted(values))
    constant = {p.name: p.default for p in MODELS[model].parameters if p.default is not None}
    found = MODELS[model].expected(ell, constant | {"velocity_dispersion": sigma, "index": 5 / 3})
    # Published to five digits.
    np.testing.assert_allclose(found, [values[e] for e in ell], rtol=5e-5)
    np.testing.assert_allclose(found, turbulent_spectrum(model, ell, sigma), rtol=1e-9)


def test_alternative_models_fit_spectra_of_turbulence_worse():
    """χ² of A14 and AM15 above that of the truth, with errors of 4%, exceeds a threshold of the false-alarm rate 1e-4.

    With errors ε of unit variance and S² the χ² of the best fit to the truth itself, the difference from χ² at the
    truth is S² + 2 S g − χ²_p, g a normal deviate and p the fitted parameters (exact for A14, which is linear, and
    with the tangent of AM15). It is below the threshold with a probability of 1e-4 at most.
    """
    alarm, ell = 1e-4, np.arange(2, 41)
    truth = turbulent_spectrum("isotropic", ell)
    error = 0.04 * truth
    noise = np.random.default_rng(10).standard_normal(len(ell))
    data = MeasuredPower(ell, truth + error * noise, error)
    scores = {name: fit(data, name).minus_two_log_likelihood for name in MODELS}
    assert min(scores, key=scores.get) in ("isotropic", "parallel")
    for name, parameters in (("a14", 1), ("am15", 2)):
        square = fit(MeasuredPower(ell, truth, error), name).goodness.statistic
        least = square - 2 * math.sqrt(square) * stats.norm.isf(alarm / 2)
        least -= stats.chi2.isf(alarm / 2, parameters)
        assert least > 0
        # The fit of the truth is at or below χ² of the truth.
        assert scores[name] - scores["isotropic"] > least


def test_am15_near_the_turbulent_spectrum():
    """ZL24 App. B: p of 0.6 to 0.66, C_1 of some 1e-7, for the Kolmogorov spectrum at l = 2 to 30."""
    ell = np.arange(2, 31)
    found = fit(
        MeasuredPower(ell, turbulent_spectrum("isotropic", ell)),
        "am15",
        likelihood="cosmic-variance",
    )
    assert 0.6 < found["exponent"].value < 0.66
    assert 1e-7 < found["amplitude"].value < 5e-7


def test_am15_recovers_its_own_exponent():
    rng = np.random.default_rng(12)
    ell = np.arange(1, 31)
    # Integral of the definition, by Gauss-Jacobi quadrature, which is exact for polynomials.
    nodes, weights = special.roots_jacobi(40, -0.6, 0.0)
    c_ell = np.array([np.sum(weights * nodes * special.eval_legendre(e, nodes)) for e in ell])
    c_ell /= ell * (ell + 1.0)
    c_ell *= 3e-8 / c_ell[0]
    error = 0.05 * c_ell
    found = fit(MeasuredPower(ell, c_ell + error * rng.standard_normal(30), error), "am15")
    # 95% intervals and a fixed seed.
    assert found["exponent"].interval95[0] < 0.6 < found["exponent"].interval95[1]
    assert found["amplitude"].interval95[0] < 3e-8 < found["amplitude"].interval95[1]


def constants(model, lmin=2, **given):
    return MODELS[model].complete(given, lmin)


@pytest.mark.parametrize(
    ("given", "options"),
    [
        ({"scatterings": "stationary"}, {}),
        ({"scatterings": "stationary", "free_path": "exponential"}, {"free_path": "exponential"}),
        ({"collisions": "small-angle"}, {"free_path": "exponential", "collisions": SmallAngle()}),
    ],
)
@pytest.mark.parametrize("outer", [None, 500.0])
def test_stationary_limit_and_collision_operators(given, options, outer):
    """Against the quadrature of the same spectrum; the power law on all scales is one of a wide band."""
    ell = np.array([2, 3, 8, 20])
    band = {} if outer is None else {"outer_scale": outer, "inner_scale": 0.1}
    values = constants("isotropic", **given, **band)
    found = MODELS["isotropic"].expected(
        ell, values | {"velocity_dispersion": 20.0, "index": 5 / 3}
    )
    k_min, k_max = (1e-6, 1e8) if outer is None else (2 * np.pi / outer, 2 * np.pi / 0.1)
    flow = PowerLaw(5 / 3, 20.0, 10.0, k_min=k_min, k_max=k_max)
    power = angular_power(flow, 10.0, 2 / 3, 20, scatterings="stationary", **options)
    expected = (4.7 / proton_speed(10.0)) ** 2 * power[ell]
    # Waves below the band of the reference add to C_2, ∝ (kλ)^(4/3).
    np.testing.assert_allclose(found, expected, rtol=3e-6 if outer is None else 1e-9)


@pytest.mark.parametrize(
    ("model", "lmin", "given", "message"),
    [
        ("isotropic", 2, {"collisions": "small-angle", "scatterings": 3}, "scatterings = 3: with collisions"),
        ("isotropic", 2, {"collisions": "small-angle", "free_path": "fixed"}, "free_path = fixed: with"),
        ("isotropic", 1, {"scatterings": "stationary"}, "scatterings = stationary: has an infinite dipole"),
        ("isotropic", 2, {"collisions": "small-angle", "transverse_fraction": 0.0}, "transverse_fraction = 0 has no"),
        ("parallel", 2, {"free_path": "exponential", "scatterings": "stationary"}, "parallel transport has no"),
        ("parallel", 2, {"free_path": "erlang", "erlang_order": 1, "scatterings": "stationary"}, "parallel"),
    ],
)  # fmt: skip
def test_models_without_a_spectrum_are_refused(model, lmin, given, message):
    with pytest.raises(InputError, match=message):
        constants(model, lmin, **given)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("scatterings", ("stationary", 3), ("steady", 0, 2.5, math.inf)),
        ("collisions", ("bgk", "small-angle"), ("table", 1)),
    ],
)
def test_words_and_numbers(name, good, bad):
    parameter = MODELS["isotropic"][name]
    for value in good:
        parameter.check(value)
    for value in bad:
        with pytest.raises(InputError, match=f"{name} = "):
            parameter.check(value)
