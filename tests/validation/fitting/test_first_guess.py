"""Starting points of fits: exact where a trial value is the true one, and usable for any data."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.validation.fitting.first_guess import Target, first_guess
from eddysky.validation.fitting.likelihood import CosmicVariance, Gaussian
from eddysky.validation.fitting.spectral_models import MODELS
from eddysky.validation.fitting.windows import Window

ELL = np.arange(2, 21)


def guess(name, c_ell, free, error=None, **fixed):
    model = MODELS[name]
    constant = {p.name: p.default for p in model.parameters if p.default is not None} | fixed
    for key in free:
        constant.pop(key, None)
    error = 0.1 * np.abs(c_ell) if error is None else error
    return first_guess(model, [Target(Gaussian(c_ell, error, Window(ELL)), constant)], free)


def spectrum(name, **values):
    constant = {p.name: p.default for p in MODELS[name].parameters if p.default is not None}
    return MODELS[name].expected(ELL, constant | values)


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("isotropic", {"velocity_dispersion": 35.0, "index": 1.5}),
        ("parallel", {"velocity_dispersion": 35.0, "index": 2.2}),
        ("a14", {"amplitude": 3e-7}),
        ("am15", {"amplitude": 3e-7, "exponent": 0.3}),
    ],
)
def test_a_trial_shape_is_recovered(name, truth):
    """The indices and exponents are among the trial values, and the amplitude is then linear least squares."""
    found = guess(name, spectrum(name, **truth), list(truth))
    assert found == pytest.approx(truth, rel=1e-12)


def test_noise_of_half_the_smallest_value_is_recovered():
    """The smallest value is half signal and half noise, which is one of the two trial levels."""
    signal = spectrum("a14", amplitude=3e-7)
    found = guess("a14", signal + signal.min(), ["amplitude", "noise"])
    assert found == pytest.approx({"amplitude": 3e-7, "noise": signal.min()}, rel=1e-12)


def test_fixed_parameters_are_kept():
    c_ell = spectrum("isotropic", velocity_dispersion=20.0, index=1.8)
    assert guess("isotropic", c_ell, ["index"], velocity_dispersion=20.0) == {"index": 1.8}
    only = guess("isotropic", c_ell, ["velocity_dispersion"], index=1.8)
    assert only == pytest.approx({"velocity_dispersion": 20.0}, rel=1e-12)


def test_the_likelihood_sets_the_weights():
    """Two values that disagree: the mean weighted by 1/error², or by ν/(2 C²) with cosmic variance."""
    unit = spectrum("a14", amplitude=1.0)
    ratio = np.where(ELL < 10, 1e-7, 2e-7)
    errors = 1e-8 * unit * np.where(ELL < 10, 1.0, 3.0)
    weight = (unit / errors) ** 2
    found = guess("a14", ratio * unit, ["amplitude"], errors)
    assert found["amplitude"] == pytest.approx(np.average(ratio, weights=weight), rel=1e-12)
    dof = 2.0 * ELL + 1
    likelihood = CosmicVariance(ratio * unit, dof, Window(ELL))
    found = first_guess(MODELS["a14"], [Target(likelihood, {"noise": 0.0})], ["amplitude"])
    assert found["amplitude"] == pytest.approx(np.average(ratio, weights=dof), rel=1e-12)


@pytest.mark.parametrize("values", [0.0, -1e-9], ids=["zero", "negative"])
@pytest.mark.parametrize("name", list(MODELS))
def test_data_without_power_give_a_positive_start(name, values):
    free = [p.name for p in MODELS[name].parameters if p.default is None] + ["noise"]
    found = guess(name, np.full(len(ELL), values), free, np.full(len(ELL), 1e-9))
    assert sorted(found) == sorted(free)
    assert all(np.isfinite(value) and value > 0 for value in found.values())


def test_windows_of_negative_weights_give_a_positive_start():
    unit = spectrum("a14", amplitude=1e-7)
    likelihood = Gaussian(unit, 0.1 * unit, Window(ELL, -np.eye(len(ELL))))
    found = first_guess(MODELS["a14"], [Target(likelihood, {"noise": 0.0})], ["amplitude"])
    assert found["amplitude"] > 0
