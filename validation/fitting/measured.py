"""Measured angular power spectra and their text files with columns ell, c_ell and error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.text_table import Column, column_names, read_table
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.result import Result

__all__ = ["MeasuredPower", "read_measured", "read_table_of_power"]

Array = NDArray[np.float64]

# The predictions are computed for every multipole up to the highest one.
_HIGHEST = 10_000
# Squares of ratios of values in this range do not overflow.
_SMALLEST, _LARGEST = 1e-60, 1e60


@dataclass(frozen=True, slots=True)
class MeasuredPower:
    """A measured spectrum.

    Parameters
    ----------
    ell
        Ascending multipoles ℓ ≥ 1, shape (n,).
    c_ell
        Ĉ_ℓ of δf/f, in the convention C_ℓ = Σ_m |a_ℓm|²/(2ℓ+1), shape (n,).
    error
        Standard errors, shape (n,); None if unknown.
    name
        Source of the data in messages.
    """

    ell: NDArray[np.int64]
    c_ell: Array
    error: Array | None = None
    name: str = "the data"

    def __post_init__(self) -> None:
        """Check the columns.

        Raises
        ------
        InputError
            If the lengths differ, the multipoles do not ascend from 1 at least, or a value is not allowed.
        """
        columns = [self.ell, self.c_ell, *([] if self.error is None else [self.error])]
        if len({np.shape(column) for column in columns} | {(len(self.ell),)}) > 1:
            raise InputError(f"{self.name}: ell, c_ell and error must be of one length")
        if np.any(self.ell < 1) or np.any(np.diff(self.ell) <= 0):
            raise InputError(f"{self.name}: ell must ascend from 1 at least")
        if not np.all(np.isfinite(self.c_ell)):
            raise InputError(f"{self.name}: c_ell must be finite")
        if self.error is not None and not np.all((self.error > 0) & np.isfinite(self.error)):
            raise InputError(f"{self.name}: error must be positive and finite")

    @classmethod
    def from_result(cls, result: Result) -> MeasuredPower:
        """Mean of an ensemble for ℓ ≥ 1 with its standard error; for a single sky without errors."""
        power = result.power[:, 1:]
        error = power.std(axis=0, ddof=1) / np.sqrt(len(power)) if len(power) > 1 else None
        ell = np.arange(1, result.power.shape[1])
        return cls(ell, power.mean(axis=0), error, "the results")

    def between(self, lmin: int | None, lmax: int | None) -> MeasuredPower:
        """Select multipoles.

        Parameters
        ----------
        lmin, lmax
            Lowest and highest multipole; None is no limit.

        Returns
        -------
        MeasuredPower
            The multipoles lmin ≤ ℓ ≤ lmax.

        Raises
        ------
        InputError
            If there are none.
        """
        if lmin is not None and lmax is not None and lmin > lmax:
            raise InputError(f"lmin = {lmin}: must not be above lmax = {lmax}")
        given = {"lmin": lmin, "lmax": lmax}
        asked = ", ".join(f"{key} = {ell}" for key, ell in given.items() if ell is not None)
        keep = (self.ell >= (lmin or 0)) & (self.ell <= (self.ell[-1] if lmax is None else lmax))
        if not keep.any():
            raise InputError(
                f"{asked}: leaves none of the multipoles {self.ell[0]} to {self.ell[-1]} of {self.name}"
            )
        error = None if self.error is None else self.error[keep]
        return replace(self, ell=self.ell[keep], c_ell=self.c_ell[keep], error=error)


def read_measured(path: Path, *, errors: bool = True) -> MeasuredPower:
    """Read columns ell, c_ell and, if `errors`, error of a text file (see `eddysky.simulator.config.text_table`).

    Parameters
    ----------
    path
        The file.
    errors
        Whether standard errors are needed; otherwise a column of errors is not read.

    Returns
    -------
    MeasuredPower
        With errors if `errors`; otherwise every c_ell is positive, as the likelihood cosmic-variance needs.

    Raises
    ------
    InputError
        Names the file, line and column of the first value that is not allowed.
    """
    wanted = [Column("ell", whole=True), Column("c_ell")]
    table = read_table(path, [*wanted, Column("error")] if errors else wanted)
    ell, c_ell = table["ell"], table["c_ell"]
    table.require("ell", (ell >= 1) & (ell <= _HIGHEST), f"must be from 1 to {_HIGHEST}")
    ascending = np.concatenate([[True], np.diff(ell) > 0])
    table.require("ell", ascending, "must be above that of the line before")
    size = np.abs(c_ell)
    table.require(
        "c_ell", ((size >= _SMALLEST) | (size == 0)) & (size <= _LARGEST),
        f"must be zero or from {_SMALLEST:g} to {_LARGEST:g} in size",
    )  # fmt: skip
    if errors:
        good = (table["error"] >= _SMALLEST) & (table["error"] <= _LARGEST)
        table.require("error", good, f"must be positive, from {_SMALLEST:g} to {_LARGEST:g}")
    else:
        table.require("c_ell", c_ell > 0, "must be positive with the likelihood cosmic-variance")
    return MeasuredPower(ell.astype(np.int64), c_ell, table["error"] if errors else None, str(path))


def read_table_of_power(path: Path) -> MeasuredPower:
    """Read a table of C_ℓ with errors if it has them; without, as predictions are, ℓ = 0 is left out.

    Raises
    ------
    InputError
        As `read_measured`.
    """
    if "error" in column_names(path, ["ell", "c_ell", "error"]):
        return read_measured(path)
    table = read_table(path, [Column("ell", whole=True), Column("c_ell")])
    table.require("ell", table["ell"] >= 0, "must not be negative")
    kept = table["ell"] > 0
    return MeasuredPower(table["ell"][kept].astype(np.int64), table["c_ell"][kept], None, str(path))
