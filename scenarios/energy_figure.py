"""Figure and table of the skies of several energy responses: C_ℓ, and fits that know the response and that do not."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eddysky.scenarios.drift_figure import ratios
from eddysky.scenarios.scenario import Outcome
from eddysky.simulator.errors import InputError
from eddysky.simulator.plots.style import COLOURS, figure, multipole_axis, save
from eddysky.simulator.plots.titles import set_title

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eddysky.simulator.config import Config

__all__ = ["FIT_COLUMNS", "fit_rows", "plot_responses"]

FIT_COLUMNS = (
    "width", "fitted_width", "velocity_dispersion", "dispersion_error", "index", "index_error", "p_value",
)  # fmt: skip
Row = tuple[float, ...]
# Multipoles of published spectra.
LMIN, LMAX = 2, 30
POINT: dict[str, Any] = {"fmt": "o", "markersize": 3, "linewidth": 0.9}


def fit_rows(outcomes: Mapping[str, Outcome]) -> Iterator[Row]:
    """Fits of σ(L) and γ to the mean C_ℓ of each ensemble, with its response and for one energy, as in `FIT_COLUMNS`.

    None of a transport for which there is no model, and none where a fit fails.
    """
    from eddysky.validation import fit
    from eddysky.validation.fitting.spectral_models import MODELS

    for outcome in outcomes.values():
        result, model = outcome.result, outcome.result.config.transport.mode
        if model not in MODELS:
            continue
        for width in dict.fromkeys((width_of(result.config), 0.0)):
            try:
                found = fit(
                    result,
                    model,
                    lmin=LMIN,
                    lmax=min(LMAX, result.config.lmax),
                    fixed={"energy_width": width},
                    likelihood="cosmic-variance",
                )
            except InputError:
                continue
            values = (found[name] for name in ("velocity_dispersion", "index"))
            numbers = itertools.chain.from_iterable((each.value, each.error) for each in values)
            yield width_of(result.config), width, *numbers, found.goodness.p_value


def width_of(config: Config) -> float:
    """σ(ln E), zero for one energy."""
    return float(getattr(config.cosmic_rays.energy_response, "width", 0.0))


def plot_responses(
    outcomes: Mapping[str, Outcome], rows: Sequence[Row], path: Path, title: str
) -> Path:
    """C_ℓ over predictions and its ratio to the first ensemble; fitted σ(L) and γ against the width.

    Parameters
    ----------
    outcomes
        By variant; the first is the reference.
    rows
        Fits, as in `FIT_COLUMNS`.
    path
        PNG, PDF or SVG to write.
    title
        What they are.
    """
    first = next(iter(outcomes.values()))
    with figure(9.0, 6.2) as fig:
        (top, index), (bottom, speed) = fig.subplots(
            2, 2, sharex="col", height_ratios=[1.6, 1], width_ratios=[1.5, 1]
        )
        for outcome, colour in zip(outcomes.values(), itertools.cycle(COLOURS), strict=False):
            draw_ensemble(top, bottom, (outcome, first), colour)
        top.plot([], [], color="0.3", linewidth=1.1, label="prediction")
        top.set(xscale="log", yscale="log", ylabel=r"$C_\ell$ of $\delta f/f$")
        top.legend(fontsize=8, loc="lower left")
        bottom.set(yscale="log", ylabel=f"ratio to {in_words(first.result.config)}")
        multipole_axis(bottom)
        flow, skies = first.result.config.flow, len(first.result.power)
        draw_fits(index, rows, 4, skies, flow.index)
        draw_fits(speed, rows, 2, skies, flow.velocity_dispersion)
        index.set_ylabel(r"fitted index $\gamma$")
        speed.set_ylabel(rf"fitted $\sigma({flow.reference_scale:g}\,\mathrm{{pc}})$ [km/s]")
        speed.set_xlabel(r"width of the energy response, $\sigma(\ln E)$")
        index.legend(fontsize=8, loc="upper left", title="bars: error of one sky", title_fontsize=8)
        # Room for the legend.
        index.set_ylim(top=index.get_ylim()[1] + 0.2 * float(np.ptp(index.get_ylim())))
        set_title(fig, title)
        return save(fig, path)


def draw_ensemble(top: Axes, bottom: Axes, pair: tuple[Outcome, Outcome], colour: str) -> None:
    """One ensemble, and its ratio to the second of the pair."""
    outcome, first = pair
    found, bars = outcome.comparison, POINT | {"color": colour}
    top.plot(found.ell, found.predicted, color=colour, linewidth=1.1, alpha=0.8)
    label = in_words(outcome.result.config)
    top.errorbar(found.ell, found.measured, yerr=found.error, label=label, **bars)
    if outcome is first:
        bottom.axhline(1, color=colour, linewidth=1.1)
        return
    ell, ratio, error, predicted = ratios(pair)
    bottom.plot(ell, predicted, color=colour, linewidth=1.1, alpha=0.8)
    bottom.errorbar(ell, ratio, yerr=error, **bars)


def draw_fits(axes: Axes, rows: Sequence[Row], column: int, skies: int, truth: float) -> None:
    """A fitted parameter against the true width, with errors √skies larger than those of the ensemble."""
    axes.axhline(truth, color="0.6", linewidth=0.8, label="true value")
    looks = {"for one energy": (COLOURS[1], "white"), "with the response": (COLOURS[0], None)}
    for (words, (colour, filling)), single in zip(looks.items(), (True, False), strict=True):
        some = np.array([row for row in rows if (row[1] == 0) == single or row[0] == 0])
        if some.size:
            error = np.sqrt(skies) * some[:, column + 1]
            axes.errorbar(
                some[:, 0], some[:, column], yerr=error, color=colour,
                markerfacecolor=filling or colour, label=f"fit {words}", **POINT | {"markersize": 5},
            )  # fmt: skip


def in_words(config: Config) -> str:
    """The response in words."""
    width = width_of(config)
    return rf"$\sigma(\ln E)$ = {width:g}" if width else "one energy"
