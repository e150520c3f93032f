"""Columns of the table of a scan as figures show them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from astropy.table import Table

__all__ = [
    "C_ELL",
    "Array",
    "axis_label",
    "distinct",
    "is_numeric",
    "name_of",
    "numbers",
    "plain",
    "value_text",
    "verdicts",
]

Array = NDArray[np.float64]

# Label of an axis of C_ℓ.
C_ELL = r"$C_{{{ell}}}$ of $\delta f/f$"


def numbers(table: Table, name: str) -> Array:
    """A column with NaN where there is no value."""
    return np.asarray(np.ma.filled(np.ma.asarray(table[name], dtype=float), np.nan))


def distinct(table: Table, key: str) -> list[Any]:
    """Values of a key: numbers ascending, texts in the order of the table."""
    values = list(dict.fromkeys(table[key].tolist()))
    return sorted(values) if is_numeric(table, key) else values


def is_numeric(table: Table, key: str) -> bool:
    """Whether the values of a key are numbers."""
    return bool(np.issubdtype(table[key].dtype, np.number))


def verdicts(table: Table) -> list[str]:
    """Verdict of each point without the reason."""
    return [str(verdict).partition(":")[0] for verdict in table["verdict"]]


def axis_label(table: Table, key: str) -> str:
    """Key and unit of an axis."""
    unit = table[key].unit
    return plain(name_of(key)) + (f" [{unit}]" if unit else "")


def value_text(value: Any) -> str:
    """A value without its unit."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def name_of(key: str) -> str:
    """A key in words."""
    return key.partition(".")[2].replace("_", " ")


def plain(text: str) -> str:
    """Text without formulas, on one line."""
    return text.replace("$", r"\$").replace("\n", " ")
