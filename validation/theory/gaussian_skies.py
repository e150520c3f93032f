r"""Gaussian skies of a configuration: draws of a_ℓm with the predicted covariance.

For predictions of what is not a sum over single multipoles, such as the mean square of a part of the sky after its
multipoles were filtered. The a_ℓm of a sky are sums over many waves and nearly Gaussian. Statistically isotropic skies
have independent a_ℓm of the variance C_ℓ; those of the pitch angle alone a_ℓ = Σ F_ℓk g_k of m = 0 about the field,
with F Fᵀ their correlation and g independent normal numbers; other skies with a field one such F for each m.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import ducc0
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.theory.field_covariance import field_covariance
from eddysky.validation.theory.predict import predict, zonal_correlation
from eddysky.validation.theory.predict_coupled import regular_alm, sky_noise

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["GaussianSkies"]

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class GaussianSkies:
    """Skies of a configuration up to lmax, beam included, without the monopole.

    Parameters
    ----------
    lmax
        Highest multipole.
    scatter
        Standard deviations √C_ℓ of the statistically isotropic part, shape (lmax + 1,).
    factors
        F for m = 0…, each of shape (lmax + 1, n), of the part about the field; none without one.
    field
        Unit vector b, shape (3,); None without a field, or if each sky draws its own.
    regular
        a_ℓm of what is the same in each sky, m by m.
    """

    lmax: int
    scatter: Array
    factors: tuple[ComplexArray, ...]
    field: Array | None
    regular: ComplexArray

    @classmethod
    def from_config(
        cls,
        config: Config,
        beam: Array,
        motion: tuple[float, float, float] | None = None,
        with_particles: bool = False,
    ) -> Self:
        """Skies of a configuration.

        Parameters
        ----------
        config
            A validated configuration.
        beam
            Factors of the a_ℓm, shape (lmax + 1,).
        motion
            As in `predict_coupled`.
        with_particles
            Whether the shot noise of the particles of the configuration is in the skies, up to its lmax.

        Raises
        ------
        InputError
            If the power of a multipole is infinite, or as `predict_coupled`.
        """
        lmax = len(beam) - 1
        prediction = predict(config, lmax)
        if not np.all(np.isfinite(prediction.c_ell[1:])):
            worst = 1 + int(np.argmin(np.isfinite(prediction.c_ell[1:])))
            raise InputError(
                f"a_{worst} has no finite variance, and reaches all of a part of the sky"
            )
        beam = np.append(0.0, beam[1:])
        power = prediction.c_ell - prediction.deterministic
        power[0] = 0.0
        factors: list[ComplexArray] = []
        field = None
        if config.turbulent and config.magnetic_field is not None:
            power = np.zeros(lmax + 1)
            if config.magnetic_field != "random":
                field = config.field_direction
            if config.transport.zonal:
                correlation = zonal_correlation(config, lmax)
                correlation[~np.isfinite(correlation)] = 0.0
                covariances = correlation[np.newaxis]
            else:
                covariances = field_covariance(config, lmax)
            factors = [_root(each * np.outer(beam, beam)) for each in covariances]
        if with_particles:
            power = power + sky_noise(config)[: lmax + 1]
        mean = regular_alm(config, motion, beam)
        regular = np.zeros((lmax + 1) * (lmax + 2) // 2, dtype=np.complex128)
        first = 0
        for m, row in enumerate([] if mean is None else mean[: lmax + 1]):
            regular[first : first + lmax + 1 - m] = row[m:]
            first += lmax + 1 - m
        return cls(lmax, np.sqrt(np.maximum(power, 0.0)) * beam, tuple(factors), field, regular)

    def draw(self, rng: np.random.Generator) -> tuple[ComplexArray, Array | None]:
        """A sky: its a_ℓm in equatorial axes, m ≥ 0, m by m, and the field about which it was drawn."""
        lmax, alm = self.lmax, self.regular.copy()
        field = self.field
        if self.factors:
            if field is None:
                vector = rng.standard_normal(3)
                field = vector / np.linalg.norm(vector)
            about = np.zeros_like(alm)
            first = 0
            for m, factor in enumerate(self.factors):
                about[first : first + lmax + 1 - m] = (factor @ _normal(rng, factor.shape[1], m))[
                    m:
                ]
                first += lmax + 1 - m
            theta = math.atan2(math.hypot(field[0], field[1]), field[2])
            phi = math.atan2(field[1], field[0])
            alm += ducc0.sht.rotate_alm(about, lmax, 0.0, theta, phi)
        if self.scatter.any():
            first = 0
            for m in range(lmax + 1):
                alm[first : first + lmax + 1 - m] += self.scatter[m:] * _normal(
                    rng, lmax + 1 - m, m
                )
                first += lmax + 1 - m
        return alm, field


def _normal(rng: np.random.Generator, count: int, m: int) -> ComplexArray:
    """Independent numbers of unit variance: real for m = 0, else complex."""
    if m == 0:
        return rng.standard_normal(count).astype(np.complex128)
    real, imaginary = rng.standard_normal((2, count))
    return np.asarray((real + 1j * imaginary) / math.sqrt(2))


def _root(covariance: NDArray[Any]) -> ComplexArray:
    """F with F F† = covariance, without columns that are negligible."""
    values, vectors = np.linalg.eigh(covariance)
    kept = values > 1e-14 * max(float(values[-1]), 1e-300)
    return np.asarray(vectors[:, kept] * np.sqrt(values[kept]), dtype=np.complex128)
