"""The noise level of particles in figures of power spectra."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from eddysky.validation.plots.ratio import PowerComparison

__all__ = ["draw_noise", "label_noise", "noise_ratio"]

Array = NDArray[np.float64]


def draw_noise(top: Axes, bottom: Axes, comparison: PowerComparison, colour: str) -> bool:
    """Noise level N_ℓ of one sky of particles, dotted, and its ratio to the prediction; whether there is any."""
    if comparison.noise is None or not np.any(comparison.noise > 0):
        return False
    ell, some = comparison.ell, comparison.predicted > 0
    top.plot(ell, comparison.noise, ":", color=colour, linewidth=1.2)
    bottom.plot(ell[some], noise_ratio(comparison), ":", color=colour, linewidth=1.2)
    return True


def noise_ratio(comparison: PowerComparison) -> Array:
    """N_ℓ/C_ℓ at the multipoles with a prediction; empty without particles."""
    if comparison.noise is None:
        return np.empty(0)
    some = comparison.predicted > 0
    return np.asarray(comparison.noise[some] / comparison.predicted[some])


def label_noise(axes: Axes, colour: str, particles: int | None = None) -> None:
    """Entry of the legend for the noise level."""
    number = "" if particles is None else f" of {short(particles)} particles"
    words = rf"shot noise $N_\ell$ of one sky{number}"
    axes.plot([], [], ":", color=colour, linewidth=1.2, label=words)
