"""Measured and predicted correlation of multipoles, ⟨a_ℓm a*_ℓ'm'⟩ (ZL25 Eqs. 10 and 12).

Isotropic transport makes a statistically isotropic sky: the correlation is C_ℓ δ_ℓℓ' δ_mm' in any frame. With
parallel transport there is only m = 0 in the frame whose pole is the magnetic field, and multipoles of even
ℓ + ℓ' are correlated; averaged over directions of the field, the sky is statistically isotropic again.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.sky.alm_index import ells_and_ms
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.moments import sky_moments
from eddysky.validation.comparison.multipoles import judged_multipoles
from eddysky.validation.comparison.realizations import require_realizations
from eddysky.validation.comparison.statistics import ChiSquare, chi_square, shifted_by
from eddysky.validation.theory.predict import predict, zonal_correlation
from eddysky.validation.theory.regular import regular_power

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eddysky.simulator.config import Config
    from eddysky.simulator.results.result import Result

__all__ = ["Correlation", "Frame", "correlate", "predict_correlation"]

Array = NDArray[np.float64]
Frame = Literal["field", "equatorial"]

# Realisations whose products are held in memory at a time.
BATCH = 64
# Diagonals of the matrix that are tested, the main one included.
DISTANCES = 5


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation matrix of multipoles, of m = 0 in the frame of the field, or averaged over m.

    Parameters
    ----------
    frame
        "field": ⟨a_ℓ0 a_ℓ'0⟩ in the frame whose pole is b. "equatorial": Σ_m Re⟨a_ℓm a*_ℓ'm⟩/(2 min(ℓ, ℓ') + 1).
    realizations
        Size of the ensemble.
    ell
        Multipoles of rows and columns, shape (n,).
    measured, error, predicted
        Ensemble mean, its standard error and the theory, each of shape (n, n).
    tests
        χ² of the diagonal and of the pairs ℓ' = ℓ + 1 to ℓ + 4, by the distance ℓ' − ℓ.
    """

    frame: Frame
    realizations: int
    ell: NDArray[np.int64]
    measured: Array
    error: Array
    predicted: Array
    tests: dict[int, ChiSquare]

    @property
    def pull(self) -> Array:
        """(measured − predicted)/error of each pair; NaN where nothing is random."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.error > 0, (self.measured - self.predicted) / self.error, np.nan)

    def __str__(self) -> str:
        """What was correlated, and χ² of the diagonals."""
        what = "a_l0 a_l'0 about the magnetic field"
        if self.frame == "equatorial":
            what = "a_lm a*_l'm averaged over m"
        return "\n  ".join(
            [
                f"{what}: {self.realizations} realisations, l = {self.ell[0]}-{self.ell[-1]}",
                *(f"l' = l + {distance}: {test}" for distance, test in self.tests.items()),
            ]
        )

    def __repr__(self) -> str:
        """Frame, size and the smallest p-value in one line."""
        lowest = min(test.p_value for test in self.tests.values())
        return (
            f"<Correlation: {self.frame} frame, {self.realizations} realisations, "
            f"ℓ = {self.ell[0]}-{self.ell[-1]}, smallest p of {len(self.tests)} diagonals = {lowest:.2g}>"
        )

    def _repr_html_(self) -> str:
        """The same as `str`, for notebooks."""
        first, *others = map(escape, str(self).split("\n  "))
        return "<br>".join([f"<b>{first}</b>", *others])


def correlate(
    result: Result,
    lmax: int | None = None,
    frame: Frame | None = None,
    expected: Expectation | None = None,
) -> Correlation:
    """Correlation of multipoles of an ensemble, beside its prediction.

    Parameters
    ----------
    result
        An ensemble. The frame "equatorial" uses the skies whose a_ℓm were kept.
    lmax
        Highest multipole; what the band reaches by default.
    frame
        As in `Correlation`; "field" by default with parallel transport, else "equatorial".
    expected
        As in `compare`.

    Returns
    -------
    Correlation
        Measured and predicted matrix, and χ² of its diagonals.

    Raises
    ------
    InputError
        If the a_ℓm were not kept, the frame does not exist for this transport, or `expected` is that of another
        configuration.
    NoVerdictError
        As `compare`.
    """
    config = result.config
    frame = frame or ("equatorial" if config.magnetic_field is None else "field")
    coefficients = _chosen_coefficients(result, frame)
    require_realizations(config, len(coefficients))
    expected = Expectation.from_result(result, expected)
    ell = judged_multipoles(expected, len(coefficients)).ell
    # One multipole after the other: distances are differences of ℓ.
    ell = ell[ell - ell[0] == np.arange(len(ell))]
    if lmax is not None and lmax > config.lmax:
        raise InputError(
            f"lmax = {lmax}: at most {config.lmax}, the highest multipole of the skies"
        )
    first, lmax = int(ell[0]), int(ell[-1]) if lmax is None else lmax
    ell = ell[ell <= lmax]
    if len(ell) < 3:
        raise InputError(
            f"lmax = {lmax}: leaves {len(ell)} from l = {first} on; needs three multipoles at least"
        )
    count, size = len(coefficients), len(ell)
    # Differences from the first realisation, so that the variance does not cancel.
    start: Array | None = None
    total, square = np.zeros((size, size)), np.zeros((size, size))
    pairs: dict[int, list[Array]] = {distance: [] for distance in range(min(DISTANCES, size))}
    for batch in range(0, count, BATCH):
        for product in _products(coefficients[batch : batch + BATCH], ell, config.lmax, frame):
            start = product if start is None else start
            total += product - start
            square += (product - start) ** 2
            for distance, rows in pairs.items():
                rows.append(np.diagonal(product, distance))
    assert start is not None
    mean = total / count
    deviation = np.sqrt(np.maximum(square / count - mean**2, 0.0) * count / (count - 1))
    _require_turbulence_alone(config, expected.prediction.deterministic)
    if frame == "equatorial":
        predicted = np.diag(expected.prediction.c_ell[ell])
    else:
        predicted = zonal_correlation(config, int(ell[-1]))[np.ix_(ell, ell)]
    # On the diagonal there are squares, off it products without skewness.
    squares = np.diagonal(predicted)
    size_of = np.zeros(size, dtype=np.int64) if frame == "field" else ell
    noise = _half_difference(coefficients, ell, config.lmax, frame)
    shift = shifted_by(squares, *sky_moments(config, size_of, squares, noise))
    tests = {
        distance: chi_square(
            np.array(rows),
            np.diagonal(predicted, distance),
            np.diagonal(deviation, distance),
            shift if distance == 0 else None,
        )
        for distance, rows in pairs.items()
    }
    return Correlation(
        frame, count, ell, start + mean, deviation / np.sqrt(count), predicted, tests
    )


def _chosen_coefficients(result: Result, frame: Frame) -> NDArray[np.complex128] | Array:
    """The a_ℓ0 or a_ℓm of an ensemble for a frame, one row a realisation."""
    field = result.config.magnetic_field
    if frame == "field":
        if field is None:
            raise InputError('frame "field": needs transport.mode = "parallel"')
        if result.zonal is None:
            raise InputError("holds no a_l0 along the magnetic field: made by an older eddysky")
        return result.zonal
    if field is not None and field != "random":
        raise InputError(
            'frame "equatorial": with parallel transport it needs transport.magnetic_field = "random"'
        )
    if result.alm is None or len(result.alm) == 0:
        raise InputError(
            "holds no a_lm; the same run with --alms N keeps those of the first N skies"
        )
    return result.alm


def _products(
    rows: NDArray[np.complex128] | Array, ell: NDArray[np.int64], lmax: int, frame: Frame
) -> Iterator[Array]:
    """a_ℓ a*_ℓ' of each realisation, averaged over m, and over the two orders of the halves of its particles."""
    for halves in rows:
        first, second = halves[0], halves[-1]
        if frame == "field":
            outer = np.outer(first[ell].real, second[ell].real)
            yield 0.5 * (outer + outer.T)
            continue
        left, right = _by_order(first, lmax)[ell], _by_order(second, lmax)[ell]
        weight = np.where(np.arange(lmax + 1) == 0, 1.0, 2.0)
        outer = np.real((left * weight) @ right.conj().T)
        yield 0.5 * (outer + outer.T) / (2 * np.minimum.outer(ell, ell) + 1)


