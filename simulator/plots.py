"""Figures: the sky map, and power spectra against their predictions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config, Flow
from eddysky.simulator.result import Result

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["PowerComparison", "beside", "counted", "plot_map", "plot_power", "plot_powers"]

Array = NDArray[np.float64]

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


# Less than this fraction of the highest prediction is not shown.
RANGE = 1e-6


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
    def seen(self) -> NDArray[np.bool_] | None:
        """Multipoles not lost in shot noise; None: all."""
        ...


def plot_map(result: Result, path: Path, row: int = 0) -> Path:
    """Mollweide map of one kept realisation, in equatorial coordinates, RA growing to the left.

    Parameters
    ----------
    result
        An ensemble with at least one map.
    path
        PNG to write.
    row
        Row of `result.maps`.
    """
    with figure(8.0, 4.9) as fig:
        axes: Any = fig.add_subplot(projection="mollweide")
        exponent, scale = power_of_ten(float(np.nanmax(np.abs(result.maps[row]))))
        values = result.maps[row].astype(float) / scale
        limit = float(np.nanpercentile(np.abs(values), 99.5)) or 1.0
        mesh = draw_map(axes, values, limit)
        degrees = np.arange(-120, 121, 60)
        axes.set_xticks(np.radians(degrees), [f"{-d % 360}°" for d in degrees], fontsize=8)
        axes.set_yticks(np.radians([-60, -30, 0, 30, 60]), ["−60°", "−30°", "0°", "30°", "60°"])
        axes.tick_params(labelsize=8)
        axes.grid(color="0.4", linewidth=0.3)
        bar = fig.colorbar(mesh, orientation="horizontal", pad=0.07, shrink=0.6, aspect=35)
        unit = rf" [$10^{{{exponent}}}$]" if exponent else ""
        axes.set_xlabel("right ascension", fontsize=8)
        axes.set_ylabel("declination", fontsize=8)
        axes.set_longitude_grid_ends(90)
        bar.set_label(rf"relative intensity $\delta f/f - \langle\delta f/f\rangle${unit}")
        fig.suptitle(describe(result.config, int(result.map_index[row])), fontsize=9)
        fig.savefig(path)
    return path


def draw_map(axes: Any, values: Array, limit: float, columns: int = 1440) -> Any:
    """HEALPix map (RING order) on Mollweide axes, RA growing to the left, white at zero; returns the mesh.

    Parameters
    ----------
    axes
        With projection="mollweide".
    values
        One for each pixel.
    limit
        Where the colours end, on either side of zero.
    columns
        Points around the equator, at which the nearest pixel is drawn; half as many from pole to pole.
    """
    import ducc0

    longitude = np.linspace(-np.pi, np.pi, columns + 1)
    latitude = np.linspace(-np.pi / 2, np.pi / 2, columns // 2 + 1)
    middle = 0.5 * (latitude[1:] + latitude[:-1])
    angles = np.stack(
        np.broadcast_arrays(
            np.pi / 2 - middle[:, None], 0.5 * (longitude[1:] + longitude[:-1])[None, :]
        ),
        axis=-1,
    )
    base = ducc0.healpix.Healpix_Base(math.isqrt(len(values) // 12), "RING")
    return axes.pcolormesh(
        -longitude, latitude, values[base.ang2pix(angles % (2 * np.pi))], cmap="RdBu_r",
        vmin=-limit, vmax=limit, rasterized=True,
    )  # fmt: skip


def plot_power(
    result: Result,
    comparison: PowerComparison,
    path: Path,
    others: Mapping[str, tuple[NDArray[np.int64], Array]] | None = None,
) -> Path:
    """C_ℓ of one ensemble: mean with standard error, cosmic variance, prediction, slope and ratio.

    Parameters
    ----------
    result, comparison
        The ensemble and its comparison with the theory.
    path
        PNG to write.
    others
        Other models by label: multipoles and their C_ℓ.
    """
    with figure(6.4, 6.0) as fig:
        top, bottom = fig.subplots(2, sharex=True, height_ratios=[3, 1])
        ell, predicted = comparison.ell, comparison.predicted
        # With parallel transport a sky has one a_ℓ0 for each ℓ instead of 2ℓ + 1 a_ℓm.
        parallel = result.config.transport.mode == "parallel"
        relative = np.sqrt(2 / (np.ones(len(ell)) if parallel else 2 * ell + 1))
        band = predicted * relative
        top.fill_between(
            ell, np.maximum(predicted - band, predicted * 0.02), predicted + band,
            color="0.85", label="cosmic variance of one sky",
        )  # fmt: skip
        draw_slope(top, result.config, comparison)
        draw_ensemble(top, bottom, comparison, COLOURS[0], counted(len(result.power)))
        top.plot([], [], color=COLOURS[0], linewidth=1.2, label="prediction for the simulated band")
        styles = cycle(("--", "-.", ":"))
        for (label, (places, values)), colour in zip(
            (others or {}).items(), cycle(COLOURS[1:]), strict=False
        ):
            top.plot(places, values, next(styles), color=colour, linewidth=1.2, label=label)
        bottom.fill_between(ell, 1 - relative, 1 + relative, color="0.85")
        some = predicted > 0
        off = np.abs(comparison.measured[some] / predicted[some] - 1)
        spread = 1.3 * float(np.max(off + 2 * comparison.error[some] / predicted[some]))
        bottom.set_ylim(max(0.0, 1 - spread), 1 + spread)
        finish_power(top, bottom)
        top.set_title(describe(result.config), fontsize=9)
        fig.savefig(path)
    return path


def plot_powers(comparisons: Mapping[str, PowerComparison], path: Path, title: str) -> Path:
    """C_ℓ of several ensembles, each with its own prediction."""
    with figure(6.8, 6.4) as fig:
        top, bottom = fig.subplots(2, sharex=True, height_ratios=[3, 1.2])
        for (label, comparison), colour in zip(comparisons.items(), cycle(COLOURS), strict=False):
            draw_ensemble(top, bottom, comparison, colour, label)
        top.plot([], [], color="0.3", linewidth=1.2, label="prediction")
        bottom.set_ylim(0.5, 1.5)
        predictions = np.concatenate([c.predicted for c in comparisons.values()])
        if predictions.min() < RANGE * predictions.max():
            top.set_ylim(bottom=RANGE * predictions.max())
        finish_power(top, bottom)
        hidden = any(c.seen is not None and not c.seen.all() for c in comparisons.values())
        top.set_title(title, fontsize=10)
        note = "the same flows in all ensembles"
        if hidden:
            note += "; multipoles lost in shot noise are left out"
        bottom.set_title(note, fontsize=8, color="0.3")
        fig.savefig(path)
    return path


def draw_ensemble(
    top: Axes, bottom: Axes, comparison: PowerComparison, colour: str, label: str
) -> None:
    """One ensemble: points over its prediction, and their ratio below."""
    ell, predicted = comparison.ell, comparison.predicted
    some = predicted > 0
    top.plot(ell[some], predicted[some], color=colour, linewidth=1.2, alpha=0.8)
    # Multipoles lost in shot noise would only scatter over the figure.
    seen = np.ones(len(ell), dtype=bool) if comparison.seen is None else comparison.seen
    shown = (comparison.measured > 0) & some & seen
    bars: dict[str, Any] = {"fmt": "o", "markersize": 2.6, "linewidth": 0.9, "color": colour}
    measured, error = comparison.measured[shown], comparison.error[shown]
    top.errorbar(ell[shown], measured, yerr=error, label=label, **bars)
    bottom.errorbar(ell[shown], measured / predicted[shown], yerr=error / predicted[shown], **bars)


def draw_slope(axes: Axes, config: Config, comparison: PowerComparison) -> None:
    """The law of the infinite band, ℓ^(−γ−1), where it applies: fixed paths."""
    ell, predicted = comparison.ell, comparison.predicted
    flow = config.flow
    power_law = not flow.component and flow.spectrum == "power-law" and flow.taylor_order is None
    if power_law and config.transport.free_path == "fixed" and ell[-1] > 20:
        slope = -config.flow.index - 1
        shown = ell >= 5
        # A little above the points, so that both can be seen.
        line = 2.2 * predicted[ell == 10] * (ell[shown] / 10) ** slope
        axes.plot(
            ell[shown], line, "--", color="0.35", linewidth=1,
            label=rf"$\propto\ell^{{\,-\gamma-1}} = \ell^{{\,{slope:.2f}}}$",
        )  # fmt: skip


def finish_power(top: Axes, bottom: Axes) -> None:
    """Scales, labels and legend of a power spectrum with its ratio panel."""
    top.set_xscale("log")
    top.set_yscale("log")
    top.set_ylabel(r"$C_\ell$ of $\delta f/f$")
    top.legend(fontsize=8)
    bottom.axhline(1, color="0.3", linewidth=0.8)
    bottom.set_ylabel("simulated / predicted", fontsize=8)
    bottom.set_xlabel(r"multipole $\ell$")
    ticks = [1, 2, 3, 5, 10, 20, 30, 50, 100, 200, 500, 1000]
    low, high = top.get_xlim()
    shown = [t for t in ticks if low <= t <= high]
    bottom.set_xticks(shown, [str(t) for t in shown])
    bottom.minorticks_off()


def describe(config: Config, realization: int | None = None) -> str:
    """One line that says what is simulated."""
    flow, path = config.flow, config.transport.free_path
    words = []
    if realization is not None:
        words.append(f"realisation {realization}" if config.turbulent else "no turbulence")
    if config.turbulent:
        words += describe_turbulence(flow)
        if flow.taylor_order is not None:
            words.append(f"to order {flow.taylor_order}")
    words.append(f"{config.cosmic_rays.energy:g} TeV")
    if config.transport.mode == "parallel":
        words.append("parallel")
    words.append(rf"$\lambda$ = {config.mean_free_path:.3g} pc ({path})")
    if config.transport.scatterings > 1:
        words.append(f"{config.transport.scatterings} scatterings")
    words.append(f"{config.sky.frame} frame")
    return ", ".join(words)


def describe_turbulence(flow: Flow) -> list[str]:
    """What the turbulence is, in a few words."""
    if flow.component:
        return ["+".join(part.spectrum for part in flow.component) + " turbulence"]
    words = []
    if flow.spectrum == "table":
        words.append("tabulated spectrum")
    else:
        if flow.injection_scale is not None:
            words.append(f"injection at {flow.injection_scale:g} pc")
        words.append(rf"$\gamma$ = {flow.index:.3g}")
        words.append(rf"$\sigma$({flow.reference_scale:g} pc) = {flow.velocity_dispersion:g} km/s")
    beta = flow.transverse_fraction
    words.append(r"$\beta(k)$ of a table" if callable(beta) else rf"$\beta$ = {beta:.3g}")
    return words


def beside(stem: Path, suffix: str) -> Path:
    """Name of a figure of a results file; only the file's own ending is taken off."""
    base = stem.name.removesuffix(".h5").removesuffix(".hdf5")
    return stem.with_name(base + suffix)


def counted(realizations: int) -> str:
    """Size of an ensemble in words."""
    return f"{realizations} realisation" + ("" if realizations == 1 else "s")


def power_of_ten(value: float) -> tuple[int, float]:
    """Exponent and power of ten to write a value in; exponents of −1, 0 and 1 are not worth it."""
    exponent = int(np.floor(np.log10(value))) if value > 0 else 0
    exponent = 0 if abs(exponent) <= 1 else exponent
    return exponent, 10.0**exponent


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
