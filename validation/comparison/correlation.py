"""Measured and predicted correlation of multipoles, ⟨a_ℓm a*_ℓ'm'⟩ (ZL25 Eqs. 10 and 12).

With isotropic transport the sky is statistically isotropic: the correlation is C_ℓ δ_ℓℓ' δ_mm' in any frame. With
parallel transport only m = 0 is non-zero in the frame whose pole is the magnetic field, and multipoles with even
ℓ + ℓ' are correlated; averaged over directions of the field, the sky is statistically isotropic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import as_html
from eddysky.simulator.errors import InputError
from eddysky.simulator.sky.alm_index import ells_and_ms
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.moments import sky_moments
from eddysky.validation.comparison.multipoles import judged_multipoles
from eddysky.validation.comparison.realizations import require_realizations
from eddysky.validation.comparison.statistics import ChiSquare, chi_square, gamma_shift
from eddysky.validation.theory.predict import predict, zonal_correlation
from eddysky.validation.theory.regular import regular_power

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eddysky.simulator.config import Config
    from eddysky.simulator.results.result import Result

__all__ = ["Correlation", "correlate", "predict_correlation"]

Array = NDArray[np.float64]
Frame = Literal["field", "equatorial"]

# Realisations read at a time.
_BATCH = 64
# Number of diagonals of the matrix that are tested, with the main one.
_DISTANCES = 5


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation matrix of multipoles: of m = 0 in the frame of the field, or averaged over m.

    Parameters
    ----------
    frame
        "field": ⟨a_ℓ0 a_ℓ'0⟩ in the frame whose pole is b. "equatorial": Σ_m Re⟨a_ℓm a*_ℓ'm⟩/(2 min(ℓ, ℓ') + 1).
    realizations
        Size of the ensemble.
    ell
        Multipoles of rows and columns, shape (n,).
    measured, error, predicted
        Ensemble mean, its standard error and the prediction, each of shape (n, n).
    tests
        χ² of the diagonals, by ℓ' − ℓ from 0 to 4.
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
        """(measured − predicted)/error, shape (n, n); NaN where the error is zero."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(self.error > 0, (self.measured - self.predicted) / self.error, np.nan)

    def __str__(self) -> str:
        """Kind of correlation, and χ² of the diagonals."""
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
        return as_html(str(self))


def correlate(
    result: Result,
    lmax: int | None = None,
    frame: Frame | None = None,
    expected: Expectation | None = None,
) -> Correlation:
    """Compare the correlation of multipoles of an ensemble with its prediction.

    Parameters
    ----------
    result
        An ensemble. The frame "equatorial" uses the skies whose a_ℓm are stored.
    lmax
        Highest multipole; by default the highest one that can be judged.
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
        If the a_ℓm are not stored, the frame does not exist for this transport, there is something besides turbulence,
        or `expected` is of another configuration.
    NoVerdictError
        As `compare`.
    """
    config = result.config
    frame = frame or ("equatorial" if config.magnetic_field is None else "field")
    coefficients = _coefficients(result, frame)
    require_realizations(config, len(coefficients), len(coefficients) < len(result.power))
    expected = Expectation.from_result(result, expected)
    ell = judged_multipoles(expected, len(coefficients)).ell
    # Without gaps, so that diagonals of the matrix are differences of ℓ.
    ell = ell[ell - ell[0] == np.arange(len(ell))]
    if lmax is not None and lmax > config.lmax:
        raise InputError(
            f"lmax = {lmax}: at most {config.lmax}, the highest multipole of the skies"
        )
    first, last = int(ell[0]), int(ell[-1])
    lmax = last if lmax is None else lmax
    ell = ell[ell <= lmax]
    if len(ell) < 3:
        limit = (
            f"lmax = {lmax}"
            if lmax < last or last == config.lmax
            else f"no verdict beyond l = {last}"
        )
        raise InputError(
            f"{limit}: leaves {len(ell)} from l = {first} on; at least three multipoles are needed"
        )
    count, size = len(coefficients), len(ell)
    # Differences from the first realisation, against cancellation in the variance.
    start: Array | None = None
    total, square = np.zeros((size, size)), np.zeros((size, size))
    pairs: dict[int, list[Array]] = {distance: [] for distance in range(min(_DISTANCES, size))}
    for batch in range(0, count, _BATCH):
        for product in _products(coefficients[batch : batch + _BATCH], ell, config.lmax, frame):
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
    # The diagonal has skewed squares; the other products have no skewness.
    squares = np.diagonal(predicted)
    size_of = np.zeros(size, dtype=np.int64) if frame == "field" else ell
    noise = _half_difference(coefficients, ell, config.lmax, frame)
    shift = gamma_shift(squares, *sky_moments(config, size_of, squares, noise))
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


