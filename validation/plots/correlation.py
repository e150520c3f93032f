"""Figure of the correlation of multipoles: simulated, predicted, and their difference."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.plots.style import figure, save
from eddysky.simulator.plots.titles import set_title

if TYPE_CHECKING:
    from eddysky.validation.comparison.correlation import Correlation

__all__ = ["plot_correlation"]


def plot_correlation(found: Correlation, path: Path, title: str = "") -> Path:
    """Draw the correlation matrix of multipoles, normalised to the predicted diagonal.

    Parameters
    ----------
    found
        From `eddysky.validation.correlate`.
    path
        PNG, PDF or SVG to write.
    title
        What the ensemble is.
    """
    scale = np.sqrt(np.diag(found.predicted).real)
    # Multipoles without power are left blank.
    scale[scale == 0] = np.nan
    norm = np.outer(scale, scale)
    panels: list[tuple[str, NDArray[np.float64], float]] = [
        (f"simulated, {found.realizations} skies", found.measured.real / norm, 1.0),
        ("predicted", found.predicted.real / norm, 1.0),
        ("difference in standard errors", found.pull, 4.0),
    ]
    with figure(10.0, 3.5) as fig:
        low, high = float(found.ell[0]) - 0.5, float(found.ell[-1]) + 0.5
        all_axes = fig.subplots(1, 3)
        images: list[Any] = []
        for axes, (label, values, limit) in zip(all_axes, panels, strict=True):
            images.append(
                axes.imshow(
                    values, origin="lower", extent=(low, high, low, high), cmap="RdBu_r",
                    vmin=-limit, vmax=limit, interpolation="nearest",
                )
            )  # fmt: skip
            axes.set_title(label, fontsize=9)
            axes.set_xlabel(r"$\ell'$")
            axes.set_ylabel(r"$\ell$")
            axes.tick_params(direction="out", top=False, right=False)
            axes.locator_params(integer=True)
        for image, beside, label in (
            (images[1], all_axes[:2], "correlation, by the predicted diagonal"),
            (images[2], all_axes[2:], "pull"),
        ):
            bar = fig.colorbar(image, ax=list(beside), fraction=0.05, pad=0.02)
            bar.set_label(label, fontsize=8)
            bar.ax.tick_params(labelsize=8)
        what = rf"$\langle a_{{\ell {found.m}}}\,a^*_{{\ell' {found.m}}}\rangle$ about the magnetic field"
        if np.iscomplexobj(found.predicted):
            what += ", real part"
        if found.frame == "equatorial":
            what = r"$\langle a_{\ell m}\,a^*_{\ell' m}\rangle$ averaged over $m$"
        set_title(fig, f"{title}: {what}" if title else what)
        return save(fig, path)
