"""Checks of free-path laws from outside: their two functions must fit each other, and their mean must be 1."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import (
    BUILT_IN,
    SAMPLES,
    ErlangPath,
    FixedPath,
    FreePathLaw,
)
from eddysky.simulator.errors import InputError

__all__ = ["check_law"]

# Mean and characteristic function of a law may differ from those of its quantiles by this.
TOLERANCE = 1e-6
# Where the quantiles are looked at, besides the middle: as near to 0 and 1 as random deviates come in practice.
TAILS = 10.0 ** -np.arange(4, 16)
# Where the characteristic functions are compared.
WAVENUMBERS = (0.3, 1.0, 3.0)
# Jumps of the quantiles that are looked for, and halvings that find one to rounding.
MOST_JUMPS, BISECTIONS = 16, 50


def check_law(law: Any) -> None:
    """Refuse what is not a law of the free path, or whose functions do not fit each other.

    The quantiles must be finite, not negative and not decreasing from 1e-15 to 1 − 1e-15. Their mean must be 1, and
    their characteristic function that of the law at q = 0, 0.3, 1 and 3, each within 1e-6. The averages over quantiles
    are adaptive quadratures of both halves of (0, 1), which resolve jumps and tails to 1e-8; beyond 1 − 1e-16, where
    numbers end, tails of a finite variance hold about 1e-8 of the mean.

    Raises
    ------
    InputError
        Says what is wrong.
    """
    if not isinstance(law, FreePathLaw):
        raise InputError(
            "must be the name of a law, a table with name and parameters, or a FreePathLaw"
        )
    try:
        hash(law)
    except TypeError:
        raise InputError("must be hashable, such as a frozen dataclass") from None
    for key in ("name", "version"):
        if not isinstance(getattr(law, key, None), str) or not getattr(law, key):
            raise InputError(f"its {key} must be a text")
    if law.name in BUILT_IN and not isinstance(law, FixedPath | ErlangPath):
        raise InputError(f"its name {law.name!r} is that of a built-in law")
    problem = _mismatch(law)
    if problem is not None:
        raise InputError(f"{law.name!r}: {problem}")


@lru_cache(maxsize=64)
def _mismatch(law: FreePathLaw) -> str | None:
    """What is wrong with the functions of a law, in words."""
    middle = (np.arange(SAMPLES) + 0.5) / SAMPLES
    probability = np.concatenate([TAILS[::-1], middle, 1 - TAILS])
    probability.sort()
    try:
        paths = np.asarray(law.quantile(probability), dtype=np.float64)
        values = np.asarray(law.characteristic(np.array([0.0, *WAVENUMBERS])), np.complex128)
    except Exception as error:
        # As where laws are loaded.
        return f"cannot be evaluated: {type(error).__name__}: {error}"
    if paths.shape != probability.shape or values.shape != (1 + len(WAVENUMBERS),):
        return "quantile and characteristic must take arrays (n,) to arrays (n,)"
    if not np.all(np.isfinite(paths)) or np.any(paths < 0):
        return "quantile must be finite and not negative between 0 and 1"
    if np.any(np.diff(paths) < 0):
        return "quantile must not decrease"
    functions = [
        lambda s: s,
        *(lambda s, q=q: np.cos(q * s) for q in WAVENUMBERS),
        *(lambda s, q=q: np.sin(q * s) for q in WAVENUMBERS),
    ]
    try:
        jumps = _jumps(law, probability, paths)
        averages = [_average(law, function, jumps) for function in functions]
    except Exception as error:
        return f"cannot be evaluated: {type(error).__name__}: {error}"
    if not abs(averages[0] - 1) <= TOLERANCE:
        return f"the mean of its quantiles is {averages[0]:.8g}; must be 1 within {TOLERANCE:g}"
    count = len(WAVENUMBERS)
    expected = [1, *(np.array(averages[1 : count + 1]) + 1j * np.array(averages[count + 1 :]))]
    for q, value, wanted in zip((0.0, *WAVENUMBERS), values, expected, strict=True):
        if not abs(value - wanted) <= TOLERANCE:
            return (
                f"characteristic({q:g}) is {value:.8g}; must be {wanted:.8g}, the mean of e^(iqs), "
                f"within {TOLERANCE:g}"
            )
    return None


def _jumps(law: FreePathLaw, probability: NDArray[Any], paths: NDArray[Any]) -> list[float]:
    """Probabilities at which the quantiles jump, of the jumps that matter to averages."""
    area = np.diff(paths) * np.diff(probability)
    found = []
    for i in np.argsort(area)[-MOST_JUMPS:]:
        low, high, step = probability[i], probability[i + 1], paths[i + 1] - paths[i]
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            below, here, above = law.quantile(np.array([low, middle, high]))
            low, high = (low, middle) if here - below > above - here else (middle, high)
        remaining = law.quantile(np.array([low, high]))
        if area[i] > TOLERANCE**2 and remaining[1] - remaining[0] > 0.5 * step:
            found.append(float(0.5 * (low + high)))
    return sorted(found)


def _average(law: FreePathLaw, function: Any, jumps: list[float]) -> float:
    """Mean of a function of the free path, by adaptive quadrature over the quantiles between jumps."""
    from scipy.integrate import quad

    def integrand(probability: float) -> float:
        return float(function(law.quantile(np.array([probability]))[0]))

    ends = sorted({0.0, 0.5, 1.0, *jumps})
    return float(
        sum(
            quad(integrand, *interval, epsabs=1e-8, epsrel=0, limit=100, full_output=1)[0]
            for interval in pairwise(ends)
        )
    )
