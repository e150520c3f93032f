r"""Band powers of a part of the sky: coupled C_ℓ freed of the coupling, where the bands are wide enough for it.

Multipoles closer than the inverse of the width of the field of view are not independent, and the mode-coupling matrix
M itself is often singular. Within a band the spectrum is taken to follow a shape s_ℓ, C_ℓ = x_b s_ℓ. With the mean
over the multipoles of a band of C̃_ℓ relative to that of the shape, y_b = ⟨C̃_ℓ/(M s)_ℓ⟩_b, the relative powers obey
(Hivon et al. 2002)

    y = K x,   K_bb' = ⟨Σ_(ℓ'∈b') M_ℓℓ' s_ℓ'/(M s)_ℓ⟩_b,

and x = K⁻¹ y, if the condition number of K is small: errors of y grow by up to that number. A band power is x_b times
the mean of s_ℓ in the band. Multipoles below the first band and above the last have bands of their own, which are
dropped. For any spectrum the expected band powers are Σ_ℓ' W_bℓ' C_ℓ', W = K⁻¹ P M with the window functions W.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError

__all__ = ["MAX_CONDITION", "BandPowers"]

Array = NDArray[np.float64]

# Largest condition number with which bands are decoupled by default.
MAX_CONDITION = 30.0


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class BandPowers:
    """Bands of multipoles and the linear map from coupled C_ℓ to their powers.

    Parameters
    ----------
    edges
        Band b has the multipoles edges[b] ≤ ℓ < edges[b + 1], shape (n + 1,).
    decoupling
        Takes C̃_ℓ, noise subtracted, to band powers, shape (n, lmax + 1).
    window
        Takes C_ℓ of the sky to the expected band powers, shape (n, lmax_sky + 1).
    condition
        Condition number of K.
    """

    edges: NDArray[np.int64]
    decoupling: Array
    window: Array
    condition: float

    @classmethod
    def from_matrix(
        cls, matrix: Array, edges: NDArray[np.int64], shape: Array, limit: float = MAX_CONDITION
    ) -> Self:
        """Invert the binned mode-coupling matrix.

        Parameters
        ----------
        matrix
            M_ℓℓ', as of `ZonalCoupling.matrix`, shape (lmax + 1, lmax_sky + 1).
        edges
            Edges of the bands, ascending, from 1 to lmax + 1, shape (n + 1,).
        shape
            s_ℓ, positive from ℓ = 1, such as a prediction, shape (lmax_sky + 1,).
        limit
            Largest condition number that is allowed.

        Raises
        ------
        InputError
            If the edges or the shape are not allowed, or the condition number is above the limit.

        Examples
        --------
        >>> import numpy as np
        >>> from eddysky.validation.theory.mode_coupling import coupling_matrix
        >>> north = np.repeat([1.0, 0.0], [1568, 1504])  # nside 16
        >>> matrix, shape = coupling_matrix(north, 32), 1 / np.arange(1.0, 34.0) ** 3
        >>> bands = BandPowers.from_matrix(matrix, np.array([2, 6, 12, 20, 33]), shape)
        >>> round(bands.condition, 1)
        1.6
        >>> bool(np.allclose(bands.decoupling @ matrix @ shape, bands.window @ shape))
        True
        """
        lmax, sky = len(matrix) - 1, matrix.shape[1] - 1
        edges = np.asarray(edges, dtype=np.int64)
        if len(edges) < 2 or np.any(np.diff(edges) < 1) or edges[0] < 1 or edges[-1] > lmax + 1:
            raise InputError(
                f"bands: their edges must be two or more ascending multipoles from 1 to {lmax + 1}"
            )
        if np.any(~(shape[1:] > 0)) or not np.all(np.isfinite(shape[1:])):
            raise InputError(
                "bands: the spectrum that gives their shape must be positive and finite"
            )
        shape = np.append(0.0, shape[1:])
        # Bands of what is below and above, with the multipoles of the sky beyond lmax.
        lows = sorted({1, *edges.tolist(), lmax + 1})
        ends = [*lows[:-1], max(lmax, sky) + 1]
        whole = matrix @ shape
        averages = np.zeros((len(lows) - 1, lmax + 1))
        spread = np.zeros((sky + 1, len(lows) - 1))
        for place, (low, high) in enumerate(pairwise(lows)):
            averages[place, low:high] = 1 / (whole[low:high] * (high - low))
            spread[low : ends[place + 1], place] = shape[low : ends[place + 1]]
        binned = averages @ matrix @ spread
        condition = float(np.linalg.cond(binned))
        if not condition <= limit:
            widths = np.diff(edges)
            raise InputError(
                f"bands of {widths.min()} to {widths.max()} multipoles cannot be decoupled in this field of view: the "
                f"condition number of their mode-coupling matrix is {condition:.2g}, at most {limit:g} is allowed; "
                "choose wider bands, or compare coupled C_l"
            )
        first = int(edges[0] > 1)
        used = slice(first, first + len(edges) - 1)
        mean = np.array([shape[low:high].mean() for low, high in pairwise(edges.tolist())])
        decoupling = np.linalg.solve(binned, averages)[used] * mean[:, np.newaxis]
        return cls(edges, decoupling, decoupling @ matrix, condition)

    def powers(self, coupled: Array) -> Array:
        """Band powers of coupled C_ℓ, noise subtracted, shape (..., lmax + 1) to (..., n)."""
        return np.asarray(coupled @ self.decoupling.T)

    def covariance(self, coupled: Array) -> Array:
        """Covariance of the band powers from that of the coupled C_ℓ, (lmax + 1, lmax + 1) to (n, n)."""
        return np.asarray(self.decoupling @ coupled @ self.decoupling.T)
