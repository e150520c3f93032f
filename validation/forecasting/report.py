"""Forecasts as text, tables and plain values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from eddysky.simulator.config.descriptions import ranges
from eddysky.validation.forecasting.distinction import SIGMAS, Distinction
from eddysky.validation.theory.regular import regular_power

if TYPE_CHECKING:
    from eddysky.validation.forecasting.forecast import ExpectedError, Forecast, NotCompared

__all__ = ["COLUMNS", "columns", "field_in_words", "paragraph", "plain"]

# Of the table: multipole, C_ℓ of the full sky, and of the coupled C_ℓ of one sky its signal, noise and error.
COLUMNS = (
    "ell", "c_ell", "signal", "noise", "error", "relative_error", "events_detected",
    "events_measured",
)  # fmt: skip


def columns(found: Forecast) -> list[np.ndarray[Any, Any]]:
    """Columns of the table, as named in `COLUMNS`, each (n,)."""
    return [getattr(found, name) for name in COLUMNS]


def field_in_words(found: Forecast) -> str:
    """Field of view, number of events and part of the sky."""
    survey = found.survey
    words = [
        f"{survey.field}, {survey.total_events:.4g} events, {found.sky_fraction:.1%} of the sky"
    ]
    if survey.point_spread > 0:
        words.append(f"point spread {survey.point_spread:g} deg")
    words.append("with m = 0" if survey.keep_zonal else "without m = 0")
    return ", ".join(words)


def paragraph(found: Forecast) -> str:
    """Noise, range of the signal, errors of the parameters, and the other transport models.

    Parameters
    ----------
    found
        The forecast.

    Returns
    -------
    str
        Several lines, indented after the first.
    """
    ell = found.ell
    lines = [
        field_in_words(found),
        f"noise level 4 pi f_sky/N = {found.noise_level:.4g} of a uniform exposure; multipoles l = {ell[0]}-{ell[-1]}",
    ]
    highest = found.highest
    above = f"at least {SIGMAS:g} standard deviations of the C_l of noise alone"
    if highest is None:
        lines.append(f"the signal stands out at no multipole from l = {ell[0]} on (is not {above})")
    else:
        limit = ", the highest multipole" if highest == ell[-1] else ""
        lines.append(f"the signal stands out up to l = {highest}{limit} ({above})")
    never = ell[np.isinf(found.events_measured)]
    if len(never):
        lines.append(
            f"no number of events measures C_l to {SIGMAS:g} standard deviations at {_spans(never)}: cosmic variance"
        )
    if found.drawn:
        lines.append(
            f"the field depends on right ascension: errors are those of {found.drawn} drawn skies, good to 3%"
        )
    lines += [_describe(parameter) for parameter in found.parameters]
    if len(found.parameters) == 2 and not math.isnan(found.correlation[0, 1]):
        first, second = (parameter.name for parameter in found.parameters)
        lines.append(f"correlation of {first} and {second}: {found.correlation[0, 1]:.3f}")
    if np.any(regular_power(found.config)[1:]):
        lines.append("the regular flow and density gradient, the same in every sky, are left out")
    lines.append(
        f"if transport is {found.config.transport.mode}, others with their best velocity and index:"
    )
    for other in found.transports:
        lines += [f"  {line}" for line in _compare(other)]
    return "\n  ".join(lines)


def plain(found: Forecast) -> dict[str, Any]:
    """Plain values for JSON; infinite and unknown ones become None."""
    return {
        "field": found.survey.field,
        "events": found.survey.total_events,
        "sky_fraction": found.sky_fraction,
        "noise_level": found.noise_level,
        "sigmas": SIGMAS,
        "skies_drawn": found.drawn,
        "signal_stands_out_to": found.highest,
        "parameters": {
            p.name: {
                "value": p.value,
                "unit": p.unit,
                "error": _finite(p.error),
                "whole_sky_error": _finite(p.whole_sky_error),
            }
            for p in found.parameters
        },
        "correlation": [[_finite(value) for value in row] for row in found.correlation.tolist()],
        "transport": found.config.transport.mode,
        "other_transports": {
            other.mode: {
                "velocity_factor": other.amplitude,
                "index": other.index,
                "index_at_end_of_range": other.at_end,
                "delta_chi2": other.delta_chi2,
                "power": other.power,
                "two_log_likelihood_ratio": _finite(other.contrast),
            }
            if isinstance(other, Distinction)
            else {"not_compared": other.reason}
            for other in found.transports
        },
        **{
            name: [_finite(value) for value in column.tolist()]
            for name, column in zip(COLUMNS, columns(found), strict=True)
        },
        "covariance": found.covariance.tolist(),
    }


def _describe(parameter: ExpectedError) -> str:
    """Value and expected errors of a parameter."""
    unit = f" {parameter.unit}" if parameter.unit else ""
    if math.isinf(parameter.error):
        return f"{parameter.name}: not determined by these multipoles"
    part = f" ({parameter.error / abs(parameter.value):.2g} of it)" if parameter.value else ""
    words = f"{parameter.name} = {parameter.value:.4g} +- {parameter.error:.3g}{unit}{part} from the coupled C_l"
    if math.isnan(parameter.whole_sky_error):
        return words
    return f"{words}, +- {parameter.whole_sky_error:.3g}{unit} from whole skies with their phases"


def _compare(other: Distinction | NotCompared) -> list[str]:
    """How far another transport model is from the true one, in lines."""
    if not isinstance(other, Distinction):
        return [f"{other.mode}: not compared: {other.reason}"]
    best = f"{other.amplitude:.3g} times the velocity"
    if other.index is not None:
        best += f", index {other.index:.3f}{' (end of the range)' if other.at_end else ''}"
    by_power, by_phase = (
        "told apart" if yes else "not told apart"
        for yes in (other.power >= 0.5, other.contrast >= SIGMAS**2)
    )
    lines = [
        f"{other.mode}: coupled C_l: {by_power}, expected Delta chi2 = {other.delta_chi2:.3g}, power "
        f"{other.power:.2g} at {SIGMAS:g} standard deviations ({best})"
    ]
    if not math.isnan(other.contrast):
        lines.append(
            f"  whole skies with their phases: {by_phase}, expected 2 ln(likelihood ratio) = {other.contrast:.3g}"
        )
    return lines


def _spans(ell: np.ndarray[Any, Any]) -> str:
    """Multipoles in words."""
    return f"l = {ranges(ell.tolist())}"


def _finite(value: float) -> float | None:
    """The number, or None if JSON has none for it."""
    return value if math.isfinite(value) else None
