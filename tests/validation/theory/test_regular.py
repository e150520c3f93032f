"""Regular flow and density gradient: `regular_power` and `regular_zonal` against integrals over the sky."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import constants
from scipy.special import eval_legendre, gammaincc, lpmv

from eddysky.simulator import Config
from eddysky.validation.theory.regular import regular_power, regular_zonal

LIGHT = constants.c.to_value("km/s")

# Rounding of a few dozen operations; nothing here is random.
EXACT = 1e-12

CALM = {"flow.velocity_dispersion": "0 km/s", "sky.nside": 8}
GRADIENT = np.array([3e-5, -2e-5, 5e-5])  # 1/pc
UNIFORM = np.array([20.0, -15.0, 10.0])  # km/s
SHEAR = np.array([[0.3, 1.0, -0.2], [0.1, -0.5, 0.7], [0.0, 0.4, 0.9]])  # km/s/pc, trace 0.7
TRACELESS = SHEAR - np.eye(3) * np.trace(SHEAR) / 3


def strings(values, unit):
    if np.ndim(values) == 2:
        return [strings(row, unit) for row in values]
    return [f"{value!r} {unit}" for value in np.asarray(values).tolist()]


def regular(*, gradient=None, uniform=None, shear=None, **more):
    settings = dict(CALM)
    if gradient is not None:
        settings["transport.density_gradient"] = strings(gradient, "1/pc")
    if uniform is not None:
        settings["flow.mean_velocity"] = strings(uniform, "km/s")
    if shear is not None:
        settings["flow.velocity_gradient"] = strings(shear, "km/s/pc")
    return Config().replace(settings | more)


def sky_power(intensity, lmax):
    """C_ℓ of a function of direction by Gauss–Legendre times uniform longitudes, exact for low multipoles."""
    z, weight = np.polynomial.legendre.leggauss(16)
    phi = 2 * np.pi * np.arange(32) / 32
    ring = np.sqrt(1 - z**2)[:, None]
    height = np.broadcast_to(z[:, None], (16, 32))
    points = np.stack([ring * np.cos(phi), ring * np.sin(phi), height], axis=-1)
    values = intensity(points)
    power = []
    for ell in range(lmax + 1):
        total = 0.0
        for m in range(ell + 1):
            ratio = 1.0
            for i in range(ell - m + 1, ell + m + 1):
                ratio /= i
            legendre = np.sqrt((2 * ell + 1) / (4 * np.pi) * ratio) * lpmv(m, ell, z)
            fourier = values @ np.exp(-1j * m * phi) * (2 * np.pi / 32)
            total += (1 if m == 0 else 2) * abs(np.sum(weight * legendre * fourier)) ** 2
        power.append(total / (2 * ell + 1))
    return np.array(power)


CASES = {
    "gradient": {"gradient": GRADIENT},
    "uniform": {"uniform": UNIFORM},
    "traceless shear": {"shear": TRACELESS},
    "shear with compression": {"shear": SHEAR},
    "gradient and uniform": {"gradient": GRADIENT, "uniform": UNIFORM},
    "everything": {"gradient": GRADIENT, "uniform": UNIFORM, "shear": SHEAR},
}


@pytest.mark.parametrize("frame", ["fluid", "observer"])
@pytest.mark.parametrize("case", CASES)
def test_regular_parts_equal_the_integral_over_the_sky(case, frame):
    """I(n) = (D/v) n·[u(λn) − u(0)] + λ g·n, in the observer frame without u(0)."""
    parts = CASES[case]
    gradient, uniform = parts.get("gradient", np.zeros(3)), parts.get("uniform", np.zeros(3))
    shear = parts.get("shear", np.zeros((3, 3)))
    config = regular(**parts, **{"sky.frame": frame, "transport.mean_free_path": "7 pc"})

    def intensity(n):
        velocity = 7.0 * n @ shear.T + (uniform if frame == "observer" else 0.0)
        drag = config.momentum_index / config.particle_speed
        return drag * np.sum(n * velocity, axis=-1) + 7.0 * n @ gradient

    expected = sky_power(intensity, 4)
    found = np.append(regular_power(config), [0.0, 0.0])
    np.testing.assert_allclose(found, expected, rtol=EXACT, atol=EXACT * expected.max())


def test_gradient_and_uniform_flow_add_as_vectors():
    """A gradient that cancels the mean flow gives no dipole; the opposite gradient doubles its amplitude."""
    config = regular(uniform=UNIFORM, **{"sky.frame": "observer"})
    balance = -config.momentum_index / config.particle_speed * UNIFORM / config.mean_free_path
    alone = regular_power(config)[1]
    frame = {"sky.frame": "observer"}
    balanced = regular_power(regular(gradient=balance, uniform=UNIFORM, **frame))[1]
    doubled = regular_power(regular(gradient=-balance, uniform=UNIFORM, **frame))[1]
    assert balanced <= 1e-30 * alone + (EXACT**2) * alone
    assert doubled == pytest.approx(4 * alone, rel=EXACT)


def test_compression_adds_up_over_scatterings():
    many = {"transport.scatterings": 3}
    once, often = regular_power(regular(shear=SHEAR)), regular_power(regular(shear=SHEAR, **many))
    assert once[0] > 0
    assert often[0] == pytest.approx(9 * once[0], rel=EXACT)
    np.testing.assert_array_equal(often[1:], once[1:])


def test_dipole_and_quadrupole_do_not_depend_on_the_free_path_law():
    """Both are linear in the free path, whose mean is λ for every law."""
    law = {"transport.free_path": "exponential"}
    parts = {"gradient": GRADIENT, "shear": TRACELESS}
    np.testing.assert_array_equal(
        regular_power(regular(**parts)), regular_power(regular(**parts, **law))
    )


def test_particle_speed():
    """A proton of 2 GeV has v = c √(1 − (m c²/E)²), 12% below c; C_1 ∝ v^(−2)."""
    slow = {"cosmic_rays.energy": "2 GeV", "cosmic_rays.reference_energy": "2 GeV"}
    config = regular(uniform=UNIFORM, **slow, **{"sky.frame": "observer"})
    rest = (constants.m_p * constants.c**2).to_value("GeV")
    speed = LIGHT * np.sqrt(1 - (rest / 2) ** 2)
    assert speed < 0.9 * LIGHT
    expected = 4 * np.pi / 9 * 4.7**2 * (UNIFORM @ UNIFORM) / speed**2
    assert regular_power(config)[1] == pytest.approx(expected, rel=EXACT)


@pytest.mark.parametrize("frame", ["fluid", "observer"])
def test_zonal_multipoles_equal_the_integral_over_the_pitch_angle(frame):
    """a_ℓ = 2π ∫ I(μ) Y_ℓ0(μ) dμ with I = (D/v) μ b·[u(λμb) − u(0)] + λμ g·b, in the observer frame without u(0)."""
    parallel = {"transport.mode": "parallel", "sky.frame": frame}
    config = regular(gradient=GRADIENT, uniform=UNIFORM, shear=SHEAR, **parallel)
    b, path = config.field_direction, config.mean_free_path
    drag = config.momentum_index / config.particle_speed
    mu, weight = np.polynomial.legendre.leggauss(8)
    uniform = UNIFORM @ b if frame == "observer" else 0.0
    intensity = drag * mu * (path * mu * (b @ SHEAR @ b) + uniform) + path * mu * (GRADIENT @ b)
    ell = np.arange(3)
    harmonics = np.sqrt((2 * ell[:, None] + 1) / (4 * np.pi)) * eval_legendre(ell[:, None], mu)
    expected = 2 * np.pi * harmonics @ (weight * intensity)
    np.testing.assert_allclose(regular_zonal(config), expected, rtol=EXACT)
    np.testing.assert_allclose(regular_power(config), expected**2 / (2 * ell + 1), rtol=EXACT)
    more = config.replace({"transport.scatterings": 4})
    np.testing.assert_allclose(regular_zonal(more), expected * [4, 1, 1], rtol=EXACT)


def test_betatron_term_of_a_uniform_gradient():
    """Drift-kinetic: (D/v) λ [μ² b·G b + ½(1−μ²)(tr G − b·G b)], the mean once for each scattering."""
    settings = {"transport.mode": "drift-kinetic", "sky.frame": "observer"}
    config = regular(gradient=GRADIENT, uniform=UNIFORM, shear=SHEAR, **settings)
    b, path = config.field_direction, config.mean_free_path
    drag = config.momentum_index / config.particle_speed
    mu, weight = np.polynomial.legendre.leggauss(8)
    along = b @ SHEAR @ b
    intensity = drag * path * (mu**2 * along + (1 - mu**2) / 2 * (np.trace(SHEAR) - along))
    intensity += mu * (drag * UNIFORM @ b + path * GRADIENT @ b)
    ell = np.arange(3)
    harmonics = np.sqrt((2 * ell[:, None] + 1) / (4 * np.pi)) * eval_legendre(ell[:, None], mu)
    expected = 2 * np.pi * harmonics @ (weight * intensity)
    np.testing.assert_allclose(regular_zonal(config), expected, rtol=EXACT)
    np.testing.assert_allclose(regular_power(config), expected**2 / (2 * ell + 1), rtol=EXACT)
    more = config.replace({"transport.scatterings": 4})
    np.testing.assert_allclose(regular_zonal(more), expected * [4, 1, 1], rtol=EXACT)


@pytest.mark.parametrize("order", [1, 3])
@pytest.mark.parametrize(("strength", "charge"), [("1e-3 uG", 1), ("5e-3 uG", -2), ("1e-6 uG", 1)])
@pytest.mark.parametrize("frame", ["fluid", "observer"])
def test_regular_parts_on_helices(order, strength, charge, frame):
    """I(n) = ∫ P(path > s) [(D/v) N·G N + g·N] ds, N(s) on the helix of n; the observer moves with (D/v) U·n."""
    settings = {
        "transport.mode": "helical",
        "transport.magnetic_field_strength": strength,
        "cosmic_rays.charge": charge,
        "transport.free_path": "erlang" if order > 1 else "exponential",
        "sky.frame": frame,
    } | ({"transport.erlang_order": order} if order > 1 else {})
    config = regular(gradient=GRADIENT, uniform=UNIFORM, shear=SHEAR, **settings)
    b, path, radius = config.field_direction, config.mean_free_path, config.larmor_radius
    drag = config.momentum_index / config.particle_speed
    nodes, weights = np.polynomial.legendre.leggauss(12)
    edges = np.linspace(0, 40 * path, 400)
    s = (edges[:-1, None] + np.diff(edges)[:, None] * (1 + nodes) / 2).ravel()
    lasting = gammaincc(order, order * s / path) * (np.diff(edges)[:, None] * weights / 2).ravel()

    def intensity(n):
        along = (n @ b)[..., None] * b
        cosine, sine = np.cos(s / radius), np.sin(s / radius)
        total = drag * n @ UNIFORM if frame == "observer" else np.zeros(n.shape[:-1])
        # Sums over s of 1, cos and sin, and of their products.
        one = (along, n - along, np.cross(b, n))
        waves = (np.ones_like(s), cosine, sine)
        for first, wave in zip(one, waves, strict=True):
            total = total + (lasting @ wave) * first @ GRADIENT
            for second, other in zip(one, waves, strict=True):
                work = np.einsum("...i,ij,...j", first, SHEAR, second)
                total = total + drag * (lasting @ (wave * other)) * work
        return total

    expected = sky_power(intensity, 4)
    found = np.append(regular_power(config), [0.0, 0.0])
    # e^(−40) of the paths is left out.
    np.testing.assert_allclose(found, expected, rtol=1e-10, atol=EXACT * expected.max())


def test_hall_dipole():
    """C_1 = (4π/9) λ² [g_∥² + g_⊥²/(1 + w²)], w = λ/r_L, for any number of scatterings."""
    for strength, scatterings in (("1e-4 uG", 1), ("1e-3 uG", 5), ("1e-2 uG", "stationary")):
        settings = {
            "transport.mode": "helical",
            "transport.magnetic_field_strength": strength,
            "transport.scatterings": scatterings,
        }
        config = regular(gradient=GRADIENT, **settings)
        b, path = config.field_direction, config.mean_free_path
        along = GRADIENT @ b
        across = GRADIENT @ GRADIENT - along**2
        expected = along**2 + across / (1 + (path / config.larmor_radius) ** 2)
        assert regular_power(config)[1] == pytest.approx(
            4 * np.pi / 9 * path**2 * expected, rel=EXACT
        )


def test_random_field_has_no_regular_part():
    config = Config().replace({"transport.mode": "parallel", "transport.magnetic_field": "random"})
    assert not np.any(regular_zonal(config))
