"""`predict`: turbulence against the table, scaling laws, and the sum with the regular flow."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from references import table_rows

from eddysky.simulator import Config
from eddysky.validation import predict

# Rounding of a few dozen operations; nothing here is random.
EXACT = 1e-12
REGULAR = {
    "sky.nside": 8,
    "transport.density_gradient": ["3e-5 1/pc", "-2e-5 1/pc", "5e-5 1/pc"],
    "flow.mean_velocity": ["20 km/s", "-15 km/s", "10 km/s"],
    "flow.velocity_gradient": [["1 km/s/pc", "0.5 km/s/pc", "0 km/s/pc"]] * 3,
    "sky.frame": "observer",
}
CALM = REGULAR | {"flow.velocity_dispersion": "0 km/s"}


@pytest.mark.parametrize("calm", [True, False])
def test_power_goes_with_the_square_of_the_momentum_index(calm):
    base = Config().replace(
        CALM | {"transport.density_gradient": ["0 1/pc"] * 3} if calm else {"sky.nside": 8}
    )
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
    # ℓ = 1 in the fluid frame cancels to (kλ)² in amplitude: two more digits are lost.
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
    """Every key is used by the integral: free path, scatterings, γ, β and both ends of the band."""
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
    calm, both = Config().replace(CALM), Config().replace(REGULAR)
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
