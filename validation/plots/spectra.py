"""C_ℓ of several ensembles, predictions and measured tables on the same axes."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import config_in_words, counted
from eddysky.simulator.errors import InputError
from eddysky.simulator.plots.style import (
    COLOURS,
    beside_one_another,
    figure,
    finish,
    multipole_axis,
)
from eddysky.simulator.plots.titles import set_title
from eddysky.simulator.results.result import Result
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.plots.power import add_note
from eddysky.validation.theory.field_covariance import degrees_of_freedom
from eddysky.validation.theory.predict import Prediction, predict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["Spectrum", "draw_power", "plot_spectra"]

Array = NDArray[np.float64]
# What can be drawn.
Spectrum = Result | MeasuredPower | Prediction

# Less than this fraction of the highest value is not shown.
RANGE = 1e-6
# Marks and lines of tables, one after the other.
MARKS, LINES = "sD^PX*", ("-", "--", "-.", ":")
# Entries of a legend inside the axes.
MOST_INSIDE = 6
# Letters of a label, those of formulas included.
LONGEST = 90


def draw_power(
    axes: Axes,
    spectrum: Spectrum,
    *,
    label: str | None = None,
    colour: str = COLOURS[0],
    mark: str = "o",
    line: str = "-",
    place: tuple[int, int] = (0, 1),
    band: bool = True,
) -> Axes:
    """Draw a C_ℓ on logarithmic axes.

    Results are points, their mean with standard errors, over the line of their prediction and the band of the cosmic
    variance of one sky. A table is points with its errors, or a line if it has none, as a prediction is. A point that
    its error does not tell from zero is a triangle at its value plus two errors.

    Parameters
    ----------
    axes
        Of matplotlib, in any state.
    spectrum
        Results, a measured spectrum or a prediction.
    label
        In the legend; `axes.legend()` draws that.
    colour, mark, line
        Colour, marker of the points, and style of a line that has no points, as matplotlib names them.
    place
        Which of how many ensembles it is: they stand a little beside their multipoles.
    band
        Whether results have their band.

    Returns
    -------
    Axes
        The same axes.

    Raises
    ------
    InputError
        If it is none of these.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from eddysky import Config, predict
    >>> axes = draw_power(Figure().subplots(), predict(Config()), label="prediction")
    >>> axes.get_yscale()
    'log'
    """
    if not isinstance(spectrum, Result | MeasuredPower | Prediction):
        raise InputError(
            f"spectrum: must be a Result, a MeasuredPower or a Prediction, not {type(spectrum).__name__}"
        )
    axes.set_xscale("log")
    axes.set_yscale("log")
    look: dict[str, Any] = {"color": colour, "marker": mark}
    if isinstance(spectrum, Prediction):
        draw_line(axes, spectrum.ell, spectrum.c_ell, colour, label, line)
    elif isinstance(spectrum, MeasuredPower):
        error = error_of(spectrum)
        if error is None:
            draw_line(axes, spectrum.ell, spectrum.c_ell, colour, label, line)
        else:
            x = beside_one_another(spectrum.ell, *place)
            if spectrum.edges is not None:
                look["xerr"] = np.abs(spectrum.edges.T - x)
            draw_points(axes, x, spectrum.c_ell, error, look, label)
    else:
        draw_prediction(axes, spectrum, colour, band)
        power = spectrum.power[:, 1:]
        error = np.zeros(power.shape[1])
        if len(power) > 1:
            error = power.std(axis=0, ddof=1) / np.sqrt(len(power))
        x = beside_one_another(np.arange(1, len(error) + 1), *place)
        draw_points(axes, x, power.mean(axis=0), error, look, label)
    axes.set_ylabel(r"$C_\ell$ of $\delta f/f$")
    multipole_axis(axes)
    return axes


def draw_prediction(axes: Axes, result: Result, colour: str, band: bool) -> None:
    """The prediction of an ensemble, and the scatter of one sky about it."""
    found = predict(result.config)
    draw_line(axes, found.ell, found.c_ell, colour, None, "-")
    if band and result.config.turbulent:
        some = np.flatnonzero(found.c_ell > 0)
        some = some[some > 0]
        relative = np.sqrt(2 / degrees_of_freedom(result.config, result.config.lmax)[some])
        values = found.c_ell[some]
        axes.fill_between(
            some, values * np.maximum(1 - relative, 0.02), values * (1 + relative), color=colour,
            alpha=0.13, linewidth=0,
        )  # fmt: skip


def draw_line(
    axes: Axes, ell: NDArray[np.int64], c_ell: Array, colour: str, label: str | None, style: str
) -> None:
    """C_ℓ that are known without error, where they are positive."""
    some = (ell > 0) & (c_ell > 0)
    axes.plot(ell[some], c_ell[some], style, color=colour, linewidth=1.2, alpha=0.9, label=label)


def error_of(measured: MeasuredPower) -> Array | None:
    """Standard errors, shape (n,) or (2, n), of a spectrum with a covariance those of its diagonal."""
    if measured.covariance is not None:
        return np.asarray(np.sqrt(np.diag(measured.covariance)))
    return measured.error


def draw_points(
    axes: Axes, x: Array, c_ell: Array, error: Array, look: Mapping[str, Any], label: str | None
) -> None:
    """C_ℓ with their errors, shape (n,) or (2, n); those that their error does not tell from zero are upper limits."""
    low, high = np.broadcast_to(error, (2, len(c_ell)))
    above = c_ell > low
    others = dict(look)
    across = others.pop("xerr", None)
    axes.errorbar(
        x[above], c_ell[above], yerr=np.stack([low, high])[:, above],
        xerr=None if across is None else across[:, above], linestyle="", linewidth=0.9, markersize=3,
        label=label, zorder=3, **others,
    )  # fmt: skip
    limit = c_ell + 2 * high
    below = ~above & (limit > 0)
    if below.any():
        axes.plot(
            x[below], limit[below], "v", markersize=3.5, color=look["color"], fillstyle="none"
        )


def plot_spectra(
    spectra: Mapping[str, Spectrum], path: str | Path | None = None, *, title: str | None = None
) -> Figure | Path:
    """C_ℓ of several results, predictions and tables on one figure.

    Parameters
    ----------
    spectra
        By name. Of results the legend also says in what they differ, and the title what they have in common.
    path
        PNG, PDF or SVG to write; None: the figure is given back.
    title
        Instead of that.

    Returns
    -------
    Figure or Path
        The matplotlib figure, or the file if it was written.

    Raises
    ------
    InputError
        If there is nothing to draw, or the file cannot have that format.
    """
    if not spectra:
        raise InputError("spectra: none is given")
    ensembles = {name: each for name, each in spectra.items() if isinstance(each, Result)}
    words = {name: config_in_words(each.config).split(", ") for name, each in ensembles.items()}
    common = [
        word
        for word in next(iter(words.values()), [])
        if all(word in others for others in words.values())
    ]
    looks = zip(cycle(COLOURS), spectra.items(), strict=False)
    marks, lines = cycle(MARKS), cycle(LINES)
    with figure(6.8, 5.2) as fig:
        axes = fig.subplots()
        order, labels = list(ensembles), []
        for colour, (name, each) in looks:
            label, place, mark, line = name.replace("$", r"\$"), (0, 1), "o", "-"
            if isinstance(each, Result):
                place = (order.index(name), len(order))
                label = ensemble_label(label, each, [w for w in words[name] if w not in common])
            elif isinstance(each, Prediction) or error_of(each) is None:
                line = next(lines)
            else:
                mark = next(marks)
            labels.append(label)
            draw_power(axes, each, label=label, colour=colour, mark=mark, line=line, place=place)
        limit_range(axes, list(spectra.values()))
        add_legend(fig, axes, labels)
        notes = ["lines: predictions, bands: cosmic variance of one sky"] if ensembles else []
        if any(line.get_fillstyle() == "none" for line in axes.lines):
            notes.append("open triangles: value + 2 errors, where the error exceeds the value")
        add_note(axes, "; ".join(notes))
        if title is None:
            beside = len(ensembles) < len(spectra) and len(common) > 0
            title = ("simulated: " if beside else "") + ", ".join(common)
        set_title(fig, title)
        return finish(fig, path)


def add_legend(fig: Figure, axes: Axes, labels: list[str]) -> None:
    """Legend in the order of the labels; a long one below the axes, for which the figure grows."""
    handles, found = axes.get_legend_handles_labels()
    ordered = [handles[found.index(label)] for label in labels]
    if len(labels) <= MOST_INSIDE:
        axes.legend(ordered, labels, fontsize=8)
        return
    columns = 1 if max(map(len, labels)) > LONGEST // 2 else 2
    fig.set_figheight(fig.get_figheight() + 0.17 * -(-len(labels) // columns))
    fig.legend(ordered, labels, fontsize=8, ncols=columns, loc="outside lower center")


def ensemble_label(name: str, result: Result, differing: list[str]) -> str:
    """Name and size of an ensemble, and as much of what tells it from the others as has room."""
    label = f"{name} ({counted(len(result.power))})"
    separator = ": "
    for words in differing:
        if len(label) + len(separator) + len(words) > LONGEST:
            break
        label, separator = label + separator + words, ", "
    return label


def limit_range(axes: Axes, spectra: list[Spectrum]) -> None:
    """Leave out what is far below the largest value, so that the rest can be told apart."""
    values = []
    for each in spectra:
        c_ell = each.power.mean(axis=0)[1:] if isinstance(each, Result) else each.c_ell
        some = c_ell[np.isfinite(c_ell) & (c_ell > 0)]
        values += [float(some.max())] if len(some) else []
    if values and axes.get_ylim()[0] < RANGE * max(values):
        axes.set_ylim(bottom=RANGE * max(values))
