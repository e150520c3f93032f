"""The stationary limit against quadratures over directions, its closed cases, and predictions of configurations."""

from __future__ import annotations

import math

import numpy as np
import pytest
from references import gauss_panels, power_law
from scipy.special import eval_legendre, spherical_jn

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.config.named_free_paths import free_path_law
from eddysky.simulator.errors import InputError
from eddysky.validation import angular_power, parallel_correlation, parallel_power, predict
from eddysky.validation.theory.effective_modes import effective_modes
from eddysky.validation.theory.predict import zonal_correlation
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.second_order import second_order
from eddysky.validation.theory.transfer import transfer

LAWS = [("fixed", 1), ("erlang", 4), ("exponential", 1)]
X = np.array([0.4, 1.0, 3.0, 11.0, 30.0])
STATIONARY = {"transport.scatterings": "stationary"}


def by_directions(order, x, scatterings, lmax):
    """T_ℓ and t_ℓ in the observer's frame from the intensity of one wave in each direction μ = k̂·n.

    With G = ⟨e^(iμks)⟩ a particle sees n·u at the end of its path, and before its next path the mean over directions of
    all that lies beyond: I_1 = G μ, I_(N+1) = G (μ + ⟨I_N⟩), for a longitudinal wave; for a transverse one n·u averages
    out and I = G √(1−μ²) cos φ.
    """
    mu, weight = np.polynomial.legendre.leggauss(400)
    path = np.exp(1j * x * mu) if order is None else (1 - 1j * x * mu / order) ** -order
    longitudinal = path * mu
    # |⟨G⟩| < 0.98 at these x: after 2000 scatterings nothing changes any more.
    for _ in range(int(min(scatterings, 2000)) - 1):
        longitudinal = path * (mu + weight @ longitudinal / 2)
    waves, vortices = np.empty((2, lmax + 1), dtype=complex)
    for ell in range(lmax + 1):
        here, below = eval_legendre(ell, mu), eval_legendre(ell - 1, mu) if ell else 0 * mu
        waves[ell] = weight @ (longitudinal * here) / 2 / 1j ** (ell - 1)
        # (1−μ²) P_ℓ' = ℓ (P_(ℓ−1) − μ P_ℓ).
        slope = ell * (below - mu * here)
        vortices[ell] = weight @ (path * slope) / 1j ** (ell - 1) / max(1, 2 * ell * (ell + 1))
    assert max(np.abs(waves.imag).max(), np.abs(vortices.imag).max()) < 1e-13
    return waves.real, vortices.real


@pytest.mark.parametrize(("law", "order"), LAWS)
@pytest.mark.parametrize("scatterings", [1, 3, math.inf])
def test_intensity_of_each_direction(law, order, scatterings):
    model = ScatteringModel(free_path_law(law, order), scatterings, "observer")
    found = transfer(model, X, 20)
    for column, x in enumerate(X):
        expected = by_directions(None if law == "fixed" else order, x, scatterings, 20)
        # Sums of 400 numbers of order 1, up to 10 in the stationary limit.
        np.testing.assert_allclose(found.longitudinal[:, column], expected[0], atol=1e-12)
        np.testing.assert_allclose(found.transverse[:, column], expected[1], atol=1e-14)


@pytest.mark.parametrize("frame", ["fluid", "observer"])
def test_potential_flows_are_hidden_with_exponential_paths(frame):
    x = np.array([1e-6, 0.01, 1.0, 30.0, 1e5])
    model = ScatteringModel.from_options(
        free_path="exponential", scatterings="stationary", frame=frame
    )
    longitudinal = transfer(model, x, 40).longitudinal
    assert not longitudinal[2:].any()
    np.testing.assert_allclose(longitudinal[0], -1 / x, rtol=1e-12)
    np.testing.assert_allclose(longitudinal[1], -1 / 3 if frame == "fluid" else 0.0, rtol=1e-12)


