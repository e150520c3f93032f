"""Figure of the coupled C_ℓ of an observation over matrix × prediction."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, overload

import numpy as np

from eddysky.simulator.config.descriptions import config_in_words, counted, short
from eddysky.simulator.plots.observation import survey_in_words
from eddysky.simulator.plots.style import COLOURS, figure, finish
from eddysky.simulator.plots.titles import set_title
from eddysky.validation.comparison.observation import ObservedComparison, compare_observation
from eddysky.validation.plots.noise import draw_noise
from eddysky.validation.plots.power import add_note, draw_ensemble, finish_power, missing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from eddysky.simulator.observation.observation import Observation

__all__ = ["plot_observed_power"]


@overload
def plot_observed_power(
    observation: Observation,
    path: None = None,
    comparison: ObservedComparison | None = None,
    title: str | None = None,
) -> Figure: ...
@overload
def plot_observed_power(
    observation: Observation,
    path: str | Path,
    comparison: ObservedComparison | None = None,
    title: str | None = None,
) -> Path: ...
def plot_observed_power(
    observation: Observation,
    path: str | Path | None = None,
    comparison: ObservedComparison | None = None,
    title: str | None = None,
) -> Figure | Path:
    """Coupled C_ℓ, noise subtracted, with the prediction, the noise level, the plain correction and ratios.

    Parameters
    ----------
    observation
        The observation.
    path
        PNG, PDF or SVG to write; None: the figure is given back.
    comparison
        Its comparison with the theory; made here where it is not given.
    title
        Title; by default field of view, events and configuration.

    Returns
    -------
    Figure or Path
        The matplotlib figure, or the file if it was written.

    Raises
    ------
    InputError
        If the file cannot have that format, or nothing is predicted.
    NoVerdictError
        If the observation cannot be compared with the theory.
    """
    comparison = comparison or compare_observation(observation)
    survey, colour = observation.survey, COLOURS[0]
    with figure(6.4, 6.0) as fig:
        top, bottom = fig.subplots(2, sharex=True, height_ratios=[3, 1])
        some = comparison.predicted > 0
        ell, predicted = comparison.ell[some], comparison.predicted[some]
        if comparison.spread is not None and len(ell):
            relative = comparison.spread[some] / predicted
            # Below a fiftieth of the prediction a logarithmic axis has no room.
            low = predicted * np.maximum(1 - relative, 0.02)
            top.fill_between(
                ell, low, predicted * (1 + relative), color="0.85", linewidth=0,
                label="scatter of one observation",
            )  # fmt: skip
            bottom.fill_between(ell, 1 - relative, 1 + relative, color="0.85", linewidth=0)
        draw_ensemble(top, bottom, comparison, colour, counted(comparison.realizations))
        top.plot([], [], color=colour, linewidth=1.2, label=r"matrix × predicted $C_\ell$")
        top.plot(
            ell, comparison.plain[some], "--", color="0.35", linewidth=1,
            label=rf"predicted $C_\ell$ × {comparison.fraction:.3f}, the plain correction",
        )  # fmt: skip
        bottom.plot(ell, comparison.plain[some] / predicted, "--", color="0.35", linewidth=1)
        if draw_noise(top, bottom, comparison, colour):
            label = f"noise of {short(survey.total_events)} events, subtracted"
            top.plot([], [], ":", color=colour, linewidth=1.2, label=label)
        beyond = finish_power(top, bottom, [comparison])
        top.set_ylabel(r"coupled $C_\ell$ of weight × $\delta f/f$")
        bottom.set_ylabel("observed / predicted", fontsize=8)
        field = f"{survey_in_words(survey)}, {observation.sky_fraction:.1%} of the sky"
        set_title(fig, title or f"{field}: {config_in_words(observation.config)}")
        note = missing(comparison)
        beyond = [each.replace(r"N_\ell/C_\ell", r"N_\ell/\tilde C_\ell") for each in beyond]
        add_note(bottom, "; ".join([*([f"not shown: {note}"] if note else []), *beyond]))
        return finish(fig, path)
