"""A fitted parameter with its confidence intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

__all__ = ["Estimate", "finite"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A fitted parameter.

    Parameters
    ----------
    name, unit
        Name of the parameter and unit of its values.
    value
        Maximum-likelihood value.
    interval, interval95
        68.27% and 95% confidence intervals from the profile of −2 ln L; they end at an end of the allowed range where
        the data do not bound the parameter.
    allowed
        Allowed range.
    """

    name: str
    unit: str
    value: float
    interval: tuple[float, float]
    interval95: tuple[float, float]
    allowed: tuple[float, float] = (-math.inf, math.inf)

    @property
    def error(self) -> float:
        """Half the width of the 68.27% interval; infinite if it is open on a side."""
        low, high = self.bounds(self.interval)
        return math.inf if low is None or high is None else (high - low) / 2

    def bounds(self, interval: tuple[float, float]) -> tuple[float | None, float | None]:
        """Ends of an interval; None for an open side, which reaches the end of the allowed range."""
        (low, high), (lowest, highest) = interval, self.allowed
        return low if low > lowest else None, high if high < highest else None

    @property
    def measured(self) -> bool:
        """Whether the 68.27% interval is closed; otherwise the data give at most a limit."""
        return None not in self.bounds(self.interval)

    @property
    def limit95(self) -> tuple[str, float] | None:
        """("upper" or "lower", value) of a limit: the end of a 95% interval that is open on one side; else None."""
        low, high = self.bounds(self.interval95)
        if low is None and high is not None:
            return "upper", high
        if high is None and low is not None:
            return "lower", low
        return None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; infinite values and open sides of intervals become None."""
        limit = self.limit95
        return {
            "value": self.value,
            "unit": self.unit,
            "error": finite(self.error),
            "interval_68": list(self.bounds(self.interval)),
            "interval_95": list(self.bounds(self.interval95)),
            "limit_95": None if limit is None else dict(zip(("side", "value"), limit, strict=True)),
        }


def finite(value: float) -> float | None:
    """The number, or None if JSON has none for it."""
    return value if math.isfinite(value) else None
