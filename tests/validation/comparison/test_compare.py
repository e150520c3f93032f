"""`compare` on synthetic ensembles whose truth is known: false alarms, pulls, power, slope, degrees of freedom."""

from __future__ import annotations

import importlib
import json
import math

import numpy as np
import pytest
from scipy import stats

from eddysky.simulator import Config, Result, simulate
from eddysky.validation import compare, predict
from eddysky.validation.comparison.moments import measured_noise
from eddysky.validation.comparison.multipoles import compared_multipoles
from eddysky.validation.comparison.realizations import NoVerdictError
from eddysky.validation.comparison.verdict import FALSE_ALARM
from eddysky.validation.theory.carrying import effective_modes
from eddysky.validation.theory.second_order import second_order

# Chance that a bound on a count or a statistic below fails for the right code; seeds are fixed.
ALARM = 1e-4
SMALL = Config().replace({"sky.nside": 16})


@pytest.fixture
def known(monkeypatch):
    """Predict each configuration once, as thousands of ensembles are compared with it."""
    stored = {}

    def remembering(function):
        def remembered(config, *arguments):
            key = (function, config, *arguments)
            if key not in stored:
                stored[key] = function(config, *arguments)
            return stored[key]

        return remembered

    for module, function in (
        ("compare", predict),
        ("multipoles", predict),
        ("multipoles", effective_modes),
        ("multipoles", second_order),
    ):
        place = importlib.import_module(f"eddysky.validation.comparison.{module}")
        monkeypatch.setattr(place, function.__name__, remembering(function))
    return remembering(predict)


def result(config, power, noise=None):
    empty = np.empty((0, 12 * config.sky.nside**2), dtype=np.float32)
    count = len(power)
    none = np.empty(0, dtype=np.int64)
    return Result(config, np.arange(count), power, np.zeros(count), none, empty, noise=noise)


def crossed(rng, c_ell, noise, count, squares=None):
    """C_ℓ across the halves of the particles, and the noise P of the whole sky, of Gaussian skies.

    `squares` of the 2ℓ+1 a_ℓm have signal, all by default.
    """
    size = 2 * np.arange(len(c_ell)) + 1
    power, noises = np.empty((2, count, len(c_ell)))
    for ell, m in enumerate(size):
        signal = np.zeros((count, m))
        some = squares or m
        signal[:, :some] = rng.standard_normal((count, some)) * math.sqrt(m / some * c_ell[ell])
        # Each half has the noise 2P.
        halves = rng.standard_normal((2, count, m)) * math.sqrt(2 * noise[ell]) + signal
        power[:, ell] = np.mean(halves[0] * halves[1], axis=1)
        noises[:, ell] = np.mean((0.5 * (halves[0] - halves[1])) ** 2, axis=1)
    return power, noises


def cosmic(rng, c_ell, count):
    """C_ℓ of isotropic Gaussian skies: χ² of 2ℓ+1 degrees of freedom."""
    freedom = 2 * np.arange(len(c_ell)) + 1
    return c_ell * rng.chisquare(freedom, (count, len(c_ell))) / freedom


def neighbours(rng, c_ell, count, rho=0.8):
    """C_ℓ with cosmic variance whose neighbouring multipoles are correlated as ρ^|ℓ−ℓ'|."""
    ell = np.arange(len(c_ell))
    mixing = np.linalg.cholesky(rho ** np.abs(ell[:, None] - ell))
    normal = rng.standard_normal((count, len(ell))) @ mixing.T
    return c_ell * (1 + np.sqrt(2 / (2 * ell + 1)) * normal)


def at_most(trials, rate):
    return stats.binom.ppf(1 - ALARM, trials, rate)


def at_least(trials, rate):
    return stats.binom.ppf(ALARM, trials, rate)


