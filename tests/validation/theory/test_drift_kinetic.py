"""Drift-kinetic transport against quadratures over directions, printed digits, identities and limits."""

from __future__ import annotations

import math

import numpy as np
import pytest
from references import gauss_panels, power_law
from scipy.special import eval_legendre

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import ErlangPath, ExponentialPath, FixedPath, FreePathLaw
from eddysky.simulator.errors import InputError
from eddysky.validation import predict
from eddysky.validation.theory.drift_kinetic import drift_kinetic_response
from eddysky.validation.theory.field_line import FieldLineSpectrum
from eddysky.validation.theory.predict import zonal_correlation
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.zonal import zonal_matrix, zonal_power

LAWS = [FixedPath(), ErlangPath(4), ExponentialPath()]


class UniformPath(FreePathLaw):
    """Uniform between 1/2 and 3/2, known by its characteristic function only."""

    name = "uniform"

    def quantile(self, probability):
        return 0.5 + np.asarray(probability)

    def characteristic(self, q):
        q = np.asarray(q)
        return np.exp(1j * q) * np.sinc(q / (2 * np.pi))


def power(spectrum, beta, lmax, model, betatron=True):
    flow = ScaledSpectrum.from_flow(spectrum, 1.0, beta)
    return zonal_power((FieldLineSpectrum.from_flow(flow),), lmax, model, betatron)


def single_wave(x, beta, lmax, model, betatron=True):
    """A_ℓ of waves of one k and unit variance: a band so narrow that its width changes them by 1e-8."""
    width = 1e-4
    band = power_law(0, x * (1 - width), x * (1 + width))
    return power(band, beta, lmax, model, betatron) / (2 * width * x)


def intensity(law, x, y, amplitude, mu, weight, scatterings, frame):
    """Of one wave k = x (√(1−y²), 0, y), complex amplitude, from direction μ; by iteration over the scatterings.

    ∫ P(path > s) e^(iκs) ds [μ² ik_∥A_∥ + ½(1−μ²) ik_⊥·A_⊥], and e^(iκs) times the mean of what lies beyond.
    """
    across = math.sqrt(1 - y**2)
    along, beside = x * y * amplitude[1], x * across * amplitude[0]
    phase = law.characteristic(x * y * mu)
    lasting = (phase - 1) / (1j * x * y * mu)
    flight = 1j * lasting * (mu**2 * along + (1 - mu**2) / 2 * beside)
    total = flight
    for _ in range(int(min(scatterings, 3000)) - 1):
        total = flight + phase * (weight @ total) / 2
    return total + (mu * amplitude[1] if frame == "observer" else 0)


def by_directions(law, x, beta, scatterings, frame, ells):
    """A_ℓ of waves of one k and unit variance: longitudinal ones, and transverse ones in the plane of k and b."""
    mu, weight = np.polynomial.legendre.leggauss(200)
    cosines, steps = gauss_panels(np.linspace(0, 1, 5), 16)
    total = np.zeros(len(ells))
    for y, step in zip(cosines, steps, strict=True):
        across = math.sqrt(1 - y**2)
        for share, amplitude in ((1 - beta, (across, y)), (beta / 2, (-y, across))):
            found = intensity(law, x, y, amplitude, mu, weight, scatterings, frame)
            multipoles = [weight @ (found * eval_legendre(ell, mu)) / 2 for ell in ells]
            total += step * share * 4 * np.pi * np.abs(multipoles) ** 2
    return total


@pytest.mark.parametrize(
    ("x", "beta", "betatron", "first", "digits"),
    [
        (3.0, 0.0, False, 1, ("0.226492", "0.010727", "0.002904", "0.000922")),
        (3.0, 0.0, True, 1, ("0.509682", "0.222912", "0.021332", "0.003942")),
        (3.0, 1.0, False, 1, ("0.091053", "0.013488", "0.002120", "0.000470")),
        (3.0, 1.0, True, 1, ("0.024287", "0.086283", "0.018531", "0.005062")),
        (30.0, 0.0, False, 2, ("0.000048",)),
        (30.0, 0.0, True, 2, ("11.2",)),
    ],
)
def test_single_waves_to_printed_digits(x, beta, betatron, first, digits):
    found = single_wave(x, beta, 4, ScatteringModel(ExponentialPath()), betatron)[first:]
    for value, printed in zip(found, digits, strict=False):
        assert f"{value:.{len(printed.split('.')[1])}f}" == printed


