"""Fits as text, for `str(Fit)` and `eddysky fit`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from eddysky.validation.fitting.likelihood import CosmicVariance
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.parameters import Value

if TYPE_CHECKING:
    from eddysky.validation.fitting.estimates import Estimate
    from eddysky.validation.fitting.fitted import Fit

__all__ = ["assumptions", "headline", "paragraph"]

_SIGNS = {"upper": "<", "lower": ">"}


def headline(data: MeasuredPower) -> str:
    """Name of a spectrum, its multipoles or bands, and what is known of them."""
    ends = (
        (data.ell[0], data.ell[-1]) if data.edges is None else (data.edges.min(), data.edges.max())
    )
    what = "multipoles" if data.edges is None else "bands"
    words = [f"{data.name}: {len(data.ell)} {what}, l = {ends[0]:g}-{ends[1]:g}"]
    if data.covariance is not None:
        words.append("with covariance")
    if data.sky_fraction != 1:
        words.append(f"{data.sky_fraction:.3g} of the sky")
    if data.coverage is not None:
        words.append("coupled by a partial sky")
    return ", ".join(words)


def paragraph(fit: Fit, sources: Mapping[str, str] | None = None) -> str:
    """Goodness of fit, parameters with errors or limits, their correlations, and fixed parameters.

    Parameters
    ----------
    fit
        The fit.
    sources
        Source of each fixed parameter; "default" where it is missing.

    Returns
    -------
    str
        Several lines, indented after the first.
    """
    good = fit.goodness
    about = f"{good.dof} degrees of freedom, p = {good.p_value:.3g}"
    if not any(isinstance(spectrum.likelihood, CosmicVariance) for spectrum in fit.spectra):
        lines = [f"{fit.model.name}: chi2 = {good.statistic:.1f} for {about}"]
    else:
        lines = [
            f"{fit.model.name}: deviance = {good.statistic:.1f}, {good.expected:.1f} expected for {about}"
        ]
    width = max((len(estimate.name) for estimate in fit.estimates), default=0)
    lines += [_describe(estimate, width) for estimate in fit.estimates]
    for i, one in enumerate(fit.estimates):
        for j, other in enumerate(fit.estimates[:i]):
            value = fit.correlation[i, j]
            known = "not known, −2 ln L is not parabolic" if math.isnan(value) else f"{value:.3f}"
            lines.append(f"correlation of {other.name} and {one.name}: {known}")
    assumed = assumptions(fit, sources or {})
    if assumed:
        lines.append(f"assumed: {assumed}")
    if any(estimate.name == "velocity_dispersion" for estimate in fit.estimates):
        lines.append(
            "only velocity_dispersion^2 (mean_free_path/reference_scale)^(index-1) is measured: another mean free "
            "path gives another dispersion"
        )
    return "\n  ".join(lines)


def assumptions(fit: Fit, sources: Mapping[str, str]) -> str:
    """Fixed parameters grouped by their source: default, --config, a file or --fix.

    Parameters
    ----------
    fit
        The fit.
    sources
        Source of each fixed parameter; "default" where it is missing.

    Returns
    -------
    str
        "name = value unit, … (source); …"; without an infinite band and zero noise.
    """
    groups: dict[str, list[str]] = {}
    first = fit.spectra[0].fixed
    for name in first:
        values = list(dict.fromkeys(spectrum.fixed[name] for spectrum in fit.spectra))
        unit = fit.model[name].unit
        text = f"{name} = {', '.join(map(_value, values))} {unit}".strip()
        if all(_matters(fit, name, value) for value in values):
            groups.setdefault(sources.get(name, "default"), []).append(text)
    return "; ".join(f"{', '.join(texts)} ({source})" for source, texts in groups.items())


def _value(value: Value) -> str:
    """A word, or a number with the digits that one reads."""
    return f"{value:.6g}" if isinstance(value, int | float) else str(value)


def _matters(fit: Fit, name: str, value: Value) -> bool:
    """Whether a fixed parameter has an effect, unlike an infinite band, no noise, or the energy as its reference."""
    if not isinstance(value, int | float):
        return value != "none"
    if name in ("reference_energy", "scattering_index"):
        return any(s.fixed["energy"] != s.fixed["reference_energy"] for s in fit.spectra)
    return math.isfinite(value) and not (
        name in ("inner_scale", "noise", "energy_width") and value == 0
    )


def _describe(estimate: Estimate, width: int) -> str:
    """Value with asymmetric errors and the 95% interval; the limit at 95% if the 68% interval is open."""
    unit = f" {estimate.unit}" if estimate.unit else ""
    name = f"{estimate.name:<{width}}"
    if not estimate.measured:
        return f"{name} {_limit(estimate)}"
    low, high = (abs(end - estimate.value) for end in estimate.interval)
    digits = 1 - math.floor(math.log10(min(d for d in (low, high, abs(estimate.value)) if d > 0)))

    def text(value: float) -> str:
        return f"{value:.{digits}f}" if 0 <= digits <= 6 else f"{value:.3e}"

    ends = estimate.bounds(estimate.interval95)
    if any(end and float(text(end)) == 0 for end in ends):
        # Fixed-point text would print a small end of the interval as zero.
        digits = -1
    both = [text(end) for end in ends if end is not None]
    if len(both) == 2:
        range95 = f"95%: {both[0]} to {both[1]}"
    elif estimate.limit95 is not None:
        range95 = f"95%: {_SIGNS[estimate.limit95[0]]} {both[0]}"
    else:
        range95 = "95%: no limit"
    return f"{name} {text(estimate.value)} +{text(high)} -{text(low)}{unit}   {range95}"


def _limit(estimate: Estimate) -> str:
    """95% limit of a parameter whose 68% interval is open."""
    unit = f" {estimate.unit}" if estimate.unit else ""
    found = estimate.limit95
    if found is None:
        low, high = estimate.bounds(estimate.interval95)
        if low is not None and high is not None:
            return f"{low:.3g} to {high:.3g}{unit} at 95%"
        return "not constrained by the data"
    side, end = found
    return f"{_SIGNS[side]} {end:.3g}{unit} at 95%"
