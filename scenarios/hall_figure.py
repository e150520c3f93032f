"""Figure of the dipole of a density gradient against λ/r_L: orbits, expected sky, and closed form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.scenarios.scenario import Outcome
from eddysky.simulator.config import Config
from eddysky.simulator.plots.style import COLOURS, figure, save
from eddysky.simulator.plots.titles import set_title
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.sky.alm_index import index_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["COLUMNS", "Dipole", "dipoles", "plot_dipoles"]

Array = NDArray[np.float64]

COLUMNS = (
    "w", "across", "hall", "along", "error",
    "expected_across", "expected_hall", "expected_along",
    "closed_across", "closed_hall", "closed_along",
)  # fmt: skip
NAMES = (r"along $\mathbf{g}_\perp$", r"along $\mathbf{g}\times\mathbf{b}$", r"along $\mathbf{b}$")
# Part of a gradient across the field that counts as none.
ROUNDING = 1e-12
# Points of a curve.
STEPS = 400
RING: dict[str, Any] = {
    "marker": "o", "linestyle": "none", "markersize": 8, "markerfacecolor": "none",
}  # fmt: skip
POINT: dict[str, Any] = {"marker": "o", "linestyle": "none", "markersize": 2.5}
SAMPLES = {"orbits": "orbits", "random": "particles"}
# Alignment of a text on the left of a point, above it and on the right.
HEADS: dict[int, Any] = {-1: "right", 0: "center", 1: "left"}


@dataclass(frozen=True, slots=True)
class Dipole:
    """Dipole vectors of one variant along g_⊥, g×b and b, in units of λ|g_⊥|.

    Parameters
    ----------
    config
        Of the variant.
    measured, expected
        Of the mean of its skies and of the expected sky, shape (3,).
    error
        Standard error of each component; zero without shot noise.
    """

    config: Config
    measured: Array
    expected: Array
    error: float

    @property
    def ratio(self) -> float:
        """W = λ/r_L."""
        return self.config.mean_free_path / self.config.larmor_radius

    @property
    def row(self) -> list[float]:
        """Row of a table with `COLUMNS`."""
        closed = closed_form(self.config, self.ratio)
        return [
            self.ratio, *self.measured.tolist(), self.error, *self.expected.tolist(), *closed.tolist(),
        ]  # fmt: skip


def dipoles(outcomes: Mapping[str, Outcome]) -> list[Dipole]:
    """Dipoles in ascending λ/r_L, of the variants that keep a_ℓm and have a gradient across the field."""
    found = []
    for outcome in outcomes.values():
        result, config = outcome.result, outcome.result.config
        if result.alm is None or not len(result.alm) or config.magnetic_field == "random":
            continue
        axes, scale = frame(config)
        if scale == 0:
            continue
        skies = len(result.alm)
        noise = 0.0 if result.noise is None else float(np.mean(result.noise[:, 1:])) / skies
        sky = config.sky.model_copy(update={"sampling": "expected", "particles": None})
        same = config.model_copy(update={"sky": sky})
        expected = realize(Setup.from_config(same, maps=False), 0, keep_alm=True).alm
        assert expected is not None
        measured = result.alm.mean(axis=(0, 1))
        found.append(
            Dipole(
                config,
                axes @ vector(measured, config.lmax) / scale,
                axes @ vector(expected[0], config.lmax) / scale,
                math.sqrt(3 / (4 * math.pi) * noise) / scale,
            )
        )
    return sorted(found, key=lambda each: each.ratio)


def frame(config: Config) -> tuple[Array, float]:
    """Unit vectors along g_⊥, g×b and b, shape (3, 3), and λ|g_⊥|."""
    gradient, field = np.array(config.transport.density_gradient), config.field_direction
    assert field is not None
    across = gradient - (gradient @ field) * field
    size = float(np.linalg.norm(across))
    if size <= ROUNDING * float(np.linalg.norm(gradient)):
        return np.zeros((3, 3)), 0.0
    across /= size
    return np.stack([across, np.cross(across, field), field]), config.mean_free_path * size


def vector(alm: NDArray[np.complex128], lmax: int) -> Array:
    """D (3,) of the dipole n·d in a sky."""
    zero, one = alm[index_of(1, 0, lmax)], alm[index_of(1, 1, lmax)]
    across = -one * math.sqrt(3 / (2 * math.pi))
    return np.array([across.real, -across.imag, zero.real * math.sqrt(3 / (4 * math.pi))])


def closed_form(config: Config, ratio: float) -> Array:
    """Components of d/(λ|g_⊥|) at some λ/r_L: Re Ψ, Im Ψ and g_∥/|g_⊥|, Ψ(w) = (⟨e^(iws)⟩ − 1)/(iw)."""
    axes, scale = frame(config)
    gradient = config.mean_free_path * axes @ np.array(config.transport.density_gradient) / scale
    mean = complex(config.transport.law.characteristic(np.array([ratio]))[0])
    psi = (mean - 1) / (1j * ratio)
    return np.array([psi.real, psi.imag, gradient[2]])


def plot_dipoles(found: Sequence[Dipole], path: Path, title: str) -> Path:
    """Components against w over how far the sky is from the expected one, and the dipole in the plane across b."""
    with figure(8.6, 4.2) as fig:
        grid = fig.add_gridspec(2, 2, width_ratios=[1.25, 1], height_ratios=[2.6, 1])
        upper = fig.add_subplot(grid[0, 0])
        draw_components(upper, found)
        draw_differences(fig.add_subplot(grid[1, 0], sharex=upper), found)
        draw_plane(fig.add_subplot(grid[:, 1]), found)
        set_title(fig, title)
        return save(fig, path)


def draw_components(axes: Axes, found: Sequence[Dipole]) -> None:
    """Each component against w."""
    ratios = np.array([each.ratio for each in found])
    smooth = np.geomspace(ratios[0] / 1.5, ratios[-1] * 1.5, STEPS)
    curves = np.array([closed_form(found[0].config, ratio) for ratio in smooth])
    for i, (name, colour) in enumerate(zip(NAMES, COLOURS, strict=False)):
        axes.plot(smooth, curves[:, i], color=colour, linewidth=1.2, label=name)
        axes.plot(ratios, [each.expected[i] for each in found], **RING, color=colour)
        axes.plot(ratios, [each.measured[i] for each in found], **POINT, color=colour)
    axes.set_xscale("log")
    axes.tick_params(labelbottom=False)
    axes.set_ylabel(r"dipole over $\lambda|\mathbf{g}_\perp|$")
    axes.legend(fontsize=8)


def draw_differences(axes: Axes, found: Sequence[Dipole]) -> None:
    """Measured less expected components with their errors, beside one another."""
    for i, colour in enumerate(COLOURS[:3]):
        ratios = [each.ratio * 1.12 ** (i - 1) for each in found]
        away = [100 * (each.measured - each.expected)[i] for each in found]
        errors = [100 * each.error for each in found]
        axes.errorbar(ratios, away, yerr=errors, linewidth=0.9, **POINT, color=colour)
    axes.axhline(0, color="0.4", linewidth=0.8)
    axes.set_xlabel(r"$w = \lambda/r_\mathrm{L}$")
    axes.set_ylabel(r"difference [%]")


def draw_plane(axes: Axes, found: Sequence[Dipole]) -> None:
    """The dipole across the field, from w = 0 on the right to infinity at the origin."""
    smooth = np.tan(np.linspace(1e-3, math.pi / 2 - 1e-3, STEPS))
    curve = np.array([closed_form(found[0].config, ratio) for ratio in smooth])
    axes.plot(curve[:, 0], curve[:, 1], color="0.4", linewidth=1.2, label="closed form")
    for look, label, points in (
        (RING, "expected sky", [each.expected for each in found]),
        (POINT, SAMPLES.get(found[0].config.sampling, "simulated sky"), [each.measured for each in found]),
    ):  # fmt: skip
        across, hall, _ = np.transpose(points)
        axes.plot(across, hall, **look, color="0.15", label=label)
    for each in found:
        across, hall = each.expected[:2]
        # Outside the circle about (½, 0).
        away = np.array([across - 0.5, hall]) / max(math.hypot(across - 0.5, hall), 1e-9)
        axes.annotate(
            f"{each.ratio:.2g}", (across, hall), xytext=tuple(12 * away), ha=HEADS[int(np.sign(round(away[0], 1)))],
            va="center" if abs(away[0]) > 0.1 else "bottom", textcoords="offset points", fontsize=8,
        )  # fmt: skip
    axes.set_aspect("equal")
    axes.margins(x=0.18, y=0.3)
    axes.text(
        0.97, 0.96, r"numbers: $w$", transform=axes.transAxes, ha="right", va="top", fontsize=8
    )
    axes.set_xlabel(NAMES[0])
    axes.set_ylabel(NAMES[1])
    axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 0.22))
