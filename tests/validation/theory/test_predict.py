"""`predict`: regular parts against direct integration over the sky, turbulence against the table, scaling laws."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from astropy import constants
from references import table_rows
from scipy.special import lpmv

from eddysky.simulator import Config
from eddysky.validation import predict

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
    found = predict(config).c_ell
    assert found.shape == (config.lmax + 1,)
    np.testing.assert_allclose(found[:5], expected, rtol=EXACT, atol=EXACT * expected.max())
    assert not np.any(found[5:])


def test_gradient_and_uniform_flow_add_as_vectors():
    """A flow that balances the gradient leaves no dipole; the same flow reversed doubles it."""
    config = regular(uniform=UNIFORM, **{"sky.frame": "observer"})
    balance = -config.momentum_index / config.particle_speed * UNIFORM / config.mean_free_path
    alone = predict(config).c_ell[1]
    frame = {"sky.frame": "observer"}
    balanced = predict(regular(gradient=balance, uniform=UNIFORM, **frame)).c_ell[1]
    doubled = predict(regular(gradient=-balance, uniform=UNIFORM, **frame)).c_ell[1]
    assert balanced <= 1e-30 * alone + (EXACT**2) * alone
    assert doubled == pytest.approx(4 * alone, rel=EXACT)


def test_compression_is_felt_once_per_scattering():
    many = {"transport.scatterings": 3}
    once, often = predict(regular(shear=SHEAR)).c_ell, predict(regular(shear=SHEAR, **many)).c_ell
    assert once[0] > 0
    assert often[0] == pytest.approx(9 * once[0], rel=EXACT)
    np.testing.assert_array_equal(often[1:], once[1:])


def test_dipole_and_quadrupole_do_not_depend_on_the_free_path_law():
    """Both are linear in the free path, whose mean is λ for every law."""
    law = {"transport.free_path": "exponential"}
    parts = {"gradient": GRADIENT, "shear": TRACELESS}
    np.testing.assert_array_equal(
        predict(regular(**parts)).c_ell, predict(regular(**parts, **law)).c_ell
    )


def test_particle_speed():
    """A proton of 2 GeV has v = c √(1 − (m c²/E)²), 12% below c; C_1 ∝ v^(−2)."""
    slow = {"cosmic_rays.energy": "2 GeV", "cosmic_rays.reference_energy": "2 GeV"}
    config = regular(uniform=UNIFORM, **slow, **{"sky.frame": "observer"})
    rest = (constants.m_p * constants.c**2).to_value("GeV")
    speed = LIGHT * np.sqrt(1 - (rest / 2) ** 2)
    assert speed < 0.9 * LIGHT
    expected = 4 * np.pi / 9 * 4.7**2 * (UNIFORM @ UNIFORM) / speed**2
    assert predict(config).c_ell[1] == pytest.approx(expected, rel=EXACT)


@pytest.mark.parametrize("calm", [True, False])
def test_power_goes_with_the_square_of_the_momentum_index(calm):
    base = regular(shear=SHEAR) if calm else Config().replace({"sky.nside": 8})
    steeper = base.replace({"cosmic_rays.spectral_index": 3.7})
    ratio = (5.7 / 4.7) ** 2
    np.testing.assert_allclose(predict(steeper).c_ell, ratio * predict(base).c_ell, rtol=EXACT)


def test_power_goes_with_the_square_of_the_velocity():
    base = Config().replace({"sky.nside": 8})
    faster = base.replace({"flow.velocity_dispersion": "60 km/s"})
    np.testing.assert_allclose(predict(faster).c_ell, 9 * predict(base).c_ell, rtol=EXACT)


def test_energy_sets_the_mean_free_path():
    """λ ∝ E^(2−γ_g): 80 TeV instead of 10 TeV doubles λ for γ_g = 5/3."""
    band = {"sky.nside": 8, "flow.inner_scale": "3 pc", "cosmic_rays.energy": "80 TeV"}
    scaled = Config().replace(band | {"cosmic_rays.reference_energy": "10 TeV"})
    direct = Config().replace(
        band | {"cosmic_rays.reference_energy": "80 TeV", "transport.mean_free_path": "20 pc"}
    )
    assert scaled.mean_free_path == pytest.approx(20.0, rel=EXACT)
    # Oscillations of j_ℓ(kλ) magnify the last bit of λ by kλ, 42 at most.
    np.testing.assert_allclose(predict(scaled).c_ell, predict(direct).c_ell, rtol=1e-11)
    unscaled = direct.replace({"transport.mean_free_path": "10 pc"})
    assert np.all(predict(unscaled).c_ell[2:] < 0.9 * predict(direct).c_ell[2:])


@pytest.mark.parametrize("index", [1.5, 5 / 3, 2.0])
def test_power_law_band_scales_as_mean_free_path_to_gamma_minus_one(index):
    """With k_min λ and k_max λ kept, C_ℓ ∝ λ^(γ−1)."""
    powers = []
    for factor in (1, 8):
        config = Config().replace(
            {
                "sky.nside": 8,
                "flow.index": index,
                "flow.outer_scale": f"{1000 * factor} pc",
                "flow.inner_scale": f"{3 * factor} pc",
                "transport.mean_free_path": f"{10 * factor} pc",
            }
        )
        powers.append(predict(config).c_ell)
    # ℓ = 1 in the fluid frame cancels to (kλ)² in amplitude: two digits more to lose.
    np.testing.assert_allclose(powers[1], 8 ** (index - 1) * powers[0], rtol=1e-10)


@pytest.mark.parametrize(
    ("ell", "value"), [(2, 1.2827e-7), (3, 3.0962e-8), (5, 7.2485e-9), (10, 1.1600e-9)]
)
def test_reference_values_of_the_infinite_band(ell, value):
    """σ(10 pc) = 20 km/s, λ = 10 pc, γ = 5/3, β = 2/3; a band so wide that its ends add below 1e-5."""
    config = Config().replace(
        {"flow.outer_scale": "1e7 pc", "flow.inner_scale": "0.02 pc", "sky.nside": 16}
    )
    # Half a unit of the last printed digit, and the band.
    digit = 10.0 ** (np.floor(np.log10(value)) - 4)
    assert predict(config).c_ell[ell] == pytest.approx(value, abs=0.5 * digit + 2e-5 * value)


TABLE_ROWS = table_rows("isotropic", bounded=True)
GROUPS = {
    tuple(row[name] for name in list(row)[1:7]): None
    for row in TABLE_ROWS
}  # fmt: skip


@pytest.mark.parametrize("group", GROUPS, ids="-".join)
def test_table_of_angular_power(group):
    """Every key that matters reaches the integral: law, depth, γ, β and both ends of the band."""
    law, scatterings, gamma, beta, k_min, k_max = group
    rows = [row for row in TABLE_ROWS if tuple(row[name] for name in list(row)[1:7]) == group]
    settings = {
        "transport.mean_free_path": "1 pc",
        "transport.free_path": law,
        "transport.scatterings": int(scatterings),
        "flow.index": float(Fraction(gamma)),
        "flow.transverse_fraction": float(Fraction(beta)),
        # σ² L/2π = w(2π/L): with L = 2π pc this is w = k^(−γ).
        "flow.velocity_dispersion": "1 km/s",
        "flow.reference_scale": f"{2 * np.pi!r} pc",
        "flow.outer_scale": f"{2 * np.pi / float(k_min)!r} pc",
        "flow.inner_scale": f"{2 * np.pi / float(k_max)!r} pc",
        "sky.nside": 128,
    }
    config = Config().replace(settings)
    found = predict(config, max(int(row["ell"]) for row in rows)).c_ell
    shift = config.momentum_index / config.particle_speed
    for row in rows:
        # The table is good to 1e-8.
        assert found[int(row["ell"])] / shift**2 == pytest.approx(float(row["value"]), rel=1e-8)


def test_turbulence_and_regular_parts_add():
    turbulence = {"flow.velocity_dispersion": "20 km/s"}
    calm = regular(gradient=GRADIENT, uniform=UNIFORM, shear=SHEAR, **{"sky.frame": "observer"})
    both = calm.replace(turbulence)
    alone = Config().replace({"sky.nside": 8, "sky.frame": "observer"})
    np.testing.assert_allclose(
        predict(both).c_ell, predict(alone).c_ell + predict(calm).c_ell, rtol=EXACT
    )


@pytest.mark.parametrize("lmax", [0, 1, 2, 30])
def test_lmax(lmax):
    config = Config().replace({"sky.nside": 8})
    prediction = predict(config, lmax)
    np.testing.assert_array_equal(prediction.ell, np.arange(lmax + 1))
    common = min(lmax, config.lmax) + 1
    # The quadrature nodes may depend on lmax; its accuracy is 1e-10.
    np.testing.assert_allclose(
        prediction.c_ell[:common], predict(config).c_ell[:common], rtol=1e-10
    )


def test_number_of_realisations_and_seed_do_not_matter():
    config = Config().replace({"sky.nside": 8})
    other = config.replace({"ensemble.realizations": 7, "ensemble.seed": 99, "flow.modes": 10})
    np.testing.assert_array_equal(predict(config).c_ell, predict(other).c_ell)
