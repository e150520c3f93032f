"""Figures of one sky: a map with its colour bar, in equatorial, galactic or ecliptic coordinates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Unpack, overload

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import config_in_words
from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.discs import mean_over_discs
from eddysky.simulator.plots.sky_axes import (
    EMPTY,
    PERCENTILE,
    axes_projection,
    colour_bar,
    draw_map,
    halo,
    limits_of,
    mark_direction,
)
from eddysky.simulator.plots.style import figure, finish, power_of_ten
from eddysky.simulator.plots.titles import set_title
from eddysky.simulator.results.result import Result
from eddysky.simulator.sky.multipole_fit import fitted_multipoles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MapOptions", "bar_label", "plot_map", "plot_sky"]

Array = NDArray[np.float64]

# How names of quantities begin that may be positive or negative.
INTENSITY = "relative intensity"
# Intensities are computed to 1e-15 or a few times that; less is no anisotropy.
ROUNDING = 1e-14


class MapOptions(TypedDict, total=False):
    """How a map is drawn; all may be left out.

    Parameters
    ----------
    coordinates
        Of the figure: equatorial (default), galactic or ecliptic.
    projection
        mollweide (default), hammer, aitoff or cartesian.
    cmap
        Name of a matplotlib colour map; by default RdBu_r if the colours lie on both sides of zero, else viridis.
    limits
        Lowest and highest value of the colours; by default ± the 99.5th percentile of the size of the values.
    subtract_multipoles
        The multipoles up to this one, fitted to the seen pixels, are taken off.
    smooth
        Radius [deg] of a top hat: each pixel shows the mean of the seen pixels within it.
    title
        Over the figure; by default what it shows.
    """

    coordinates: str
    projection: str
    cmap: str | None
    limits: tuple[float, float] | None
    subtract_multipoles: int | None
    smooth: float | None
    title: str | None


@overload
def plot_map(
    result: Result, path: None = None, row: int = 0, **options: Unpack[MapOptions]
) -> Figure: ...
@overload
def plot_map(
    result: Result, path: str | Path, row: int = 0, **options: Unpack[MapOptions]
) -> Path: ...
def plot_map(
    result: Result,
    path: str | Path | None = None,
    row: int = 0,
    **options: Unpack[MapOptions],
) -> Figure | Path:
    """Map of one kept realisation; by default Mollweide, in equatorial coordinates, RA growing to the left.

    With parallel transport the directions along and against the magnetic field b are marked.

    Parameters
    ----------
    result
        An ensemble with at least one map.
    path
        PNG, PDF or SVG to write; None: the figure is given back.
    row
        Row of `result.maps`.
    **options
        As in `MapOptions`.

    Returns
    -------
    Figure or Path
        The matplotlib figure, or the file if it was written. No window is opened and no setting of matplotlib changed.

    Raises
    ------
    InputError
        If there is no such map, an option is impossible, or the file cannot have that format.

    Examples
    --------
    >>> from eddysky import Config, simulate
    >>> config = Config().replace({"sky.nside": 4, "flow.modes": 32, "ensemble.realizations": 1})
    >>> plot_map(simulate(config), coordinates="galactic")
    <NotebookFigure size 800x490 with 2 Axes>
    """
    if not isinstance(result, Result):
        raise InputError(f"result: must be a Result, as read gives it, not {type(result).__name__}")
    if not 0 <= row < len(result.maps):
        raise InputError(f"row = {row}: {len(result.maps)} maps were kept, numbered from 0")
    index, config = int(result.map_index[row]), result.config
    values = result.maps[row].astype(float)
    if not config.turbulent and options.get("limits") is None:
        # Nothing is brighter than the flow makes it.
        sky = prepared_map(values, options.get("subtract_multipoles"), options.get("smooth"))
        highest = float(np.nanmax(np.abs(sky), initial=0.0))
        options["limits"] = (-highest, highest) if highest > ROUNDING else None
    return plot_sky(
        values,
        path,
        quantity=r"relative intensity $\delta f/f - \langle\delta f/f\rangle$",
        field=config.for_realization(index).field_direction,
        empty="no particles",
        **options | {"title": options.get("title") or config_in_words(config, index)},
    )


def plot_sky(
    values: Array,
    path: str | Path | None = None,
    *,
    map_coordinates: str = "equatorial",
    quantity: str = INTENSITY,
    unit: str = "",
    field: Array | None = None,
    empty: str = "not seen",
    coordinates: str = "equatorial",
    projection: str = "mollweide",
    cmap: str | None = None,
    limits: tuple[float, float] | None = None,
    subtract_multipoles: int | None = None,
    smooth: float | None = None,
    title: str | None = None,
) -> Figure | Path:
    """Figure of any HEALPix map.

    Parameters
    ----------
    values
        One for each pixel in RING order, NaN where there is none, shape (12 nside²,).
    path
        PNG, PDF or SVG to write; None: the figure is given back.
    map_coordinates
        Of the pixels: equatorial, galactic or ecliptic.
    quantity, unit
        What the values are, at the colour bar.
    field
        Unit vector of a magnetic field in equatorial axes, shape (3,), to be marked.
    empty
        What it means that a pixel has no value.
    coordinates, projection, cmap, limits, subtract_multipoles, smooth, title
        As in `MapOptions`.

    Returns
    -------
    Figure or Path
        As `plot_map`.

    Raises
    ------
    InputError
        As `plot_map`.
    """
    sky = prepared_map(values, subtract_multipoles, smooth)
    if not np.isfinite(sky).any():
        raise InputError("no pixel of the map holds a value")
    highest = float(np.nanmax(np.abs(sky), initial=0.0))
    if limits is None and not quantity.startswith(INTENSITY) and np.nanmin(sky) == 0:
        # Numbers of events or weights: zero is an end, not the middle.
        limits = (0.0, float(np.nanpercentile(sky, PERCENTILE)) or highest or 1.0)
    blank = not highest > ROUNDING and limits is None
    with figure(8.0, 4.9) as fig:
        axes: Any = fig.add_subplot(projection=axes_projection(projection))
        low, high = limits_of(sky, limits)
        exponent, scale = (0, 1.0) if blank else power_of_ten(max(abs(low), abs(high)))
        draw_map(
            axes,
            np.where(np.isfinite(sky), 0.0, np.nan) if blank else sky / scale,
            (low / scale, high / scale),
            map_coordinates=map_coordinates,
            coordinates=coordinates,
            cmap=cmap,
        )
        if blank:
            words = r"no anisotropy: $\delta f/f = \langle\delta f/f\rangle$ in all directions"
            if highest > 0:
                words += rf", to {highest:.0e} (rounding)"
            axes.text(
                0.5, 0.42, words, ha="center", va="center", fontsize=10, path_effects=halo(),
                transform=axes.transAxes,
            )  # fmt: skip
        else:
            label = bar_label(quantity, unit, exponent, subtract_multipoles, smooth)
            bar = colour_bar(axes, sky, (low, high), label, pad=0.04, shrink=0.6)
            bar.ax.locator_params(axis="x", nbins=7)
        mark(axes, sky, field, empty, coordinates)
        set_title(fig, title or "")
        return finish(fig, path)


def prepared_map(values: Array, subtract: int | None, radius: float | None) -> Array:
    """A map without its multipoles up to `subtract`, smoothed over discs of this radius [degrees]."""
    if subtract is not None:
        values = values - fitted_multipoles(values, subtract)
    return values if radius is None else mean_over_discs(values, radius)


def bar_label(
    quantity: str,
    unit: str,
    exponent: int,
    subtract: int | None = None,
    radius: float | None = None,
) -> str:
    """What the colours are, what `prepared_map` did to it, and its unit."""
    words = [quantity]
    if subtract is not None:
        words.append(rf"$\ell \leq {subtract}$ subtracted" if subtract else "mean subtracted")
    if radius is not None:
        words.append(f"smoothed over {radius:g}°")
    power = rf"$10^{{{exponent}}}$" if exponent else ""
    units = " ".join(word for word in (power, unit) if word)
    return ", ".join(words) + (f" [{units}]" if units else "")


def mark(axes: Any, sky: Array, field: Array | None, empty: str, coordinates: str) -> None:
    """The arrival directions along (+) and against (−) the magnetic field b, if there is one, and a legend."""
    legend: dict[str, Any] = {}
    if field is not None:
        legend[r"$n = +b$"] = mark_direction(axes, field, "+", coordinates)
        legend[r"$n = -b$"] = mark_direction(axes, -field, "_", coordinates)
    if np.isnan(sky).any():
        from matplotlib.lines import Line2D

        # Not by axes.plot: older matplotlib cannot draw an empty line in this projection.
        legend[empty] = Line2D([], [], color=EMPTY, marker="s", linestyle="")
    if legend:
        corner = (1.0, -0.05) if axes.name == "rectilinear" else (1.04, 0.14)
        axes.legend(
            list(legend.values()),
            list(legend),
            fontsize=8,
            loc="upper right",
            bbox_to_anchor=corner,
        )
