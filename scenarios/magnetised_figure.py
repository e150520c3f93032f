"""Figure and table of C_ℓ and its degrees of freedom for Larmor radii from infinity to zero."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import brentq

from eddysky.scenarios.mhd_figure import freedom
from eddysky.scenarios.scenario import Outcome
from eddysky.simulator.config import Config
from eddysky.simulator.config.quantities import larmor_radius
from eddysky.simulator.plots.style import beside_one_another, figure, multipole_axis, save
from eddysky.simulator.plots.titles import set_title
from eddysky.validation import degrees_of_freedom

__all__ = ["COLUMNS", "plot_strengths", "radius", "rows", "zonal_radius"]

COLUMNS = ("transport", "larmor_radius", "ell", "freedom", "error", "predicted")
# From no field to a strong one, through hues of falling brightness; parallel transport stands apart.
FIELDS = ("#e0a800", "#ef7f2e", "#dd4f5a", "#b8348b", "#7b2ca8", "#4338b0", "#0b1d5c")
PARALLEL = "0.45"
POINT: dict[str, Any] = {"fmt": "o", "markersize": 3, "linewidth": 0.9}
# Less than this fraction of the highest C_ℓ is not shown.
REACH = 1e-7


def plot_strengths(outcomes: Mapping[str, Outcome], path: Path, title: str) -> Path:
    """C_ℓ, points over predictions, and below its degrees of freedom over 2ℓ+1.

    Parameters
    ----------
    outcomes
        By variant, from no field to a strong one.
    path
        PNG, PDF or SVG to write.
    title
        What they are.
    """
    shown = list(outcomes.values())
    highest = max(float(np.max(each.comparison.predicted, initial=0.0)) for each in shown)
    with figure(7.2, 7.0) as fig:
        top, bottom = fig.subplots(2, 1, sharex=True, height_ratios=[1.5, 1])
        for place, outcome in enumerate(shown):
            config, found = outcome.result.config, outcome.comparison
            parallel = config.transport.mode == "parallel"
            colour = PARALLEL if parallel else FIELDS[place % len(FIELDS)]
            line: dict[str, Any] = {"color": colour, "linewidth": 1.2, "linestyle": "-"}
            if parallel:
                line["linestyle"] = "--"
            points = POINT | {"color": colour}
            if radius(config) == math.inf:
                # A ring, as skies in a weak field lie on these points.
                points |= {"markersize": 6, "markerfacecolor": "none"}
            label = in_words(config)
            top.plot(found.ell, found.predicted, **line)
            top.errorbar(found.ell, found.measured, yerr=found.error, label=label, **points)
            ell, measured, error, predicted = freedom(outcome)
            size = 2 * ell + 1
            bottom.plot(ell, predicted / size, **line)
            at = beside_one_another(ell, place, len(shown))
            bottom.errorbar(at, measured / size, yerr=error / size, **points)
        top.set_xscale("log")
        top.set_yscale("log")
        bottom.set_yscale("log")
        multipole_axis(bottom)
        if highest > 0:
            top.set_ylim(REACH * highest, 3 * highest)
        top.legend(fontsize=8, loc="lower left", ncols=2)
        top.set_ylabel(r"$C_\ell$ of $\delta f/f$")
        bottom.set_ylabel(r"degrees of freedom $\nu_\ell\,/\,(2\ell+1)$")
        limit = zonal_radius(outcome.result.config for outcome in shown)
        if limit:
            words = rf"$\nu_2 < 2$ of 5 where $r_\mathrm{{L}} < {limit:.2g}\,\lambda$"
            bottom.text(0.02, 0.06, words, transform=bottom.transAxes, fontsize=8)
        set_title(fig, title)
        return save(fig, path)


def radius(config: Config) -> float:
    """|r_L|/λ, ∞ without a field and 0 in a strong one."""
    if config.transport.mode != "helical":
        return 0.0 if config.transport.zonal else math.inf
    return abs(config.larmor_radius) / config.mean_free_path


def zonal_radius(configs: Iterable[Config]) -> float | None:
    """r_L/λ below which C_2 is predicted to have fewer than two degrees of freedom.

    None if that is not between two helical configurations.
    """
    helical = sorted((each for each in configs if each.transport.mode == "helical"), key=radius)
    for strong, weak in itertools.pairwise(helical):
        ends = radius(strong), radius(weak)
        excess = partial(freedom_above_two, strong)
        if excess(ends[0]) < 0 < excess(ends[1]):
            return float(brentq(excess, *ends, rtol=1e-3))
    return None


def freedom_above_two(config: Config, ratio: float) -> float:
    """Degrees of freedom of C_2 less two, as predicted where |r_L|/λ is `ratio`."""
    rays = config.cosmic_rays
    unit = abs(larmor_radius(rays.energy, rays.charge, 1.0))
    strength = f"{unit / (ratio * config.mean_free_path)!r} uG"
    given = config.replace({"transport.magnetic_field_strength": strength})
    return float(degrees_of_freedom(given, 2)[2]) - 2


def rows(outcomes: Mapping[str, Outcome]) -> Iterator[tuple[str, float, int, float, float, float]]:
    """Degrees of freedom, row by row as in `COLUMNS`, the Larmor radius in units of λ."""
    for outcome in outcomes.values():
        config = outcome.result.config
        for ell, *values in zip(*freedom(outcome), strict=True):
            measured, error, predicted = (float(value) for value in values)
            yield config.transport.mode, radius(config), int(ell), measured, error, predicted


def in_words(config: Config) -> str:
    """The transport, with its Larmor radius."""
    ratio = radius(config)
    if config.transport.mode == "helical":
        return rf"helical, $r_\mathrm{{L}}/\lambda$ = {ratio:.2g}"
    limit = r"\infty" if math.isinf(ratio) else "0"
    if config.transport.mode == "parallel":
        return "parallel (ZL25)"
    return rf"{config.transport.mode}, $r_\mathrm{{L}}/\lambda = {limit}$"
