"""Spectra of expanded flows: against the definition, the limit of high order, and simulations."""

from __future__ import annotations

import functools
import math

import mpmath
import numpy as np
import pytest
from scipy import stats
from synthetic import judged

from eddysky.simulator import Config, simulate
from eddysky.simulator.config.spectrum import Injection, PowerLaw
from eddysky.validation import (
    angular_power,
    compare,
    correlate,
    parallel_correlation,
    parallel_power,
    predict,
)
from eddysky.validation.theory.pitch_angle import predict_profile
from eddysky.validation.theory.taylor import expanded_correlation, expanded_power, expanded_transfer

PATH = 10.0
# k λ from 0.0063 to 0.63.
LARGE = PowerLaw(5 / 3, 20.0, 10.0, 2 * math.pi / 1e4, 2 * math.pi / 100)


@pytest.mark.parametrize("frame", ["fluid", "observer"])
@pytest.mark.parametrize("order", [0, 1, 2, 5, 20])
def test_transfer_against_its_definition(order, frame):
    """A wave along z: its longitudinal sky is μ e^(ixμ), its transverse one √(1−μ²) e^(ixμ) cos φ, both truncated.

    The mean |a_ℓm|² of the first is 4π (2ℓ+1) T_ℓ²; of the second 4π (2ℓ+1) ℓ(ℓ+1) t_ℓ²/2.
    """
    x = mpmath.mpf("2.5")
    # In the fluid frame without the first term, the velocity at the observer.
    series = [mpmath.mpc(0, x) ** j / mpmath.factorial(j) for j in range(order + 1)]
    series[0] *= frame == "observer"

    def wave(mu):
        return functools.reduce(lambda total, term: total * mu + term, reversed(series))

    found = expanded_transfer(np.array([float(x)]), order + 3, order, frame)
    for ell in {0, 1, 2, 3, order, order + 1, order + 2}:
        longitudinal, transverse = found.longitudinal[ell, 0], found.transverse[ell, 0]
        with mpmath.workdps(25):
            seen = mpmath.quad(lambda mu, n=ell: mu * wave(mu) * mpmath.legendre(n, mu), [-1, 0, 1])
            # ∫ μ e^(ixμ) P_ℓ dμ = 2 i^(ℓ−1) T_ℓ
            # A sum of at most eleven terms up to (2.5)^n: a few roundings of numbers below 1.
            assert abs(seen) / 2 == pytest.approx(abs(longitudinal), abs=2e-15)
            # √(1−μ²) P_ℓ^1 = (1−μ²) P_ℓ' up to the sign; ∫ (1−μ²) P_ℓ' e^(ixμ) dμ = 2 ℓ(ℓ+1) i^(ℓ−1) t_ℓ
            seen = mpmath.quad(
                lambda mu, n=ell: (
                    n * (mpmath.legendre(n - 1, mu) - mu * mpmath.legendre(n, mu)) * wave(mu)
                ),
                [-1, 0, 1],
            )
            expected = 2 * ell * (ell + 1) * transverse
            assert abs(seen) == pytest.approx(abs(expected), abs=1e-14)


@pytest.mark.parametrize("frame", ["fluid", "observer"])
@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
def test_high_order_is_the_full_flow(beta, frame):
    """The first neglected term is x^22 times the leading one: 0.63^22 divided by a factorial."""
    for spectrum in (LARGE, Injection(1.5, 20.0, 10.0, 300.0, LARGE.k_min, LARGE.k_max)):
        expected = angular_power(spectrum, PATH, beta, 8, frame=frame)
        power = expanded_power(spectrum, PATH, beta, 8, 20, frame=frame)
        np.testing.assert_allclose(power, expected, rtol=1e-10, atol=1e-300)
        expected = parallel_power(spectrum, PATH, beta, 8, frame=frame)
        power = expanded_power(spectrum, PATH, beta, 8, 20, transport="parallel", frame=frame)
        np.testing.assert_allclose(power, expected, rtol=1e-10, atol=1e-300)


