"""Spherical-harmonic coefficients given row by row, from a text table or a FITS table, checked and put in order."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn, Protocol

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.columns import Column, read_table
from eddysky.simulator.errors import InputError
from eddysky.simulator.sky.alm_index import alm_size, index_of

__all__ = ["AlmRows", "order_alm", "read_alm_table"]

Array = NDArray[np.float64]
Alm = NDArray[np.complex128]

# Far beyond any observed sky of cosmic rays; keeps a misread number from asking for all memory.
MAX_LMAX = 10_000
# Agreement asked of a_ℓ,−m with (−1)^m a_ℓm*, relative: that of rounding to single precision.
REALITY = 1e-6


class AlmRows(Protocol):
    """Columns ell, m, re and im, and a way to complain about one value."""

    @property
    def path(self) -> Path | None:
        """The file."""
        ...

    def __getitem__(self, name: str) -> Array:
        """Values of a column."""
        ...

    def refuse(self, row: int, name: str, allowed: str) -> NoReturn:
        """Complain about one value."""
        ...


def read_alm_table(path: Path) -> AlmRows:
    """Read a text table of columns ell, m, re, im.

    Raises
    ------
    InputError
        If it is not such a table: names line and column.
    """
    return read_table(
        path, [Column("ell", whole=True), Column("m", whole=True), Column("re"), Column("im")]
    )


def order_alm(rows: AlmRows) -> Alm:
    """a_ℓm, m ≥ 0, m by m, of a real sky.

    Negative m may be given instead of positive, or besides them if a_ℓ,−m = (−1)^m a_ℓm*. Monopole and dipole
    may each be left out, and are then zero; no other (ℓ, m) up to the largest ℓ may.

    Parameters
    ----------
    rows
        The coefficients, in the healpy convention a_ℓm = ∫ I Y*_ℓm dΩ, in any order.

    Returns
    -------
    ndarray
        Shape ((lmax + 1)(lmax + 2)/2,).

    Raises
    ------
    InputError
        If some (ℓ, m) is impossible, given twice, contradicted or missing.
    """
    check_rows(rows)
    ell, m = rows["ell"].astype(np.int64), rows["m"].astype(np.int64)
    values = rows["re"] + 1j * rows["im"]
    refuse_repeats(rows, ell, m)
    mirrored = np.where(m % 2 == 0, 1, -1) * np.conj(values)
    values = np.where(m < 0, mirrored, values)
    # Positive m before negative: what a row contradicts stands before it.
    order = np.lexsort((m < 0, np.abs(m), ell))
    ell, m, values = ell[order], np.abs(m[order]), values[order]
    again = np.flatnonzero((ell[1:] == ell[:-1]) & (m[1:] == m[:-1])) + 1
    difference = np.abs(values[again] - values[again - 1])
    wrong = again[difference > REALITY * np.abs(values[again - 1])]
    if len(wrong):
        rows.refuse(
            int(order[wrong[0]]), "m", "a_l,-m must be (-1)^m times the conjugate of a_lm, as given"
        )
    keep = np.setdiff1d(np.arange(len(ell)), again)
    return packed(rows.path, ell[keep], m[keep], values[keep])


def check_rows(rows: AlmRows) -> None:
    """Refuse the first row whose numbers are impossible on their own."""
    ell, m = rows["ell"], rows["m"]
    for name, wrong, allowed in (
        ("ell", (ell < 0) | (ell > MAX_LMAX), f"must be from 0 to {MAX_LMAX}"),
        ("m", np.abs(m) > ell, "must be from -ell to ell"),
        ("im", (m == 0) & (rows["im"] != 0), "must be 0 at m = 0, as the sky is real"),
    ):
        if wrong.any():
            rows.refuse(int(np.argmax(wrong)), name, allowed)


def refuse_repeats(rows: AlmRows, ell: NDArray[np.int64], m: NDArray[np.int64]) -> None:
    """Refuse a pair (ℓ, m) that is given twice, where it is the second time."""
    order = np.lexsort((m, ell))
    same = (np.diff(ell[order]) == 0) & (np.diff(m[order]) == 0)
    if same.any():
        row = int(np.min(order[1:][same]))
        rows.refuse(row, "m", f"ell = {ell[row]}, m = {m[row]} is given twice")


def packed(path: Path | None, ell: NDArray[np.int64], m: NDArray[np.int64], values: Alm) -> Alm:
    """Coefficients in healpy's order, from rows in the order of ℓ, then m."""
    lmax = max(1, int(ell[-1]))
    for low in (0, 1):
        if not np.any(ell == low):
            ell = np.concatenate([np.full(low + 1, low), ell])
            m = np.concatenate([np.arange(low + 1), m])
            values = np.concatenate([np.zeros(low + 1), values])
    if len(ell) != alm_size(lmax):
        order = np.lexsort((m, ell))
        place = ell[order] * (ell[order] + 1) // 2 + m[order]
        gap = int(np.argmax(np.append(place, -1) != np.arange(len(place) + 1)))
        first = (int(np.sqrt(8 * gap + 1)) - 1) // 2
        raise InputError(
            f"{path}: ell = {first}, m = {gap - first * (first + 1) // 2} is missing; "
            f"every m from 0 to ell must be given, up to ell = {lmax}"
        )
    alm = np.empty(len(ell), dtype=np.complex128)
    alm[index_of(ell, m, lmax)] = values
    return alm
