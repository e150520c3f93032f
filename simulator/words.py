"""Configurations and ensembles in words, for titles, tables and messages."""

from __future__ import annotations

from collections.abc import Sequence

from eddysky.simulator.config import Config, Flow

__all__ = ["band_in_words", "counted", "describe", "ranges"]


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


def counted(realizations: int) -> str:
    """Size of an ensemble in words."""
    return f"{realizations} realisation" + ("" if realizations == 1 else "s")


def ranges(numbers: Sequence[int]) -> str:
    """Ascending whole numbers as "1-4, 7": runs by their ends."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(f"{first}-{last}" if last > first else f"{first}" for first, last in runs)


def band_in_words(config: Config) -> str:
    """The band of the turbulence, and what ends it where no inner scale is given."""
    spectrum, path = config.flow_spectrum, config.mean_free_path
    band = spectrum.k_max * path
    words = f"band: k lambda = {spectrum.k_min * path:.3g} to {band:.4g}"
    if any(part.band_is_open for part in config.flow.components):
        words += f" (no flow.inner_scale given: it ends at {band / config.lmax:.3g} lmax)"
    return words