@pytest.mark.parametrize("draw", [cosmic, neighbours])
@pytest.mark.parametrize("count", [30, 100])
def test_false_alarms(known, draw, count):
    """Each of the three tests rejects a true theory at most 0.0025 of the time, so all at most 0.0075."""
    rng = np.random.default_rng(20)
    c_ell, trials = known(SMALL).c_ell, 2000
    found = [compare(result(SMALL, draw(rng, c_ell, count))) for _ in range(trials)]
    assert sum(not c.consistent for c in found) <= at_most(trials, 0.0075)
    p_values = np.array([c.p_value for c in found])
    # The verdict is only as good as p is where it is not extreme: skewed C_ℓ of few realisations (R = 30)
    # give 6.5% below 5%, correlation treated by effective degrees of freedom 4.7 to 6%.
    assert at_least(trials, 0.045) <= np.sum(p_values < 0.05) <= at_most(trials, 0.07)
    assert at_least(trials, 0.45) <= np.sum(p_values < 0.5) <= at_most(trials, 0.55)


@pytest.mark.parametrize(
    ("mode", "count", "level"),
    [
        ("isotropic", 10, 0.3),
        ("isotropic", 10, 30.0),
        ("isotropic", 30, 3.0),
        ("parallel", 100, 0.3),
        ("parallel", 100, 3.0),
    ],
)
def test_false_alarms_with_shot_noise(known, mode, count, level):
    """Noise from a tenth of the signal to ten times it and more, as much at every ℓ as at ℓ = 4 times `level`."""
    rng, trials = np.random.default_rng(40), 300
    config = SMALL.replace(
        {
            "transport.mode": mode,
            "sky.sampling": "random",
            "sky.lmax": 8,
            "flow.inner_scale": "3 pc",
        }
    )
    c_ell = known(config).c_ell
    noise = np.full(len(c_ell), level * c_ell[4])
    squares = 1 if mode == "parallel" else None
    found = [
        compare(result(config, *crossed(rng, c_ell, noise, count, squares))) for _ in range(trials)
    ]
    # 0.3% are expected; 2% is far above what bad treatment of the noise makes fail: 10% and more.
    assert sum(not c.consistent for c in found) <= at_most(trials, 0.006)
    p_values = np.array([c.p_value for c in found])
    assert at_least(trials, 0.43) <= np.sum(p_values < 0.5) <= at_most(trials, 0.57)


@pytest.mark.parametrize(
    ("settings", "skies"),
    [
        # Shot noise of stratified arrivals is far below white noise at small ℓ, and no more at large ones.
        ({"flow.inner_scale": "100 pc", "sky.sampling": "stratified", "sky.particles": 20_000}, 30),
        ({"flow.inner_scale": "300 pc", "sky.sampling": "random", "sky.particles": 5_000}, 30),
        ({"transport.mode": "parallel", "sky.sampling": "random", "sky.particles": 2_000}, 100),
    ],
)
def test_false_alarms_of_simulated_skies(known, settings, skies):
    """Twenty ensembles of ordinary runs, most of whose multipoles are lost in shot noise."""
    base = {"sky.nside": 8, "sky.lmax": 12, "flow.modes": 64, "flow.inner_scale": "10 pc"}
    ensembles = 20 if skies < 100 else 6
    config = Config().replace(base | settings | {"ensemble.realizations": skies * ensembles})
    made = simulate(config, workers=1, maps=0)
    failed = 0
    for start in range(0, len(made.power), skies):
        rows = slice(start, start + skies)
        found = compare(result(config, made.power[rows], made.noise[rows]))
        failed += not found.consistent
    # 0.3% of true ensembles fail; 8 of 40 did where noise was found from the scatter of each ℓ.
    assert failed <= at_most(ensembles, 0.003)


def test_smoothed_noise_follows_what_was_put_in():
    rng = np.random.default_rng(41)
    config = SMALL.replace({"sky.sampling": "stratified"})
    size = 2 * np.arange(config.lmax + 1) + 1
    noise = 1e-12 * size**1.5
    power, noises = crossed(rng, np.zeros(len(size)), noise, 30)
    found = measured_noise(result(config, power, noises))
    # Three parameters of Σ(2ℓ+1) R squares: the value at an end is good to 3√(2/18 750), its logarithm biased by 1/R.
    assert found == pytest.approx(noise, rel=0.15)


def test_results_without_noise_are_not_judged(known):
    config = SMALL.replace({"sky.sampling": "random"})
    power = cosmic(np.random.default_rng(42), known(config).c_ell, 20)
    with pytest.raises(NoVerdictError, match="kept no shot noise"):
        compare(result(config, power))


