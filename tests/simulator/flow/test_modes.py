"""Synthesised flows against the correlation tensor that they are to have.

w(k)/(4πk²) [(β/2)(δ_ij − k̂_i k̂_j) + (1 − β) k̂_i k̂_j] is Fourier-transformed here by quadrature. Statistical
tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import integrate, stats

from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.flow.modes import Modes, draw_modes

KINDS = ["gaussian", "cosine"]
FRACTIONS = [0.0, 2 / 3, 1.0]
EPS = np.finfo(float).eps
BAND = (0.2, 6.0)
SPECTRUM = PowerLaw(5 / 3, 20.0, 10.0, *BAND)


def draw(beta=2 / 3, count=64, kind="gaussian", seed=4, realization=0, spectrum=SPECTRUM):
    return draw_modes(spectrum, beta, count, kind, seed, realization)


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class TestEvaluation:
    @pytest.mark.parametrize("count", [1, 5, 31, 32, 33, 100])
    def test_velocity_is_the_sum_of_plane_waves(self, count):
        modes = draw(count=count)
        points = np.random.default_rng(1).normal(size=(15, 3)) * 20
        phase = points @ modes.wavevectors.T
        even, odd = np.cos(phase) @ modes.cosines, np.sin(phase) @ modes.sines
        # The kernel's sine and cosine are good to 3.4e-9 of each amplitude.
        bound = 1e-8 * np.sum(np.abs(modes.cosines) + np.abs(modes.sines), axis=0)
        assert np.all(np.abs(modes.velocity(points) - even - odd) <= bound)
        ahead, behind = modes.velocity_pairs(points)
        assert np.all(np.abs(ahead - even - odd) <= bound)
        assert np.all(np.abs(behind - even + odd) <= bound)

    def test_no_modes(self):
        none = Modes(*(np.empty((0, 3)) for _ in range(3)))
        assert not np.any(none.velocity(np.ones((4, 3))))


class TestDraw:
    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("count", [1, 2, 1000])
    def test_one_wavenumber_in_each_stratum(self, kind, count):
        k = np.linalg.norm(draw(kind=kind, count=count).wavevectors, axis=1)
        place = np.log(k / BAND[0]) / math.log(BAND[1] / BAND[0]) * count
        assert np.array_equal(np.floor(place), np.arange(count))
        # Within its stratum ln k is uniform, level 1e-4.
        assert stats.kstest(place % 1, "uniform").pvalue > 1e-4

    @pytest.mark.parametrize("kind", KINDS)
    def test_directions_are_isotropic(self, kind):
        n = unit(draw(kind=kind, count=20_000).wavevectors)
        # Uniform projections; four axes and two kinds at 1e-4: false alarm 8e-4.
        for axis in [*np.eye(3), np.ones(3) / math.sqrt(3)]:
            assert stats.kstest(n @ axis, stats.uniform(-1, 2).cdf).pvalue > 1e-4

    @pytest.mark.parametrize("kind", KINDS)
    def test_divergence_free_and_curl_free_limits(self, kind):
        for amplitudes in (lambda m: m.cosines, lambda m: m.sines):
            solenoidal, potential = draw(1.0, kind=kind), draw(0.0, kind=kind)
            a, n = amplitudes(solenoidal), unit(solenoidal.wavevectors)
            # The projection is rounded a few times, relative to the vector before it.
            bound = 16 * EPS * np.max(np.abs(a))
            assert np.max(np.abs(np.sum(a * n, axis=1))) <= bound
            a, n = amplitudes(potential), unit(potential.wavevectors)
            assert np.max(np.abs(np.cross(a, n))) <= 16 * EPS * np.max(np.abs(a))

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("where", ["anywhere", "near the poles", "near the x axis"])
    def test_transverse_polarisation_has_no_preferred_axis(self, kind, where):
        modes = draw(1.0, kind=kind, count=30_000)
        n, a = unit(modes.wavevectors), unit(modes.cosines)
        chosen = {
            "anywhere": np.ones(len(n), bool),
            "near the poles": np.abs(n[:, 2]) > 0.9,
            "near the x axis": np.abs(n[:, 0]) > 0.9,
        }[where]
        n, a = n[chosen], a[chosen]
        for reference in np.eye(3):
            first = unit(np.cross(reference, n))
            second = np.cross(n, first)
            angle = np.arctan2(np.sum(a * second, axis=1), np.sum(a * first, axis=1))
            # Angle around k̂ modulo half a turn is uniform; 18 tests at 1e-4: false alarm 2e-3.
            law = stats.uniform(0, math.pi)
            assert stats.kstest(angle % math.pi, law.cdf).pvalue > 1e-4

    def test_gaussian_amplitudes_are_normal_with_the_right_variance(self):
        beta, count = 0.4, 30_000
        modes = draw(beta, count=count)
        k = np.linalg.norm(modes.wavevectors, axis=1)
        n = modes.wavevectors / k[:, None]
        variance = SPECTRUM(k) * k * math.log(BAND[1] / BAND[0]) / count
        across = unit(np.cross([0.0, 0.0, 1.0], n))
        scaled = []
        for amplitude in (modes.cosines, modes.sines):
            along = np.sum(amplitude * n, axis=1) / np.sqrt(variance * (1 - beta))
            third = np.sum(amplitude * np.cross(n, across), axis=1)
            scaled += [
                along,
                np.sum(amplitude * across, axis=1) / np.sqrt(variance * beta / 2),
                third / np.sqrt(variance * beta / 2),
            ]
        # Six standard normals at 1e-4, fifteen correlations at 1e-5: false alarm 8e-4.
        for column in scaled:
            assert stats.kstest(column, "norm").pvalue > 1e-4
        correlation = np.corrcoef(scaled)[np.triu_indices(6, 1)]
        assert np.max(np.abs(correlation)) < stats.norm.isf(1e-5 / 2) / math.sqrt(count)

    def test_cosine_amplitudes(self):
        beta, count = 0.4, 30_000
        modes = draw(beta, kind="cosine", count=count)
        k = np.linalg.norm(modes.wavevectors, axis=1)
        n = modes.wavevectors / k[:, None]
        variance = SPECTRUM(k) * k * math.log(BAND[1] / BAND[0]) / count
        size = np.sum(modes.cosines**2 + modes.sines**2, axis=1)
        assert np.max(np.abs(size / (2 * variance) - 1)) <= 64 * EPS
        # a ∥ b: one wave of one polarisation, of random phase (level 1e-4).
        assert np.max(np.abs(np.cross(unit(modes.cosines), unit(modes.sines)))) <= 1e8 * EPS
        polarisation = unit(modes.cosines + modes.sines)
        phase = np.arctan2(
            -np.sum(modes.sines * polarisation, axis=1),
            np.sum(modes.cosines * polarisation, axis=1),
        )
        assert stats.kstest(phase % math.pi, stats.uniform(0, math.pi).cdf).pvalue > 1e-4
        # Longitudinal with probability 1 − β: binomial, false alarm 1e-5.
        longitudinal = np.count_nonzero(np.abs(np.sum(polarisation * n, axis=1)) > 0.5)
        error = math.sqrt(count * beta * (1 - beta))
        assert abs(longitudinal - count * (1 - beta)) < stats.norm.isf(1e-5 / 2) * error


class TestStreams:
    @pytest.mark.parametrize("kind", KINDS)
    def test_pure_function(self, kind):
        first = draw(kind=kind, realization=3)
        draw(kind=kind, realization=4)
        again = draw(kind=kind, realization=3)
        for name in ("wavevectors", "cosines", "sines"):
            assert np.array_equal(getattr(first, name), getattr(again, name))

    @pytest.mark.parametrize("kind", KINDS)
    @pytest.mark.parametrize("other", [{"seed": 5}, {"realization": 1}, {"realization": 2**32 - 1}])
    def test_realizations_and_seeds_are_independent(self, kind, other):
        count = 20_000
        one, two = draw(kind=kind, count=count), draw(kind=kind, count=count, **other)
        limit = stats.norm.isf(1e-5 / 2) / math.sqrt(count)
        # 27 correlations for each of 6 cases at 1e-5: false alarm 2e-3.
        for name in ("wavevectors", "cosines", "sines"):
            a, b = unit(getattr(one, name)), unit(getattr(two, name))
            assert not np.any(np.all(a == b, axis=1))
            # Components of isotropic unit vectors have variance 1/3.
            assert np.max(np.abs(a.T @ b)) / count * 3 < limit

    def test_seed_and_realization_do_not_swap(self):
        assert not np.array_equal(
            draw(seed=1, realization=2).cosines, draw(seed=2, realization=1).cosines
        )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", [1, 3, 50])
def test_mean_square_velocity_is_the_integral_for_any_number_of_modes(kind, count):
    # Spatial mean of u² is Σ (a² + b²)/2; its ensemble mean must not depend on M, not even for M = 1.
    sample = []
    for realization in range(60_000 // (count + 14)):
        modes = draw(kind=kind, count=count, realization=realization)
        sample.append(np.sum(modes.cosines**2 + modes.sines**2) / 2)
    expected = integrate.quad(lambda k: float(SPECTRUM(k)), *BAND, epsrel=1e-10)[0]
    error = np.std(sample, ddof=1) / math.sqrt(len(sample))
    # Six cases at 1e-4: false alarm 6e-4.
    assert abs(np.mean(sample) - expected) < stats.norm.isf(1e-4 / 2) * error


SEPARATIONS = {
    "x": (1.3, 0.0, 0.0),
    "y": (0.0, 1.3, 0.0),
    "z": (0.0, 0.0, 1.3),
    "short": (0.1, -0.2, 0.15),
    "oblique": (0.9, -1.1, 0.7),
    "far": (-2.0, 3.0, 4.0),
}
NODES = np.polynomial.legendre.leggauss(200)


def correlation(beta, separation):
    """R_ij = f_N δ_ij + (f_L − f_N) r̂_i r̂_j by quadrature over k and over the angle to r."""
    r = np.linalg.norm(separation)
    mu, weight = NODES

    def integrand(k, along):
        # Mean square of the component along r, or across it, of the polarisation tensor.
        mine = mu**2 if along else (1 - mu**2) / 2
        tensor = beta / 2 * (1 - mine) + (1 - beta) * mine
        return float(SPECTRUM(k)) * np.sum(weight * tensor * np.cos(k * r * mu)) / 2

    longitudinal, transverse = (
        integrate.quad(integrand, *BAND, args=(along,), epsrel=1e-9)[0] for along in (True, False)
    )
    axis = np.asarray(separation) / r
    return transverse * np.eye(3) + (longitudinal - transverse) * np.outer(axis, axis)


@pytest.fixture(scope="module", params=[(b, k) for b in FRACTIONS for k in KINDS], ids=str)
def flows(request):
    """Many flows of few modes, seen at one random origin each and at all separations from it."""
    beta, kind = request.param
    count = 8000
    separations = np.array(list(SEPARATIONS.values()))
    rng = np.random.default_rng(31)
    here, there = np.empty((count, 3)), np.empty((count, len(separations), 3))
    for realization in range(count):
        origin = rng.normal(size=3) * 100
        velocity = draw(beta, 8, kind, 6, realization).velocity(
            np.vstack([origin, origin + separations])
        )
        here[realization], there[realization] = velocity[0], velocity[1:]
    return SimpleNamespace(
        beta=beta, here=here, there=dict(zip(SEPARATIONS, there.swapaxes(0, 1), strict=True))
    )


@pytest.mark.parametrize("name", SEPARATIONS)
def test_covariance_of_the_field(flows, name):
    product = flows.here[:, :, None] * flows.there[name][:, None, :]
    error = np.std(product, axis=0, ddof=1) / math.sqrt(len(product))
    pull = (np.mean(product, axis=0) - correlation(flows.beta, SEPARATIONS[name])) / error
    # Four standard errors (6e-5): nine components, six separations, six flows: false alarm 2%.
    assert np.max(np.abs(pull)) < 4


def test_variance_is_alike_on_all_axes(flows):
    # Fluctuations of u_x² − u_y² etc. about zero; 18 comparisons at four standard errors: false alarm 1e-3.
    for i, j in ((0, 1), (1, 2), (2, 0)):
        difference = flows.here[:, i] ** 2 - flows.here[:, j] ** 2
        error = np.std(difference, ddof=1) / math.sqrt(len(difference))
        assert abs(np.mean(difference)) < 4 * error


@pytest.mark.parametrize("beta", FRACTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_covariance_in_detail(beta, kind):
    """The same tensor from spatial means of each flow, ½(aa + bb) cos k·r + ½(ab − ba) sin k·r.

    Averaging over all origins at once makes the standard errors twenty times smaller than above.
    """
    estimates = {name: [] for name in SEPARATIONS}
    for realization in range(300):
        m = draw(beta, 300, kind, 8, realization)
        for name, separation in SEPARATIONS.items():
            phase = m.wavevectors @ np.array(separation)
            same = np.cos(phase) @ (
                m.cosines[:, :, None] * m.cosines[:, None] + m.sines[:, :, None] * m.sines[:, None]
            ).reshape(-1, 9)
            mixed = np.sin(phase) @ (
                m.cosines[:, :, None] * m.sines[:, None] - m.sines[:, :, None] * m.cosines[:, None]
            ).reshape(-1, 9)
            estimates[name].append((same + mixed) / 2)
    for name, sample in estimates.items():
        expected = correlation(beta, SEPARATIONS[name]).ravel()
        error = np.std(sample, axis=0, ddof=1) / math.sqrt(len(sample))
        # Four standard errors (Student t of 299, 8e-5): 9 × 6 × 6 comparisons, false alarm 3%.
        assert np.all(np.abs(np.mean(sample, axis=0) - expected) < 4 * error), name


def test_waves_are_the_same_flow_as_cosines_and_sines():
    modes = draw_modes(PowerLaw(5 / 3, 20.0, 10.0, 0.01, 10.0), 0.4, 200, "cosine", 3, 4)
    assert modes.waves is not None
    points = np.random.default_rng(5).normal(scale=20, size=(50, 3))
    ahead, behind = modes.velocity_pairs(points)
    # The errors of the fast cosine, 3.4e-9, and of the other one, 1.2e-10, on every amplitude.
    bound = 3.6e-9 * np.sum(np.abs(modes.cosines) + np.abs(modes.sines))
    np.testing.assert_allclose(modes.velocity(points), ahead, rtol=0, atol=bound)
    np.testing.assert_allclose(modes.velocity(-points), behind, rtol=0, atol=bound)
