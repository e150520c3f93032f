"""Rows of tables of measured and predicted C_ℓ and correlations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eddysky.simulator.io.tables import Cell, write_table

if TYPE_CHECKING:
    from eddysky.validation.comparison.correlation import Correlation
    from eddysky.validation.comparison.verdict import Comparison

__all__ = [
    "SPECTRA_COLUMNS",
    "correlation_columns",
    "correlation_rows",
    "power_rows",
    "write_spectra_csv",
]

_COLUMNS = ("measured", "error", "predicted")

SPECTRA_COLUMNS = ("variant", "ell", "measured", "error", "predicted")


def power_rows(comparison: Comparison) -> Iterable[tuple[Cell, ...]]:
    """Rows ell, measured, error, predicted of C_ℓ, one for each multipole that is compared."""
    return zip(
        comparison.ell, comparison.measured, comparison.error, comparison.predicted, strict=True
    )


def correlation_columns(found: Correlation) -> tuple[str, ...]:
    """Columns of `correlation_rows`."""
    imaginary = [f"{name}_imag" for name in _COLUMNS] if np.iscomplexobj(found.predicted) else []
    return ("ell", "ell2", *_COLUMNS, *imaginary)


def correlation_rows(found: Correlation) -> Iterable[tuple[Cell, ...]]:
    """Rows of `correlation_columns`, one for each pair of multipoles ℓ ≤ ℓ'."""
    i, j = np.triu_indices(len(found.ell))
    values = [matrix[i, j] for matrix in (found.measured, found.error, found.predicted)]
    parts = [each.real for each in values]
    if np.iscomplexobj(found.predicted):
        parts += [each.imag for each in values]
    return zip(found.ell[i], found.ell[j], *parts, strict=True)


def write_spectra_csv(comparisons: Mapping[str, Comparison], path: Path) -> Path:
    """Write C_ℓ of δf/f as columns variant,ell,measured,error,predicted.

    Parameters
    ----------
    comparisons
        By the name of the variant.
    path
        File to write.
    """
    rows = [
        (variant, *row)
        for variant, comparison in comparisons.items()
        for row in power_rows(comparison)
    ]
    return write_table(path, SPECTRA_COLUMNS, rows)
