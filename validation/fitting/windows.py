"""What measured values are made of: the multipoles of the model, averaged over bands and coupled by a partial sky."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.fitting.measured import MeasuredPower, band_windows

__all__ = ["Window"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Expected values of n measurements for C_ℓ at k multipoles.

    Parameters
    ----------
    ell
        Ascending multipoles ℓ ≥ 1 of the model, shape (k,).
    bands
        Means over bands of the spectrum that is measured, shape (n, m); None: each value is one multipole.
    coupling
        Rows of the mode-coupling matrix, shape (m, k); None for the full sky, then m = k.
    rows
        Multipoles of these rows, shape (m,).
    """

    ell: NDArray[np.int64]
    bands: Array | None = None
    coupling: Array | None = None
    rows: NDArray[np.int64] | None = None

    @classmethod
    def from_data(cls, data: MeasuredPower) -> Self:
        """Window of a measured spectrum.

        Raises
        ------
        InputError
            If the multipoles of the data go beyond those of the mode-coupling matrix.
        """
        if data.window is not None:
            rows = np.flatnonzero(np.any(data.window != 0, axis=0))
            ell = np.arange(max(1, rows[0]), rows[-1] + 1)
            bands = data.window[:, ell]
        elif data.edges is not None:
            ell = np.arange(data.edges.min(), data.edges.max() + 1)
            bands = band_windows(data.edges)[:, ell]
        else:
            ell, bands = np.asarray(data.ell, dtype=np.int64), None
        if data.coverage is None:
            return cls(ell, bands)
        matrix = data.coverage.matrix
        if ell[-1] >= len(matrix):
            raise InputError(
                f"{data.name}: l = {ell[-1]}: the mode-coupling matrix ends at l = {len(matrix) - 1}"
            )
        return cls(np.arange(1, matrix.shape[1]), bands, matrix[ell, 1:], ell)

    def mean(self, c_ell: Array) -> Array:
        """Expected values (n,) for C_ℓ (k,)."""
        coupled = c_ell if self.coupling is None else self.coupling @ c_ell
        return coupled if self.bands is None else self.bands @ coupled

    def of_coupled(self, power: Array) -> Array:
        """Values (n,) for a coupled spectrum at ℓ = 0 … lmax."""
        part = power[self.rows]
        return part if self.bands is None else self.bands @ part
