"""Coupled C_ℓ of a partly seen sky, predicted for a configuration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.coupled_axisymmetric import axisymmetric_mean
from eddysky.validation.theory.coupled_sky import (
    CoupledMoments,
    isotropic_moments,
    zonal_moments,
)
from eddysky.validation.theory.field_covariance import field_covariance
from eddysky.validation.theory.mask_coupling import MaskCoupling
from eddysky.validation.theory.mode_coupling import ZonalCoupling
from eddysky.validation.theory.particle_noise import particle_noise
from eddysky.validation.theory.path_spread import mean_path
from eddysky.validation.theory.predict import Prediction, predict, zonal_correlation
from eddysky.validation.theory.regular import (
    compton_getting_factor,
    regular_vectors,
    regular_zonal,
)
from eddysky.validation.theory.ring_sums import RingSums

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = [
    "CoupledPrediction",
    "coupling_of",
    "gaussian_beam",
    "predict_coupled",
    "regular_alm",
    "sky_noise",
]

Array = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]
Coupling = ZonalCoupling | MaskCoupling

# Elements of the matrix below this times the largest do not couple anything.
_NOTHING = 1e-13


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class CoupledPrediction:
    """Coupled C_ℓ of one sky of a configuration, of which the noise bias of the counts is subtracted.

    Parameters
    ----------
    coupling
        Of weight and exposure.
    c_ell
        C_ℓ of the sky that is seen, beam and shot noise of particles included, shape (lmax + 1,); infinite ones are
        zero.
    mean
        ⟨C̃_ℓ⟩, shape (lmax + 1,); infinite where an infinite C_ℓ' contributes.
    moments
        With the covariance and third cumulants, where they are known: for fields of view of declination alone, and for
        skies that are statistically isotropic or depend on the pitch angle alone.
    """

    coupling: Coupling
    c_ell: Array
    mean: Array
    moments: CoupledMoments | None

    @property
    def noise(self) -> Array:
        """Noise bias of the counts, from the exposure, shape (lmax + 1,)."""
        return self.coupling.noise_bias


def gaussian_beam(point_spread: float, lmax: int) -> Array:
    """Factor exp(−ℓ(ℓ+1)σ²/2) of the a_ℓm, ℓ = 0…lmax, for a Gaussian spread σ [degrees] of directions."""
    ell = np.arange(lmax + 1)
    return np.asarray(np.exp(-0.5 * ell * (ell + 1) * math.radians(point_spread) ** 2))


def coupling_of(weight: Array, exposure: Array, lmax: int, keep_zonal: bool) -> Coupling:
    """Coupling of a field of view: order by order where it is one of declination alone, else by `MaskCoupling`."""
    rings = RingSums.from_pixels(len(weight))
    if rings.of_declination(weight) is None or rings.of_declination(exposure) is None:
        return MaskCoupling.from_maps(weight, exposure, lmax, keep_zonal)
    return ZonalCoupling.from_maps(weight, exposure, lmax, keep_zonal)


def predict_coupled(
    config: Config,
    weight: Array,
    exposure: Array,
    *,
    keep_zonal: bool = False,
    point_spread: float = 0.0,
    motion: tuple[float, float, float] | None = None,
    prediction: Prediction | None = None,
    coupling: Coupling | None = None,
) -> CoupledPrediction:
    """Predict the coupled C_ℓ of an observation: mode-coupling matrix × C_ℓ, and their covariance.

    The coupled C_ℓ of skies that know a magnetic field depend on its direction.

    Parameters
    ----------
    config
        Configuration of the skies, up to whose lmax they have multipoles.
    weight
        Weight of each pixel, RING order, equatorial axes, shape (12 nside²,).
    exposure
        Expected counts of an isotropic sky in each pixel, 0 outside the field of view, shape (12 nside²,).
    keep_zonal
        Whether m = 0 is kept.
    point_spread
        σ of the Gaussian spread of directions [degrees].
    motion
        Speed [km/s], right ascension and declination [degrees] of a motion of the observer through the sky.
    prediction
        Result of `predict` for the configuration, if already known.
    coupling
        Of weight and exposure (`coupling_of`), if already known.

    Returns
    -------
    CoupledPrediction

    Raises
    ------
    InputError
        Where nothing can be predicted: shot noise of stratified particles or of particles that know a field; a
        velocity gradient with helical transport; skies with a field, or with something regular, in a field of view
        that depends on right ascension.

    Examples
    --------
    >>> import numpy as np
    >>> from eddysky import Config
    >>> south = np.repeat([0.0, 1.0], [1568, 1504])  # nside 16, all rings below the equator
    >>> found = predict_coupled(Config().replace({"sky.nside": 16}), south, 1e8 * south)
    >>> found.mean.shape, bool(found.mean[5] < found.c_ell[5])
    ((17,), True)
    """
    lmax = config.lmax
    prediction = prediction or predict(config, lmax)
    coupling = coupling or coupling_of(weight, exposure, lmax, keep_zonal)
    beam = gaussian_beam(point_spread, lmax)
    shot = sky_noise(config) * beam**2
    finite = np.isfinite(prediction.c_ell)
    finite[0] = False  # Skies have no monopole.
    seen = np.where(finite, beam, 0.0)
    random = np.where(finite, prediction.c_ell - prediction.deterministic, 0.0) * beam**2
    regular = regular_alm(config, motion, seen)
    moments: CoupledMoments | None = None
    if isinstance(coupling, MaskCoupling):
        _require_isotropic(config, regular)
        mean = coupling.matrix @ (random + shot)
    elif not config.turbulent or (config.magnetic_field is None):
        moments = isotropic_moments(coupling, random + shot, regular)
        mean = moments.mean
    elif config.transport.zonal:
        field = None if config.magnetic_field == "random" else config.field_direction
        correlation = zonal_correlation(config, lmax)
        correlation = np.where(np.isfinite(correlation), correlation, 0.0) * np.outer(seen, seen)
        moments = zonal_moments(
            coupling, correlation, field, isotropic=shot if shot.any() else None, regular=regular
        )
        mean = moments.mean
    elif config.magnetic_field == "random":
        mean = isotropic_moments(coupling, random + shot, regular).mean
    else:
        assert config.field_direction is not None
        covariance = field_covariance(config, lmax) * np.outer(seen, seen)
        mean = axisymmetric_mean(coupling, covariance, config.field_direction, regular)
        mean = mean + coupling.matrix @ shot
    infinite = ~finite
    infinite[0] = False
    matrix = coupling.matrix
    spoilt = np.any(matrix[:, infinite] > _NOTHING * matrix.max(), axis=1)
    regular_power = np.where(finite, prediction.deterministic, 0.0) * beam**2
    return CoupledPrediction(
        coupling, random + regular_power + shot, np.where(spoilt, np.inf, mean), moments
    )


def sky_noise(config: Config) -> Array:
    """Shot noise N_ℓ of the particles of one sky, shape (lmax + 1,); zero without particles."""
    if not config.particles_drawn:
        return np.zeros(config.lmax + 1)
    assert config.particles is not None
    if config.sampling == "stratified":
        raise InputError(
            "the shot noise of stratified particles in a part of the sky is not predicted; use skies of "
            'sky.sampling = "expected", or "random"'
        )
    if config.magnetic_field is not None:
        raise InputError(
            "the shot noise of particles that know the magnetic field differs over the sky, which is not predicted for "
            'a part of it; use skies of sky.sampling = "expected"'
        )
    return particle_noise(config, config.particles)


def _require_isotropic(config: Config, regular: ComplexArray | None) -> None:
    """Refuse what is not predicted in a field of view that depends on right ascension."""
    what = None
    if regular is not None:
        what = "a regular flow, density gradient or motion"
    elif config.magnetic_field not in (None, "random"):
        what = "a magnetic field"
    if what is not None:
        raise InputError(
            f"in a field of view that depends on right ascension skies with {what} are not predicted; choose one of "
            "declination alone"
        )


def regular_alm(
    config: Config, motion: tuple[float, float, float] | None, beam: Array
) -> ComplexArray | None:
    """Mean a_ℓm in equatorial axes of what is the same in each sky.

    Parameters
    ----------
    config
        A validated configuration.
    motion
        As in `predict_coupled`.
    beam
        Factors of the a_ℓm, shape (lmax + 1,).

    Returns
    -------
    ndarray or None
        For m = 0, 1, 2, shape (3, lmax + 1); None if there is nothing regular.

    Raises
    ------
    InputError
        For a velocity gradient with helical transport.
    """
    lmax = len(beam) - 1
    out = np.zeros((3, max(lmax, 2) + 1), dtype=np.complex128)
    if config.transport.zonal:
        zonal = regular_zonal(config)
        if zonal[1:].any():
            field = config.field_direction
            assert field is not None
            # a_1 Y_10 = √(3/4π) a_1 n·b and a_2 Y_20 = √(5/16π) a_2 (3 (n·b)² − 1).
            _add_dipole(out, math.sqrt(3 / (4 * math.pi)) * zonal[1] * field)
            factor = math.sqrt(45 / (16 * math.pi)) * zonal[2]
            _add_quadrupole(out, factor * (np.outer(field, field) - np.eye(3) / 3))
    else:
        dipole, shear = regular_vectors(config)
        if config.transport.mode == "helical" and shear.any():
            raise InputError(
                "a velocity gradient in a part of the sky is not predicted with helical transport"
            )
        _add_dipole(out, dipole)
        _add_quadrupole(out, compton_getting_factor(config) * mean_path(config) * shear)
    if motion is not None:
        speed, *direction = motion
        _add_dipole(
            out, -compton_getting_factor(config) * speed * unit_vector((direction[0], direction[1]))
        )
    out = out[:, : lmax + 1] * beam
    return out if out.any() else None


def _add_dipole(alm: ComplexArray, vector: Array) -> None:
    """Add a_1m of n·d."""
    alm[0, 1] += math.sqrt(4 * math.pi / 3) * vector[2]
    alm[1, 1] -= math.sqrt(2 * math.pi / 3) * (vector[0] - 1j * vector[1])


def _add_quadrupole(alm: ComplexArray, matrix: Array) -> None:
    """Add a_2m of n·S n for a symmetric traceless S."""
    factor = math.sqrt(8 * math.pi / 15)
    alm[0, 2] += math.sqrt(4 * math.pi / 5) * matrix[2, 2]
    alm[1, 2] -= factor * (matrix[0, 2] - 1j * matrix[1, 2])
    alm[2, 2] += factor * (0.5 * (matrix[0, 0] - matrix[1, 1]) - 1j * matrix[0, 1])