@pytest.mark.slow
def test_false_alarms_of_the_smallest_ensembles_as_promised(known):
    rng = np.random.default_rng(21)
    c_ell, trials = known(SMALL).c_ell, 30_000
    found = [compare(result(SMALL, cosmic(rng, c_ell, 10))) for _ in range(trials)]
    assert sum(not c.consistent for c in found) <= at_most(trials, 3 * FALSE_ALARM)


def test_pulls_follow_student(known):
    """Pulls at ℓ ≥ 10 against Student's t of R − 1; at lower ℓ C_ℓ is visibly skewed."""
    rng = np.random.default_rng(22)
    c_ell, count = known(SMALL).c_ell, 200
    pulls = np.array(
        [compare(result(SMALL, cosmic(rng, c_ell, count))).pull[9:] for _ in range(300)]
    )
    # Kolmogorov–Smirnov, false alarm 1e-4; independent as the multipoles are.
    assert stats.kstest(pulls.ravel(), stats.t(count - 1).cdf).pvalue > ALARM
    # A factor of 1.1 in the errors would be seen: 4500 pulls fix the variance to 2%.
    assert np.var(pulls) == pytest.approx(
        (count - 1) / (count - 3), abs=3.9 * math.sqrt(2 / pulls.size)
    )


def test_mean_pull_has_the_error_it_claims(known):
    rng = np.random.default_rng(23)
    c_ell, trials = known(SMALL).c_ell, 400
    found = [compare(result(SMALL, neighbours(rng, c_ell, 100))) for _ in range(trials)]
    scaled = np.array([c.mean_pull / c.mean_pull_error for c in found])
    # 3.9 standard errors: false alarm 1e-4 each.
    assert abs(scaled.mean()) < 3.9 / math.sqrt(trials)
    assert np.var(scaled) == pytest.approx(99 / 97, abs=3.9 * math.sqrt(2 / trials))


@pytest.mark.parametrize("quantity", ["amplitude", "slope"])
def test_amplitude_and_slope_are_unbiased_with_honest_errors(known, quantity):
    rng = np.random.default_rng(24)
    c_ell, trials = known(SMALL).c_ell, 400
    found = [compare(result(SMALL, cosmic(rng, c_ell, 100))) for _ in range(trials)]
    if quantity == "amplitude":
        scaled = np.array([(c.amplitude - 1) / c.amplitude_error for c in found])
    else:
        scaled = np.array([c.slope.pull for c in found])
    # Weighted sums of positive, skewed C_ℓ: the t statistic of 100 is centred to 0.05 standard errors.
    assert abs(scaled.mean()) < 3.9 / math.sqrt(trials) + 0.05
    assert np.var(scaled) == pytest.approx(99 / 97, abs=3.9 * math.sqrt(2 / trials) + 0.05)


def test_five_percent_in_amplitude_are_found(known):
    """At R = 200 and lmax = 24 the amplitude is known to about 0.5%."""
    rng = np.random.default_rng(25)
    c_ell = known(SMALL).c_ell
    for wrong in (0.95, 1.05):
        found = [compare(result(SMALL, wrong * cosmic(rng, c_ell, 200))) for _ in range(50)]
        assert not any(c.consistent for c in found)
        average = np.mean([c.amplitude for c in found])
        spread = np.mean([c.amplitude_error for c in found])
        assert average == pytest.approx(wrong, abs=3.9 * spread / math.sqrt(50))
        assert spread < 0.01


def test_a_slope_error_of_a_tenth_is_found(known):
    """R = 200, nside 32: C_ℓ tilted about ℓ = 20, so that the amplitude tells little."""
    rng = np.random.default_rng(26)
    config = Config().replace({"sky.nside": 32})
    prediction = known(config)
    tilt = np.concatenate([[1.0], (prediction.ell[1:] / 20) ** 0.1])
    found = [compare(result(config, cosmic(rng, prediction.c_ell, 200) * tilt)) for _ in range(50)]
    assert not any(c.consistent for c in found)
    errors = np.array([c.slope.measured - c.slope.predicted for c in found])
    # First order in the tilt; the second adds 0.1² times ln-range² / 2, a few percent of the 0.1.
    assert errors.mean() == pytest.approx(0.1, abs=0.01)
    assert np.mean([c.slope.error for c in found]) < 0.1 / 4


