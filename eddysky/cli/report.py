"""What the command line says of a comparison in words: the verdict and its table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from eddysky.simulator.config.words import counted, ranges

if TYPE_CHECKING:
    from eddysky.validation import Comparison

__all__ = ["table", "verdict"]


def verdict(comparison: Comparison) -> str:
    """Whether the ensemble agrees with the theory, and the numbers that say so."""
    word = "consistent" if comparison.consistent else "NOT consistent"
    lines = [f"{word} with the theory"]
    size = counted(comparison.realizations)
    span = f"l = {ranges(comparison.ell.tolist())}, {size}"
    if comparison.p_value is None:
        lines.append(f"nothing random; {exactness(comparison)} ({span})")
    else:
        lines.append(
            f"chi2 = {comparison.chi2:.1f} for {comparison.dof:.1f} degrees of freedom, "
            f"p = {comparison.p_value:.3g} ({span})"
        )
    if comparison.amplitude is not None:
        lines.append(
            f"amplitude {comparison.amplitude:.4f} ± {comparison.amplitude_error:.4f} of the prediction"
        )
    if comparison.slope is not None:
        slope = comparison.slope
        lines.append(
            f"slope {slope.measured:.3f} ± {slope.error:.3f}, predicted {slope.predicted:.3f} "
            f"(l = {slope.lmin}-{slope.lmax})"
        )
    if comparison.scatter is not None:
        lines.append(f"scatter of C_l {comparison.scatter:.2f} times cosmic variance")
    lines += unused(comparison)
    return "\n  ".join(lines)


def unused(comparison: Comparison) -> list[str]:
    """One line for each reason why multipoles are left out of the verdict, or of a part of it."""
    lines = []
    if comparison.seen is not None and not comparison.seen.all():
        faded = ranges(comparison.ell[~comparison.seen].tolist())
        lines.append(f"l = {faded} in chi2 only: lost in shot noise")
    for reason in dict.fromkeys(comparison.left_out.values()):
        those = [ell for ell, why in comparison.left_out.items() if why == reason]
        lines.append(f"l = {ranges(those)} not judged: {reason}")
    return lines


def exactness(comparison: Comparison) -> str:
    """How closely a sky without randomness follows its prediction."""
    some = comparison.predicted > 0
    if not np.any(some):
        return f"predicted: an empty sky; largest C_l {np.max(comparison.measured):.1e}"
    worst = float(np.max(np.abs(comparison.ratio[some] - 1)))
    rest = np.max(comparison.measured[~some], initial=0.0) / np.max(comparison.predicted)
    names = ", ".join(f"C_{ell}" for ell in comparison.ell[some])
    return f"{names} within {worst:.1e} of the prediction, all others below {rest:.1e} of it"


def table(comparison: Comparison) -> str:
    """One line a multipole."""
    lines = ["   l     measured        error    predicted    ratio     pull"]
    columns = zip(
        comparison.ell,
        comparison.measured,
        comparison.error,
        comparison.predicted,
        comparison.ratio,
        comparison.pull,
        strict=True,
    )
    lines += [
        f"{ell:4d} {measured:12.5e} {error:12.5e} {predicted:12.5e} {ratio:8.4f} {pull:8.2f}"
        for ell, measured, error, predicted, ratio, pull in columns
    ]
    return "\n".join(lines)
