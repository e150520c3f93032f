"""What `eddysky run` prints at its end: verdicts, and the files that it wrote, on one screen or in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eddysky.simulator.config.descriptions import band_in_words, ranges
from eddysky.simulator.results.shot_noise import ShotNoise
from eddysky.validation.comparison.statistics import two_sided
from eddysky.validation.comparison.verdict import FALSE_ALARM, exactness

if TYPE_CHECKING:
    from eddysky.cli.targets import Target
    from eddysky.simulator.results.result import Result
    from eddysky.validation import Comparison
    from eddysky.validation.comparison.realizations import NoVerdictError

__all__ = ["files_in_full", "files_in_short", "verdicts_in_full", "verdicts_in_short"]

# A verdict for each variant, or else only for those that are not consistent: with the files, a screen of 24 lines.
MOST_LINES = 18
# Facts that would make a line longer are left to --verbose.
WIDTH = 110
# Files of one kind that are named.
NAMED = 3


def verdicts_in_full(
    target: Target,
    results: Mapping[str, Result],
    verdicts: Mapping[str, Comparison | NoVerdictError],
    output: Path,
) -> list[str]:
    """Lines with all tests, shot noise, band and results file of each variant."""
    lines = []
    for variant, result in results.items():
        config, verdict = target.configs[variant], verdicts[variant]
        lines.append(f"{target.title(variant)}: {_not_compared(verdict) or verdict}")
        if result.noise is not None:
            lines.append(f"  {ShotNoise.from_rows(config, result.power, result.noise)}")
        if config.turbulent:
            lines.append(f"  {band_in_words(config)}")
        lines.append(f"  results: {target.output(output, variant)}")
    return lines


def verdicts_in_short(
    target: Target, verdicts: Mapping[str, Comparison | NoVerdictError]
) -> list[str]:
    """A line for each variant; one for those without a verdict, and one for all consistent ones of very many."""
    compared: dict[str, Comparison] = {}
    reasons: dict[str, list[str]] = {}
    for variant, verdict in verdicts.items():
        if isinstance(verdict, Exception):
            reasons.setdefault(_not_compared(verdict), []).append(variant)
        else:
            compared[variant] = verdict
    lines = []
    if len(compared) > MOST_LINES:
        good = [verdict for verdict in compared.values() if verdict.consistent]
        if good:
            lines.append(f"{target.label}: {_of_many(good, len(compared))}")
        compared = {variant: each for variant, each in compared.items() if not each.consistent}
    lines += [_brief(target.title(variant), verdict) for variant, verdict in compared.items()]
    if (more := len(lines) - MOST_LINES) > 0:
        lines = [*lines[:MOST_LINES], f"{target.label}: and {more} further; --verbose lists them"]
    for words, variants in reasons.items():
        name = target.title(variants[0])
        if len(variants) > 1:
            name = f"{target.label}: {len(variants)} variants"
        lines.append(f"{name}: {words}")
    return lines


def files_in_full(made: Sequence[Path]) -> list[str]:
    """A line for each figure and table."""
    return [f"  {_kind(path)}: {path}" for path in made]


def files_in_short(target: Target, output: Path, made: Sequence[Path]) -> list[str]:
    """A line each for results, figures and tables, of many the first."""
    results = [target.output(output, variant) for variant in target.configs]
    kinds = {"results": results, "figure": [], "table": []}
    for path in made:
        kinds[_kind(path)].append(path)
    lines = []
    for kind, paths in kinds.items():
        many = "s" if len(paths) > 1 and kind != "results" else ""
        if paths:
            lines.append(f"  {kind}{many}: {_named(paths)}")
    return lines


def _named(paths: Sequence[Path]) -> str:
    """Two files, or of more the first, as many as fit in a line."""
    words = str(paths[0])
    for number, path in enumerate(paths[1:], start=1):
        full = number == NAMED or len(words) + len(str(path)) > WIDTH - 30
        if full and len(paths) > 2:
            return f"{words} and {len(paths) - number} more"
        words += f", {path}"
    return words


def _kind(path: Path) -> str:
    """What a file besides the results holds."""
    return "table" if path.suffix == ".csv" else "figure"


def _not_compared(verdict: Comparison | NoVerdictError) -> str:
    """Why there is no verdict; empty where there is one."""
    return f"not compared with the theory: {verdict}" if isinstance(verdict, Exception) else ""


def _brief(title: str, comparison: Comparison) -> str:
    """The verdict with all that contradicts it, and as many other facts as fit in a line."""
    decisive: list[str] = []
    others: list[str] = []

    def fails(pull: float) -> bool:
        return two_sided(pull, comparison.realizations) < FALSE_ALARM

    if comparison.unexpected:
        decisive.append(f"unexpected power at l = {ranges(comparison.unexpected, NAMED)}")
    if comparison.p_value is None:
        decisive.append(_difference(comparison))
    else:
        decisive.append(f"p = {comparison.p_value:.3g}")
    if comparison.amplitude_pull is not None and fails(comparison.amplitude_pull):
        decisive.append(
            f"amplitude {comparison.amplitude:.4f} ± {comparison.amplitude_error:.4f} of the prediction"
        )
    if (slope := comparison.slope) is not None:
        (decisive if fails(slope.pull) else others).append(
            f"slope {slope.measured:.3f} ± {slope.error:.3f}, predicted {slope.predicted:.3f}"
        )
    if comparison.above_noise is not None and comparison.noise is not None:
        noisy = comparison.ell[~comparison.above_noise & (comparison.predicted > 0)]
        if noisy.size:
            others.append(f"shot noise hides l = {ranges(noisy.tolist(), NAMED)}")
    line = f"{title}: {_word(comparison)}; {', '.join(decisive)}"
    for more in others:
        if len(line) + len(more) + 2 <= WIDTH:
            line += f", {more}"
    return line


def _word(comparison: Comparison) -> str:
    """The verdict alone."""
    return f"{'' if comparison.consistent else 'NOT '}consistent with the theory"


def _of_many(good: Sequence[Comparison], count: int) -> str:
    """Consistent ones in one line."""
    values = [each.p_value for each in good if each.p_value is not None]
    span = f", p = {min(values):.3g} to {max(values):.3g}" if values else ""
    return f"{_word(good[0])}; {len(good)} of {count} variants{span}"


def _difference(comparison: Comparison) -> str:
    """How far a sky in which nothing is random is from its prediction; in full where that is too far."""
    some = comparison.predicted > 0
    if not some.any():
        return f"largest C_l {np.max(comparison.measured, initial=0.0):.1e}, predicted 0"
    if not comparison.consistent:
        return exactness(comparison)
    return f"C_l within {np.max(np.abs(comparison.ratio[some] - 1)):.1e} of the prediction"
