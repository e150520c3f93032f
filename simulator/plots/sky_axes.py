"""Axes of sky maps: pixels, grid, labels and marks in any of the projections and coordinates.

The projection is that of the axes: matplotlib's `mollweide`, `hammer` and `aitoff`, where a direction stands at minus
its longitude and at its latitude [rad], or plain axes (`cartesian`), longitude from 360 to 0 and latitude [deg].
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.sky.frames import AXES, rotated

__all__ = [
    "EMPTY", "PERCENTILE", "PROJECTIONS", "axes_projection", "colour_bar", "draw_map", "draw_pixels",
    "halo", "limits_of", "mark_direction", "place",
]  # fmt: skip

Array = NDArray[np.float64]
# Where the colours end: both ends, or one for either side of zero.
Limits = float | tuple[float, float]

# matplotlib's names of the projections.
PROJECTIONS = {
    "mollweide": "mollweide", "hammer": "hammer", "aitoff": "aitoff", "cartesian": "rectilinear",
}  # fmt: skip
LETTERS = {name: letter for letter, name in AXES.items()}
# Names of latitude and longitude.
LABELS = {
    "equatorial": ("declination", "right ascension"),
    "galactic": ("galactic latitude", "longitude"),
    "ecliptic": ("ecliptic latitude", "longitude"),
}
# Colour of pixels without a value.
EMPTY = "0.75"
# Values up to this percentile of their size have colours of their own: a few bright pixels would pale all others.
PERCENTILE = 99.5


def draw_map(
    axes: Any,
    values: Array,
    limits: Limits | None = None,
    *,
    map_coordinates: str = "equatorial",
    coordinates: str = "equatorial",
    cmap: str | None = None,
) -> Any:
    """Draw a HEALPix map with its grid of coordinates, longitude growing to the left, grey where there is no value.

    Parameters
    ----------
    axes
        matplotlib axes with the projection mollweide, hammer or aitoff, or plain ones. Directions stand there at
        minus their longitude and at their latitude in radians; on plain axes in degrees, with the sign they have.
    values
        One for each pixel in RING order, NaN where there is none, shape (12 nside²,).
    limits
        Lowest and highest value of the colours, or one number for ± that; by default the 99.5th percentile of
        the size of the values, on either side of zero; if all have one sign, from the lowest value to that.
    map_coordinates
        Of the pixels: equatorial, galactic or ecliptic.
    coordinates
        Of the figure.
    cmap
        Name of a matplotlib colour map; by default RdBu_r if the colours lie on both sides of zero, else viridis.

    Returns
    -------
    Axes
        The same axes. `figure.colorbar(axes.collections[0])` makes a colour bar.

    Raises
    ------
    InputError
        If the values are no HEALPix map, or there are no such axes, coordinates or colours.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> from eddysky.simulator.plots import draw_map
    >>> axes = Figure().add_subplot(projection="mollweide")
    >>> draw_map(axes, np.arange(12.0), map_coordinates="galactic").name
    'mollweide'
    """
    draw_pixels(axes, values, limits, map_coordinates, coordinates, cmap)
    if axes.name == "rectilinear":
        label_cartesian(axes, coordinates)
    else:
        label_ellipse(axes, coordinates)
    return axes


def draw_pixels(
    axes: Any,
    values: Array,
    limits: Limits | None = None,
    map_coordinates: str = "equatorial",
    coordinates: str = "equatorial",
    cmap: str | None = None,
    columns: int = 1440,
) -> Any:
    """The map of `draw_map` without grid and labels; returns the mesh of colours.

    Parameters
    ----------
    columns
        Points around the equator, at which the nearest pixel is drawn; half as many from pole to pole.
    """
    import ducc0

    values = np.asarray(values, dtype=np.float64)
    nside = math.isqrt(len(values) // 12) if values.ndim == 1 else 0
    if not nside or 12 * nside**2 != len(values):
        raise InputError(
            f"values of shape {values.shape}: must be a HEALPix map, of 12 nside² pixels"
        )
    if axes.name not in PROJECTIONS.values():
        raise InputError(
            f"axes with the projection {axes.name}: must be {', '.join(PROJECTIONS.values())}"
        )
    low, high = limits_of(values, limits)
    longitude = np.linspace(-np.pi, np.pi, columns + 1)
    latitude = np.linspace(-np.pi / 2, np.pi / 2, columns // 2 + 1)
    theta = np.pi / 2 - 0.5 * (latitude[1:] + latitude[:-1])[:, None]
    phi = 0.5 * (longitude[1:] + longitude[:-1])[None, :]
    if axes.name == "rectilinear":
        phi = phi + np.pi
    angles = np.stack(np.broadcast_arrays(theta, phi), axis=-1)
    base = ducc0.healpix.Healpix_Base(nside, "RING")
    given, shown = axes_letter(map_coordinates), axes_letter(coordinates)
    if given == shown:
        pixels = base.ang2pix(angles % (2 * np.pi))
    else:
        sine = np.sin(theta)
        vectors = np.stack(
            np.broadcast_arrays(sine * np.cos(phi), sine * np.sin(phi), np.cos(theta)), axis=-1
        )
        pixels = base.vec2pix(rotated(vectors.reshape(-1, 3), shown, given)).reshape(
            vectors.shape[:2]
        )
    if axes.name == "rectilinear":
        x, y = np.degrees(longitude) + 180, np.degrees(latitude)
        transform = axes.transData
    else:
        # Projected here, once, because matplotlib projects all corners anew each time it draws.
        corners = np.stack(np.broadcast_arrays(-longitude[None, :], latitude[:, None]), axis=-1)
        projected = axes.transProjection.transform(corners.reshape(-1, 2)).reshape(corners.shape)
        x, y = projected[..., 0], projected[..., 1]
        transform = axes.transAffine + axes.transAxes
    colours = colour_map(cmap or ("RdBu_r" if low < 0 < high else "viridis"))
    return axes.pcolormesh(
        x,
        y,
        values[pixels],
        cmap=colours,
        vmin=low,
        vmax=high,
        rasterized=True,
        transform=transform,
    )


def colour_bar(
    axes: Any, values: Array, limits: tuple[float, float], label: str, **layout: float
) -> Any:
    """Colour bar under a map, with points where values lie beyond its ends.

    Parameters
    ----------
    axes
        Where `draw_map` drew.
    values, limits
        The map, shape (npix,), and the ends of the colours in the same unit.
    label
        What the colours are.
    **layout
        `pad` and `shrink` of matplotlib's `colorbar`.
    """
    low, high = limits
    beyond = (
        bool(np.nanmin(values, initial=low) < low),
        bool(np.nanmax(values, initial=high) > high),
    )
    return axes.figure.colorbar(
        axes.collections[0], ax=axes, orientation="horizontal", aspect=35, label=label,
        extend={(1, 1): "both", (1, 0): "min", (0, 1): "max"}.get(beyond, "neither"), **layout,
    )  # fmt: skip


def limits_of(values: Array, limits: Limits | None) -> tuple[float, float]:
    """Lowest and highest value of the colours, as `draw_map` takes them."""
    if limits is None:
        some = values[np.isfinite(values)]
        size = float(np.percentile(np.abs(some), PERCENTILE)) if len(some) else 1.0
        size = size or float(np.max(np.abs(some), initial=0.0)) or 1.0
        limits = size
        if len(some) and (some.min() > 0 or some.max() < 0):
            # Of one sign: from the smallest to the largest.
            limits = (float(some.min()), float(np.percentile(some, PERCENTILE)))
            limits = limits if limits[0] < limits[1] else size
    low, high = limits if isinstance(limits, tuple | list) else (-limits, limits)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise InputError(f"colours from {low:g} to {high:g}: must ascend and be finite")
    return float(low), float(high)


def colour_map(name: str) -> Any:
    """A matplotlib colour map with grey for pixels without a value."""
    from difflib import get_close_matches

    from matplotlib import colormaps

    if name not in colormaps:
        near = get_close_matches(name, list(colormaps), 3, 0.7) or ["RdBu_r", "viridis", "coolwarm"]
        raise InputError(
            f"colour map {name}: matplotlib has none of that name; such as {', '.join(near)}"
        )
    return colormaps[name].with_extremes(bad=EMPTY)


def axes_letter(coordinates: str) -> str:
    """Letter of coordinates given by their name."""
    if coordinates not in LETTERS:
        raise InputError(f"coordinates {coordinates}: must be {', '.join(LETTERS)}")
    return LETTERS[coordinates]


def axes_projection(name: str) -> str:
    """Name of a projection in matplotlib."""
    if name not in PROJECTIONS:
        raise InputError(f"projection {name}: must be {', '.join(PROJECTIONS)}")
    return PROJECTIONS[name]


def label_ellipse(axes: Any, coordinates: str) -> None:
    """Grid, longitude along the equator and latitude at the left edge."""
    latitude, longitude = LABELS[coordinates]
    meridians = range(-120, 121, 60)
    axes.set_xticks(np.radians(meridians), [])
    axes.set_yticks(
        np.radians([-60, -30, 0, 30, 60]), ["−60°", "−30°", "0°", "+30°", "+60°"], fontsize=8
    )
    axes.grid(color="0.4", linewidth=0.3)
    axes.set_longitude_grid_ends(90)
    labels = [(degrees, f"{-degrees % 360}°", "center") for degrees in meridians]
    # Longitude 180° is at both ends of the equator.
    labels += [(-178, "180°", "left"), (178, "180°", "right")]
    for degrees, label, side in labels:
        axes.text(
            np.radians(degrees), np.radians(1.5), label, ha=side, va="bottom", fontsize=8,
            path_effects=halo(), zorder=4,
        )  # fmt: skip
    axes.set_ylabel(latitude, fontsize=8)
    axes.set_xlabel(in_words(coordinates, longitude), fontsize=8)


def label_cartesian(axes: Any, coordinates: str) -> None:
    """Grid and labels of plain axes."""
    latitude, longitude = LABELS[coordinates]
    axes.set_xlim(360, 0)
    axes.set_ylim(-90, 90)
    axes.set_aspect("equal")
    axes.set_xticks(range(0, 361, 60), [f"{degrees}°" for degrees in range(0, 361, 60)])
    axes.set_yticks(range(-90, 91, 30), ["−90°", "−60°", "−30°", "0°", "+30°", "+60°", "+90°"])
    axes.tick_params(labelsize=8)
    axes.grid(color="0.4", linewidth=0.3)
    axes.set_ylabel(latitude, fontsize=8)
    axes.set_xlabel(in_words(coordinates, longitude), fontsize=8)


def in_words(coordinates: str, longitude: str) -> str:
    """What the directions are."""
    epoch = " (J2000)" if coordinates == "equatorial" else ""
    return f"arrival directions, {coordinates}{epoch}; {longitude} increases to the left"


def place(axes: Any, direction: Array, coordinates: str) -> tuple[float, float]:
    """Where a direction, a unit vector in equatorial axes, stands on axes of other coordinates."""
    x, y, z = rotated(direction[None, :], "C", axes_letter(coordinates))[0]
    longitude, latitude = math.atan2(y, x), math.asin(min(1.0, max(-1.0, z)))
    if axes.name == "rectilinear":
        return math.degrees(longitude) % 360, math.degrees(latitude)
    return -longitude, latitude


def mark_direction(axes: Any, direction: Array, sign: str, coordinates: str) -> tuple[Any, Any]:
    """A circle with a sign, "+" or "_", at a direction; gives the two marks."""
    x, y = place(axes, direction, coordinates)
    (ring,) = axes.plot(
        [x], [y], "o", markersize=10, markerfacecolor="white", markeredgecolor="black", zorder=5
    )
    (inside,) = axes.plot([x], [y], sign, markersize=6, color="black", zorder=6)
    return ring, inside


def halo() -> list[Any]:
    """White around letters, so that they can be read on any colour."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground="white")]