def test_high_order_has_the_correlations_of_the_full_flow():
    for frame in ("fluid", "observer"):
        expected = parallel_correlation(LARGE, PATH, 0.4, 8, frame=frame)
        correlation = expanded_correlation(LARGE, PATH, 0.4, 8, 20, frame=frame)
        size = np.sqrt(np.diagonal(expected))
        np.testing.assert_array_less(np.abs(correlation - expected), 1e-10 * np.outer(size, size))


def test_error_falls_with_the_order():
    """The first neglected term of T_2 decreases by x² for every second order."""
    expected = angular_power(LARGE, PATH, 2 / 3, 2)[2]
    off = [abs(expanded_power(LARGE, PATH, 2 / 3, 2, n)[2] / expected - 1) for n in (1, 3, 5, 7)]
    assert off[0] < 0.1
    assert np.all(np.array(off[1:]) < 0.02 * np.array(off[:-1]))


@pytest.mark.parametrize("transport", ["isotropic", "parallel"])
@pytest.mark.parametrize("order", [0, 1, 2, 7])
def test_nothing_beyond_the_multipole_above_the_order(order, transport):
    power = expanded_power(LARGE, PATH, 0.5, 12, order, transport=transport, frame="observer")
    assert power.shape == (13,)
    assert np.all(power[1 : order + 2] > 0)
    assert not np.any(power[order + 2 :])


def test_frames_differ_by_the_velocity_at_the_observer():
    """Order 0 is a uniform flow: C_1 = (4π/9) ⟨u²⟩ in the observer frame, zero in the fluid frame."""
    k = np.geomspace(LARGE.k_min, LARGE.k_max, 20001)
    middle = np.sqrt(k[1:] * k[:-1])
    mean_square = np.sum(LARGE(middle) * np.diff(k))
    power = expanded_power(LARGE, PATH, 0.3, 4, 0, frame="observer")
    assert power[1] == pytest.approx(4 * math.pi / 9 * mean_square, rel=1e-6)
    assert not np.any(np.delete(power, 1))
    assert not np.any(expanded_power(LARGE, PATH, 0.3, 4, 0))
    for order in (1, 2, 5):
        fluid, observer = (
            expanded_power(LARGE, PATH, 0.3, 6, order, frame=frame)
            for frame in ("fluid", "observer")
        )
        np.testing.assert_array_equal(np.delete(fluid, 1), np.delete(observer, 1))
        assert fluid[1] < 0.01 * observer[1]


def test_first_order_is_a_velocity_gradient():
    """C_2 = (8π/75)(λ)² ⟨S:S⟩, S:S = k²[(1−β) 2/3 + β/2] u² for waves: only the traceless part counts."""
    beta = 0.35
    k = np.geomspace(LARGE.k_min, LARGE.k_max, 20001)
    middle = np.sqrt(k[1:] * k[:-1])
    shear = (2 / 3 * (1 - beta) + beta / 2) * np.sum(middle**2 * LARGE(middle) * np.diff(k))
    power = expanded_power(LARGE, PATH, beta, 2, 1)
    assert power[2] == pytest.approx(8 * math.pi / 75 * PATH**2 * shear, rel=1e-6)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"order": -1}, "order must be an integer >= 0"),
        ({"order": 1.5}, "order must be an integer >= 0"),
        ({"frame": "galactic"}, "frame must be"),
        ({"lmax": -1}, "lmax must be an integer >= 0"),
        ({"mean_free_path": 0.0}, "mean_free_path must be positive"),
        ({"transverse_fraction": 1.5}, "transverse_fraction must be in"),
        ({"spectrum": PowerLaw(5 / 3, 20.0, 10.0)}, "0 < k_min < k_max < inf"),
    ],
)
def test_bad_arguments(arguments, words):
    given = {
        "spectrum": LARGE,
        "mean_free_path": PATH,
        "transverse_fraction": 0.5,
        "lmax": 4,
        "order": 3,
    }
    with pytest.raises(ValueError, match=words):
        expanded_power(**given | arguments)


LARGE_RUN = Config().replace(
    {
        "flow.outer_scale": "1000 pc",
        "flow.inner_scale": "100 pc",
        "flow.modes": 512,
        "sky.nside": 8,
        "sky.lmax": 8,
        "ensemble.realizations": 150,
    }
)


