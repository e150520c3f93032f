"""Measured angular power spectra: text files of ell, c_ell and error."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.text_table import Column, read_table
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.result import Result

__all__ = ["MeasuredPower", "read_measured"]

Array = NDArray[np.float64]

# The predictions are computed for every multipole up to the highest.
HIGHEST = 10_000
# Squares of ratios of values in this range are far from overflow.
SMALLEST, LARGEST = 1e-60, 1e60


@dataclass(frozen=True, slots=True)
class MeasuredPower:
    """A measured spectrum.

    Parameters
    ----------
    ell
        Multipoles, ascending from 1 at least, shape (n,).
    c_ell
        Ĉ_ℓ of δf/f, in the convention C_ℓ = Σ_m |a_ℓm|²/(2ℓ+1), shape (n,).
    error
        Standard errors, shape (n,); None: not given.
    name
        Where it is from, for messages.
    """

    ell: NDArray[np.int64]
    c_ell: Array
    error: Array | None = None
    name: str = "the data"

    def __post_init__(self) -> None:
        """Refuse what no file could hold.

        Raises
        ------
        InputError
            If the multipoles do not ascend from 1, or a value is not finite or an error not positive.
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
        """Mean of an ensemble for ℓ ≥ 1 with its standard error; of a single sky without errors."""
        power = result.power[:, 1:]
        error = power.std(axis=0, ddof=1) / np.sqrt(len(power)) if len(power) > 1 else None
        ell = np.arange(1, result.power.shape[1])
        return cls(ell, power.mean(axis=0), error, "the results")

    def between(self, lmin: int | None, lmax: int | None) -> MeasuredPower:
        """The multipoles lmin ≤ ℓ ≤ lmax.

        Raises
        ------
        InputError
            If there are none.
        """
        if lmin is not None and lmax is not None and lmin > lmax:
            raise InputError(f"lmin = {lmin}: must not be above lmax = {lmax}")
        keep = np.ones(len(self.ell), dtype=bool)
        if lmin is not None:
            keep &= self.ell >= lmin
        if lmax is not None:
            keep &= self.ell <= lmax
        if not keep.any():
            asked = f"lmin = {lmin}" if lmin is not None else f"lmax = {lmax}"
            if lmin is not None and lmax is not None:
                asked = f"lmin = {lmin}, lmax = {lmax}"
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
        Whether standard errors are needed; a column of them is left alone otherwise.

    Returns
    -------
    MeasuredPower
        With errors if they were asked for; without, every c_ell is positive, as only a Gaussian may go below.

    Raises
    ------
    InputError
        Names the file, and the line and column of what is wrong in it.
    """
    wanted = [Column("ell", whole=True), Column("c_ell")]
    table = read_table(path, [*wanted, Column("error")] if errors else wanted)
    ell, c_ell = table["ell"], table["c_ell"]
    table.require("ell", (ell >= 1) & (ell <= HIGHEST), f"must be from 1 to {HIGHEST}")
    ascending = np.concatenate([[True], np.diff(ell) > 0])
    table.require("ell", ascending, "must be above that of the line before")
    size = np.abs(c_ell)
    table.require(
        "c_ell", ((size >= SMALLEST) | (size == 0)) & (size <= LARGEST),
        f"must be zero or from {SMALLEST:g} to {LARGEST:g} in size",
    )  # fmt: skip
    if errors:
        good = (table["error"] >= SMALLEST) & (table["error"] <= LARGEST)
        table.require("error", good, f"must be positive, from {SMALLEST:g} to {LARGEST:g}")
    else:
        table.require("c_ell", c_ell > 0, "must be positive with the likelihood cosmic-variance")
    return MeasuredPower(ell.astype(np.int64), c_ell, table["error"] if errors else None, str(path))
