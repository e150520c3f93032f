"""Charts stand where their numbers say; what is beyond the axes is marked at their edge."""

from __future__ import annotations

import re

import numpy as np
import pytest

from eddysky.validation.report.charts import power_chart, pull_chart, ratio_chart
from eddysky.validation.report.spectrum import Spectrum

ELL = np.arange(2, 12)


@pytest.fixture
def spectrum():
    predicted = 1e-6 * ELL**-3.0
    measured = predicted * (1 + 0.05 * (-1.0) ** ELL)
    unknown = np.full(len(ELL), np.nan)
    return Spectrum(50, ELL, measured, 0.04 * predicted, predicted, unknown)


def heights(svg, kind="dot"):
    """Values of the points or of the line, from their places and two ticks of the axis."""
    path = re.search(rf'class="{kind} c0" d="([^"]*)"', svg)[1]
    places = [tuple(map(float, each)) for each in re.findall(r"[ML]([\d.]+) ([\d.]+)", path)]
    ticks = re.findall(r'y="([\d.]+)" class="end">([^<]*)<', svg)
    digits = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")
    logarithmic = "⁻" in ticks[0][1]
    values = [float(text[2 if logarithmic else 0 :].translate(digits)) for _, text in ticks]
    slope, start = np.polyfit([float(y) - 4 for y, _ in ticks], values, 1)
    found = start + slope * np.array([y for _, y in places])
    return 10**found if logarithmic else found


def test_places(spectrum):
    svg = power_chart([spectrum])
    np.testing.assert_allclose(heights(svg), spectrum.measured, rtol=0.01)
    np.testing.assert_allclose(heights(svg, "line"), spectrum.predicted, rtol=0.01)
    np.testing.assert_allclose(heights(ratio_chart([spectrum])), spectrum.ratio, atol=1e-3)
    np.testing.assert_allclose(heights(pull_chart(spectrum)), spectrum.pull, atol=0.02)
    assert "From 1.31e-07 (predicted 1.25e-07) at ℓ = 2" in svg
    # Error bars of ±0.04, in units of the distance from the points to 1.
    svg = ratio_chart([spectrum])
    bars = re.findall(r"M[\d.]+ ([\d.]+)V([\d.]+)", re.search('class="bar c0" d="([^"]*)"', svg)[1])
    ends = np.array(bars, dtype=float)
    (level,) = re.findall(r'class="level" d="M[\d.]+ ([\d.]+)H', svg)
    places = re.findall(r"M[\d.]+ ([\d.]+)m", re.search('class="dot c0" d="([^"]*)"', svg)[1])
    unit = (np.array(places, dtype=float) - float(level)) / (spectrum.ratio - 1)
    np.testing.assert_allclose((ends[:, 1] - ends[:, 0]) / unit, 2 * 0.04, atol=2e-3)


def test_multipoles(spectrum):
    """The script finds multipoles by the attributes of the drawing."""
    svg = pull_chart(spectrum)
    left, scale, origin = (
        float(re.search(rf'data-{name}="([\d.]+)"', svg)[1]) for name in ("left", "scale", "origin")
    )
    path = re.search(r'class="dot c0" d="([^"]*)"', svg)[1]
    places = [float(x) for x in re.findall(r"M([\d.]+) ", path)]
    np.testing.assert_allclose(places, left + scale * np.log(ELL / origin), atol=0.06)


def test_beyond_the_axes(spectrum):
    # Badly measured: the axis does not reach to it.
    spectrum.measured[3] *= 9
    spectrum.error[3] *= 50
    svg = ratio_chart([spectrum])
    assert len(re.findall("M", re.search('class="beyond c0" d="([^"]*)"', svg)[1])) == 1
    assert len(heights(svg)) == len(ELL) - 1
    # A negative C_l has no place on a logarithmic axis.
    spectrum.measured[-1] = -1e-12
    svg = power_chart([spectrum])
    assert len(re.findall("M", re.search('class="beyond c0" d="([^"]*)"', svg)[1])) == 1


def test_without_a_prediction(spectrum):
    spectrum.predicted[:] = np.nan
    svg = power_chart([spectrum])
    assert "nan" not in svg
    assert "From 1.31e-07 at ℓ = 2" in svg


def test_ensembles_have_colours_and_marks(spectrum):
    svg = power_chart([spectrum] * 9)
    paths = re.findall(r'class="dot (c\d)" d="M[\d.]+ [\d.]+([^M"]*)', svg)
    assert [colour for colour, _ in paths] == [*(f"c{place}" for place in range(8)), "c0"]
    assert len({mark for _, mark in paths}) == 6


def test_error_of_the_scatter():
    """Standard deviations of R values of χ²_ν/ν vary as the bars say."""
    skies, degrees, trials = 60, 9, 4000
    rng = np.random.default_rng(3)
    values = rng.chisquare(degrees, (trials, skies)) / degrees
    spread = np.sqrt(2 / degrees)
    found = values.std(axis=1, ddof=1) / spread
    one = np.ones(1)
    bars = Spectrum(
        skies, np.array([4]), one, one * spread / np.sqrt(skies), one, one * spread
    ).scatter_error[0]
    # Of a standard deviation of 4000 values, 1.1%; the bar is of the first order in 1/R, 5% more.
    assert bars == pytest.approx(found.std(), rel=0.05 + 4 * 0.011)
