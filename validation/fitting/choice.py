"""Which likelihood suits a measured spectrum and a model."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.fitting.coverage import Coverage
from eddysky.validation.fitting.likelihood import CosmicVariance, Gaussian, Likelihood
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.saddlepoint import CoupledModes, IndependentModes, Modes
from eddysky.validation.fitting.sky_likelihood import SkyLikelihood
from eddysky.validation.fitting.spectral_models import Model
from eddysky.validation.fitting.windows import Window

__all__ = ["LIKELIHOODS", "choose_likelihood", "coupled_modes", "needs_errors"]

Array = NDArray[np.float64]

GAUSSIAN, COSMIC_VARIANCE, BOTH = LIKELIHOODS = (
    "gaussian",
    "cosmic-variance",
    "errors+cosmic-variance",
)


def needs_errors(name: str) -> bool:
    """Whether a likelihood needs errors of the measurements."""
    return name != COSMIC_VARIANCE


def choose_likelihood(
    name: str, data: MeasuredPower, model: Model, *, noisy: bool, realizations: int
) -> Likelihood:
    """Likelihood of data under a model.

    Parameters
    ----------
    name
        "gaussian": errors as given. "cosmic-variance": scatter of Gaussian skies, without errors.
        "errors+cosmic-variance": both.
    data
        Measured spectrum.
    model
        Decides how many degrees of freedom a multipole of one sky has.
    noisy
        Whether the model includes white noise.
    realizations
        Number of skies in the mean; 1 with "gaussian".

    Returns
    -------
    Likelihood
        `Gaussian`, `CosmicVariance`, or for bands, partial skies and both kinds of errors `SkyLikelihood`.

    Raises
    ------
    InputError
        If there is no such likelihood, or it does not suit the data or the model.
    """
    if realizations < 1:
        raise InputError(f"realizations = {realizations}: must be at least 1")
    if name not in LIKELIHOODS:
        raise InputError(f"likelihood = {name!r}: must be one of {', '.join(LIKELIHOODS)}")
    if needs_errors(name) and data.bars is None:
        raise InputError(f"{data.name}: the likelihood {name} needs errors")
    if model.axisymmetric and data.coverage is not None:
        raise InputError(
            f"{data.name}: mode coupling of a partial sky: not with the model {model.name}, whose skies are not "
            "statistically isotropic"
        )
    window = Window.from_data(data)
    if name == GAUSSIAN:
        return _gaussian(data, window, realizations)
    _check_cosmic_variance(name, data, model, noisy)
    errors = _errors(data) if name == BOTH else None
    dof = (
        np.ones(len(window.ell)) if model.axisymmetric else (2 * window.ell + 1) * data.sky_fraction
    )
    dof = np.asarray(realizations * dof, dtype=np.float64)
    subtracted = np.zeros(len(data.ell))
    if data.coverage is not None:
        modes = coupled_modes(data.coverage, window, realizations)
        if data.coverage.noise is not None:
            subtracted = window.of_coupled(data.coverage.noise)
    elif errors is None and window.bands is None:
        _check_positive(name, data, subtracted)
        return CosmicVariance(data.c_ell, dof, window)
    else:
        bands = np.eye(len(dof)) if window.bands is None else window.bands

        def modes(c_ell: Array) -> Modes:
            return IndependentModes(bands, c_ell, dof)

    if errors is None:
        _check_positive(name, data, subtracted)
    return SkyLikelihood(name, data.c_ell, window, modes, errors, subtracted)


def _gaussian(data: MeasuredPower, window: Window, realizations: int) -> Gaussian:
    """Errors as given."""
    if realizations > 1:
        raise InputError(
            f"realizations = {realizations}: only with the likelihood cosmic-variance; "
            "gaussian takes the errors as they are"
        )
    if data.sky_fraction != 1:
        raise InputError(
            f"{data.name}: sky_fraction = {data.sky_fraction:g}: only with the likelihoods {COSMIC_VARIANCE} and "
            f"{BOTH}; gaussian takes the errors as they are"
        )
    bars = data.bars
    assert bars is not None
    return Gaussian(data.c_ell, bars, window, data.covariance)


def _check_cosmic_variance(name: str, data: MeasuredPower, model: Model, noisy: bool) -> None:
    """Refuse data and models whose scatter from sky to sky is not known."""
    if data.coverage is not None and data.coverage.orders is None:
        raise InputError(
            f"{data.name}: the likelihood {name} needs a mask that depends on declination alone; give errors and the "
            "likelihood gaussian"
        )
    if model.axisymmetric and noisy:
        # The sum of power in m = 0 and noise in all m is no χ².
        raise InputError(
            f"noise: not with the likelihood {name} and the model {model.name}, where the signal has "
            "only m = 0 and the noise all m; use gaussian"
        )
    if model.axisymmetric and data.sky_fraction != 1:
        raise InputError(
            f"{data.name}: sky_fraction = {data.sky_fraction:g}: not with the model {model.name}, of which one sky has "
            "one degree of freedom a multipole"
        )


def _check_positive(name: str, data: MeasuredPower, subtracted: Array) -> None:
    """Refuse powers that no Gaussian sky has."""
    if not np.all(data.c_ell + subtracted > 0):
        raise InputError(f"{data.name}: the likelihood {name} needs every c_ell positive")


def _errors(data: MeasuredPower) -> Array:
    """Covariance of the errors of measurement, shape (n, n)."""
    if data.covariance is not None:
        return data.covariance
    bars = data.bars
    assert bars is not None
    if np.any(bars[0] != bars[1]):
        raise InputError(
            f"{data.name}: the likelihood {BOTH} needs symmetric errors, a column error or a covariance"
        )
    return np.diag(bars[0] ** 2)


def coupled_modes(
    coverage: Coverage, window: Window, realizations: int
) -> Callable[[Array], Modes]:
    """Gaussian variables of the values of a partial sky, for C_ℓ of the model (k,)."""
    orders, twice, rows = coverage.orders, coverage.twice, window.rows
    assert orders is not None
    assert twice is not None
    assert rows is not None
    bands = np.eye(len(rows)) if window.bands is None else window.bands
    bands = bands / (2 * rows + 1)

    def modes(c_ell: Array) -> Modes:
        every = orders(np.append(0.0, c_ell))
        part = every[:, rows][:, :, rows]
        return CoupledModes.from_covariances(bands, part, twice, realizations)

    return modes