def test_the_sky_survives_in_the_stationary_limit():
    """Printed digits, β = 1; parallel transport has no such sky, and a potential flow has an infinite dipole."""
    model = ScatteringModel(ExponentialPath(), math.inf)
    found = single_wave(3.0, 1.0, 4, model)
    assert [f"{value:.4g}" for value in found[2:]] == ["0.1301", "0.02921", "0.008141"]
    assert found[1] == 0
    assert not single_wave(3.0, 1.0, 4, model, betatron=False)[2:].any()
    assert np.isinf(single_wave(3.0, 0.5, 4, model)).tolist() == [True, True, False, False, False]
    # Many scatterings tend to it. Waves across b, with t < 1/√N, reach it last: their part is of order N^(−1/2).
    many = single_wave(3.0, 0.5, 4, ScatteringModel(ExponentialPath(), 10**6))
    assert many[2:] == pytest.approx(single_wave(3.0, 0.5, 4, model)[2:], rel=5e-3)


@pytest.mark.parametrize("law", [*LAWS, UniformPath()], ids=lambda law: f"{law.name}")
@pytest.mark.parametrize(("scatterings", "frame"), [(1, "observer"), (3, "fluid"), (20, "fluid")])
def test_agrees_with_the_intensity_of_each_direction(law, scatterings, frame):
    ells = (0, 1, 2, 3, 7)
    expected = by_directions(law, 4.0, 0.3, scatterings, frame, ells)
    found = single_wave(4.0, 0.3, 7, ScatteringModel(law, scatterings, frame))
    # The width of the band: 1e-8/6 times the 14·13 of A_7 ∝ k^14.
    np.testing.assert_allclose(found[list(ells)], expected, rtol=5e-7)


@pytest.mark.parametrize("law", [*LAWS, UniformPath()], ids=lambda law: f"{law.name}")
def test_stationary_limit_agrees_with_the_intensity_of_each_direction(law):
    """At t = 0.5…6, by thousands of scatterings."""
    mu, weight = np.polynomial.legendre.leggauss(200)
    t = np.array([0.5, 2.0, 6.0])
    found = drift_kinetic_response(ScatteringModel(law, math.inf), t, 6)
    for column, place in enumerate(t):
        # y = 1/2: the velocity along b and the compression λk·A are independent.
        x, across = 2 * place, math.sqrt(0.75)
        for amplitude in ((1.0, 0.3), (-0.2, 1.0)):
            seen = intensity(law, x, 0.5, amplitude, mu, weight, math.inf, "fluid")
            compression = x * (across * amplitude[0] + 0.5 * amplitude[1])
            expected = found[0, :, column] * amplitude[1] + found[1, :, column] * compression
            for ell in range(7):
                own = weight @ (seen * eval_legendre(ell, mu)) / 2 / 1j ** (ell - 1)
                # Sums of 200 numbers of order 10.
                assert own == pytest.approx(expected[ell], abs=3e-12)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.name}")
@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
def test_multipoles_add_up_to_the_mean_square(law, beta):
    """Σ(2ℓ+1) A_ℓ/4π = ½ ∫ ⟨|I|²⟩ dμ: the sum over ℓ of everything that the flight makes in each direction."""
    lower, upper, top = 0.5, 8.0, 160 if isinstance(law, ErlangPath) else 40
    model = ScatteringModel(law)
    found = power(power_law(1.6, lower, upper), beta, top, model)
    total = np.sum((2 * np.arange(top + 1) + 1) * found) / (4 * np.pi)
    k, width = gauss_panels(np.geomspace(lower, upper, 6), 12)
    y, height = gauss_panels(np.linspace(0, 1, 8), 16)
    mu, weight = gauss_panels(np.linspace(-1, 1, 5), 16)
    t = (k[:, None] * y)[..., None] * mu
    squared = np.abs((law.characteristic(t) - 1) / t) ** 2
    x, y = k[:, None, None], y[:, None]
    narrow, wide = mu**2, (1 - mu**2) / 2
    along = x * y**2 * narrow + x * (1 - y**2) * wide
    beside = x * y * np.sqrt(1 - y**2) * (narrow - wide)
    square = squared * ((1 - beta) * along**2 + beta / 2 * beside**2)
    expected = np.einsum("i,j,k,ijk->", width * k**-1.6, height, weight / 2, square)
    # Exponential paths leave e^(−2ℓ/t) above ℓ: e^(−40) at 160.
    assert total == pytest.approx(expected, rel=1e-10)


def test_power_is_linear_in_the_transverse_fraction():
    model = ScatteringModel(FixedPath(), 5)
    band = power_law(5 / 3, 0.1, 200.0)
    none, some, all_ = (power(band, beta, 20, model) for beta in (0.0, 0.25, 1.0))
    np.testing.assert_allclose(some, 0.75 * none + 0.25 * all_, rtol=1e-10)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.name}")
