"""Figures of fits: bands, error bars of two sides, several energies, coupled spectra."""

from __future__ import annotations

import numpy as np

from eddysky.validation import Coverage, MeasuredPower, fit
from eddysky.validation.plots import plot_fits

ELL = np.arange(2, 9)
C_ELL = 1e-7 * ELL**-2.7


def axes(*fits):
    """The two panels of a figure of fits."""
    return plot_fits(fits).axes


def labels(panel):
    return [text.get_text() for text in panel.get_legend().get_texts()]


def test_bands_have_bars_of_their_width_and_of_both_errors():
    c_ell = np.array([1e-8, 1e-9, 2e-10])
    bars = np.array([0.2 * c_ell, 0.5 * c_ell])
    data = MeasuredPower.from_bands(np.array([2, 4, 8]), np.array([3, 7, 12]), c_ell, bars)
    top, bottom = axes(fit(data, "a14"))
    (container,) = top.containers
    wide, high = (
        [np.ptp(segment[:, side]) for segment in part.get_segments()]
        for side, part in enumerate(container.lines[2])
    )
    np.testing.assert_allclose(wide, [1, 3, 4])
    np.testing.assert_allclose(high, 0.7 * c_ell)
    # The curve is drawn at all multipoles of the bands.
    np.testing.assert_array_equal(top.lines[-1].get_xdata(), np.arange(2, 13))
    np.testing.assert_array_equal(bottom.lines[0].get_xdata(), data.ell)


def test_several_energies_have_colours_and_models_lines():
    spectra = [
        MeasuredPower(ELL, factor * C_ELL, 0.1 * C_ELL, parameters={"energy": energy})
        for energy, factor in ((10.0, 1.0), (40.0, 1.3))
    ]
    fixed = {"index": 5 / 3}
    top, bottom = axes(*(fit(spectra, model, fixed=fixed) for model in ("isotropic", "parallel")))
    found = labels(top)
    assert found[0].startswith("isotropic: $\\sigma")
    assert found[1].startswith("parallel: ")
    assert found[2:] == ["10 TeV", "40 TeV"]
    curves = [
        line for line in top.lines if len(line.get_xdata()) == 7 and line.get_linestyle() != "None"
    ]
    assert len({line.get_color() for line in curves}) == 2
    assert len({line.get_linestyle() for line in curves}) == 2
    assert sum(len(line.get_xdata()) == 7 for line in bottom.lines) == 4


def test_spectra_of_one_energy_are_named_by_their_files():
    spectra = [MeasuredPower(ELL, C_ELL, 0.1 * C_ELL, name) for name in ("run/a.csv", "b.csv")]
    top, _ = axes(fit(spectra, fixed={"index": 5 / 3}))
    assert labels(top)[1:] == ["a.csv", "b.csv"]


def test_a_coupled_spectrum_is_under_what_the_model_expects_of_it():
    south = np.repeat([0.0, 1.0], [1568, 1504])
    coverage = Coverage.from_weight(south, 8, keep_zonal=True)
    found = fit(MeasuredPower(ELL, C_ELL, 0.1 * C_ELL, coverage=coverage), "a14")
    top, _ = axes(found)
    assert top.get_ylabel().startswith("coupled")
    np.testing.assert_array_equal(top.lines[-1].get_ydata(), found.spectra[0].expected)
    both = fit(MeasuredPower(ELL, C_ELL, 0.1 * C_ELL), "a14", likelihood="errors+cosmic-variance")
    top, _ = axes(both)
    assert "68% of measured skies, a14" in labels(top)
