"""Charts of C_ℓ as SVG: one panel each, in the colours of the page, over the same logarithmic axis of multipoles.

Coordinates have one decimal; one path holds all points of an ensemble. The page's script reads the attributes
`data-left`, `data-scale` and `data-origin` to find the multipole under the pointer: x = left + scale ln(ℓ/origin).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.plots.style import beside_one_another
from eddysky.validation.plots.ratio import ratio_spread
from eddysky.validation.report.spectrum import Spectrum

__all__ = ["power_chart", "pull_chart", "ratio_chart", "scatter_chart"]

Array = NDArray[np.float64]

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 560.0, 74.0, 12.0, 12.0, 52.0
MULTIPOLES = (1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000)
# Less than this fraction of the highest prediction is not shown.
RANGE = 1e-6
# Points: circle, square, triangle, diamond, upright cross, cross.
MARKS = (
    "m-2.6 0a2.6 2.6 0 1 0 5.2 0a2.6 2.6 0 1 0 -5.2 0", "m-2.4 -2.4h4.8v4.8h-4.8z", "m0 -3.2l3 5.2h-6z",
    "m0 -3.4l3 3.4l-3 3.4l-3 -3.4z", "m-3 -.8h2.2v-2.2h1.6v2.2h2.2v1.6h-2.2v2.2h-1.6v-2.2h-2.2z",
    "m-2.6 -2l.6 -.6l2 2l2 -2l.6 .6l-2 2l2 2l-.6 .6l-2 -2l-2 2l-.6 -.6l2 -2z",
)  # fmt: skip
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True, slots=True)
class Panel:
    """Axes of a chart: from values to places in the drawing.

    Parameters
    ----------
    height
        Of the drawing.
    first, last
        Multipoles at the ends of the axis.
    low, high
        Values at the lower and the upper end.
    logarithmic
        Whether the axis of values is.
    """

    height: float
    first: float
    last: float
    low: float
    high: float
    logarithmic: bool = False

    @classmethod
    def from_range(
        cls, spectra: Sequence[Spectrum], height: float, low: float, high: float, log: bool = False
    ) -> Panel:
        """Axes over the multipoles of all spectra."""
        first = min(int(each.ell[0]) for each in spectra)
        last = max(int(each.ell[-1]) for each in spectra)
        room = 0.93 if len(spectra) == 1 else 0.87  # for ensembles beside one another
        return cls(height, room * first, 1.04 * max(last, first + 1), low, high, log)

    @property
    def scale(self) -> float:
        """Length of a factor e in ℓ."""
        return (WIDTH - LEFT - RIGHT) / math.log(self.last / self.first)

    def x(self, ell: Array) -> Array:
        """Places of multipoles."""
        return np.asarray(LEFT + self.scale * np.log(ell / self.first))

    def y(self, values: Array) -> Array:
        """Places of values; outside the axes at their edge."""
        low, high, values = self.low, self.high, np.clip(values, self.low, self.high)
        if self.logarithmic:
            low, high, values = math.log(low), math.log(high), np.log(values)
        bottom = self.height - BOTTOM
        return np.asarray(bottom - (values - low) / (high - low) * (bottom - TOP))

    def inside(self, values: Array) -> NDArray[np.bool_]:
        """Whether values are in the range."""
        return np.asarray((values >= self.low) & (values <= self.high))

    def svg(self, inner: Sequence[str], label: str, words: str) -> str:
        """The drawing: grid, what is in it, numbers and labels.

        Parameters
        ----------
        inner
            Elements in the axes.
        label
            Of the axis of values.
        words
            Instead of the drawing, for those who cannot see it.
        """
        right, bottom = WIDTH - RIGHT, self.height - BOTTOM
        parts = [
            f'<svg class="chart" viewBox="0 0 {WIDTH:g} {self.height:g}" role="img" aria-label="{escape(words)}" '
            f'data-left="{LEFT:g}" data-scale="{self.scale:.4f}" data-origin="{self.first:.6g}">'
        ]
        shown = [ell for ell in MULTIPOLES if self.first <= ell <= self.last]
        ticks = [(value, text) for value, text in self.ticks() if self.low <= value <= self.high]
        lines = [f"M{x:.1f} {TOP:g}V{bottom:g}" for x in self.x(np.array(shown, dtype=float))]
        lines += [
            f"M{LEFT:g} {y:.1f}H{right:g}" for y in self.y(np.array([value for value, _ in ticks]))
        ]
        parts.append(f'<path class="grid" d="{"".join(lines)}"/>')
        parts += inner
        parts.append(f'<path class="axes" d="M{LEFT:g} {TOP:g}V{bottom:g}H{right:g}"/>')
        for ell, x in zip(shown, self.x(np.array(shown, dtype=float)), strict=True):
            parts.append(f'<text x="{x:.1f}" y="{bottom + 18:g}" class="middle">{ell}</text>')
        for (_, text), y in zip(
            ticks, self.y(np.array([value for value, _ in ticks])), strict=True
        ):
            parts.append(f'<text x="{LEFT - 7:g}" y="{y + 4:.1f}" class="end">{text}</text>')
        middle = 0.5 * (TOP + bottom)
        parts.append(
            f'<text x="{0.5 * (LEFT + right):g}" y="{self.height - 10:g}" class="middle">multipole ℓ</text>'
            f'<text transform="translate(18 {middle:g}) rotate(-90)" class="middle">{_subscripted(label)}</text></svg>'
        )
        return "".join(parts)

    def ticks(self) -> list[tuple[float, str]]:
        """Values with numbers, and these."""
        if self.logarithmic:
            low, high = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
            powers = range(low, high + 1, max(1, round((high - low) / 6)))
            return [(10.0**power, f"10{str(power).translate(SUPERSCRIPTS)}") for power in powers]
        width = (self.high - self.low) / 5
        step = 10.0 ** math.floor(math.log10(width))
        step = next(step * factor for factor in (1, 2, 5, 10) if step * factor >= width)
        digits = max(0, -math.floor(math.log10(step) + 1e-9))
        first = math.ceil(self.low / step - 1e-9)
        values = [step * number for number in range(first, math.floor(self.high / step + 1e-9) + 1)]
        return [(value, f"{value + 0.0:.{digits}f}".replace("-", "−")) for value in values]


def power_chart(spectra: Sequence[Spectrum], coupled: bool = False) -> str:
    """C_ℓ of ensembles over their predictions; of a single one also the scatter of one sky, and its noise."""
    positive = np.concatenate([
        each[np.isfinite(each) & (each > 0)]
        for spectrum in spectra
        for each in (spectrum.predicted, spectrum.measured)
    ])  # fmt: skip
    high = float(positive.max(initial=0.0)) or 1.0
    low = max(float(positive.min(initial=high)), RANGE * high)
    panel = Panel.from_range(spectra, 320, 0.5 * low, 2.5 * high, log=True)
    inner = []
    if len(spectra) == 1:
        (only,) = spectra
        inner.append(
            _band(panel, only.ell, only.predicted - only.spread, only.predicted + only.spread)
        )
        if only.noise is not None:
            inner.append(_line(panel, only.ell, only.noise, "noise c0"))
    for place, each in enumerate(spectra):
        colour = f"c{place % 8}"
        inner.append(_line(panel, each.ell, each.predicted, f"line {colour}"))
        inner += _points(panel, each, each.measured, each.error, place, len(spectra))
    name = "coupled C_ℓ of weight × δf/f" if coupled else "C_ℓ of δf/f"
    return panel.svg(inner, name, f"{name} on logarithmic axes. {_values_in_words(spectra)}")


def ratio_chart(spectra: Sequence[Spectrum], words: str = "simulated / predicted") -> str:
    """Measured over predicted C_ℓ; with the scatter of one sky where there is one ensemble."""
    # One realisation has no errors, and scatters like one sky.
    spread = ratio_spread([each for each in spectra if np.isfinite(each.error).all()])
    if any(each.realizations < 2 for each in spectra):
        spread = max(spread, 1.0)
    panel = Panel.from_range(spectra, 320, max(0.0, 1 - spread), 1 + spread)
    inner = []
    if len(spectra) == 1:
        (only,) = spectra
        with np.errstate(invalid="ignore", divide="ignore"):
            relative = only.spread / only.predicted
        inner.append(_band(panel, only.ell, 1 - relative, 1 + relative))
    inner.append(_level(panel, 1.0))
    for place, each in enumerate(spectra):
        with np.errstate(invalid="ignore", divide="ignore"):
            error = each.error / each.predicted
        inner += _points(panel, each, each.ratio, error, place, len(spectra))
    far = [
        f"ensemble {place + 1}: " * (len(spectra) > 1) + _extremes(each.ell, each.ratio)
        for place, each in enumerate(spectra)
    ]
    return panel.svg(inner, words, f"Ratio of {words} C_ℓ. {'; '.join(far)}.")


def pull_chart(spectrum: Spectrum) -> str:
    """(measured − predicted)/error, with bands of one and two standard errors."""
    values = spectrum.pull
    high = max(3.2, 1.1 * float(np.nanmax(np.abs(values), initial=0.0)))
    panel = Panel.from_range([spectrum], 250, -high, high)
    ones = np.ones(len(spectrum.ell))
    inner = [
        _band(panel, spectrum.ell, -2 * ones, 2 * ones),
        _band(panel, spectrum.ell, -ones, ones),
        _level(panel, 0.0),
        *_points(panel, spectrum, values, None, 0, 1),
    ]
    some = values[np.isfinite(values)]
    within = np.mean(np.abs(some) <= 1) if len(some) else 0.0
    words = f"Pulls: {within:.0%} within one standard error. {_extremes(spectrum.ell, values)}."
    return panel.svg(inner, "pull", words)


def scatter_chart(spectrum: Spectrum) -> str:
    """Measured over predicted standard deviation of C_ℓ of one sky."""
    values, error = spectrum.scatter, spectrum.scatter_error
    high = max(1.6, 1.05 * float(np.nanpercentile((values + error)[np.isfinite(values)], 99)))
    panel = Panel.from_range([spectrum], 250, 0.0, high)
    inner = [_level(panel, 1.0), *_points(panel, spectrum, values, error, 0, 1)]
    words = (
        f"Scatter of C_ℓ from sky to sky over the predicted one. {_extremes(spectrum.ell, values)}."
    )
    return panel.svg(inner, "scatter / predicted", words)


def _subscripted(text: str) -> str:
    """SVG text in which the ℓ of C_ℓ is lowered."""
    lowered = '<tspan dy="3" font-size="80%">ℓ</tspan><tspan dy="-3"> '
    before, index, after = escape(text).partition("_ℓ ")
    return f"{before}{lowered}{after}</tspan>" if index else before


def _points(
    panel: Panel, spectrum: Spectrum, values: Array, error: Array | None, place: int, count: int
) -> list[str]:
    """Points of one of several ensembles with error bars; those beyond the axes are open triangles at the edge."""
    colour = f"c{place % 8}"
    x = panel.x(beside_one_another(spectrum.ell, place, count))
    inside = panel.inside(values)
    elements = []
    if error is not None:
        some = inside & np.isfinite(error)
        low = panel.y(np.where(some, values - error, panel.high)[some])
        high = panel.y(np.where(some, values + error, panel.high)[some])
        bars = "".join(
            f"M{a:.1f} {b:.1f}V{c:.1f}" for a, b, c in zip(x[some], low, high, strict=True)
        )
        elements.append(f'<path class="bar {colour}" d="{bars}"/>')
    y = panel.y(np.where(inside, values, panel.high))
    mark = MARKS[place % len(MARKS)]
    dots = "".join(f"M{a:.1f} {b:.1f}{mark}" for a, b in zip(x[inside], y[inside], strict=True))
    elements.append(f'<path class="dot {colour}" d="{dots}"/>')
    above, below = values > panel.high, values < panel.low
    if above.any() or below.any():
        bottom = panel.height - BOTTOM
        beyond = "".join(f"M{a:.1f} {TOP:g}l4 7h-8z" for a in x[above])
        beyond += "".join(f"M{a:.1f} {bottom:g}l4 -7h-8z" for a in x[below])
        elements.append(f'<path class="beyond {colour}" d="{beyond}"/>')
    return elements


def _line(panel: Panel, ell: NDArray[np.int64], values: Array, kind: str) -> str:
    """A line through values that are in range."""
    some = panel.inside(values)
    places = zip(panel.x(ell[some].astype(float)), panel.y(values[some]), strict=True)
    path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    return f'<path class="{kind}" d="M{path}"/>' if path else ""


def _band(panel: Panel, ell: NDArray[np.int64], low: Array, high: Array) -> str:
    """The area between two lines, as far as it is in range."""
    some = np.isfinite(low) & np.isfinite(high)
    if not some.any():
        return ""
    x = panel.x(ell[some].astype(float))
    upper = [f"{a:.1f} {b:.1f}" for a, b in zip(x, panel.y(high[some]), strict=True)]
    lower = [f"{a:.1f} {b:.1f}" for a, b in zip(x, panel.y(low[some]), strict=True)]
    outline = "L".join(upper + lower[::-1])
    return f'<path class="band" d="M{outline}z"/>'


def _level(panel: Panel, value: float) -> str:
    """A line across."""
    y = float(panel.y(np.array(value)))
    return f'<path class="level" d="M{LEFT:g} {y:.1f}H{WIDTH - RIGHT:g}"/>'


def _values_in_words(spectra: Sequence[Spectrum]) -> str:
    """First and last value of each ensemble."""

    def predicted(value: float) -> str:
        return f" (predicted {value:.2e})" if math.isfinite(value) else ""

    words = []
    for each in spectra:
        first, last = (
            f"{each.measured[i]:.2e}{predicted(each.predicted[i])} at ℓ = {each.ell[i]}"
            for i in (0, -1)
        )
        words.append(f"From {first} to {last}.")
    return " ".join(words)


def _extremes(ell: NDArray[np.int64], values: Array) -> str:
    """Smallest and largest value, and where."""
    if not np.isfinite(values).any():
        return "no value"
    low, high = int(np.nanargmin(values)), int(np.nanargmax(values))
    return f"from {values[low]:.2f} at ℓ = {ell[low]} to {values[high]:.2f} at ℓ = {ell[high]}"