@pytest.mark.parametrize(("law", "order", "square"), [("fixed", 1, 1.0), ("erlang", 4, 1.25)])
def test_long_waves(law, order, square):
    """T_0 → −2/(x⟨s²⟩), T_1 → 1/3 − 2/(3⟨s²⟩), T_3 → x² (3⟨s²⟩ − 2⟨s³⟩/⟨s²⟩)/105, in units of λ; T_2 falls as x³."""
    x = np.array([1e-4, 1e-3])
    model = ScatteringModel(free_path_law(law, order), math.inf, "observer")
    longitudinal = transfer(model, x, 3).longitudinal
    cube = square * (2 * square - 1)
    # The next order is x².
    np.testing.assert_allclose(longitudinal[0], -2 / (x * square), rtol=1e-6)
    np.testing.assert_allclose(longitudinal[1], 1 / 3 - 2 / (3 * square), rtol=1e-5)
    expected = x**2 * (3 * square - 2 * cube / square) / 105
    np.testing.assert_allclose(longitudinal[3], expected, rtol=1e-5)
    assert np.all(np.abs(longitudinal[2]) < x**3)


def along_a_line(ell, beta, low, high):
    """A_ℓ of fixed paths and w = k^(−5/3), by its definition: two integrals, with panels in k and in y."""
    k, weight = gauss_panels(np.geomspace(low, high, 30), 12)
    y, height = gauss_panels(np.linspace(0.0, 1.0, 20), 12)
    x = np.outer(k, y)
    derivative, first = spherical_jn(ell, x, derivative=True), spherical_jn(1, x)
    missing = 1 - spherical_jn(0, x)
    function = derivative - spherical_jn(ell, x) * first / missing - (ell == 1) / 3
    projected = ((beta / 2 + (1 - 1.5 * beta) * y**2) * height * function**2).sum(axis=1)
    return 4 * np.pi * np.sum(weight * k ** (-5 / 3) * projected)


@pytest.mark.parametrize("beta", [0.0, 0.4, 1.0])
def test_parallel_transport_with_fixed_paths(beta):
    flow = power_law(5 / 3, 0.3, 12.0)
    found = parallel_power(flow, 1.0, beta, 12, scatterings="stationary")
    for ell in (1, 2, 3, 7, 12):
        # 1 − j_0 as it stands loses digits at small ky.
        assert found[ell] == pytest.approx(along_a_line(ell, beta, 0.3, 12.0), rel=1e-8)


def test_density_along_a_field_line_diverges():
    """Waves across the field compress without end: A_0 ∝ ∫ E(t) dt/t², with E(0) ∝ β."""
    flow = power_law(5 / 3, 0.3, 40.0)
    options = {"free_path": "exponential", "scatterings": "stationary"}
    assert math.isinf(parallel_power(flow, 1.0, 0.4, 3, **options)[0])
    # Without transverse waves: 4π ∫ w dk ∫ y² dy/(ky)².
    expected = 4 * np.pi * (0.3 ** (-8 / 3) - 40.0 ** (-8 / 3)) / (8 / 3)
    assert parallel_power(flow, 1.0, 0.0, 3, **options)[0] == pytest.approx(expected, rel=1e-10)
    matrix = parallel_correlation(flow, 1.0, 0.4, 6, scatterings="stationary")
    assert math.isinf(matrix[0, 0])
    assert np.all(np.isfinite(matrix.ravel()[1:]))
    power = parallel_power(flow, 1.0, 0.4, 6, scatterings="stationary")
    np.testing.assert_allclose(
        np.diag(matrix)[1:], (2 * np.arange(1, 7) + 1) * power[1:], rtol=1e-10
    )


