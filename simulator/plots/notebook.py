"""Figures in one style, which notebooks show without any window or backend; importing this loads matplotlib."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

__all__ = ["NotebookFigure", "style"]

STYLE: Any = {
    "figure.dpi": 100,
    "font.size": 10,
    "axes.linewidth": 0.8,
    "xtick.direction": "in",
    "ytick.direction": "in",
    "xtick.top": True,
    "ytick.right": True,
    "legend.frameon": False,
    # Journals ask for TrueType fonts in PDF; SVG text as outlines looks the same without the font.
    "pdf.fonttype": 42,
    "svg.fonttype": "path",
    # Names inside an SVG are hashes with this salt, random otherwise.
    "svg.hashsalt": "eddysky",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the style of this package; afterwards the user's settings are as before."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


class NotebookFigure(Figure):
    """A matplotlib figure in the style of this package, whatever the user's settings."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        image = io.BytesIO()
        with style():
            self.savefig(image, format="png")
        return image.getvalue()
