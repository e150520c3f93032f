"""What `eddysky fit` says in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eddysky.validation.fit import Estimate, Fit

__all__ = ["contest", "heading", "paragraph"]


def heading(fit: Fit) -> str:
    """What was fitted to what."""
    ell = fit.data.ell
    return (
        f"{fit.data.name}: {len(ell)} multipoles, l = {ell[0]}-{ell[-1]}; "
        f"likelihood {fit.likelihood.name}"
    )


def paragraph(fit: Fit) -> str:
    """One fitted model: how good, parameters with errors, correlations, what was held."""
    good = fit.goodness
    about = f"{good.dof} degrees of freedom, p = {good.p_value:.3g}"
    if fit.likelihood.name == "gaussian":
        lines = [f"{fit.model.name}: chi2 = {good.statistic:.1f} for {about}"]
    else:
        lines = [
            f"{fit.model.name}: deviance = {good.statistic:.1f}, {good.expected:.1f} expected for {about}"
        ]
    width = max((len(estimate.name) for estimate in fit.estimates), default=0)
    lines += [describe(estimate, width) for estimate in fit.estimates]
    for i, one in enumerate(fit.estimates):
        for j, other in enumerate(fit.estimates[:i]):
            value = fit.correlation[i, j]
            known = "not known, −2 ln L is not parabolic" if math.isnan(value) else f"{value:.3f}"
            lines.append(f"correlation of {other.name} and {one.name}: {known}")
    held = [
        f"{name} = {value:.6g} {fit.model[name].unit}".strip()
        for name, value in fit.held.items()
        if math.isfinite(value) and not (name in ("inner_scale", "noise") and value == 0)
    ]
    if held:
        lines.append(f"held: {', '.join(held)}")
    if any(estimate.name == "velocity_dispersion" for estimate in fit.estimates):
        lines.append(
            "only velocity_dispersion^2 (mean_free_path/reference_scale)^(index-1) is measured: another mean free "
            "path gives another dispersion"
        )
    return "\n  ".join(lines)


def describe(estimate: Estimate, width: int) -> str:
    """Value with asymmetric errors, and the 95% interval."""
    low, high = (abs(end - estimate.value) for end in estimate.interval)
    digits = 1 - math.floor(math.log10(min(d for d in (low, high, abs(estimate.value)) if d > 0)))
    if not 0 <= digits <= 6:
        texts = [f"{value:.3e}" for value in (estimate.value, high, low, *estimate.interval95)]
    else:
        texts = [
            f"{value:.{digits}f}" for value in (estimate.value, high, low, *estimate.interval95)
        ]
    value, up, down, low95, high95 = texts
    unit = f" {estimate.unit}" if estimate.unit else ""
    return f"{estimate.name:<{width}} {value} +{up} -{down}{unit}   95%: {low95} to {high95}"


def contest(fits: Sequence[Fit]) -> str:
    """−2 ln L of each model above the best of them."""
    lowest = min(fit.minus_two_log_likelihood for fit in fits)
    name = "chi2" if fits[0].likelihood.name == "gaussian" else "-2 ln L"
    parts = (
        f"{fit.model.name} {fit.minus_two_log_likelihood - lowest:.2f} ({len(fit.estimates)} free)"
        for fit in fits
    )
    return f"{name} above the best model: {', '.join(parts)}"
