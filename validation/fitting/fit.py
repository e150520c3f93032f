"""Maximum-likelihood fit of a model of C_ℓ to measured spectra."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.observation import Observation
from eddysky.simulator.results.result import Result
from eddysky.validation.fitting.banding import distinct
from eddysky.validation.fitting.choice import COSMIC_VARIANCE, GAUSSIAN, choose_likelihood
from eddysky.validation.fitting.estimates import Estimate
from eddysky.validation.fitting.first_guess import Target, first_guess
from eddysky.validation.fitting.fitted import Fit, FittedSpectrum
from eddysky.validation.fitting.likelihood import Goodness
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.minimum import NoMinimumError, Search, minimise
from eddysky.validation.fitting.parameters import NOISE, Value, number
from eddysky.validation.fitting.sources import open_spectrum
from eddysky.validation.fitting.spectral_models import MODELS, Model

__all__ = ["fit"]

Array = NDArray[np.float64]
Source = MeasuredPower | Result | Observation | str | Path


def fit(
    data: Source | Sequence[Source],
    model: str = "isotropic",
    *,
    lmin: int | None = None,
    lmax: int | None = None,
    fixed: Mapping[str, Value] | None = None,
    likelihood: str | None = None,
    noise: bool = False,
    realizations: int | None = None,
) -> Fit:
    """Fit a model of C_ℓ to measured spectra, by maximum likelihood.

    Parameters
    ----------
    data
        Measured spectrum; or a table (columns ell, c_ell, error), results or an observation. The comments of a table
        and the configuration of results also fix parameters; `fixed` overrides them. Several of these, each with its
        energy, are fitted together: one σ and γ, and λ ∝ E^(2−γ_g).
    model
        "isotropic" or "parallel": velocity dispersion σ(L) [km/s] and index γ of a power law of turbulence. C_ℓ depends
        on σ² (λ/L)^(γ−1) alone, so σ is estimated for a fixed mean free path λ. "a14": amplitude C_1. "am15": C_1 and
        the exponent p.
    lmin, lmax
        Lowest and highest multipole to use; all by default.
    fixed
        Values of fixed parameters, in the units of `MODELS`: {"free_path": "exponential", "scatterings": 3,
        "mean_free_path": 5.0}. With outer_scale and inner_scale the turbulence is a power law between these scales;
        without, a power law on all scales.
    likelihood
        By default "gaussian", of observations "cosmic-variance". "gaussian": normal errors, as given.
        "cosmic-variance": Gaussian skies, for which ν Ĉ_ℓ/C_ℓ is a χ² with ν = 2ℓ+1 degrees of freedom (ν = 1 with
        "parallel"); do not subtract noise from the data.
        "errors+cosmic-variance": one Gaussian sky, measured with normal errors.
    noise
        Whether to add a white noise N ≥ 0 to the model and fit it.
    realizations
        Number of skies in the mean, for cosmic variance; by default that of the table or results, or 1.

    Returns
    -------
    Fit
        Estimates, their intervals and correlation, the goodness of fit, and remarks on what the model does not have.

    Raises
    ------
    InputError
        If an argument is not allowed, the data are too few or do not suit the likelihood, or no minimum is found.

    Examples
    --------
    >>> import numpy as np
    >>> from eddysky import fit
    >>> from eddysky.validation import MeasuredPower
    >>> ell = np.arange(2, 31)
    >>> c_ell = 2.6e-6 * (ell + 0.5) ** -2.67
    >>> found = fit(MeasuredPower(ell, c_ell, 0.1 * c_ell))
    >>> print(f"{found['index'].value:.2f} +- {found['index'].error:.2f}")
    1.45 +- 0.02
    """
    if model not in MODELS:
        raise InputError(f"model = {model!r}: must be one of {', '.join(MODELS)}")
    chosen = MODELS[model]
    sources = [data] if isinstance(data, Source) else list(data)
    if likelihood is None:
        observed = sources and all(isinstance(source, Observation) for source in sources)
        likelihood = COSMIC_VARIANCE if observed else GAUSSIAN
    if not sources:
        raise InputError("data: at least one spectrum is needed")
    if len(sources) > 1:
        _check_several(chosen, noise)
    parts = []
    remarks: dict[str, None] = {}
    for source in sources:
        measured, found = open_spectrum(source, chosen, likelihood, lmin)
        remarks |= dict.fromkeys(found)
        if lmin is not None or lmax is not None:
            measured = measured.between(lmin, lmax)
        if likelihood == COSMIC_VARIANCE:
            measured = replace(measured, error=None, covariance=None)
        if measured.coverage is not None and measured.coverage.orders and likelihood != GAUSSIAN:
            measured = distinct(measured)
        given = {name: value for name, value in measured.parameters.items() if name in chosen}
        parts.append(_Part(measured, given | dict(fixed or {})))
    known = _not_fitted(chosen, parts)
    targets = [_target(part, chosen, likelihood, noise, realizations) for part in parts]
    fitted = [p.name for p in chosen.parameters if p.default is None or (noise and p == NOISE)]
    free = [name for name in fitted if name not in known]
    values = sum(len(part.data.ell) for part in parts)
    if values <= len(free):
        name = ", ".join(part.data.name for part in parts)
        raise InputError(
            f"{name}: {values} multipoles are too few for {len(free)} free parameters "
            f"({', '.join(free)}); at least {len(free) + 1} are needed"
        )
    return replace(_fit(chosen, parts, targets, free), remarks=tuple(remarks))


@dataclass(frozen=True, slots=True)
class _Part:
    """A spectrum and the parameters that are given for it."""

    data: MeasuredPower
    given: dict[str, Value]


def _not_fitted(model: Model, parts: Sequence[_Part]) -> set[str]:
    """Names of parameters that are given though they have no default."""
    without = {parameter.name for parameter in model.parameters if parameter.default is None}
    first, *others = (without & part.given.keys() for part in parts)
    for part, names in zip(parts[1:], others, strict=True):
        for name in names ^ first:
            raise InputError(
                f"{part.data.name}: {name}: is fixed for some of the spectra and not for others"
            )
    return first


def _check_several(model: Model, noise: bool) -> None:
    """Refuse models and noise that do not depend on the energy."""
    if "energy" not in model:
        raise InputError(
            f"model = {model.name!r}: does not depend on the energy; fit each spectrum alone"
        )
    if noise:
        raise InputError(
            "noise: one level does not suit several spectra; give each its own, or fit each alone"
        )


def _target(
    part: _Part, model: Model, likelihood: str, noise: bool, realizations: int | None
) -> Target:
    """Likelihood of a spectrum, and the parameters that are not fitted."""
    for name, value in part.given.items():
        model[name].check(value)
    if noise and "noise" in part.given:
        raise InputError("noise: is fitted and fixed at once; drop one of the two")
    noisy = noise or number({"noise": 0.0} | part.given, "noise") > 0
    if realizations is None:
        realizations = 1 if likelihood == GAUSSIAN else part.data.realizations
    chosen = choose_likelihood(likelihood, part.data, model, noisy=noisy, realizations=realizations)
    constant = model.complete(part.given, int(chosen.window.ell[0]))
    if noise:
        del constant["noise"]
    return Target(chosen, constant)


def _fit(
    model: Model, parts: Sequence[_Part], targets: Sequence[Target], free: Sequence[str]
) -> Fit:
    """Minimise −2 ln L of all spectra together."""

    def spectra(values: Array) -> list[Array]:
        found = dict(zip(free, map(float, values), strict=True))
        return [target.spectrum(model, found) for target in targets]

    def cost(values: Array) -> float:
        return sum(
            target.likelihood.cost(c_ell)
            for target, c_ell in zip(targets, spectra(values), strict=True)
        )

    start = first_guess(model, targets, free)
    searches = [
        Search(name, start[name], model[name].low, model[name].high, name == model.scale)
        for name in free
    ]
    try:
        minimum = minimise(cost, searches)
    except NoMinimumError as error:
        name = ", ".join(part.data.name for part in parts)
        raise InputError(f"{name}: {model.name} cannot be fitted: {error}") from None
    best = spectra(minimum.values)
    scatter = [t.likelihood.scatter(c_ell) for t, c_ell in zip(targets, best, strict=True)]
    values = sum(len(part.data.ell) for part in parts)
    return Fit(
        model=model,
        spectra=tuple(
            FittedSpectrum(part.data, target.likelihood, target.constant, c_ell)
            for part, target, c_ell in zip(parts, targets, best, strict=True)
        ),
        estimates=tuple(
            Estimate(
                name,
                model[name].unit,
                float(value),
                (float(low), float(high)),
                (float(low95), float(high95)),
                (model[name].low, model[name].high),
            )
            for name, value, (low, high), (low95, high95) in zip(
                free, minimum.values, *minimum.intervals, strict=True
            )
        ),
        correlation=minimum.correlation,
        goodness=Goodness.from_scatter(scatter, values, len(free)),
    )
