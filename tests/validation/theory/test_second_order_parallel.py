"""Second order in u/v on a field line: against exact Lorentz boosts of drawn Gaussian flows, and scaling laws."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.special import spherical_jn

from eddysky.simulator import Config
from eddysky.validation import predict
from eddysky.validation.theory.second_order import second_order
from eddysky.validation.theory.second_order_parallel import second_order_parallel

LIGHT = 299_792.458
CONFIG = Config().replace(
    {
        "transport.mode": "parallel",
        "flow.velocity_dispersion": "50 km/s",
        "flow.outer_scale": "100 pc",
        "flow.inner_scale": "20 pc",
        "flow.transverse_fraction": 0.3,
        "sky.nside": 4,
        "sky.lmax": 5,
    }
)
ZERO = np.zeros(CONFIG.lmax + 1)
# Probability that a correct bound fails one of the two comparisons with drawn flows; the seed is fixed.
FALSE_ALARM = 1e-4


def bound(config, c_ell=ZERO, regular=ZERO, paths=((1.0, 1.0),)):
    return second_order_parallel(config, list(paths), c_ell, regular)


def covariance(config, z):
    """⟨u_b u_b'⟩ between points z on the line [km² s⁻²], from the angle average of the two-point function."""
    spectrum, beta = config.flow_spectrum, config.flow.transverse_fraction
    ends = np.log([spectrum.k_min, spectrum.k_max])
    nodes, weights = np.polynomial.legendre.leggauss(40)
    k = np.exp(ends[0] + 0.5 * (ends[1] - ends[0]) * (1 + nodes))
    weights = 0.5 * (ends[1] - ends[0]) * weights * spectrum(k) * k
    distance = np.maximum(np.abs(np.subtract.outer(z, z)), 1e-6)
    x = k * distance[..., np.newaxis]
    ratio = spherical_jn(1, x) / x
    return (beta * ratio + (1 - beta) * (spherical_jn(0, x) - 2 * ratio)) @ weights


@pytest.mark.parametrize("frame", ["fluid", "observer"])
def test_power_of_the_second_order(frame):
    """f ∝ p^D with p' = γ (1 + u μ) p for v = c; the mean of f for u and −u has no first order."""
    config = CONFIG.replace({"sky.frame": frame})
    mu, weights = np.polynomial.legendre.leggauss(24)
    points = np.append(config.mean_free_path * mu, 0.0)
    count = 20_000
    values, vectors = np.linalg.eigh(covariance(config, points))
    normal = np.random.default_rng(7).normal(size=(count, len(points)))
    flow = normal @ (vectors * np.sqrt(np.maximum(values, 0))).T / LIGHT

    def intensity(u):
        own = u[:, -1:] if frame == "fluid" else np.zeros((count, 1))
        log_momentum = [np.log1p(v * mu) - 0.5 * np.log1p(-(v**2)) for v in (u[:, :-1], own)]
        return np.expm1(config.momentum_index * (log_momentum[0] - log_momentum[1]))

    second = 0.5 * (intensity(flow) + intensity(-flow))
    legendre = np.polynomial.legendre.legvander(mu, config.lmax)
    c_ell = np.pi * ((second * weights) @ legendre) ** 2
    mean, error = c_ell.mean(axis=0), c_ell.std(axis=0, ddof=1) / np.sqrt(count)
    limit = stats.norm.isf(FALSE_ALARM / 2 / len(mean))
    found = bound(config)
    # The module's sums over points in k and y are accurate to a few parts in 1e3.
    np.testing.assert_array_less(np.abs(found - mean), limit * error + 5e-3 * mean)


def test_scaling_with_velocity_and_scatterings():
    """Amplitudes are quadratic in u, so that C_ℓ ∝ u⁴, and add up over scatterings."""
    faster = CONFIG.replace({"flow.velocity_dispersion": "100 km/s"})
    np.testing.assert_allclose(bound(faster), 16 * bound(CONFIG), rtol=1e-10, atol=1e-40)
    deeper = CONFIG.replace({"transport.scatterings": 3})
    np.testing.assert_allclose(bound(deeper), 9 * bound(CONFIG), rtol=1e-10)


def test_average_over_free_paths():
    """The bound is the mean of the powers at the free paths."""
    mixed = bound(CONFIG, paths=[(0.5, 0.25), (2.0, 0.75)])
    expected = 0.25 * bound(CONFIG, paths=[(0.5, 1.0)]) + 0.75 * bound(CONFIG, paths=[(2.0, 1.0)])
    np.testing.assert_allclose(mixed, expected, rtol=1e-12)


def test_first_times_third_order():
    """Added to C_ℓ is the product of the amplitudes √C_ℓ and √(third order) ∝ u³: ∝ u⁴ for C_ℓ ∝ u²."""
    c_ell = np.full(CONFIG.lmax + 1, 1e-8)
    extra = bound(CONFIG, c_ell) - bound(CONFIG)
    faster = CONFIG.replace({"flow.velocity_dispersion": "100 km/s"})
    np.testing.assert_allclose(
        bound(faster, 4 * c_ell) - bound(faster), 16 * extra, rtol=1e-6, atol=1e-22
    )
    assert np.all(extra[1:4:2] > 0)


def test_uniform_compression_alone():
    """Without turbulence f = (1 + u μ)^D γ^D with u = λGμ is known; the bound holds and is within a factor 20."""
    gradient = [[f"{20 * (i == j)} km/s/pc" for j in range(3)] for i in range(3)]
    config = CONFIG.replace(
        {"flow.velocity_dispersion": "0 km/s", "flow.velocity_gradient": gradient}
    )
    mu, weights = np.polynomial.legendre.leggauss(40)
    u = 20 * config.mean_free_path * mu / LIGHT
    exact = np.expm1(config.momentum_index * (np.log1p(u * mu) - 0.5 * np.log1p(-(u**2))))
    legendre = np.polynomial.legendre.legvander(mu, config.lmax)
    power = [
        np.pi * ((sky * weights) @ legendre) ** 2 for sky in (exact, config.momentum_index * u * mu)
    ]
    found = bound(config, power[1], power[1])
    difference = np.abs(power[0] - power[1])
    assert np.all(difference <= found + 1e-12 * power[1].max())
    assert difference[0] > 0.05 * found[0]


@pytest.mark.parametrize(
    ("changes", "some"),
    [
        ({"flow.polarization": "alfven"}, False),
        ({"flow.polarization": "slow", "flow.anisotropy": "two-dimensional"}, False),
        ({"flow.anisotropy": "goldreich-sridhar"}, True),
    ],
)
def test_flow_along_the_field_of_axisymmetric_turbulence(changes, some):
    """Without a flow along the field, or with the same one all along it, the fluid frame has nothing of any order."""
    config = Config().replace({"sky.nside": 8, "transport.mode": "parallel"} | changes)
    found = second_order(config, predict(config))
    assert found.any() == some
    assert np.all(found[2:] > 0) == some