@pytest.mark.parametrize(
    "settings",
    [
        {"flow.taylor_order": 1},
        {"flow.taylor_order": 0, "sky.frame": "observer"},
        {"flow.taylor_order": 3, "flow.transverse_fraction": 0.0},
        {"flow.taylor_order": 4, "flow.transverse_fraction": 1.0},
        {"flow.taylor_order": 2, "flow.amplitudes": "cosine", "sky.frame": "observer"},
        {"flow.taylor_order": 4, "flow.inner_scale": "8 pc"},
        {"flow.taylor_order": 3, "flow.inner_scale": "8 pc", "transport.mode": "parallel"},
        {},
    ],
    ids=str,
)
def test_simulated_against_predicted(settings):
    config = LARGE_RUN.replace({"ensemble.seed": 5, **settings})
    comparison = compare(simulate(config, workers=1, maps=0))
    assert comparison.consistent
    # False-alarm probability 1e-3 per case; seeds are fixed.
    assert comparison.p_value > 1e-3
    order = config.flow.taylor_order
    if order is not None:
        assert comparison.ell[-1] == order + 1
    # The theory of the other frame, or of the full flow in turbulence, would not pass.
    if settings.get("flow.inner_scale"):
        full = predict(config.replace({"flow.taylor_order": 1})).c_ell[comparison.ell]
        off = (comparison.measured - full) / comparison.error
        assert stats.norm.sf(np.max(np.abs(off))) < 1e-6


def last(**settings):
    ell = judged(LARGE_RUN.replace(settings)).ell
    np.testing.assert_array_equal(ell, np.arange(ell[0], ell[-1] + 1))
    return ell[0], ell[-1]


def test_multipoles_compared():
    assert last(**{"flow.taylor_order": 1}) == (2, 2)
    assert last(**{"flow.taylor_order": 1, "sky.frame": "observer"}) == (1, 2)
    assert last(**{"flow.taylor_order": 0, "sky.frame": "observer"}) == (1, 1)
    assert last(**{"flow.taylor_order": 3}) == (1, 4)
    assert last(**{"flow.taylor_order": 3, "sky.lmax": 2}) == (1, 2)
    # With eddies up to kλ = 5 the multipoles end at ℓ = 5, below the order.
    assert last(**{"flow.inner_scale": f"{2 * math.pi * 2} pc", "flow.taylor_order": 9}) == (1, 5)


def test_fast_flows_exclude_high_multipoles():
    """Terms u₀ Δu couple neighbouring multipoles: the slower the flow, the more multipoles are of first order."""
    lasts = []
    for speed in (0.01, 20, 500):
        config = LARGE_RUN.replace(
            {"flow.velocity_dispersion": f"{speed} km/s", "flow.modes": 4096}
        )
        lasts.append(judged(config, 150).ell[-1])
    assert lasts[0] >= lasts[1] > lasts[2] >= 2


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_mean_square_is_that_of_the_expansion(mode):
    """Averaged over the sky it is Σ (2ℓ+1) C_ℓ/4π, of the expansion and not of the full flow."""
    settings = {"flow.taylor_order": 2, "transport.mode": mode, "flow.inner_scale": "8 pc"}
    config = LARGE_RUN.replace(settings)
    c_ell = predict(config).c_ell
    total = np.sum((2 * np.arange(9) + 1)[2:] * c_ell[2:]) / (4 * math.pi)
    assert np.mean(predict_profile(config).mean) == pytest.approx(total, rel=1e-10)


def test_correlation_of_simulated_expansions():
    """Field-aligned, order 3: multipoles 0…4, of which 2 and 4 are correlated."""
    settings = {"flow.taylor_order": 3, "transport.mode": "parallel", "flow.inner_scale": "8 pc"}
    config = LARGE_RUN.replace({**settings, "ensemble.realizations": 300})
    correlation = correlate(simulate(config, workers=1, maps=0))
    np.testing.assert_array_equal(correlation.ell, [1, 2, 3, 4])
    assert (
        correlation.predicted[1, 3] ** 2
        > 0.1 * correlation.predicted[1, 1] * correlation.predicted[3, 3]
    )
    assert all(test.p_value > 1e-3 for test in correlation.tests.values())
