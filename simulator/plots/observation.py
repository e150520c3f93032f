"""Figure of an observation: relative intensity, what is left without its largest scales, and its significance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import config_in_words, short
from eddysky.simulator.observation.detectors import DETECTORS
from eddysky.simulator.observation.maps import observed_maps
from eddysky.simulator.observation.observation import Observation
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.plots.sky_axes import EMPTY, axes_projection, colour_bar, draw_map, limits_of
from eddysky.simulator.plots.sky_map import bar_label
from eddysky.simulator.plots.style import figure, finish, power_of_ten
from eddysky.simulator.plots.titles import set_title

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["plot_observation", "survey_in_words"]

Array = NDArray[np.float64]

NAMES = {name: detector.title for name, detector in DETECTORS.items()} | {"full": "full sky"}


@overload
def plot_observation(
    observation: Observation, path: None = None, row: int = 0, *, smooth: float = 10.0,
    subtract_multipoles: int | None = 3, coordinates: str = "equatorial", projection: str = "mollweide",
    cmap: str | None = None, title: str | None = None,
) -> Figure: ...  # fmt: skip
@overload
def plot_observation(
    observation: Observation, path: str | Path, row: int = 0, *, smooth: float = 10.0,
    subtract_multipoles: int | None = 3, coordinates: str = "equatorial", projection: str = "mollweide",
    cmap: str | None = None, title: str | None = None,
) -> Path: ...  # fmt: skip
def plot_observation(
    observation: Observation,
    path: str | Path | None = None,
    row: int = 0,
    *,
    smooth: float = 10.0,
    subtract_multipoles: int | None = 3,
    coordinates: str = "equatorial",
    projection: str = "mollweide",
    cmap: str | None = None,
    title: str | None = None,
) -> Figure | Path:
    """Three maps of one sky: relative intensity, its residual without the largest scales, and the significance of that.

    Parameters
    ----------
    observation
        With at least one map.
    path
        PNG, PDF or SVG to write; None: the figure is given back.
    row
        Row of its maps.
    smooth
        Radius of the discs over which the counts of the residual are summed [degrees].
    subtract_multipoles
        Highest multipole that is fitted and subtracted from the residual; None for none.
    coordinates, projection, cmap, title
        As in `MapOptions`.

    Returns
    -------
    Figure or Path
        The matplotlib figure, or the file if it was written.

    Raises
    ------
    InputError
        If there is no such map, or the file cannot have that format.
    """
    maps = observed_maps(observation, row, smooth=smooth, subtract_multipoles=subtract_multipoles)
    over = f"summed over discs of {smooth:g}°" if smooth else "pixel by pixel"
    residual = f"relative intensity, {over}"
    if subtract_multipoles is not None:
        residual = rf"relative intensity without $\ell \leq {subtract_multipoles}$, {over}"
    panels = (
        ("relative intensity", maps.intensity),
        (residual, maps.residual),
        (rf"significance [$\sigma$], {over}", maps.significance),
    )
    with figure(6.6, 11.2) as fig:
        grid: Any = fig.subplots(3, 1, subplot_kw={"projection": axes_projection(projection)})
        for axes, (words, values) in zip(grid, panels, strict=True):
            draw_panel(axes, values, words, coordinates, cmap)
            if axes is not grid[-1]:
                axes.set_xlabel("")
        if np.any(observation.exposure == 0):
            from matplotlib.lines import Line2D

            grid[0].legend(
                [Line2D([], [], color=EMPTY, marker="s", linestyle="")], ["outside the field of view"],
                fontsize=8, loc="upper right", bbox_to_anchor=(1.06, 1.06),
            )  # fmt: skip
        index = int(observation.map_index[row])
        words = (
            f"{survey_in_words(observation.survey)}, {config_in_words(observation.config, index)}"
        )
        set_title(fig, title or words)
        return finish(fig, path)


def draw_panel(axes: Any, values: Array, words: str, coordinates: str, cmap: str | None) -> None:
    """Draw a map with its colour bar."""
    low, high = limits_of(values, None)
    exponent, scale = power_of_ten(high)
    draw_map(axes, values / scale, (low / scale, high / scale), coordinates=coordinates, cmap=cmap)
    label = bar_label(words, "", exponent)
    colour_bar(axes, values, (low, high), label, pad=0.05, shrink=0.7)


def survey_in_words(survey: Survey) -> str:
    """Field, events and what was removed, for a title."""
    parts = [NAMES.get(part, part).replace("$", r"\$") for part in survey.field.split("+")]
    words = [" + ".join(parts), f"{short(survey.total_events)} events"]
    if survey.point_spread:
        words.append(f"point spread {survey.point_spread:g}°")
    if survey.compton_getting is not None:
        words.append(f"observer's motion {survey.compton_getting[0]:g} km/s")
    words.append("$m = 0$ kept" if survey.keep_zonal else "$m = 0$ removed")
    return ", ".join(words)
