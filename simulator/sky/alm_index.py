"""Order of the a_ℓm of a real sky: m ≥ 0, m by m, and for each m from ℓ = m up, as in healpy."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["alm_size", "ells_and_ms", "index_of"]

Integers = NDArray[np.int64]
Whole = TypeVar("Whole", int, NDArray[np.int64])


def alm_size(lmax: int) -> int:
    """Number of a_ℓm up to lmax, (lmax + 1)(lmax + 2)/2."""
    return (lmax + 1) * (lmax + 2) // 2


def index_of(ell: Whole, m: Whole, lmax: int) -> Whole:
    """Index of a_ℓm among those up to lmax, m(2 lmax + 1 − m)/2 + ℓ."""
    return m * (2 * lmax + 1 - m) // 2 + ell


def ells_and_ms(lmax: int) -> tuple[Integers, Integers]:
    """ℓ and m of all a_ℓm up to lmax, in their order.

    Examples
    --------
    >>> ells_and_ms(2)
    (array([0, 1, 2, 1, 2, 2]), array([0, 0, 0, 1, 1, 2]))
    """
    orders = np.arange(lmax + 1)
    m = np.repeat(orders, lmax + 1 - orders)
    return np.arange(alm_size(lmax)) - index_of(np.zeros_like(m), m, lmax), m
