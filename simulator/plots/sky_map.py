"""Figures of skies: Mollweide maps in equatorial coordinates."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.plots.style import figure, power_of_ten
from eddysky.simulator.result import Result
from eddysky.simulator.words import describe

__all__ = ["draw_map", "plot_map"]

Array = NDArray[np.float64]


def plot_map(result: Result, path: Path, row: int = 0) -> Path:
    """Mollweide map of one kept realisation, in equatorial coordinates, RA growing to the left.

    Parameters
    ----------
    result
        An ensemble with at least one map.
    path
        PNG to write.
    row
        Row of `result.maps`.
    """
    with figure(8.0, 4.9) as fig:
        axes: Any = fig.add_subplot(projection="mollweide")
        exponent, scale = power_of_ten(float(np.nanmax(np.abs(result.maps[row]))))
        values = result.maps[row].astype(float) / scale
        limit = float(np.nanpercentile(np.abs(values), 99.5)) or 1.0
        mesh = draw_map(axes, values, limit)
        degrees = np.arange(-120, 121, 60)
        axes.set_xticks(np.radians(degrees), [f"{-d % 360}°" for d in degrees], fontsize=8)
        axes.set_yticks(np.radians([-60, -30, 0, 30, 60]), ["−60°", "−30°", "0°", "30°", "60°"])
        axes.tick_params(labelsize=8)
        axes.grid(color="0.4", linewidth=0.3)
        bar = fig.colorbar(
            mesh, orientation="horizontal", pad=0.07, shrink=0.6, aspect=35, extend="both"
        )
        unit = rf" [$10^{{{exponent}}}$]" if exponent else ""
        axes.set_xlabel("right ascension", fontsize=8)
        axes.set_ylabel("declination", fontsize=8)
        axes.set_longitude_grid_ends(90)
        bar.set_label(rf"relative intensity $\delta f/f - \langle\delta f/f\rangle${unit}")
        fig.suptitle(describe(result.config, int(result.map_index[row])), fontsize=9)
        fig.savefig(path)
    return path


def draw_map(axes: Any, values: Array, limit: float, columns: int = 1440) -> Any:
    """HEALPix map (RING order) on Mollweide axes, RA growing to the left, white at zero; returns the mesh.

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

    longitude = np.linspace(-np.pi, np.pi, columns + 1)
    latitude = np.linspace(-np.pi / 2, np.pi / 2, columns // 2 + 1)
    middle = 0.5 * (latitude[1:] + latitude[:-1])
    angles = np.stack(
        np.broadcast_arrays(
            np.pi / 2 - middle[:, None], 0.5 * (longitude[1:] + longitude[:-1])[None, :]
        ),
        axis=-1,
    )
    base = ducc0.healpix.Healpix_Base(math.isqrt(len(values) // 12), "RING")
    return axes.pcolormesh(
        -longitude, latitude, values[base.ang2pix(angles % (2 * np.pi))], cmap="RdBu_r",
        vmin=-limit, vmax=limit, rasterized=True,
    )  # fmt: skip