def _coefficients(result: Result, frame: Frame) -> NDArray[np.complex128] | Array:
    """The a_ℓ0 or a_ℓm of an ensemble for a frame, one row a realisation."""
    field = result.config.magnetic_field
    if frame == "field":
        if field is None:
            raise InputError('frame "field": needs transport.mode = "parallel"')
        if result.zonal is None:
            raise InputError("holds no a_l0 along the magnetic field: written by an older version")
        return result.zonal
    if field is not None and field != "random":
        raise InputError(
            'frame "equatorial": with parallel transport it needs transport.magnetic_field = "random"'
        )
    if result.alm is None or len(result.alm) == 0:
        raise InputError(
            "holds no a_lm; the same run with alms = N (--alms N) keeps those of the first N skies"
        )
    return result.alm


def _products(
    rows: NDArray[np.complex128] | Array, ell: NDArray[np.int64], lmax: int, frame: Frame
) -> Iterator[Array]:
    """Re a_ℓ a*_ℓ' of each realisation, averaged over m; a cross-product of the halves of its particles."""
    for halves in rows:
        first, second = halves[0], halves[-1]
        if frame == "field":
            outer = np.outer(first[ell].real, second[ell].real)
            yield 0.5 * (outer + outer.T)
            continue
        left, right = _alm_matrix(first, lmax)[ell], _alm_matrix(second, lmax)[ell]
        weight = np.where(np.arange(lmax + 1) == 0, 1.0, 2.0)
        outer = np.real((left * weight) @ right.conj().T)
        yield 0.5 * (outer + outer.T) / (2 * np.minimum.outer(ell, ell) + 1)


def _half_difference(
    rows: NDArray[np.complex128] | Array, ell: NDArray[np.int64], lmax: int, frame: Frame
) -> Array:
    """Mean power P of the shot noise of all particles, from half the difference of the two halves; shape (n,)."""
    if rows.shape[1] == 1:
        return np.zeros(len(ell))
    half = 0.5 * (rows[:, :1] - rows[:, 1:])
    powers = [np.diagonal(product) for product in _products(half, ell, lmax, frame)]
    return np.asarray(np.mean(powers, axis=0))


def _alm_matrix(alm: NDArray[np.complex128] | Array, lmax: int) -> NDArray[np.complex128]:
    """a_ℓm in rows of ℓ and columns of m ≥ 0, zero for m > ℓ."""
    matrix = np.zeros((lmax + 1, lmax + 1), dtype=np.complex128)
    matrix[ells_and_ms(lmax)] = alm
    return matrix


def predict_correlation(config: Config, lmax: int, frame: Frame) -> Array:
    """Predict the correlation matrix of multipoles of δf/f for the simulated band.

    Parameters
    ----------
    config
        A validated configuration with turbulence and without a regular flow or density gradient.
    lmax
        Highest multipole.
    frame
        As in `Correlation`.

    Returns
    -------
    ndarray
        "field": ⟨a_ℓ0 a_ℓ'0⟩ (ZL25 Eq. 10). "equatorial": C_ℓ on the diagonal, with parallel transport averaged over
        directions of the field (ZL25 Eq. 12). Shape (lmax + 1, lmax + 1).

    Raises
    ------
    InputError
        If there is no turbulence, or a regular flow or density gradient.
    """
    _require_turbulence_alone(config, regular_power(config))
    if frame == "equatorial":
        return np.diag(predict(config, lmax).c_ell)
    return zonal_correlation(config, lmax)


def _require_turbulence_alone(config: Config, deterministic: Array) -> None:
    """Refuse skies without turbulence or with deterministic contributions."""
    if not config.turbulent:
        raise InputError("correlations are predicted for turbulence: flow.velocity_dispersion is 0")
    if np.any(deterministic):
        raise InputError(
            "correlations are predicted for turbulence alone: flow.mean_velocity, "
            "flow.velocity_gradient and transport.density_gradient must be zero"
        )