def test_dependence_on_the_end_of_the_band(law):
    """A_ℓ ∝ k_max^(2−γ) for β = 0, from waves across b, and converging as k_max^(1−γ) for β = 1."""
    index, model = 1.5, ScatteringModel(law)
    ends = (4e3, 8e3, 16e3)
    for beta, slope in ((0.0, 2 - index), (1.0, 1 - index)):
        values = np.array([power(power_law(index, 0.1, end), beta, 4, model)[2:] for end in ends])
        # For β = 0 the converged part falls below the rest as 1/k_max^(2−γ): compare differences.
        steps = np.diff(values, axis=0)
        np.testing.assert_allclose(steps[1] / steps[0], 2**slope, rtol=0.01)
    assert np.all(np.abs(steps[1]) < 0.02 * values[1])


@pytest.mark.parametrize("law", [FixedPath(), ExponentialPath()], ids=lambda law: f"{law.name}")
def test_slope_at_large_multipoles(law):
    """C_ℓ ∝ ℓ^(−γ) for β = 1, ∝ ℓ^(−2) for compression, whatever the law: t c_ℓ → constant ∝ ℓ^(−1/2) for t ≫ ℓ."""
    ell = np.array([50, 100, 200])
    for beta, slope in ((1.0, -1.5), (0.0, -2.0)):
        found = power(power_law(1.5, 0.1, 1e6), beta, 200, ScatteringModel(law))
        slopes = np.diff(np.log(found[ell])) / np.diff(np.log(ell + 0.5))
        # Corrections are of order 1/ℓ, (ℓ/k_max)^(γ−1) and (ℓ/k_max)^(2−γ).
        assert slopes == pytest.approx(slope, abs=0.05)


def test_long_bands_by_the_mean_over_oscillations():
    """The quadrature of fixed paths at large t uses means over e^(it): it must equal that of all nodes."""
    model, end = ScatteringModel(FixedPath(), 3), 1e4
    whole = power(power_law(1.2, 1.0, end), 0.5, 12, model)
    exact = power_law(1.2, 1.0, end)
    # Intervals too short for windows.
    exact.breakpoints = tuple(np.linspace(1.0, end, 60)[1:-1])
    np.testing.assert_allclose(power(exact, 0.5, 12, model), whole, rtol=1e-10)


@pytest.mark.parametrize("scatterings", [1, 7])
def test_correlation_matrix(scatterings):
    flow = ScaledSpectrum.from_flow(power_law(5 / 3, 0.1, 50.0), 1.0, 0.3)
    lines, model = (FieldLineSpectrum.from_flow(flow),), ScatteringModel(FixedPath(), scatterings)
    matrix = zonal_matrix(lines, 30, model, betatron=True)
    ell = np.arange(31)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert np.all(matrix[(ell[:, np.newaxis] + ell) % 2 == 1] == 0.0)
    own = zonal_power(lines, 30, model, betatron=True)
    np.testing.assert_allclose(np.diag(matrix), (2 * ell + 1) * own, rtol=1e-11)
    size = np.sqrt(np.diag(matrix))
    assert np.linalg.eigvalsh(matrix / np.outer(size, size)).min() > -1e-11
    # Signs: one wave against the product of its multipoles.
    mu, weight = np.polynomial.legendre.leggauss(200)
    y, x = 0.6, 2.5
    found = drift_kinetic_response(model, np.array([x * y]), 4)[:, :, 0]
    wave = 0.6 * found[0] + x * found[1]
    seen = intensity(FixedPath(), x, y, (0.8, 0.6), mu, weight, scatterings, "fluid")
    a2, a4 = (weight @ (seen * eval_legendre(each, mu)) for each in (2, 4))
    assert np.sign((a2 * np.conj(a4)).real) == -np.sign(wave[2] * wave[4])


def test_infinite_correlations_of_the_stationary_limit():
    config = Config().replace(
        {"transport.mode": "drift-kinetic", "transport.scatterings": "stationary"}
    )
    matrix = zonal_correlation(config, 4)
    expected = np.zeros((5, 5), dtype=bool)
    expected[[0, 1, 0, 2], [0, 1, 2, 0]] = True
    np.testing.assert_array_equal(np.isinf(matrix), expected)
    assert matrix[0, 2] < 0
    assert np.isinf(predict(config, 3).c_ell).tolist() == [True, True, False, False]
    incompressible = config.replace({"flow.transverse_fraction": 1.0})
    assert np.isfinite(zonal_correlation(incompressible, 4)).all()


def test_laws_from_outside_need_digits_of_their_own():
    """As for other transport, the stationary limit of very long waves is refused."""
    with pytest.raises(InputError, match="is lost in rounding"):
        drift_kinetic_response(ScatteringModel(UniformPath(), math.inf), np.array([1e-8]), 3)
