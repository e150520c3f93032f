"""Band powers of an observation beside their prediction."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.io.tables import text_table
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.observation import predict_observation
from eddysky.validation.theory.band_powers import BandPowers

if TYPE_CHECKING:
    from eddysky.simulator.observation.observation import Observation

__all__ = ["ObservedBands", "observed_bands"]

Array = NDArray[np.float64]
# The dipole has no band: its power is far above that of the others.
_LOWEST = 2


@dataclass(frozen=True, slots=True, eq=False)
class ObservedBands:
    """Decoupled band powers of an observation, noise subtracted.

    Parameters
    ----------
    low, high
        First and last multipole of each band, shape (n,).
    measured, error
        Mean over the observations and its standard error, shape (n,); NaN errors for a single observation.
    predicted
        Expected band powers, shape (n,).
    condition
        Condition number of the mode-coupling matrix of the bands.
    """

    low: NDArray[np.int64]
    high: NDArray[np.int64]
    measured: Array
    error: Array
    predicted: Array
    condition: float

    @property
    def pull(self) -> Array:
        """(measured − predicted)/error, shape (n,)."""
        return (self.measured - self.predicted) / self.error

    def table(self) -> str:
        """One line for each band."""
        names = ("l_low", "l_high", "band_power", "error", "predicted", "pull")
        pulls = [f"{pull:.2f}" for pull in self.pull]
        columns = (self.low, self.high, self.measured, self.error, self.predicted, pulls)
        words = f"band powers; condition number of their coupling {self.condition:.3g}\n"
        return words + text_table(names, zip(*columns, strict=True), digits=5, csv=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; NaN becomes None."""
        error = [None if math.isnan(each) else each for each in self.error.tolist()]
        return {
            "low": self.low.tolist(),
            "high": self.high.tolist(),
            "measured": self.measured.tolist(),
            "standard_error": error,
            "predicted": self.predicted.tolist(),
            "condition": self.condition,
        }


def observed_bands(
    observation: Observation, width: int, expected: Expectation | None = None
) -> ObservedBands:
    """Band powers of `width` multipoles each, from ℓ = 2, whose shape inside a band is that of the prediction.

    Parameters
    ----------
    observation
        The observation.
    width
        Multipoles in a band; the last has up to twice as many.
    expected
        Expectation of the configuration of the skies, if already known.

    Returns
    -------
    ObservedBands

    Raises
    ------
    InputError
        If the bands cannot be decoupled in this field of view, or nothing is predicted.

    Examples
    --------
    >>> print(observed_bands(read_observation("OBS.h5"), 5).table())  # doctest: +SKIP
    """
    lmax = observation.lmax
    if not 1 <= width <= lmax - _LOWEST + 1:
        raise InputError(f"bands of {width} multipoles: must be from 1 to {lmax - _LOWEST + 1}")
    expected = Expectation.from_result(observation, expected)
    found = predict_observation(observation, expected)
    count = (lmax + 1 - _LOWEST) // width
    edges = _LOWEST + width * np.arange(count + 1)
    edges[-1] = lmax + 1
    bands = BandPowers.from_matrix(found.coupling.matrix, edges, found.c_ell)
    powers = bands.powers(observation.power - observation.noise)
    error = np.full(count, np.nan)
    if len(powers) > 1:
        error = powers.std(axis=0, ddof=1) / math.sqrt(len(powers))
    return ObservedBands(
        low=edges[:-1],
        high=edges[1:] - 1,
        measured=powers.mean(axis=0),
        error=error,
        predicted=bands.powers(found.mean),
        condition=bands.condition,
    )