@pytest.mark.parametrize("function", [angular_power, parallel_power])
def test_limit_of_many_scatterings(function):
    """After 10⁴ scatterings all waves of kλ > 0.3 have forgotten the start: b_0^N < e^(−150)."""
    flow = power_law(5 / 3, 0.3, 40.0)
    some = function(flow, 1.0, 0.4, 12, scatterings=10_000)
    limit = function(flow, 1.0, 0.4, 12, scatterings="stationary")
    # With parallel transport waves nearly across the field remain, of kλ y < 0.02: a small part of C_2, (0.02/0.3)³.
    rtol = 1e-10 if function is angular_power else 1e-3
    np.testing.assert_allclose(some[2:], limit[2:], rtol=rtol)


class Tabulated(FreePathLaw):
    """A law of which only the two functions are known."""

    name = "tabulated"
    words = "tabulated paths"

    def __init__(self, law):
        self.law = law

    def quantile(self, probability):
        return self.law.quantile(probability)

    def characteristic(self, q):
        return self.law.characteristic(q)


@pytest.mark.parametrize(("law", "order"), LAWS[:2])
@pytest.mark.parametrize("function", [angular_power, parallel_power])
def test_outside_laws(function, law, order):
    flow, known = power_law(5 / 3, 1e-3, 40.0), free_path_law(law, order)
    found = function(flow, 1.0, 0.4, 8, free_path=Tabulated(known), scatterings="stationary")
    expected = function(flow, 1.0, 0.4, 8, free_path=known, scatterings="stationary")
    np.testing.assert_allclose(found[2:], expected[2:], rtol=1e-9)
    # 1 − b_0 is known to 1e-16, of which x² = 1e-10 is left on the first panel of a field line.
    np.testing.assert_allclose(found[1], expected[1], rtol=1e-5)
    longer = power_law(5 / 3, 1e-8, 40.0)
    with pytest.raises(InputError, match=r"flow\.outer_scale"):
        function(longer, 1.0, 0.4, 8, free_path=Tabulated(known), scatterings="stationary")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("frame", ["fluid", "observer"])
@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
@pytest.mark.parametrize("collisions", ["bgk", "small-angle", {"ell": [1, 2], "rate": [1.0, 2.0]}])
def test_configurations(mode, frame, collisions):
    """Parallel transport has no sky but the dipole −n·u(0): C_1 = (4π/9) (D/v)² ⟨u_b²⟩, with ⟨u_b²⟩ a third of ⟨u²⟩."""
    settings = STATIONARY | {"transport.free_path": "exponential", "sky.lmax": 10, "sky.nside": 8}
    config = Config().replace(
        settings | {"transport.mode": mode, "sky.frame": frame, "transport.collisions": collisions}
    )
    c_ell, modes = predict(config).c_ell, effective_modes(config, 10)
    assert not second_order(config, predict(config)).any()
    if mode == "isotropic":
        assert np.all(c_ell > 0)
        assert np.all(modes > 0)
        return
    shift = config.momentum_index / config.particle_speed
    dipole = 4 * np.pi / 9 * (shift * config.turbulent_speed) ** 2
    assert c_ell[1] == pytest.approx(dipole / 3 if frame == "fluid" else 0.0, rel=1e-9)
    assert (modes[1] > 0) == (frame == "fluid")
    assert not c_ell[2:].any()
    assert not modes[2:].any()
    correlation = zonal_correlation(config, 4)
    assert math.isinf(correlation[0, 0])
    assert correlation[1, 1] == pytest.approx(3 * c_ell[1], rel=1e-9)
    assert not correlation[2:].any()


def test_shear_is_the_same_after_any_number_of_scatterings():
    shear = [["0 km/s/pc", "0.1 km/s/pc", "0 km/s/pc"], *[["0 km/s/pc"] * 3] * 2]
    config = Config().replace(
        {"flow.velocity_dispersion": "0 km/s", "flow.velocity_gradient": shear}
    )
    found, expected = predict(config.replace(STATIONARY)).c_ell, predict(config).c_ell
    np.testing.assert_array_equal(found, expected)
    assert found[2] > 0
