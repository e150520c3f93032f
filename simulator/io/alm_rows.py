"""Spherical-harmonic coefficients given row by row, checked and put in order."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.text_table import Column, Table, read_table
from eddysky.simulator.errors import InputError
from eddysky.simulator.sky.alm_index import ells_and_ms

__all__ = ["multipoles", "read_alm_table"]

Integers = NDArray[np.int64]
Alm = NDArray[np.complex128]

# Far beyond any observed sky of cosmic rays; squares of it are far from overflow.
MAX_LMAX = 10_000
# Agreement asked of a_ℓ,−m with (−1)^m a_ℓm*, relative: that of rounding to single precision.
REALITY = 1e-6


def read_alm_table(path: Path) -> Alm:
    """Read a_ℓm of a real sky from a text table of columns ell, m, re, im with rows in any order.

    Negative m may be given instead of positive, or besides them if a_ℓ,−m = (−1)^m a_ℓm*. Monopole and dipole
    may each be left out, and are then zero; no other (ℓ, m) up to the largest ℓ may.

    Parameters
    ----------
    path
        The table, in the healpy convention a_ℓm = ∫ I Y*_ℓm dΩ.

    Returns
    -------
    ndarray
        m ≥ 0, m by m, shape ((lmax + 1)(lmax + 2)/2,).

    Raises
    ------
    InputError
        If it is no such table, or some (ℓ, m) is impossible, given twice, contradicted or missing: says where.
    """
    rows = read_table(
        path, [Column("ell", whole=True), Column("m", whole=True), Column("re"), Column("im")]
    )
    check_rows(rows)
    ell, m = rows["ell"].astype(np.int64), rows["m"].astype(np.int64)
    values = rows["re"] + 1j * rows["im"]
    values = np.where(m < 0, np.where(m % 2 == 0, 1, -1) * np.conj(values), values)
    # Positive m before negative: what a row contradicts stands before it.
    order = np.argsort(m < 0, kind="stable")
    index, first, place = np.unique(
        (ell**2 + ell + np.abs(m) + 1)[order], return_index=True, return_inverse=True
    )
    given = values[order][first]
    wrong = np.abs(values[order] - given[place]) > REALITY * np.abs(given[place])
    if wrong.any():
        rows.refuse(
            int(order[np.argmax(wrong)]),
            "m",
            "a_l,-m must be (-1)^m times the conjugate of a_lm, as given",
        )
    left_out = [low**2 + low + 1 + k for low in (0, 1) if low not in ell for k in range(low + 1)]
    index = np.concatenate([np.array(left_out, dtype=np.int64), index])
    given = np.concatenate([np.zeros(len(left_out)), given])
    ell, m = multipoles(path, index)
    return np.asarray(given[np.argsort(index)][ell * (ell + 1) // 2 + m])


def check_rows(rows: Table) -> None:
    """Refuse the first row whose numbers are impossible, and the first (ℓ, m) that is given again."""
    ell, m = rows["ell"], rows["m"]
    rows.require("ell", (ell >= 0) & (ell <= MAX_LMAX), f"must be from 0 to {MAX_LMAX}")
    rows.require("m", np.abs(m) <= ell, "must be from -ell to ell")
    rows.require("im", (m != 0) | (rows["im"] == 0), "must be 0 at m = 0, as the sky is real")
    _, first, place = np.unique(ell**2 + ell + m, return_index=True, return_inverse=True)
    again = np.flatnonzero(first[place] != np.arange(len(ell)))
    if len(again):
        row = int(again[0])
        rows.refuse(row, "m", f"ell = {ell[row]:.0f}, m = {m[row]:.0f} is given twice")


def multipoles(path: Path, index: Integers) -> tuple[Integers, Integers]:
    """ℓ and m of a file's a_ℓm in healpy's order.

    Parameters
    ----------
    path
        The file.
    index
        ℓ² + ℓ + m + 1 of its rows, in any order.

    Raises
    ------
    InputError
        Names the first (ℓ, m), m ≥ 0, that is missing. With as many rows as a whole sky has, none can be there twice.
    """
    lmax = max(1, math.ceil((math.sqrt(8 * len(index) + 1) - 3) / 2))
    ell, m = ells_and_ms(lmax)
    missing = np.setdiff1d(ell**2 + ell + m + 1, index)
    if len(missing):
        first = math.isqrt(int(missing[0]) - 1)
        highest = math.isqrt(max(0, int(np.nanmax(index, initial=1)) - 1))
        raise InputError(
            f"{path}: ell = {first}, m = {missing[0] - first**2 - first - 1} is missing; "
            f"every m from 0 to ell must be given once, up to ell = {highest}"
        )
    return ell, m
