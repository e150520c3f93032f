"""Zonal skies of turbulence that knows the magnetic field, against sums over waves by their definition."""

from __future__ import annotations

import math

import numpy as np
import pytest
from references import gauss_panels
from scipy.special import eval_legendre

from eddysky.simulator.config import Config
from eddysky.validation import predict
from eddysky.validation.theory.field_line import FieldLineSpectrum
from eddysky.validation.theory.predict import zonal_correlation
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.zonal import zonal_power

BAND = {"flow.outer_scale": "60 pc", "flow.inner_scale": "8 pc", "sky.nside": 8}
# A_ℓ that are zero but for rounding, relative to the largest.
NOTHING = 1e-25


def configured(mode, **settings):
    return Config().replace(BAND | {"transport.mode": mode} | settings)


def by_waves(config, lmax):
    """C_ℓ as a sum over k, y = k·b/k and polarisations of the multipoles of each wave, from its intensity."""
    transport, path = config.transport, config.mean_free_path
    mu, weight = np.polynomial.legendre.leggauss(64)
    legendre = np.array([eval_legendre(ell, mu) for ell in range(lmax + 1)]) * weight / 2
    total = np.zeros(lmax + 1)
    for part in config.turbulent_parts:
        k, width = gauss_panels(np.geomspace(part.spectrum.k_min, part.spectrum.k_max, 5), 8)
        along, beside, _ = part.polarizations(k)
        if part.cosine is None:
            # Dense near y = 0, and near y = 1, where g of Goldreich–Sridhar turbulence falls steeply.
            y, height = gauss_panels([0, 0.02, 0.1, 0.3, 0.6, 0.8, 0.9, 0.96, 0.99, 0.999, 1], 12)
        else:
            y, height = np.array([part.cosine]), np.ones(1)
        for one, step, *shares in zip(k, width, along, beside, strict=True):
            density = np.ones_like(y)
            if part.cosine is None:
                density = part.cosine_density(np.array(one), y)
                density = density / (height @ density)
            x = one * path
            t = x * y[:, None] * mu
            phase = transport.law.characteristic(t)
            with np.errstate(invalid="ignore", divide="ignore"):
                lasting = np.where(t == 0, 1.0, (phase - 1) / (1j * t))
            across = np.sqrt(1 - y**2)
            for share, (side, up) in zip(shares, ((across, y), (-y, across)), strict=True):
                flight = mu**2 * (x * y * up)[:, None]
                if transport.mode == "drift-kinetic":
                    flight = flight + (1 - mu**2) / 2 * (x * across * side)[:, None]
                flight = 1j * lasting * flight
                seen = flight
                for _ in range(int(transport.scattering_count) - 1):
                    seen = flight + phase * (seen @ weight / 2)[:, None]
                if config.sky.frame == "observer":
                    seen = seen + mu * up[:, None]
                found = 4 * np.pi * np.abs(seen @ legendre.T) ** 2
                total += step * float(part.spectrum(one)) * share * (height * density) @ found
    return (config.momentum_index / config.particle_speed) ** 2 * total


@pytest.mark.parametrize("mode", ["parallel", "drift-kinetic"])
@pytest.mark.parametrize(
    "anisotropy", ["isotropic", "slab", "two-dimensional", "goldreich-sridhar"]
)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"flow.polarization": "slow", "transport.scatterings": 3},
        {
            "flow.polarization": "fast",
            "transport.free_path": "exponential",
            "sky.frame": "observer",
        },
        {
            "flow.transverse_fraction": 0.3,
            "sky.frame": "observer",
            "transport.scatterings": 2,
            "transport.free_path": "erlang",
            "transport.erlang_order": 3,
        },
    ],
    ids=["fixed", "slow", "fast", "erlang"],
)
def test_each_anisotropy_equals_the_sum_over_waves(mode, anisotropy, changes):
    config = configured(mode, **changes, **{"flow.anisotropy": anisotropy})
    expected = by_waves(config, 6)
    # The sums converge to 1e-6, where g falls steeply.
    np.testing.assert_allclose(
        predict(config, 6).c_ell, expected, rtol=3e-6, atol=NOTHING * (expected.max() + 1e-7)
    )


@pytest.mark.parametrize("mode", ["parallel", "drift-kinetic"])
@pytest.mark.parametrize("scatterings", [1, 20, "stationary"])
def test_alfven_waves_make_no_zonal_sky(mode, scatterings):
    for anisotropy in ("isotropic", "slab", "two-dimensional", "goldreich-sridhar"):
        config = configured(
            mode,
            **{
                "flow.polarization": "alfven",
                "flow.anisotropy": anisotropy,
                "transport.scatterings": scatterings,
                "sky.frame": "observer",
            },
        )
        assert not predict(config).c_ell.any()
        assert not zonal_correlation(config, 4).any()


