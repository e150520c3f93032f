"""Effective number of modes of a multipole: closed forms, sums over grids, and exclusion of multipoles with too few."""

from __future__ import annotations

import math

import numpy as np
import pytest
from synthetic import judged

from eddysky.simulator import Config, Result
from eddysky.simulator.config.free_path import FixedPath
from eddysky.validation import compare
from eddysky.validation.comparison.multipoles import MIN_MODES
from eddysky.validation.comparison.realizations import (
    NoVerdictError,
    TooFewRealizationsError,
)
from eddysky.validation.theory.drift_kinetic import drift_kinetic_response
from eddysky.validation.theory.effective_modes import effective_modes, transfer_functions
from eddysky.validation.theory.scattering import ScatteringModel

MODES = 1000
# Error of the sums over 4096 points, or over 1024 × 32 points for parallel transport.
GRID = 0.01


def with_table(k, w, **settings):
    return Config().replace(
        {
            "flow.spectrum": "table",
            "flow.table": {"wavenumber": k, "spectrum": w},
            "flow.modes": MODES,
            "sky.nside": 8,
            "sky.lmax": 12,
        }
        | settings
    )


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_large_eddies(mode):
    """For kλ ≪ 1 the integrand of C_ℓ is a power a of k, and (∫p dln k)²/∫p² dln k = 2/a for a wide band.

    Parallel: times (∫ρ(y) y^(2n) dy)²/∫(ρ(y) y^(2n))² dy, n = ℓ − 1, ρ = (1−β) y² + (β/2)(1−y²), here y² for β = 0.
    """
    config = Config().replace(
        {
            "flow.inner_scale": "6000 pc",
            "flow.outer_scale": "6e6 pc",
            "flow.modes": MODES,
            "flow.transverse_fraction": 0.0,
            "transport.mode": mode,
        }
    )
    found = effective_modes(config, 4)
    for ell in (2, 3, 4):
        power = 2 * (ell - 1) + 1 - 5 / 3
        expected = MODES * 2 / power / math.log(1000)
        if mode == "parallel":
            expected *= (4 * ell + 1) / (2 * ell + 1) ** 2
        assert found[ell] == pytest.approx(expected, rel=GRID)


def test_only_modes_in_a_narrow_line_count():
    config = with_table([0.1, 1.0, 1.01, 1.02, 10.0], [0.0, 4.0, 4.0, 0.0, 0.0])
    line = MODES * math.log(1.01) / math.log(100)
    # At kλ = 10 j_ℓ' changes by at most a tenth within 1% of k; the effective number changes by 1%.
    assert effective_modes(config, 6)[1:] == pytest.approx(np.full(6, line), rel=0.02)


def test_line_below_larger_eddies_counts_at_its_multipoles():
    """Eddies of 10 kpc have a hundred times the power of a line at kλ = 10, but contribute to the quadrupole only."""
    w = [1e6, 1e6, 1e-9, 1e-9, 1.0, 1.0, 1e-9]
    k = [6e-4, 1e-3, 1.001e-3, 0.999, 1.0, 1.003, 1.004]
    found = effective_modes(with_table(k, w), 8)
    density = MODES / math.log(k[-1] / k[0])
    line = density * math.log(1.003)
    assert found[5:] == pytest.approx(np.full(4, line), rel=0.5)
    assert found[2] > 20 * line


def test_no_verdict_if_modes_miss_the_power():
    """A line with one mode in 100 000: nearly every sky is empty although the theory is right."""
    line = with_table([0.1, 1.0, 1.0001, 10.0], [0.0, 4.0, 4.0, 0.0])
    for count, modes in ((10, "460"), (100, "46")):
        with pytest.raises(
            TooFewRealizationsError, match=rf"is 0\.022 at most.* flow\.modes {modes}\d\d\d$"
        ):
            judged(line, count)
    # A hundred modes on the line in all skies together are enough.
    line = with_table([0.1, 1.0, 1.01, 10.0], [0.0, 4.0, 4.0, 0.0])
    enough = math.ceil(MIN_MODES / effective_modes(line, 12)[1:].min())
    assert 40 < enough < 60
    assert len(judged(line, enough).ell) == 12
    with pytest.raises(TooFewRealizationsError, match=r"at least 4\d, or"):
        judged(line, 40)


def test_multipoles_with_few_modes_are_excluded():
    """Eddies much larger than λ: the higher ℓ, the closer to the end of the band are the modes that contribute."""
    config = Config().replace(
        {"sky.nside": 8, "sky.lmax": 8, "flow.modes": 64, "flow.inner_scale": "100 pc"}
    )
    found = judged(config, 10)
    few = [
        ell for ell, why in found.excluded.items() if "effective number of modes below 100" in why
    ]
    modes = effective_modes(config, 8)
    assert few
    assert few == [ell for ell in range(1, few[-1] + 1) if modes[ell] < 10]
    assert len(judged(config, 100).ell) > len(found.ell)


def test_an_ensemble_of_empty_skies_is_not_judged():
    config = with_table([0.1, 1.0, 1.0001, 10.0], [0.0, 4.0, 4.0, 0.0])
    power = np.zeros((12, config.lmax + 1))
    none = np.empty(0, dtype=np.int64)
    empty = Result(config, np.arange(12), power, np.zeros(12), none, np.empty((0, 768), np.float32))
    with pytest.raises(NoVerdictError):
        compare(empty)


