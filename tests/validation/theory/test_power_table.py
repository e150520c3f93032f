"""The table of A_ℓ over the index, against quadratures for one index at a time and against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.validation import (
    angular_power,
    isotropic_power_law,
    parallel_power,
    parallel_power_law,
)
from eddysky.validation.theory.path_spread import PathSpread
from eddysky.validation.theory.power_table import tabulate_power
from eddysky.validation.theory.scattering import ScatteringModel

QUADRATURES = {"isotropic": angular_power, "parallel": parallel_power}
CLOSED = {"isotropic": isotropic_power_law, "parallel": parallel_power_law}
INDICES = (1.02, 1.4, 5 / 3, 2.3, 2.98)
TRANSPORTS = [
    {},
    {"frame": "observer"},
    {"free_path": "exponential", "scatterings": 3},
    {"free_path": "erlang", "erlang_order": 5, "scatterings": 2},
    {"scatterings": 4, "frame": "observer"},
]
# Bands from below kλ = 1, across it, far above the multipoles, and narrow.
BANDS = [(1e-6, 1e-5), (0.06, 300.0), (1e-2, 1e5), (20.0, 30.0)]
# The quadratures are good to 1e-10, the table is to 1e-9.
CLOSE = 1e-9


@pytest.mark.parametrize("ends", BANDS)
@pytest.mark.parametrize("options", TRANSPORTS)
@pytest.mark.parametrize("mode", QUADRATURES)
def test_finite_band_against_the_quadrature(mode, options, ends):
    """λ = 1 and w = k^(−γ); the quadrature is not accurate below 1e-250."""
    table = tabulate_power(mode, ScatteringModel.from_options(**options), 0.4, ends, 40)
    for index in INDICES:
        flow = PowerLaw(index, 1.0, 1.0, *ends)
        expected = QUADRATURES[mode](flow, 1.0, 0.4, 40, **options)
        kept = expected > 1e-250
        assert kept[1:3].all()
        found = float(flow(1.0)) * table(index)
        np.testing.assert_allclose(found[kept], expected[kept], rtol=CLOSE)


@pytest.mark.parametrize("mode", CLOSED)
@pytest.mark.parametrize("fraction", [0.0, 2 / 3, 1.0])
def test_unbounded_power_law_against_the_closed_form(mode, fraction):
    """For γ close to 1 the dipole comes from the smallest scales, for γ close to 3 the quadrupole from the largest."""
    ell = np.arange(1, 41)
    table = tabulate_power(mode, ScatteringModel(), fraction, None, 40)
    for index in INDICES:
        expected = CLOSED[mode](ell, index, fraction)
        # Stated accuracy on all k.
        np.testing.assert_allclose(table(index)[1:], expected, rtol=1e-5)


@pytest.mark.parametrize("options", [option for option in TRANSPORTS if "scatterings" in option])
@pytest.mark.parametrize("mode", QUADRATURES)
def test_unbounded_power_law_against_a_wide_band(mode, options):
    """Of C_2 the band leaves out (1e-8)^(3−γ) below, and of C_1 about (1e7)^(1−γ) above."""
    options = {key: value for key, value in options.items() if key != "frame"}
    table = tabulate_power(mode, ScatteringModel.from_options(**options), 2 / 3, None, 30)
    for index in (1.4, 5 / 3, 2.0):
        flow = PowerLaw(index, 1.0, 1.0, 1e-8, 1e7)
        expected = QUADRATURES[mode](flow, 1.0, 2 / 3, 30, **options)
        found = float(flow(1.0)) * table(index)
        np.testing.assert_allclose(found[2:], expected[2:], rtol=1e-5)
        assert found[1] == pytest.approx(expected[1], rel=3 * 1e7 ** (1 - index))


def test_rejects_infinite_values():
    with pytest.raises(ValueError, match="infinite"):
        tabulate_power("isotropic", ScatteringModel(frame="observer"), 0.4, None, 4)
    table = tabulate_power("isotropic", ScatteringModel(), 0.4, None, 4)
    for index in (1.0, 3.0, 0.5):
        with pytest.raises(ValueError, match="above 1 and below 3"):
            table(index)


@pytest.mark.parametrize("mode", QUADRATURES)
def test_several_energies(mode):
    """On a finite band as the quadrature, which takes the same averages; on all k as a wide band for ℓ ≥ 2."""
    spread = PathSpread.from_width(0.3)
    model = ScatteringModel(spread=spread)
    flow = PowerLaw(1.8, 1.0, 1.0, 0.3, 30.0)
    expected = QUADRATURES[mode](flow, 1.0, 0.4, 8, spread=spread)
    table = tabulate_power(mode, model, 0.4, (0.3, 30.0), 8)
    np.testing.assert_allclose(float(flow(1.0)) * table(1.8), expected, rtol=1e-8)
    wide = PowerLaw(1.8, 1.0, 1.0, 1e-7, 1e5)
    expected = QUADRATURES[mode](wide, 1.0, 0.4, 8, spread=spread)
    found = float(wide(1.0)) * tabulate_power(mode, model, 0.4, None, 8)(1.8)
    # Stated accuracy on all k.
    np.testing.assert_allclose(found[2:], expected[2:], rtol=1e-5)
