"""Gaussian skies of a configuration, and those of other indices and transport models in the same turbulence."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.configuration import DEFAULT_FIELD
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.errors import InputError
from eddysky.validation.theory.predict import predict, zonal_correlation

__all__ = ["IsotropicSky", "Sky", "SkyFamily", "ZonalSky", "field_of", "gaussian_sky"]

Array = NDArray[np.float64]

# Chebyshev points in the index, and its range: C_ℓ of unbounded power laws is finite between 1 and 3. ln C_ℓ is nearly
# linear in the index; 8 points give C_ℓ to 4e-5, of drift-kinetic skies to 4e-4.
_POINTS = 8
_LOWEST, _HIGHEST = 1.02, 2.98
# Part of the velocity dispersion with which skies are predicted; C_ℓ is proportional to its square.
_SLOW = 1e-4
# Smaller powers, relative to the dipole, are rounding errors.
_LEAST = 1e-12


@dataclass(frozen=True, eq=False)
class IsotropicSky:
    """A Gaussian sky that is statistically isotropic.

    Parameters
    ----------
    c_ell
        C_ℓ, shape (lmax + 1,).
    """

    c_ell: Array

    def scaled(self, factors: Array | float) -> IsotropicSky:
        """The sky with its a_ℓm multiplied by one factor, or by one for each ℓ."""
        return IsotropicSky(self.c_ell * np.square(factors))


@dataclass(frozen=True, eq=False)
class ZonalSky:
    """A Gaussian sky of the pitch angle alone.

    Parameters
    ----------
    matrix
        ⟨z_ℓ z_ℓ'⟩ of m = 0 about the magnetic field, shape (lmax + 1, lmax + 1).
    """

    matrix: Array

    def scaled(self, factors: Array | float) -> ZonalSky:
        """The sky with its a_ℓm multiplied by one factor, or by one for each ℓ."""
        row = np.broadcast_to(factors, len(self.matrix))
        return ZonalSky(self.matrix * np.outer(row, row))

    @property
    def root(self) -> Array:
        """A with A Aᵀ = Z, shape (lmax + 1, lmax + 1)."""
        values, vectors = np.linalg.eigh(self.matrix)
        return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


Sky = IsotropicSky | ZonalSky


def field_of(config: Config) -> Array:
    """Unit vector along the magnetic field of zonal skies, shape (3,); the default one where none is given.

    Raises
    ------
    InputError
        If it is random.
    """
    field = config.transport.magnetic_field or DEFAULT_FIELD
    if field == "random":
        raise InputError(
            "transport.magnetic_field = random: errors depend on where the field points; give its direction"
        )
    return unit_vector(field)


def gaussian_sky(config: Config) -> Sky:
    """The random part of the sky of a configuration, up to its lmax; the monopole is zero.

    Parameters
    ----------
    config
        A configuration with turbulence.

    Returns
    -------
    IsotropicSky or ZonalSky
        Covariance of its a_ℓm.

    Raises
    ------
    InputError
        If the sky is neither isotropic nor zonal, has no power beyond the dipole, or an infinite dipole.
    """
    lmax = config.lmax
    if not config.turbulent:
        raise InputError(
            "a forecast needs turbulence: flow.velocity_dispersion and the momentum index "
            f"-(cosmic_rays.spectral_index + 2) = {config.momentum_index:g} must not be zero"
        )
    if config.flow.field is not None:
        raise InputError("flow.field: the spectrum of a velocity field from outside is not known")
    if config.transport.mode == "helical" or config.axisymmetric_flow:
        what = (
            "transport.mode = helical" if config.transport.mode == "helical" else "flow.anisotropy"
        )
        raise InputError(
            f"{what}: such a sky is neither isotropic nor of the pitch angle alone, and its errors are not known; "
            "a forecast takes the transport modes isotropic, parallel and drift-kinetic in isotropic turbulence"
        )
    if config.transport.zonal:
        matrix = zonal_correlation(config, lmax)
        # The monopole cannot be observed.
        matrix[0] = matrix[:, 0] = 0.0
        _check_power(np.diag(matrix) / (2 * np.arange(lmax + 1) + 1))
        return ZonalSky(matrix)
    prediction = predict(config)
    c_ell = prediction.c_ell - prediction.deterministic
    c_ell[0] = 0.0
    _check_power(c_ell)
    return IsotropicSky(c_ell)


def _check_power(c_ell: Array) -> None:
    """Refuse the infinite dipoles of some stationary limits, and skies that have a dipole alone."""
    if not np.all(np.isfinite(c_ell)):
        raise InputError(
            'transport.scatterings = "stationary": the dipole of this sky is infinite, and it leaks into all multipoles'
        )
    if len(c_ell) > 2 and np.max(c_ell[2:]) <= _LEAST * c_ell[1]:
        raise InputError("this turbulence makes no multipoles but the dipole with this transport")


@dataclass(frozen=True, eq=False)
class SkyFamily:
    """Skies of one transport model as a function of the index of the turbulence.

    Parameters
    ----------
    mode
        The transport model.
    index
        Index of the configuration; None where its spectrum has none, or several.
    low, high
        Range of the index.
    sky
        Function of the index that gives the sky, with the velocity dispersion of the configuration.
    """

    mode: str
    index: float | None
    low: float
    high: float
    sky: Callable[[float | None], Sky]

    @classmethod
    def from_config(cls, config: Config, mode: str, beam: Array) -> SkyFamily:
        """Family of a transport model in the turbulence of a configuration, on the same band.

        Parameters
        ----------
        config
            The configuration.
        mode
            The transport model.
        beam
            Factor of the a_ℓm for the point spread, shape (lmax + 1,).

        Raises
        ------
        InputError
            If the configuration does not allow the transport model, or has no forecast with it.
        """
        # How skies are sampled does not matter here, and may not suit the other model.
        sky = type(config.sky)(nside=config.sky.nside, lmax=config.lmax, frame=config.sky.frame)
        config = config.model_copy(update={"sky": sky})
        overrides: dict[str, Any] = {}
        if mode != config.transport.mode:
            overrides["transport.mode"] = mode
        ends = [
            f"{2 * math.pi / part.spectrum.k_max!r} pc" if given.band_is_open else None
            for given, part in zip(config.flow.components, config.turbulent_parts, strict=True)
        ]
        if config.flow.component:
            tables = config.model_dump(mode="json", exclude_unset=True, exclude_none=True)["flow"]
            overrides["flow.component"] = [
                table | ({} if end is None else {"inner_scale": end})
                for table, end in zip(tables["component"], ends, strict=True)
            ]
        elif ends[0] is not None:
            overrides["flow.inner_scale"] = ends[0]
        if config.flow.component or config.flow.spectrum not in ("power-law", "injection"):
            only = gaussian_sky(config.replace(overrides)).scaled(beam)
            return cls(mode, None, 0.0, 0.0, lambda _: only)
        index = config.flow.index
        low, high = min(_LOWEST, index - 0.5), max(_HIGHEST, index + 0.5)
        middle, half = (low + high) / 2, (high - low) / 2
        nodes = chebyshev.chebpts1(_POINTS)
        # A slow flow, as another index may make the one of the configuration too fast.
        slow = config.flow.velocity_dispersion * _SLOW
        overrides["flow.velocity_dispersion"] = f"{slow!r} km/s"
        indices = (middle + half * nodes).tolist()
        skies = [
            gaussian_sky(config.replace(overrides | {"flow.index": value})).scaled(beam / _SLOW)
            for value in indices
        ]
        return cls(mode, index, low, high, _interpolated(skies, nodes, middle, half))


def _interpolated(
    skies: Sequence[Sky], nodes: Array, middle: float, half: float
) -> Callable[[float | None], Sky]:
    """Interpolate ln of the variances, and the correlations of zonal skies, by polynomials in the index."""
    first = skies[0]
    zonal = isinstance(first, ZonalSky)
    variances = np.array([np.diag(s.matrix) if isinstance(s, ZonalSky) else s.c_ell for s in skies])
    logarithms = np.log(np.maximum(variances, np.finfo(float).tiny))
    levels = chebyshev.chebfit(nodes, logarithms, len(nodes) - 1)
    size = variances.shape[1]
    if zonal:
        scales = np.sqrt(variances)
        correlations = [
            np.divide(s.matrix, norm, out=np.zeros_like(norm), where=norm > 0)
            for s, norm in zip(skies, scales[:, :, np.newaxis] * scales[:, np.newaxis], strict=True)
            if isinstance(s, ZonalSky)
        ]
        flat = np.reshape(correlations, (len(nodes), size * size))
        mixing = chebyshev.chebfit(nodes, flat, len(nodes) - 1)

    def sky(index: float | None) -> Sky:
        assert index is not None
        x = (index - middle) / half
        variance = np.where(variances[0] > 0, np.exp(chebyshev.chebval(x, levels)), 0.0)
        if not isinstance(first, ZonalSky):
            return IsotropicSky(variance)
        correlation = chebyshev.chebval(x, mixing).reshape(size, size)
        scale = np.sqrt(variance)
        return ZonalSky(correlation * np.outer(scale, scale))

    return sky