def test_components_contribute_to_different_multipoles():
    """A line contributes at ℓ ≤ 3, a broad spectrum at higher ℓ."""
    component = [
        {"inner_scale": "1 pc"},
        {
            "spectrum": "table",
            "table": {"wavenumber": [0.3, 0.301], "spectrum": [3e6, 3e6]},
        },
    ]
    config = Config().replace({"flow.component": component, "flow.modes": MODES, "sky.nside": 32})
    modes = effective_modes(config, 32)
    # j_ℓ(3) decreases fast beyond ℓ = 3, so that only the broad spectrum contributes there.
    assert modes[2] < 5
    assert modes[20:].min() > 50
    found = judged(config, 10)
    assert 2 in found.excluded
    assert 20 in found.ell


def test_waves_across_the_field_carry_compressible_drift_kinetic_skies():
    """Steep waves of β = 0 at kλ = x: the power of y < 1/x alone, (x U_2)² of t = xy, so that few modes carry C_2.

    (∫p dy)²/∫p² dy of one k, by direct sums over y; a flow in a line has all its modes at one k.
    """
    line = with_table(
        [0.9999, 1.0, 1.0001], [4.0, 4.0, 4.0], **{"transport.mode": "drift-kinetic"}
    ).replace({"flow.transverse_fraction": 0.0, "transport.mean_free_path": "200 pc"})
    found = effective_modes(line, 4)
    y = (np.arange(200_000) + 0.5) / 200_000
    model = ScatteringModel(FixedPath())
    velocity, compression = drift_kinetic_response(model, 200 * y, 4)
    power = (y * velocity + 200 * compression) ** 2
    for ell in (2, 3, 4):
        expected = MODES * power[ell].mean() ** 2 / (power[ell] ** 2).mean()
        assert found[ell] == pytest.approx(expected, rel=0.05)
        assert expected < 0.1 * MODES


@pytest.mark.parametrize("mode", ["parallel", "drift-kinetic"])
def test_axisymmetric_turbulence(mode):
    """No modes where there is no sky; Goldreich–Sridhar waves by their quantiles of y, against sums over a grid."""
    base = {"flow.modes": MODES, "sky.nside": 8, "transport.mode": mode, "flow.inner_scale": "5 pc"}

    def found(**changes):
        return effective_modes(Config().replace(base | changes), 6)

    alfven = {"flow.polarization": "alfven", "flow.anisotropy": "goldreich-sridhar"}
    assert not found(**alfven).any()
    flat = found(**{"flow.anisotropy": "two-dimensional", "flow.polarization": "fast"})
    assert (flat > 0).tolist() == [mode == "drift-kinetic" and ell in (0, 2) for ell in range(7)]
    # Half of the modes in a component without a sky: half of those that remain.
    slab = {"anisotropy": "slab", "polarization": "fast"}
    halves = [slab, {"anisotropy": "slab", "polarization": "alfven"}]
    alone, mixed = (
        effective_modes(
            Config().replace(
                {key: value for key, value in base.items() if key != "flow.inner_scale"}
                | {"flow.component": [part | {"inner_scale": "5 pc"} for part in parts]}
            ),
            6,
        )
        for parts in ([slab], halves)
    )
    np.testing.assert_allclose(mixed, alone / 2, rtol=1e-12)
    strong = Config().replace(
        base | {"flow.anisotropy": "goldreich-sridhar", "flow.polarization": "slow"}
    )
    (part,) = strong.turbulent_parts
    k = np.geomspace(part.spectrum.k_min, part.spectrum.k_max, 400)
    y = (np.arange(400) + 0.5) / 400
    density = part.cosine_density(k[:, None], y)
    density /= density.mean(axis=1, keepdims=True)
    x = (k[:, None] * y * strong.mean_free_path).ravel()
    if mode == "parallel":
        functions = transfer_functions(strong, x, 6).longitudinal
    else:
        functions = drift_kinetic_response(ScatteringModel(FixedPath()), x, 6)[0]
    power = functions.reshape(7, 400, 400) ** 2 * (1 - y**2) * (part.spectrum(k) * k)[:, None]
    first, second = (power * density).mean(axis=(1, 2)), (power**2 * density).mean(axis=(1, 2))
    expected = MODES * first**2 / second
    np.testing.assert_allclose(effective_modes(strong, 6)[1:], expected[1:], rtol=0.05)


def test_helical_transport_lies_between_its_limits():
    """Wide helices need as many modes as isotropic transport, narrow ones as drift-kinetic transport."""
    base = {"sky.nside": 8, "flow.inner_scale": "5 pc", "transport.free_path": "exponential"}
    limits = {"1e-8 uG": "isotropic", "10 uG": "drift-kinetic"}
    for strength, mode in limits.items():
        field = {"transport.mode": "helical", "transport.magnetic_field_strength": strength}
        found = effective_modes(Config().replace(base | field), 5)
        expected = effective_modes(Config().replace(base | {"transport.mode": mode}), 5)
        # 32 points in ln k instead of 1024 or 4096.
        np.testing.assert_allclose(found[1:], expected[1:], rtol=0.05)
    field = {"transport.mode": "helical", "flow.polarization": "alfven"}
    assert effective_modes(Config().replace(base | field), 5)[1:].all()