def test_slope_of_a_power_law_is_exact(monkeypatch):
    """d ln C_ℓ/d ln(ℓ + ½) of (ℓ + ½)^(−8/3), whatever the weights."""
    module = importlib.import_module("eddysky.validation.comparison.compare")
    prediction = predict(SMALL)
    power_law = type(prediction)(prediction.ell, 3e-7 * (prediction.ell + 0.5) ** (-8 / 3))
    monkeypatch.setattr(module, "predict", lambda config: power_law)
    rng = np.random.default_rng(27)
    gains = rng.normal(1, 0.1, (50, 1))
    gains /= gains.mean()
    slope = compare(result(SMALL, gains * power_law.c_ell)).slope
    assert (slope.lmin, slope.lmax) == (2, 16)
    assert slope.predicted == pytest.approx(-8 / 3, abs=1e-12)
    # A gain common to all multipoles changes no slope.
    assert slope.measured == pytest.approx(-8 / 3, abs=1e-12)
    tilt = ((prediction.ell + 0.5) / 10) ** -0.01
    steeper = compare(result(SMALL, gains * power_law.c_ell * tilt)).slope
    # Second order of the tilt: (0.01 ln ℓ/10)²/2 < 1e-5.
    assert steeper.measured == pytest.approx(-8 / 3 - 0.01, abs=1e-4)


def test_slope_needs_three_multipoles(known):
    rng = np.random.default_rng(28)
    for lmax, some in ((3, False), (4, True), (19, True), (20, True)):
        config = SMALL.replace({"sky.lmax": lmax})
        slope = compare(result(config, cosmic(rng, known(config).c_ell, 20))).slope
        assert (slope is not None) is some
        if slope is not None:
            assert slope.lmin == (10 if lmax >= 20 else 2)
            assert slope.lmax == lmax


@pytest.mark.parametrize("excess", [1.0, 1.5])
def test_scatter_over_cosmic_variance(known, excess):
    rng = np.random.default_rng(32)
    c_ell = known(SMALL).c_ell
    power = c_ell + excess * (cosmic(rng, c_ell, 2000) - c_ell)
    # A deviation from 2000 skewed values is good to 3% at worst, their average over ℓ to under 1%; 4 of these.
    assert compare(result(SMALL, power)).scatter == pytest.approx(excess, rel=0.03)


def test_too_few_realisations(known):
    rng = np.random.default_rng(33)
    power = cosmic(rng, known(SMALL).c_ell, 10)
    with pytest.raises(ValueError, match=r"standard errors, 9.*at least 10"):
        compare(result(SMALL, power[:9]))
    assert compare(result(SMALL, power)).realizations == 10


def test_wrong_configuration_is_rejected(known):
    """The same numbers under another name: spectral index, dispersion, β or frame."""
    rng = np.random.default_rng(34)
    power = cosmic(rng, known(SMALL).c_ell, 100)
    assert compare(result(SMALL, power)).consistent
    for key, value in {
        "flow.index": 1.8,
        "flow.velocity_dispersion": "21 km/s",
        "flow.transverse_fraction": 0.5,
        "transport.free_path": "exponential",
        "transport.mean_free_path": "11 pc",
        "flow.inner_scale": "10 pc",
    }.items():
        assert not compare(
            result(
                SMALL.replace({key: value, "sky.sampling": "random"}), power, np.zeros_like(power)
            )
        ).consistent


CALM = Config().replace(
    {
        "flow.velocity_dispersion": "0 km/s",
        "flow.mean_velocity": ["20 km/s", "-15 km/s", "10 km/s"],
        "sky.frame": "observer",
        "sky.nside": 4,
    }
)


@pytest.mark.parametrize(
    ("change", "consistent"),
    [
        ({}, True),
        ({1: 1 + 1e-8}, True),
        ({1: 1 + 1e-6}, False),
        ({1: 1 - 1e-6}, False),
        ({1: 0.0}, False),
        ({2: 1e-8}, True),
        ({2: 1e-6}, False),
        ({3: 1e-12}, True),
        ({3: 1e-8}, False),
        ({1: math.nan}, False),
    ],
    ids=str,
)
def test_without_randomness_the_theory_must_be_met(change, consistent):
    """To the second order in u/v: here (u/v)² = 8e-9, of which C_1 gets a few times its own and C_2 (D u/v)²/5."""
    exact = predict(CALM).c_ell
    power = exact.copy()
    for ell, factor in change.items():
        power[ell] = exact[1] * factor
    comparison = compare(result(CALM, power[None]))
    assert comparison.consistent is consistent
    assert comparison.chi2 is None
    assert comparison.p_value is None
    np.testing.assert_array_equal(comparison.error, 0)


