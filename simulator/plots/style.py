"""What all figures share: style, colours, axes, powers of ten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "figure", "multipole_axis", "power_of_ten"]

STYLE: Any = {
    "figure.dpi": 100,
    "savefig.dpi": 150,
    "font.size": 10,
    "axes.linewidth": 0.8,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "legend.frameon": False,
}
COLOURS = ("#0b5fa5", "#d1495b", "#2e8b57", "#8a5fb0", "#c77c11", "#4a4a4a", "#17a2a2", "#b03a8f")


@contextmanager
def figure(width: float, height: float) -> Iterator[Figure]:
    """Give one figure in the style of this package, drawn without a window."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context(STYLE):
        drawing = Figure(figsize=(width, height), layout="constrained")
        FigureCanvasAgg(drawing)
        yield drawing


def multipole_axis(axes: Axes) -> None:
    """Label and plain numbers on a logarithmic axis of multipoles, drawn already."""
    axes.set_xlabel(r"multipole $\ell$")
    ticks = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000, 10000]
    low, high = axes.get_xlim()
    shown = [tick for tick in ticks if low <= tick <= high]
    axes.set_xticks(shown, [str(tick) for tick in shown])
    axes.minorticks_off()


def power_of_ten(value: float) -> tuple[int, float]:
    """Exponent and power of ten to write a value in; exponents of −1, 0 and 1 are not worth it."""
    exponent = int(np.floor(np.log10(value))) if value > 0 else 0
    exponent = 0 if abs(exponent) <= 1 else exponent
    return exponent, 10.0**exponent
