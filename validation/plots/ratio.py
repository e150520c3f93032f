"""The panel of ratios of measured to predicted C_ℓ below a spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.plots.style import COLOURS, beside_one_another

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PowerComparison", "draw_ratio_limits", "visible"]

Array = NDArray[np.float64]

# Points with relative errors up to this decide the range, which is no smaller than the other.
WELL_MEASURED = 0.3
SMALLEST_SPREAD = 0.02


class PowerComparison(Protocol):
    """Measured and predicted C_ℓ, as `eddysky.validation.compare` gives them."""

    @property
    def ell(self) -> NDArray[np.int64]:
        """Multipoles."""
        ...

    @property
    def measured(self) -> Array:
        """Ensemble mean of C_ℓ."""
        ...

    @property
    def error(self) -> Array:
        """Standard error of the mean."""
        ...

    @property
    def predicted(self) -> Array:
        """Prediction for the same band."""
        ...

    @property
    def above_noise(self) -> NDArray[np.bool_] | None:
        """Multipoles that are not dominated by shot noise; None: all."""
        ...

    @property
    def noise(self) -> Array | None:
        """Noise level N_ℓ of one sky of particles; None without particles."""
        ...


def draw_ratio_limits(axes: Axes, comparisons: Sequence[PowerComparison]) -> int:
    """Range of a ratio panel after its well-measured points; arrows at the edge for those beyond it.

    Returns the number of arrows.
    """
    arrows = 0
    spread = ratio_spread(comparisons)
    low, high = max(0.0, 1 - spread), 1 + spread
    axes.set_ylim(low, high)
    for index, each in enumerate(comparisons):
        x = beside_one_another(each.ell, index, len(comparisons))
        shown = visible(each) & (each.predicted > 0)
        ratio = each.measured[shown] / each.predicted[shown]
        colour = COLOURS[index % len(COLOURS)]
        for beyond, edge, marker in ((ratio < low, low, "v"), (ratio > high, high, "^")):
            if not beyond.any():
                # An empty line that is not clipped would claim room at the edge of the page.
                continue
            arrows += int(np.count_nonzero(beyond))
            axes.plot(
                x[shown][beyond], np.full(np.count_nonzero(beyond), edge), marker,
                color=colour, markersize=5, clip_on=False,
            )  # fmt: skip
    return arrows


def ratio_spread(comparisons: Sequence[PowerComparison]) -> float:
    """How far from 1 a ratio panel reaches: to the well-measured points with their error bars."""
    reach = [SMALLEST_SPREAD]
    errors = []
    for each in comparisons:
        some = visible(each) & (each.predicted > 0)
        off = np.abs(each.measured[some] / each.predicted[some] - 1)
        error = each.error[some] / each.predicted[some]
        well = error <= WELL_MEASURED
        reach += (1.3 * (off + 1.5 * error))[well].tolist()
        errors += error.tolist()
    if len(reach) == 1 and errors:
        # Nothing is well measured: room for the errors themselves.
        reach.append(3 * float(np.median(errors)))
    return max(reach)


def visible(comparison: PowerComparison) -> NDArray[np.bool_]:
    """Multipoles not lost in shot noise."""
    if comparison.above_noise is None:
        return np.ones(len(comparison.ell), dtype=bool)
    return comparison.above_noise
