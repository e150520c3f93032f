"""What an observation of given exposure measures of a configuration: noise, errors of C_ℓ, of velocity and index.

Errors are those of one sky, with cosmic variance. With the exact covariance of the coupled C_ℓ (`coupled_spectra`) and
their derivatives D by velocity dispersion and index, the Fisher matrix is Dᵀ Cov⁻¹ D, and its inverse the covariance of
the estimates of a fit that weights the coupled C_ℓ by Cov⁻¹.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import as_html
from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.exposure import exposure_map
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.observation.weight import weight_map
from eddysky.validation.forecasting.coupled_spectra import CoupledSpectra
from eddysky.validation.forecasting.distinction import SIGMAS, Distinction, distinguish
from eddysky.validation.forecasting.drawn_spectra import DRAWS, DrawnSpectra
from eddysky.validation.forecasting.information import Information
from eddysky.validation.forecasting.report import paragraph, plain
from eddysky.validation.forecasting.skies import Sky, SkyFamily, field_of, gaussian_sky
from eddysky.validation.theory.mode_coupling import ZonalCoupling
from eddysky.validation.theory.predict import predict
from eddysky.validation.theory.predict_coupled import gaussian_beam
from eddysky.validation.theory.ring_sums import RingSums

__all__ = ["ExpectedError", "Forecast", "NotCompared", "forecast"]

Array = NDArray[np.float64]

TRANSPORTS = ("isotropic", "parallel", "drift-kinetic")
# Step in the index for derivatives.
_STEP = 0.01
# Combinations of C_ℓ, scaled to unit variance, that scatter by less than this part of the most variable one carry no
# information: rounding errors.
_LEAST = 1e-11
# The coupling of all m takes lmax³ numbers.
_HIGHEST = 200


@dataclass(frozen=True, slots=True)
class ExpectedError:
    """Expected standard error of a parameter.

    Parameters
    ----------
    name, unit
        Name of the parameter and unit of its values.
    value
        Its true value.
    error
        Standard error of a fit to the coupled C_ℓ, from their Fisher matrix; infinite if they do not determine it.
    whole_sky_error
        Standard error of a fit to all a_ℓm from lmin on, with their phases: the smallest that can be reached without
        the lower ones. (Those leak into the coupled C_ℓ, whose fit takes their C_ℓ from the model.) NaN if not known,
        for a field of view that depends on right ascension.
    """

    name: str
    unit: str
    value: float
    error: float
    whole_sky_error: float


@dataclass(frozen=True, slots=True)
class NotCompared:
    """A transport model that the configuration does not allow.

    Parameters
    ----------
    mode
        The model.
    reason
        Why.
    """

    mode: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Forecast:
    """Expected outcome of an observation of one sky.

    Parameters
    ----------
    config
        Of the skies.
    survey
        The observation.
    sky_fraction
        Fraction of the sky that is in the field of view.
    ell
        Multipoles ℓ_min…ℓ_max, shape (n,), as are the others.
    c_ell
        Predicted C_ℓ of the full sky.
    signal
        Signal in the expected coupled C_ℓ of weight × relative intensity.
    noise
        Noise in it.
    noise_scatter
        Standard deviation of the coupled C_ℓ of noise alone.
    covariance
        Covariance of the coupled C_ℓ of one sky, shape (n, n).
    events_detected
        Events for which the signal is three times `noise_scatter`.
    events_measured
        Events for which it is three times its error with cosmic variance; infinite where cosmic variance alone is
        larger than a third of the signal.
    parameters
        Expected errors of the velocity dispersion and the index.
    correlation
        Of the estimates, shape (p, p).
    transports
        The other transport models.
    drawn
        Number of skies drawn for the covariance; 0 where it is exact, for a field of view of declination alone.
    """

    config: Config
    survey: Survey
    sky_fraction: float
    ell: NDArray[np.int64]
    c_ell: Array
    signal: Array
    noise: Array
    noise_scatter: Array
    covariance: Array
    events_detected: Array
    events_measured: Array
    parameters: tuple[ExpectedError, ...]
    correlation: Array
    transports: tuple[Distinction | NotCompared, ...]
    drawn: int

    @property
    def noise_level(self) -> float:
        """Noise level 4π f_sky/N of a map, as experiments quote it."""
        return 4 * math.pi * self.sky_fraction / self.survey.total_events

    @property
    def error(self) -> Array:
        """Standard deviation of the coupled C_ℓ of one sky, shape (n,)."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def relative_error(self) -> Array:
        """Error as a fraction of the expected signal, shape (n,)."""
        return np.asarray(self.error / self.signal)

    @property
    def highest(self) -> int | None:
        """The ℓ up to which, at all multipoles, the signal is at least three times the scatter of the noise."""
        below = self.signal < SIGMAS * self.noise_scatter
        count = int(np.argmax(below)) if below.any() else len(self.ell)
        return int(self.ell[count - 1]) if count else None

    def __str__(self) -> str:
        """Noise, range of the signal, errors of the parameters, and the other transport models."""
        return paragraph(self)

    def __repr__(self) -> str:
        """Field, events and errors of the parameters in one line."""
        errors = ", ".join(f"{p.name} = {p.value:.4g} ± {p.error:.2g}" for p in self.parameters)
        return f"<Forecast: {self.survey.field}, {self.survey.total_events:.3g} events, {errors}>"

    def _repr_html_(self) -> str:
        """The same as `str`, for notebooks."""
        return as_html(str(self))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; infinite and unknown ones become None."""
        return plain(self)


def forecast(config: Config, survey: Survey, *, lmin: int = 2) -> Forecast:
    """Forecast an observation of one sky of a configuration.

    Parameters
    ----------
    config
        Turbulence and transport. The sky is that of the turbulence alone: a regular flow and a density gradient, which
        are the same in every sky, are left out.
    survey
        Field of view, events and analysis.
    lmin
        Lowest multipole that is used; the dipole has other sources.

    Returns
    -------
    Forecast
        Noise, errors of C_ℓ and of the parameters, and what it takes to tell transport models apart.

    Raises
    ------
    InputError
        If there is no turbulence, the sky is neither isotropic nor zonal about a given magnetic field, or a value is
        not allowed.

    Examples
    --------
    >>> from eddysky import Config, Survey, forecast
    >>> found = forecast(Config(), Survey("full", (1e11,), 64))
    >>> print(f"{found.noise_level:.3e} {found.highest} {found.relative_error[0]:.2f}")
    1.257e-10 29 0.71
    """
    if not isinstance(config, Config):
        raise InputError(f"config: must be a Config, not {type(config).__name__}")
    if not isinstance(survey, Survey):
        raise InputError(f"survey: must be a Survey, not {type(survey).__name__}")
    lmax = config.lmax
    if not 1 <= lmin <= lmax:
        raise InputError(f"lmin = {lmin}: must be from 1 to sky.lmax = {lmax}")
    highest = min(_HIGHEST, 3 * survey.nside - 1)
    if lmax > highest:
        raise InputError(
            f"sky.lmax = {lmax}: must be at most {highest} for a forecast with nside = {survey.nside}; set it lower"
        )
    ell = np.arange(lmax + 1)
    beam = gaussian_beam(survey.point_spread, lmax)
    field = field_of(config)
    family = SkyFamily.from_config(config, config.transport.mode, beam)
    true = gaussian_sky(config).scaled(beam)
    exposure = exposure_map(survey)
    weight = weight_map(survey, exposure)
    rings = RingSums.from_pixels(len(exposure))
    spectra: CoupledSpectra | DrawnSpectra
    information = None
    if all(rings.of_declination(values) is not None for values in (exposure, weight)):
        coupling = ZonalCoupling.from_maps(weight, exposure, lmax, survey.keep_zonal)
        spectra = CoupledSpectra(coupling, field)
        information = Information.from_exposure(exposure, field, lmin, lmax, survey.keep_zonal)
    else:
        spectra = DrawnSpectra(exposure, weight, lmax, survey.keep_zonal, field)
    rows = slice(lmin, lmax + 1)
    signal = spectra.power(true)[rows]
    # Such as one pixel of each ring, whose mean is removed: what is left is a rounding error.
    if np.all(signal <= 1e-20 * np.max(_c_ell(config)[rows])):
        raise InputError(
            f"field {survey.field}: sees nothing of the sky beside m = 0; must be larger, or keep_zonal"
        )
    parts = [part[rows, rows] for part in spectra.covariance_parts(true)]
    covariance = parts[0] + parts[1] + parts[2]
    scatter = np.sqrt(np.diag(parts[2]))
    whiten = whitening(spectra.inflation(len(covariance)) * covariance)
    parameters, correlation = _parameters(config, family, spectra, whiten, rows, information)
    transports: list[Distinction | NotCompared] = []
    for mode in TRANSPORTS:
        if mode == config.transport.mode:
            continue
        try:
            other = SkyFamily.from_config(config, mode, beam)
        except InputError as error:
            transports.append(NotCompared(mode, str(error)))
            continue
        transports.append(distinguish(true, other, spectra, whiten, rows, information))
    return Forecast(
        config=config,
        survey=survey,
        sky_fraction=float(np.mean(exposure > 0)),
        ell=ell[rows],
        c_ell=_c_ell(config)[rows],
        signal=signal,
        noise=spectra.noise[rows],
        noise_scatter=scatter,
        covariance=covariance,
        events_detected=survey.total_events * SIGMAS * scatter / signal,
        events_measured=survey.total_events * _factor(signal, *map(np.diag, parts)),
        parameters=parameters,
        correlation=correlation,
        transports=tuple(transports),
        drawn=0 if information else DRAWS,
    )


def whitening(covariance: Array) -> Array:
    """Matrix W, shape (k, n), with W Cov Wᵀ = 1; combinations that scatter by rounding errors alone are left out."""
    deviation = np.sqrt(np.diag(covariance))
    values, vectors = np.linalg.eigh(covariance / np.outer(deviation, deviation))
    kept = values > _LEAST * values[-1]
    return np.asarray((vectors[:, kept] / np.sqrt(values[kept])).T / deviation)


def _c_ell(config: Config) -> Array:
    """Predicted C_ℓ of the turbulence, shape (lmax + 1,)."""
    prediction = predict(config)
    return prediction.c_ell - prediction.deterministic


def _factor(signal: Array, own: Array, cross: Array, noise: Array) -> Array:
    """Factor of the events for which a signal is three times its error, whose variance is own + cross/x + noise/x²."""
    room = np.maximum((signal / SIGMAS) ** 2 - own, 0.0)
    # The larger root in 1/x of noise/x² + cross/x = room, without cancellation.
    needed = np.full(len(signal), np.inf)
    np.divide(cross + np.sqrt(cross**2 + 4 * noise * room), 2 * room, out=needed, where=room > 0)
    return needed


def _parameters(
    config: Config,
    family: SkyFamily,
    spectra: CoupledSpectra | DrawnSpectra,
    whiten: Array,
    rows: slice,
    information: Information | None,
) -> tuple[tuple[ExpectedError, ...], Array]:
    """Expected errors of velocity dispersion and index, and their correlation."""
    index = family.index
    signal = spectra.power(family.sky(index))[rows]
    if index is None:
        names, scale, slopes = [("velocity_factor", "", 1.0)], np.ones(1), [2 * signal]
    else:
        dispersion = config.flow.velocity_dispersion
        names = [("velocity_dispersion", "km/s", dispersion), ("index", "", index)]
        above, below = (spectra.power(family.sky(index + h))[rows] for h in (_STEP, -_STEP))
        scale, slopes = np.array([dispersion, 1.0]), [2 * signal, (above - below) / (2 * _STEP)]

    def sky(values: Array) -> Sky:
        there = None if index is None else index + float(values[1])
        return family.sky(there).scaled(math.exp(values[0]))

    slope = whiten @ np.transpose(slopes)
    errors, correlation = _inverse(slope.T @ slope)
    whole = np.full(len(scale), np.nan)
    if information is not None:
        whole, _ = _inverse(information.fisher(sky, len(scale)))
    values = zip(names, (scale * errors).tolist(), (scale * whole).tolist(), strict=True)
    return tuple(ExpectedError(*name, *both) for name, *both in values), correlation


def _inverse(fisher: Array) -> tuple[Array, Array]:
    """Errors (p,) and correlation (p, p) of parameters from their Fisher matrix; infinite where it is singular."""
    size = np.sqrt(np.maximum(np.diag(fisher), 0.0))
    if np.all(size > 0):
        scaled = fisher / np.outer(size, size)
        if np.linalg.eigvalsh(scaled)[0] > _LEAST:
            inverse = np.linalg.inv(scaled)
            root = np.sqrt(np.diag(inverse))
            return root / size, inverse / np.outer(root, root)
    return np.full(len(size), np.inf), np.full_like(fisher, np.nan)