def test_waves_exactly_across_the_field():
    """Parallel: nothing in the fluid frame, in the observer's the dipole of u·b. Drift-kinetic: λk·A (1 − P_2)/3."""
    flat = {"flow.anisotropy": "two-dimensional", "flow.transverse_fraction": 0.6}
    for scatterings in (1, 9, "stationary"):
        deep = flat | {"transport.scatterings": scatterings}
        assert not predict(configured("parallel", **deep)).c_ell.any()
        config = configured("parallel", **deep, **{"sky.frame": "observer"})
        found = predict(config).c_ell
        shift = config.momentum_index / config.particle_speed
        assert found[1] == pytest.approx(
            4 * np.pi / 9 * (shift * config.turbulent_speed) ** 2 * 0.3
        )
        assert not np.delete(found, 1).any()
        found = predict(configured("drift-kinetic", **deep)).c_ell
        count = math.inf if scatterings == "stationary" else scatterings
        assert found[0] == pytest.approx(25 * count**2 * found[2], rel=1e-12)
        assert found[2] > 0
        assert not found[[1, *range(3, len(found))]].any()


def test_slab_turbulence_has_no_compression_across_the_field():
    """Drift-kinetic and parallel transport are the same there, also in the stationary limit of exponential paths."""
    for changes in (
        {},
        {"transport.scatterings": "stationary", "transport.free_path": "exponential"},
    ):
        both = [
            predict(configured(mode, **changes, **{"flow.anisotropy": "slab"})).c_ell
            for mode in ("parallel", "drift-kinetic")
        ]
        np.testing.assert_array_equal(both[0], both[1])
        assert np.isfinite(both[0]).all()
    assert not both[0][2:].any()


@pytest.mark.parametrize("mode", ["parallel", "drift-kinetic"])
def test_components_of_different_anisotropy_add(mode):
    kinds = [
        {"anisotropy": "slab", "transverse_fraction": 0.2},
        {"anisotropy": "two-dimensional", "polarization": "fast", "outer_scale": "30 pc"},
        {"anisotropy": "goldreich-sridhar", "polarization": "slow"},
        {"index": 1.9},
    ]
    parts = [{"outer_scale": "60 pc", "inner_scale": "8 pc"} | kind for kind in kinds]
    base = {"sky.nside": 8, "transport.mode": mode, "sky.frame": "observer"}
    sums = [
        (predict(config).c_ell, zonal_correlation(config, 6))
        for config in (Config().replace(base | {"flow.component": [part]}) for part in parts)
    ]
    config = Config().replace(base | {"flow.component": parts})
    # Accuracy of the single predictions.
    np.testing.assert_allclose(predict(config).c_ell, sum(one for one, _ in sums), rtol=1e-9)
    expected = sum(one for _, one in sums)
    np.testing.assert_allclose(
        zonal_correlation(config, 6), expected, rtol=1e-9, atol=1e-12 * expected.max()
    )


@pytest.mark.parametrize("betatron", [False, True])
def test_isotropic_component_equals_isotropic_turbulence(betatron):
    config = configured("parallel")
    (part,) = config.turbulent_parts
    alone = FieldLineSpectrum.from_part(part, config.mean_free_path)
    found, expected = (
        zonal_power(lines, 8, ScatteringModel(), betatron)
        for lines in ((alone,), FieldLineSpectrum.from_config(config))
    )
    np.testing.assert_allclose(found, expected, rtol=1e-14)


@pytest.mark.slow
def test_helical_skies_converge_beyond_three_gyrations():
    """What `unconverged_band` says: beyond k_max r_L = 3 little is left, while at 0.3 most is missing."""
    field = {"transport.magnetic_field_strength": "0.05 uG", "transport.free_path": "exponential"}
    short, said, long_ = (
        predict(
            configured("helical", **field, **{"flow.inner_scale": f"{2 * np.pi * r_l / reach} pc"}),
            4,
        )
        for r_l in [configured("helical", **field).larmor_radius]
        for reach in (0.3, 3, 10)
    )
    assert np.all(short.c_ell[2:] < 0.3 * long_.c_ell[2:])
    assert np.all(said.c_ell[2:] > 0.93 * long_.c_ell[2:])
