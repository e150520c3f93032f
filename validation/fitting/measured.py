"""Measured angular power spectra: multipole by multipole or in bands, with their errors, covariance and coverage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.result import Result
from eddysky.validation.fitting.coverage import Coverage
from eddysky.validation.fitting.matrices import check_covariance
from eddysky.validation.fitting.parameters import Value

__all__ = ["MeasuredPower", "band_windows"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MeasuredPower:
    """A measured spectrum.

    Parameters
    ----------
    ell
        Ascending multipoles ℓ ≥ 1, or centres of bands, shape (n,).
    c_ell
        Ĉ_ℓ of δf/f, in the convention C_ℓ = ``Σ_m |a_ℓm|²/(2ℓ+1)``, or band powers, shape (n,).
    error
        Standard errors, shape (n,), or those below and above, shape (2, n); None if unknown.
    name
        Source of the data in messages.
    edges
        First and last multipole of each band, shape (n, 2); None without bands. A band power is the mean of C_ℓ with
        the weights 2ℓ+1, unless there is a `window`.
    window
        Window matrix: the value i measures Σ_ℓ window[i, ℓ] C_ℓ, ℓ = 0 … L, shape (n, L+1).
    covariance
        Covariance of the errors, shape (n, n), in place of `error`.
    parameters
        Values of parameters of the models for these data, in the units of `MODELS`, such as {"energy": 20.0}.
    realizations
        Number of skies of which the spectrum is the mean.
    sky_fraction
        Fraction f of the sky that was seen, of a spectrum that is corrected for it: ν = (2ℓ+1) f degrees of freedom.
    coverage
        Part of the sky that was seen, of a spectrum that is not corrected for it: coupled C_ℓ.
    """

    ell: NDArray[Any]
    c_ell: Array
    error: Array | None = None
    name: str = "the data"
    edges: Integers | None = field(default=None, kw_only=True)
    window: Array | None = field(default=None, kw_only=True)
    covariance: Array | None = field(default=None, kw_only=True)
    parameters: Mapping[str, Value] = field(default_factory=dict, kw_only=True)
    realizations: int = field(default=1, kw_only=True)
    sky_fraction: float = field(default=1.0, kw_only=True)
    coverage: Coverage | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        """Check the columns.

        Raises
        ------
        InputError
            If shapes do not go together, the multipoles do not ascend from 1 at least, or a value is not allowed.
        """
        size = (len(self.ell),)
        if np.shape(self.ell) != size or np.shape(self.c_ell) != size:
            raise InputError(f"{self.name}: ell, c_ell and error must be of one length")
        if self.error is not None and np.shape(self.error) not in (size, (2, *size)):
            raise InputError(f"{self.name}: ell, c_ell and error must be of one length")
        if np.any(self.ell < 1) or np.any(np.diff(self.ell) <= 0):
            raise InputError(f"{self.name}: ell must ascend from 1 at least")
        if not np.all(np.isfinite(self.c_ell)):
            raise InputError(f"{self.name}: c_ell must be finite")
        if self.error is not None and not np.all((self.error > 0) & np.isfinite(self.error)):
            raise InputError(f"{self.name}: error must be positive and finite")
        if self.edges is not None:
            self._check_edges()
        if self.window is not None:
            self._check_window()
        if self.covariance is not None:
            check_covariance(self.covariance, size[0], f"{self.name}: covariance")
        if not 0 < self.sky_fraction <= 1:
            raise InputError(
                f"{self.name}: sky_fraction = {self.sky_fraction:g}: must be above 0 and at most 1"
            )
        if self.sky_fraction != 1 and self.coverage is not None:
            raise InputError(
                f"{self.name}: sky_fraction is for corrected spectra, and a mask for coupled ones; give one of them"
            )

    def _check_edges(self) -> None:
        """Refuse bands that are none."""
        assert self.edges is not None
        if self.edges.shape != (len(self.ell), 2):
            raise InputError(f"{self.name}: edges must be of shape ({len(self.ell)}, 2)")
        low, high = self.edges.T
        if np.any(low < 1) or np.any(high < low):
            raise InputError(f"{self.name}: edges must be from 1, and the last not below the first")

    def _check_window(self) -> None:
        """Refuse a window matrix of another number of rows, or with a row that measures nothing."""
        assert self.window is not None
        rows = f"{self.name}: window matrix"
        if self.window.ndim != 2 or len(self.window) != len(self.ell) or self.window.shape[1] < 2:
            raise InputError(
                f"{rows}: has the shape {self.window.shape}; must have a row for each of {len(self.ell)} values, with "
                "columns for l = 0, 1, ..."
            )
        if not np.all(np.isfinite(self.window)) or not np.all(np.any(self.window[:, 1:], axis=1)):
            raise InputError(f"{rows}: must be finite, and no row zero at all l >= 1")

    @classmethod
    def from_result(cls, result: Result) -> MeasuredPower:
        """Mean of an ensemble for ℓ ≥ 1 with its standard error; for a single sky without errors."""
        power = result.power[:, 1:]
        error = power.std(axis=0, ddof=1) / np.sqrt(len(power)) if len(power) > 1 else None
        ell = np.arange(1, result.power.shape[1])
        return cls(ell, power.mean(axis=0), error, "the results", realizations=len(power))

    @classmethod
    def from_bands(
        cls, low: Integers, high: Integers, c_ell: Array, error: Array | None = None, **others: Any
    ) -> MeasuredPower:
        """Band powers: means of C_ℓ from ℓ = low to high with the weights 2ℓ+1.

        Parameters
        ----------
        low, high
            First and last multipole of each band, shape (n,).
        c_ell, error
            As in the class.
        **others
            Other parameters of the class.
        """
        edges = np.stack([low, high], axis=1)
        count = (high + 1.0) ** 2 - low**2
        centre = (_moment(high) - _moment(low - 1)) / count
        return cls(centre, c_ell, error, edges=edges, **others)

    @property
    def bars(self) -> Array | None:
        """Standard errors below and above, shape (2, n); None if unknown."""
        if self.covariance is not None:
            return np.tile(np.sqrt(np.diag(self.covariance)), (2, 1))
        return None if self.error is None else np.broadcast_to(self.error, (2, len(self.ell)))

    def between(self, lmin: int | None, lmax: int | None) -> MeasuredPower:
        """Select multipoles.

        Parameters
        ----------
        lmin, lmax
            Lowest and highest multipole; None is no limit.

        Returns
        -------
        MeasuredPower
            The multipoles lmin ≤ ℓ ≤ lmax, or the bands that lie between.

        Raises
        ------
        InputError
            If there are none.
        """
        if lmin is not None and lmax is not None and lmin > lmax:
            raise InputError(f"lmin = {lmin}: must not be above lmax = {lmax}")
        given = {"lmin": lmin, "lmax": lmax}
        asked = ", ".join(f"{key} = {ell}" for key, ell in given.items() if ell is not None)
        low, high = (self.ell, self.ell) if self.edges is None else self.edges.T
        keep = (low >= (lmin or 0)) & (high <= (high[-1] if lmax is None else lmax))
        if not keep.any():
            what = "multipoles" if self.edges is None else "bands between"
            raise InputError(
                f"{asked}: leaves none of the {what} {low[0]} to {high[-1]} of {self.name}"
            )
        return self.select(keep)

    def select(self, keep: NDArray[np.bool_]) -> MeasuredPower:
        """The values for which `keep` (n,) is true."""

        def part(values: Array | None) -> Array | None:
            return None if values is None else values[..., keep]

        return replace(
            self,
            ell=self.ell[keep],
            c_ell=self.c_ell[keep],
            error=part(self.error),
            edges=None if self.edges is None else self.edges[keep],
            window=None if self.window is None else self.window[keep],
            covariance=None if self.covariance is None else self.covariance[np.ix_(keep, keep)],
        )


def _moment(ell: Integers) -> Array:
    """Σ (2l+1) l over l = 0 … ℓ."""
    return np.asarray(ell * (ell + 1) * (4 * ell + 5) / 6)


def band_windows(edges: Integers) -> Array:
    """Window matrix of bands: the weights 2ℓ+1, divided by their sum.

    Parameters
    ----------
    edges
        First and last multipole of each band, shape (n, 2).

    Returns
    -------
    ndarray
        Shape (n, L+1), L the highest multipole.
    """
    ell = np.arange(edges.max() + 1)
    inside = (ell >= edges[:, :1]) & (ell <= edges[:, 1:])
    weights = np.where(inside, 2.0 * ell + 1, 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