def _half_difference(
    rows: NDArray[np.complex128] | Array, ell: NDArray[np.int64], lmax: int, frame: Frame
) -> Array:
    """Mean power of the shot noise in the whole sky: that of half the difference of its halves; shape (n,)."""
    if rows.shape[1] == 1:
        return np.zeros(len(ell))
    half = 0.5 * (rows[:, :1] - rows[:, 1:])
    powers = [np.diagonal(product) for product in _products(half, ell, lmax, frame)]
    return np.asarray(np.mean(powers, axis=0))


def _by_order(alm: NDArray[np.complex128] | Array, lmax: int) -> NDArray[np.complex128]:
    """a_ℓm as a matrix of ℓ and m ≥ 0, zero for m > ℓ."""
    matrix = np.zeros((lmax + 1, lmax + 1), dtype=np.complex128)
    matrix[ells_and_ms(lmax)] = alm
    return matrix


def predict_correlation(config: Config, lmax: int, frame: Frame) -> Array:
    """Correlation matrix of multipoles of δf/f for the simulated band.

    Parameters
    ----------
    config
        A validated configuration with turbulence alone: no regular flow or gradient that shows.
    lmax
        Highest multipole.
    frame
        As in `Correlation`.

    Returns
    -------
    ndarray
        ⟨a_ℓ0 a_ℓ'0⟩ of ZL25 Eq. 10 in the frame of the field; C_ℓ on the diagonal in equatorial axes, with
        parallel transport by the average over directions of the field (ZL25 Eq. 12). Shape (lmax + 1, lmax + 1).

    Raises
    ------
    InputError
        If there is no turbulence, or something regular beside it.
    """
    _require_turbulence_alone(config, regular_power(config))
    if frame == "equatorial":
        return np.diag(predict(config, lmax).c_ell)
    return zonal_correlation(config, lmax)


def _require_turbulence_alone(config: Config, deterministic: Array) -> None:
    """Refuse skies of which something is the same in every realisation."""
    if not config.turbulent:
        raise InputError("correlations are predicted for turbulence: flow.velocity_dispersion is 0")
    if np.any(deterministic):
        raise InputError(
            "correlations are predicted for turbulence alone: flow.mean_velocity, "
            "flow.velocity_gradient and transport.density_gradient must be zero"
        )
