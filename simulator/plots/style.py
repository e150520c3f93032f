"""What all figures share: style, colours, axes, powers of ten."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.filenames import FORMATS
from eddysky.simulator.results.writing import check_overwriting, overwriting

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "COLOURS",
    "beside_one_another",
    "check_figure",
    "figure",
    "finish",
    "multipole_axis",
    "power_of_ten",
    "save",
]

COLOURS = ("#0b5fa5", "#d1495b", "#2e8b57", "#8a5fb0", "#c77c11", "#4a4a4a", "#17a2a2", "#b03a8f")
# Says which program made the figure, and not when: each file would differ from the last.
METADATA: dict[str, dict[str, Any]] = {
    "png": {"Software": "eddysky"},
    "pdf": {"Creator": "eddysky", "CreationDate": None},
    "svg": {"Creator": "eddysky", "Date": None},
}
# How that is written in the file.
MARKS = {
    "png": b"tEXtSoftware\0eddysky",
    "pdf": b"/Creator (eddysky)",
    "svg": b"<dc:title>eddysky</dc:title>",
}
# Dots per inch of PNG, and of sky maps inside PDF and SVG.
RESOLUTION = {"png": 150, "pdf": 300, "svg": 300}


@contextmanager
def figure(width: float, height: float) -> Iterator[Figure]:
    """Give one figure in the style of this package, whatever the user's matplotlibrc; no window is opened.

    Parameters
    ----------
    width, height
        Size [inch].
    """
    load_matplotlib()
    from eddysky.simulator.plots.notebook import NotebookFigure, style

    with style():
        yield NotebookFigure(figsize=(width, height), layout="constrained")


def load_matplotlib() -> None:
    """Import matplotlib even where MPLBACKEND names a backend that is not installed here.

    Jupyter sets it for the processes that it starts, of other environments too, and matplotlib then refuses to be
    imported. Figures of this package need no backend; for all others the name stays chosen where it is valid.
    """
    if "matplotlib" in sys.modules:
        return
    name = os.environ.pop("MPLBACKEND", None)
    try:
        import matplotlib as mpl
    finally:
        if name is not None:
            os.environ["MPLBACKEND"] = name
    if name:
        with suppress(ValueError):
            mpl.rcParams["backend"] = name


def finish(drawing: Figure, path: str | Path | None) -> Figure | Path:
    """Save a figure if there is a path, and give that, or else the figure, laid out in this style for good."""
    if path is not None:
        return save(drawing, Path(path))
    drawing.draw_without_rendering()
    return drawing


def save(drawing: Figure, path: Path) -> Path:
    """Write a figure in the format that its suffix names; the same figure gives the same bytes.

    Raises
    ------
    InputError
        If the suffix is none of `FORMATS`, or there is a file that is no figure of eddysky.
    """
    kind = format_of(path)
    with overwriting(path, lambda data: MARKS[kind] in data) as unfinished:
        drawing.savefig(unfinished, format=kind, dpi=RESOLUTION[kind], metadata=METADATA[kind])
    return path


def check_figure(path: Path) -> None:
    """Refuse a name under which `save` could not write a figure, before any computation.

    Raises
    ------
    InputError
        As `save`.
    """
    mark = MARKS[format_of(path)]
    check_overwriting(path, lambda data: mark in data)


def format_of(path: Path) -> str:
    """Format of a figure by its suffix."""
    kind = path.suffix.lower().removeprefix(".")
    if kind not in FORMATS:
        raise InputError(f"{path}: a figure's name must end in .{', .'.join(FORMATS)}")
    return kind


def multipole_axis(axes: Axes) -> None:
    """Label and plain numbers on a logarithmic axis of multipoles, drawn already."""
    axes.set_xlabel(r"multipole $\ell$")
    ticks = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000, 2000, 5000, 10000]
    low, high = axes.get_xlim()
    shown = [tick for tick in ticks if low <= tick <= high]
    axes.set_xticks(shown, [str(tick) for tick in shown])
    axes.minorticks_off()


def beside_one_another(ell: NDArray[np.int64], place: int, count: int) -> NDArray[np.float64]:
    """Multipoles at which to draw one of several ensembles on a logarithmic axis, so that none hides another.

    Parameters
    ----------
    ell
        Multipoles, shape (n,).
    place, count
        Which ensemble, of how many.
    """
    # All of them within 60% of the distance to the next multipole.
    step = np.minimum(0.025, 0.6 / (ell * max(count, 1)))
    return np.asarray(ell * np.exp((place - 0.5 * (count - 1)) * step))


def power_of_ten(value: float) -> tuple[int, float]:
    """Exponent and power of ten to write a value in; exponents of −1, 0 and 1 are not worth it."""
    exponent = int(np.floor(np.log10(value))) if value > 0 else 0
    exponent = 0 if abs(exponent) <= 1 else exponent
    return exponent, 10.0**exponent
