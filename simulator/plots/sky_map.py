"""Figures of skies: Mollweide maps in equatorial coordinates."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import config_in_words
from eddysky.simulator.errors import InputError
from eddysky.simulator.plots.style import figure, finish, power_of_ten
from eddysky.simulator.plots.titles import set_title
from eddysky.simulator.results.result import Result

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_map", "plot_map"]

Array = NDArray[np.float64]

# Intensities are computed to 1e-15 or a few times that; less is no anisotropy.
ROUNDING = 1e-14
# Colour of pixels without particles.
EMPTY = "0.75"


@overload
def plot_map(result: Result, path: None = None, row: int = 0) -> Figure: ...
@overload
def plot_map(result: Result, path: str | Path, row: int = 0) -> Path: ...
def plot_map(result: Result, path: str | Path | None = None, row: int = 0) -> Figure | Path:
    """Mollweide map of one kept realisation, in equatorial coordinates, RA growing to the left.

    With parallel transport the directions along and against the magnetic field b are marked.

    Parameters
    ----------
    result
        An ensemble with at least one map.
    path
        PNG, PDF or SVG to write; None: the figure is given back.
    row
        Row of `result.maps`.

    Returns
    -------
    Figure or Path
        The matplotlib figure, or the file if it was written. No window is opened and no setting of matplotlib changed.

    Raises
    ------
    InputError
        If there is no such map, or the file cannot have that format.

    Examples
    --------
    >>> from eddysky import Config, simulate
    >>> config = Config().replace({"sky.nside": 4, "flow.modes": 32, "ensemble.realizations": 1})
    >>> plot_map(simulate(config))
    <NotebookFigure size 800x490 with 2 Axes>
    """
    if not isinstance(result, Result):
        raise InputError(f"result: must be a Result, as read gives it, not {type(result).__name__}")
    if not 0 <= row < len(result.maps):
        raise InputError(f"row = {row}: {len(result.maps)} maps were kept, numbered from 0")
    index = int(result.map_index[row])
    sky = result.maps[row].astype(float)
    highest = float(np.nanmax(np.abs(sky), initial=0.0))
    with figure(8.0, 4.9) as fig:
        axes: Any = fig.add_subplot(projection="mollweide")
        label_sky(axes)
        if highest > ROUNDING:
            exponent, scale = power_of_ten(highest)
            values = sky / scale
            # A few bright pixels would pale all others.
            percentile = 99.5 if result.config.turbulent else 100
            limit = float(np.nanpercentile(np.abs(values), percentile)) or highest / scale
            mesh = draw_map(axes, values, limit)
            beyond = "both" if highest / scale > limit else "neither"
            bar = fig.colorbar(
                mesh, orientation="horizontal", pad=0.04, shrink=0.6, aspect=35, extend=beyond
            )
            unit = rf" [$10^{{{exponent}}}$]" if exponent else ""
            bar.set_label(rf"relative intensity $\delta f/f - \langle\delta f/f\rangle${unit}")
        else:
            words = r"no anisotropy: $\delta f/f = \langle\delta f/f\rangle$ in all directions"
            if highest > 0:
                words += rf", to {highest:.0e} (rounding)"
            axes.text(0, -0.25, words, ha="center", va="center", fontsize=10, path_effects=halo())
        legend = mark_field(axes, result.config.for_realization(index).field_direction)
        if np.isnan(sky).any():
            from matplotlib.lines import Line2D

            # Not by axes.plot: older matplotlib cannot draw an empty line in this projection.
            legend["no particles"] = Line2D([], [], color=EMPTY, marker="s", linestyle="")
        if legend:
            axes.legend(
                list(legend.values()), list(legend), fontsize=8, loc="lower right",
                bbox_to_anchor=(1.04, -0.06),
            )  # fmt: skip
        set_title(fig, config_in_words(result.config, index))
        return finish(fig, path)


def label_sky(axes: Any) -> None:
    """Grid of a Mollweide map, right ascension along its equator and declination at its left edge."""
    meridians = range(-120, 121, 60)
    axes.set_xticks(np.radians(meridians), [])
    axes.set_yticks(
        np.radians([-60, -30, 0, 30, 60]), ["−60°", "−30°", "0°", "+30°", "+60°"], fontsize=8
    )
    axes.grid(color="0.4", linewidth=0.3)
    axes.set_longitude_grid_ends(90)
    labels = [(degrees, f"{-degrees % 360}°", "center") for degrees in meridians]
    # Right ascension 180° is at both ends of the equator.
    labels += [(-178, "180°", "left"), (178, "180°", "right")]
    for degrees, label, side in labels:
        axes.text(
            np.radians(degrees), np.radians(1.5), label, ha=side, va="bottom", fontsize=8,
            path_effects=halo(), zorder=4,
        )  # fmt: skip
    axes.set_ylabel("declination", fontsize=8)
    axes.set_xlabel(
        "arrival directions, equatorial (J2000); right ascension increases to the left", fontsize=8
    )


def mark_field(axes: Any, field: Array | None) -> dict[str, Any]:
    """Mark the arrival directions along (+) and against (−) the magnetic field b, if there is one.

    Returns the marks by what they say.
    """
    if field is None:
        return {}
    marks = {}
    for sign, bar, label in ((1, "+", r"$n = +b$"), (-1, "_", r"$n = -b$")):
        x, y, z = sign * field
        place = [-np.arctan2(y, x)], [np.arcsin(np.clip(z, -1, 1))]
        (ring,) = axes.plot(
            *place, "o", markersize=10, markerfacecolor="white", markeredgecolor="black", zorder=5
        )
        (inside,) = axes.plot(*place, bar, markersize=6, color="black", zorder=6)
        marks[label] = (ring, inside)
    return marks


def halo() -> list[Any]:
    """White around letters, so that they can be read on any colour."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white")]


def draw_map(axes: Any, values: Array, limit: float, columns: int = 1440) -> Any:
    """HEALPix map (RING order) on Mollweide axes, RA growing to the left, white at zero, grey where NaN.

    Returns the mesh of colours.

    Parameters
    ----------
    axes
        With projection="mollweide".
    values
        One for each pixel.
    limit
        Where the colours end, on either side of zero.
    columns
        Points around the equator, at which the nearest pixel is drawn; half as many from pole to pole.
    """
    import ducc0
    from matplotlib import colormaps

    longitude = np.linspace(-np.pi, np.pi, columns + 1)
    latitude = np.linspace(-np.pi / 2, np.pi / 2, columns // 2 + 1)
    middle = 0.5 * (latitude[1:] + latitude[:-1])
    angles = np.stack(
        np.broadcast_arrays(
            np.pi / 2 - middle[:, None], 0.5 * (longitude[1:] + longitude[:-1])[None, :]
        ),
        axis=-1,
    )
    colours = colormaps["RdBu_r"].with_extremes(bad=EMPTY)
    base = ducc0.healpix.Healpix_Base(math.isqrt(len(values) // 12), "RING")
    # Projected here, once and by latitude, because matplotlib projects all corners anew each time it draws.
    edge = axes.transProjection.transform(np.stack([np.full(len(latitude), np.pi), latitude], 1))
    x, y = np.broadcast_arrays(-longitude / np.pi * edge[:, :1], edge[:, 1:])
    return axes.pcolormesh(
        x, y, values[base.ang2pix(angles % (2 * np.pi))], cmap=colours, vmin=-limit, vmax=limit,
        rasterized=True, transform=axes.transAffine + axes.transAxes,
    )  # fmt: skip