def test_an_empty_sky_must_be_empty():
    fluid = CALM.replace({"sky.frame": "fluid"})
    power = np.zeros((1, fluid.lmax + 1))
    assert compare(result(fluid, power)).consistent
    power[0, 1] = 1e-12
    assert not compare(result(fluid, power)).consistent


def test_an_empty_sky_of_random_arrivals_is_consistent():
    fluid = CALM.replace({"sky.frame": "fluid", "sky.sampling": "random"})
    assert compare(result(fluid, np.zeros((10, fluid.lmax + 1)))).consistent


def test_multipoles_beyond_the_band_are_not_compared():
    """ℓ ≤ max(2, k_max λ), and never ℓ = 0; for eddies larger than λ, some more that stand out."""

    def last(**settings):
        ell = compared_multipoles(SMALL.replace(settings))
        np.testing.assert_array_equal(ell, np.arange(1, ell[-1] + 1))
        return ell[-1]

    assert last() == 16
    assert last(**{"flow.inner_scale": f"{2 * math.pi * 10 / 12.5} pc"}) == 12
    assert last(**{"flow.inner_scale": "500 pc"}) == 4
    assert last(**{"flow.inner_scale": "500 pc", "flow.velocity_dispersion": "0 km/s"}) == 16


def test_multipoles_below_the_last_digits_of_the_sine_are_not_compared():
    """A table that ends steeply: l = 11 and 12 hold 40 times the theory, by rounding, and are no evidence."""
    table = {"wavenumber": [0.02, 0.1, 0.4, 3.0], "spectrum": [1e3, 1e3, 1e-20, 1e-20]}
    settings = {
        "sky.nside": 8,
        "sky.lmax": 12,
        "flow.modes": 512,
        "ensemble.realizations": 40,
    }
    config = Config().replace(settings | {"flow.spectrum": "table", "flow.table": table})
    found = compare(simulate(config, maps=0))
    assert found.ell.tolist() == list(range(1, 8))
    # False for a true theory in 250; the seed is fixed.
    assert found.consistent
    # Without the steep end all are compared.
    shallow = table | {"spectrum": [1e3, 1e3, 1.0, 1e-2]}
    assert compared_multipoles(config.replace({"flow.table": shallow})).tolist() == list(
        range(1, 13)
    )


def test_dictionary_is_plain(known):
    rng = np.random.default_rng(35)
    for config, power in (
        (SMALL, cosmic(rng, known(SMALL).c_ell, 20)),
        (CALM, predict(CALM).c_ell[None]),
    ):
        comparison = compare(result(config, power))
        values = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
        assert values["consistent"] is True
        assert values["ell"] == list(range(1, config.lmax + 1))
        np.testing.assert_allclose(values["measured"], power.mean(axis=0)[1:], rtol=1e-12)
        np.testing.assert_array_equal(values["predicted"], predict(config).c_ell[1:])
    # Nothing is predicted beyond the dipole, and nothing has an error.
    assert values["ratio"][0] == 1.0
    assert values["ratio"][1:] == [None] * (CALM.lmax - 1)
    assert values["pull"] == [None] * CALM.lmax


def test_columns_agree_with_each_other(known):
    rng = np.random.default_rng(36)
    c_ell = known(SMALL).c_ell
    power = cosmic(rng, c_ell, 50)
    found = compare(result(SMALL, power))
    np.testing.assert_allclose(found.error, power[:, 1:].std(axis=0, ddof=1) / math.sqrt(50))
    np.testing.assert_allclose(found.ratio, power.mean(axis=0)[1:] / c_ell[1:])
    np.testing.assert_allclose(found.pull, (power.mean(axis=0) - c_ell)[1:] / found.error)
    np.testing.assert_allclose(
        found.p_value, stats.chi2.sf(found.chi2 * found.dof / len(found.ell), found.dof)
    )
