"""Measured and predicted correlation of multipoles, ⟨a_ℓm a*_ℓ'm'⟩ (ZL25 Eqs. 10 and 12).

With isotropic transport the sky is statistically isotropic: the correlation is C_ℓ δ_ℓℓ' δ_mm' in any frame. With
parallel and drift-kinetic transport only m = 0 is non-zero in the frame whose pole is the magnetic field. With helical
transport, or turbulence that knows the field, different m are uncorrelated there. Multipoles with even ℓ + ℓ' are
correlated; averaged over directions of the field, the sky is statistically isotropic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import as_html, ranges
from eddysky.simulator.errors import InputError
from eddysky.simulator.sky.alm_index import ells_and_ms
from eddysky.simulator.sky.frames import to_field_frame
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.moments import moments_of_squares, sky_moments
from eddysky.validation.comparison.multipoles import judged_multipoles
from eddysky.validation.comparison.realizations import require_realizations
from eddysky.validation.comparison.statistics import ChiSquare, chi_square, gamma_shift
from eddysky.validation.theory.field_covariance import field_covariance
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
# Variances of a_ℓm below this part of C_ℓ are lost in the rounding errors of the other m.
_NO_POWER = 1e-12


@dataclass(frozen=True, slots=True)
class Correlation:
    """Correlation matrix of multipoles: of one m in the frame of the field, or averaged over m.

    Parameters
    ----------
    frame
        "field": ⟨a_ℓm a*_ℓ'm⟩ in the frame whose pole is b. "equatorial": Σ_m Re⟨a_ℓm a*_ℓ'm⟩/(2 min(ℓ, ℓ') + 1).
    m
        Azimuthal number about the field; 0 in the frame "equatorial".
    realizations
        Size of the ensemble.
    ell
        Multipoles of rows and columns, shape (n,).
    measured, error, predicted
        Ensemble mean, its standard error and the prediction, each of shape (n, n). Complex for m > 0 with helical
        transport: real and imaginary parts of the error are those of the two parts of the mean.
    tests
        χ² of the diagonals, by ℓ' − ℓ from 0 to 4, of real and imaginary parts.
    """

    frame: Frame
    m: int
    realizations: int
    ell: NDArray[np.int64]
    measured: NDArray[Any]
    error: NDArray[Any]
    predicted: NDArray[Any]
    tests: dict[int, ChiSquare]

    @property
    def pull(self) -> Array:
        """(measured − predicted)/error of the real parts, shape (n, n); NaN where the error is zero."""
        error = self.error.real
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(error > 0, (self.measured - self.predicted).real / error, np.nan)

    def __str__(self) -> str:
        """Kind of correlation, and χ² of the diagonals."""
        what = f"a_l{self.m} a{'*' if self.m else ''}_l'{self.m} about the magnetic field"
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
    m: int = 0,
) -> Correlation:
    """Compare the correlation of multipoles of an ensemble with its prediction.

    Parameters
    ----------
    result
        An ensemble. All but the a_ℓ0 of parallel and drift-kinetic transport are those of the skies whose a_ℓm are
        stored.
    lmax
        Highest multipole; by default the highest one that can be judged.
    frame
        As in `Correlation`; "field" by default where transport or turbulence know the field, else "equatorial".
    expected
        As in `compare`.
    m
        Azimuthal number about the field, ≥ 0; only 0 with parallel and drift-kinetic transport.

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
    coefficients = _coefficients(result, frame, m)
    require_realizations(config, len(coefficients), len(coefficients) < len(result.power))
    expected = Expectation.from_result(result, expected)
    ell = judged_multipoles(expected, len(coefficients)).ell
    ell = ell[ell >= m]
    if not ell.size:
        raise InputError(f"m = {m}: no multipole from there on can be judged")
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
    _require_turbulence_alone(config, expected.prediction.deterministic)
    if frame == "equatorial":
        predicted = np.diag(expected.prediction.c_ell[ell])
    elif expected.covariance is None:
        predicted = zonal_correlation(config, int(ell[-1]))[np.ix_(ell, ell)]
    else:
        predicted = _of_order(expected.covariance, m)[np.ix_(ell, ell)]
        _require_power(expected, predicted, m, ell)
    count, size = len(coefficients), len(ell)
    # Differences from the first realisation, against cancellation in the variance.
    start: NDArray[Any] | None = None
    total: NDArray[Any] = np.zeros((size, size))
    square: NDArray[Any] = np.zeros((size, size))
    pairs: dict[int, list[NDArray[Any]]] = {
        distance: [] for distance in range(min(_DISTANCES, size))
    }
    for batch in range(0, count, _BATCH):
        for product in _products(coefficients[batch : batch + _BATCH], ell, config.lmax, frame):
            if np.isrealobj(predicted):
                product = product.real
            start = product if start is None else start
            total = total + product - start
            square = square + _by_part(np.square, product - start)
            for distance, rows in pairs.items():
                rows.append(np.diagonal(product, distance))
    assert start is not None
    mean = total / count
    variance = (square / count - _by_part(np.square, mean)) * count / (count - 1)
    deviation = _by_part(lambda part: np.sqrt(np.maximum(part, 0.0)), variance)
    # The diagonal has skewed squares; the other products have no skewness.
    squares = np.diagonal(predicted).real
    noise = _half_difference(coefficients, ell, config.lmax, frame)
    moments = sky_moments(expected, ell, squares, noise)
    if frame == "field":
        # Real and imaginary part of a_ℓm.
        moments = moments_of_squares(np.full(size, 1.0 if m == 0 else 2.0), squares, noise)
    shift = gamma_shift(squares, *moments)
    tests = {
        distance: chi_square(
            _parts(np.array(rows), distance),
            _parts(np.diagonal(predicted, distance), distance),
            _parts(np.diagonal(deviation, distance), distance),
            shift if distance == 0 else None,
        )
        for distance, rows in pairs.items()
    }
    return Correlation(
        frame, m, count, ell, start + mean, deviation / np.sqrt(count), predicted, tests
    )


def _by_part(function: Callable[[Array], Array], values: NDArray[Any]) -> NDArray[Any]:
    """A function of the real and of the imaginary part of each value."""
    if not np.iscomplexobj(values):
        return function(values)
    return np.asarray(function(values.real) + 1j * function(values.imag))


def _parts(values: NDArray[Any], distance: int) -> Array:
    """Real and imaginary parts, side by side in the last axis; the diagonal itself is real."""
    if distance == 0 or not np.iscomplexobj(values):
        return np.asarray(values.real)
    return np.concatenate([values.real, values.imag], axis=-1)


def _of_order(covariance: NDArray[Any], m: int) -> NDArray[Any]:
    """Covariance of the a_ℓm of one m; the a_ℓ0 are real."""
    return np.asarray(covariance[m] if m > 0 else covariance[0].real)


def _require_power(
    expected: Expectation, covariance: NDArray[Any], m: int, ell: NDArray[np.int64]
) -> None:
    """Refuse multipoles whose a_ℓm have no more power than the rounding errors of the others."""
    without = np.diag(covariance).real <= _NO_POWER * expected.prediction.c_ell[ell]
    if np.any(without):
        raise InputError(f"m = {m}: no power is expected at l = {ranges(ell[without].tolist())}")


def _coefficients(result: Result, frame: Frame, m: int) -> NDArray[np.complex128] | Array:
    """The a_ℓm of one m about the field, or all a_ℓm, of an ensemble; one row a realisation."""
    config = result.config
    field = config.magnetic_field
    if frame == "field":
        if field is None:
            raise InputError(
                'frame "field": needs a magnetic field, as with transport.mode = "parallel" or "helical"'
            )
        if config.transport.zonal:
            if m > 0:
                raise InputError(
                    f'm = {m}: must be 0 with transport.mode = "{config.transport.mode}"'
                )
            if result.zonal is None:
                raise InputError(
                    "holds no a_l0 along the magnetic field: written by an older version"
                )
            return result.zonal
        if not 0 <= m <= config.lmax - 2:
            raise InputError(f"m = {m}: must be from 0 to lmax - 2 = {config.lmax - 2}")
    else:
        if field is not None and field != "random":
            raise InputError(
                'frame "equatorial": where transport or turbulence know the magnetic field it needs '
                'transport.magnetic_field = "random"'
            )
        if m > 0:
            raise InputError(f'm = {m}: needs the frame "field"')
    if result.alm is None or len(result.alm) == 0:
        raise InputError(
            "holds no a_lm; the same run with alms = N (--alms N) keeps those of the first N skies"
        )
    return result.alm if frame == "equatorial" else _about_field(result, m)


def _about_field(result: Result, m: int) -> NDArray[np.complex128]:
    """The a_ℓm of one m about the field of each sky, zero for ℓ < m, shape (skies, halves, lmax + 1)."""
    assert result.alm is not None
    lmax = result.config.lmax
    out = np.zeros((*result.alm.shape[:2], lmax + 1), dtype=np.complex128)
    for row, index, halves in zip(out, result.index, result.alm, strict=False):
        field = result.config.for_realization(int(index)).field_direction
        assert field is not None
        for found, half in zip(row, halves, strict=True):
            found[:] = _alm_matrix(to_field_frame(half, lmax, field), lmax)[:, m]
    return out if m > 0 else out.real


def _products(
    rows: NDArray[np.complex128] | Array, ell: NDArray[np.int64], lmax: int, frame: Frame
) -> Iterator[NDArray[Any]]:
    """a_ℓ a*_ℓ' of each realisation, or its real part averaged over m; of the two halves of its particles."""
    for halves in rows:
        first, second = halves[0], halves[-1]
        if frame == "field":
            outer = np.outer(first[ell], second[ell].conj())
            yield 0.5 * (outer + outer.conj().T)
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
    powers = [np.diagonal(product).real for product in _products(half, ell, lmax, frame)]
    return np.asarray(np.mean(powers, axis=0))


def _alm_matrix(alm: NDArray[np.complex128] | Array, lmax: int) -> NDArray[np.complex128]:
    """a_ℓm in rows of ℓ and columns of m ≥ 0, zero for m > ℓ."""
    matrix = np.zeros((lmax + 1, lmax + 1), dtype=np.complex128)
    matrix[ells_and_ms(lmax)] = alm
    return matrix


def predict_correlation(config: Config, lmax: int, frame: Frame, m: int = 0) -> NDArray[Any]:
    """Predict the correlation matrix of multipoles of δf/f for the simulated band.

    Parameters
    ----------
    config
        A validated configuration with turbulence and without a regular flow or density gradient.
    lmax
        Highest multipole.
    frame, m
        As in `Correlation`.

    Returns
    -------
    ndarray
        "field": ⟨a_ℓm a*_ℓ'm⟩ (ZL25 Eq. 10 and `field_covariance`). "equatorial": C_ℓ on the diagonal, averaged over
        directions of the field (ZL25 Eq. 12). Shape (lmax + 1, lmax + 1).

    Raises
    ------
    InputError
        If there is no turbulence, or a regular flow or density gradient.
    """
    _require_turbulence_alone(config, regular_power(config))
    if frame == "equatorial":
        return np.diag(predict(config, lmax).c_ell)
    return _of_order(field_covariance(config, lmax), m)


def _require_turbulence_alone(config: Config, deterministic: Array) -> None:
    """Refuse skies without turbulence or with deterministic contributions."""
    if not config.turbulent:
        raise InputError("correlations are predicted for turbulence: flow.velocity_dispersion is 0")
    if np.any(deterministic):
        raise InputError(
            "correlations are predicted for turbulence alone: flow.mean_velocity, "
            "flow.velocity_gradient and transport.density_gradient must be zero"
        )
