"""Selection of the multipoles that are judged, with the reason why each of the others is excluded.

A rule takes the expectation of a configuration and returns the multipoles that it excludes with their reasons.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.comparison.moments import sky_moments
from eddysky.validation.comparison.realizations import (
    MIN_REALIZATIONS,
    NoVerdictError,
    TooFewRealizationsError,
)

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.validation.comparison.expectation import Expectation

__all__ = [
    "MIN_MODES",
    "NEGLIGIBLE",
    "JudgedMultipoles",
    "judged_multipoles",
    "multipoles_without_power",
]

Array = NDArray[np.float64]
Rule = Callable[["Expectation"], Mapping[int, str]]

# Range of k_max λ in which some multipoles beyond the band exceed second order in u/v (`_not_of_first_order`).
_LARGE_EDDIES = (0.1, 2.0)
# Largest contribution of second order to any weighted mean of the judged multipoles, in standard errors.
NEGLIGIBLE = 0.3
# Smallest effective number of modes, in all realisations together, of a judged multipole (`effective_modes`).
MIN_MODES = 100
# Sine and cosine are accurate to 1e-9 of the amplitudes: 1e-6 of the flow is accurate to 1e-3, in C_ℓ (1e-6)².
_SINE_ERROR = 1e-12
# Expected skies leave out transfer functions below 1e-13 of the largest, 1/3 (ℓ = 1, kλ → 0): in the transverse
# part of C_ℓ, the larger one, 4π ℓ(ℓ+1)/2 of their squares, here without ℓ(ℓ+1).
_EXPECTED_ERROR = 2 * math.pi * (1e-13 / 3) ** 2


@dataclass(frozen=True, slots=True)
class JudgedMultipoles:
    """The multipoles that a comparison judges.

    Parameters
    ----------
    ell
        Judged multipoles, ascending.
    excluded
        Reason for each excluded multipole, ascending.
    """

    ell: NDArray[np.int64]
    excluded: dict[int, str]


def multipoles_without_power(expected: Expectation) -> NDArray[np.int64]:
    """Multipoles ℓ ≥ 1 of an expected sky in which turbulence makes no power at all, ascending.

    All but the dipole with parallel transport, or a potential flow without a magnetic field, in the stationary limit of
    exponential paths; all of Alfvén waves with parallel and drift-kinetic transport. They have neither a scatter nor a
    ratio to the prediction, and must be zero.
    """
    config = expected.config
    if config.sampling != "expected" or not config.turbulent:
        return np.empty(0, dtype=np.int64)
    infinite = np.isinf(expected.prediction.c_ell[1:])
    return 1 + np.flatnonzero((expected.effective_modes[1:] == 0) & ~infinite)


def judged_multipoles(
    expected: Expectation, realizations: int | None = None, noise: Array | None = None
) -> JudgedMultipoles:
    """Multipoles 1 ≤ ℓ ≤ lmax that can be compared with the theory, which is of first order in u/v.

    If several rules exclude a multipole, the first gives the reason.

    Parameters
    ----------
    expected
        Expectation of the configuration.
    realizations
        Size of the ensemble; None for the rules that do not depend on it.
    noise
        Power of the shot noise in the sky of all particles, shape (lmax + 1,); none by default.

    Returns
    -------
    JudgedMultipoles
        Judged multipoles, and the reason for each excluded one.

    Raises
    ------
    NoVerdictError
        If all multipoles are excluded in an ensemble of this size.
    TooFewRealizationsError
        If more realisations would change that.
    """
    config = expected.config
    excluded: dict[int, str] = {}
    for rule in _RULES:
        excluded = {**rule(expected), **excluded}
    if realizations is not None and config.turbulent:
        excluded = {**_too_few_modes(expected, realizations, excluded), **excluded}
        excluded |= _not_of_first_order(expected, realizations, noise, excluded)
    ell = [ell for ell in range(1, config.lmax + 1) if ell not in excluded]
    if realizations is not None and not ell:
        reasons = "; ".join(dict.fromkeys(excluded.values()))
        raise NoVerdictError(f"no multipole can be judged: {reasons}")
    return JudgedMultipoles(np.array(ell, dtype=np.int64), dict(sorted(excluded.items())))


def _too_few_modes(
    expected: Expectation, realizations: int, excluded: Mapping[int, str]
) -> dict[int, str]:
    """Multipoles with the power in too few modes: C_ℓ has heavy tails, and its mean is normal only for many skies."""
    config = expected.config
    if config.flow.field is not None:
        # The effective number of modes of a user-defined velocity field is not known.
        return {}
    modes = expected.effective_modes
    rest = [ell for ell in range(1, config.lmax + 1) if ell not in excluded]
    if config.particles_drawn:
        # Without power there is only shot noise, of all particles.
        rest = [ell for ell in rest if modes[ell] > 0]
    few = [ell for ell in rest if realizations * modes[ell] < MIN_MODES]
    if few and len(few) == len(rest):
        most = float(max(modes[few]))
        skies = math.ceil(MIN_MODES / most)
        needed = math.ceil(config.flow.modes * MIN_MODES / (realizations * most))
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {realizations}: with flow.modes = {config.flow.modes} "
            f"the effective number of modes of one sky is {most:.2g} at most; ensemble.realizations must be at least "
            f"{skies}, or flow.modes {needed}"
        )
    return dict.fromkeys(few, f"effective number of modes below {MIN_MODES} in all skies together")


def _not_of_first_order(
    expected: Expectation, realizations: int, noise: Array | None, excluded: Mapping[int, str]
) -> dict[int, str]:
    """Multipoles for which the neglected orders in u/v are not negligible.

    With the bound b_ℓ of `second_order` and the standard error e_ℓ of a Gaussian sky, those with the largest b_ℓ/e_ℓ
    are excluded until Σ(b_ℓ/e_ℓ)² ≤ 0.3². By Cauchy–Schwarz, the bias of any weighted mean of the rest is then at most
    0.3 of its standard error, and χ² grows by less than 0.1.
    """
    config = expected.config
    rest = np.array([ell for ell in range(1, config.lmax + 1) if ell not in excluded], dtype=int)
    if not rest.size:
        return {}
    c_ell, bound = expected.prediction.c_ell[rest], expected.second_order[rest]
    deterministic = expected.prediction.deterministic[rest]
    shot = np.zeros(len(rest)) if noise is None else noise[rest]
    # Deterministic contributions have no variance.
    variance = sky_moments(expected, rest, c_ell, shot)[0]
    variance -= sky_moments(expected, rest, deterministic, np.zeros(len(rest)))[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        pull = realizations * np.where(bound > 0, bound**2 / np.maximum(variance, 0), 0.0)
    order = np.argsort(pull, kind="stable")
    hidden = np.cumsum(pull[order]) > NEGLIGIBLE**2
    gone = np.sort(order[hidden])
    if not gone.size:
        return {}
    reason = (
        f"second order in u/v {_reach(bound[gone], c_ell[gone])}, too much for the standard errors"
    )
    if len(gone) == len(rest):
        fewer = int(min(realizations * NEGLIGIBLE**2 / float(pull.min()), realizations))
        also = f", or {fewer} realisations" if fewer >= MIN_REALIZATIONS else ""
        raise NoVerdictError(
            f"no multipole can be judged: {reason} of {realizations} realisations; slower flows and smaller "
            f"gradients can be judged{also}"
        )
    return dict.fromkeys(rest[gone].tolist(), reason)


def _reach(bound: Array, c_ell: Array) -> str:
    """Text for the largest ratio of a bound to C_ℓ."""
    if not np.all(c_ell > 0):
        return "may exceed C_l"
    return f"may reach {100 * float(np.max(bound / c_ell)):.2g}% of C_l"


def _infinite(expected: Expectation) -> dict[int, str]:
    """Multipoles whose ensemble mean is infinite: C_1 of drift-kinetic transport in the stationary limit."""
    infinite = np.flatnonzero(np.isinf(expected.prediction.c_ell))
    return dict.fromkeys(infinite[infinite > 0].tolist(), "infinite in the mean")


def _beyond_the_expansion(expected: Expectation) -> dict[int, str]:
    """Multipoles that vanish in a Taylor expansion of order n: n·u is a polynomial of degree n + 1."""
    config = expected.config
    order = config.flow.taylor_order
    if not config.turbulent or order is None:
        return {}
    excluded = dict.fromkeys(
        range(order + 2, config.lmax + 1), f"not in an expansion of order {order}"
    )
    if order == 1 and config.sky.frame == "fluid":
        excluded[1] = "a uniform gradient has no dipole"
    return excluded


def _beyond_the_band(expected: Expectation) -> dict[int, str]:
    """Multipoles ℓ > max(2, k_max λ).

    There C_ℓ falls faster than any power law, below terms of second order in u/v, which expected skies lack. If all
    eddies are larger than λ it falls more slowly, and `_not_of_first_order` decides.
    """
    config = expected.config
    if not config.turbulent or config.sampling == "expected" or _has_large_eddies(config):
        return {}
    band = _band_end(config)
    reason = f"beyond the band, k_max λ = {band:.4g}"
    return dict.fromkeys(range(max(2, int(band)) + 1, config.lmax + 1), reason)


def _lost_in_rounding(expected: Expectation) -> dict[int, str]:
    """Multipoles ℓ ≥ 3 below the rounding error of the sine (steep spectra), or what expected skies leave out."""
    config = expected.config
    if not config.turbulent or config.flow.taylor_order is not None:
        return {}
    if config.particles_drawn and not _has_large_eddies(config):
        return {}
    ell = np.arange(3, config.lmax + 1)
    error = _EXPECTED_ERROR * ell * (ell + 1) if config.sampling == "expected" else _SINE_ERROR
    speed = config.turbulent_speed / config.particle_speed
    lost = expected.prediction.c_ell[3:] < error * (config.momentum_index * speed) ** 2
    if not lost.any():
        return {}
    return dict.fromkeys(range(3 + int(np.argmax(lost)), config.lmax + 1), "lost in rounding")


def _dipole_of_large_eddies(expected: Expectation) -> dict[int, str]:
    """The dipole in the fluid frame if all eddies are much larger than λ.

    The quadrupole is of first order in kλ; the dipole is of second order, no larger than second order in u/v.
    """
    config = expected.config
    if not config.turbulent or config.sky.frame != "fluid" or config.sampling == "expected":
        return {}
    if _band_end(config) >= _LARGE_EDDIES[0]:
        return {}
    return {1: "second order in kλ, no more than second order in u/v"}


def _has_large_eddies(config: Config) -> bool:
    """Whether the smallest eddies are larger than λ, but not by much."""
    return _LARGE_EDDIES[0] <= _band_end(config) < _LARGE_EDDIES[1]


def _band_end(config: Config) -> float:
    """k_max λ."""
    return config.flow_spectrum.k_max * config.mean_free_path


def _without_power(expected: Expectation) -> dict[int, str]:
    """Multipoles in which turbulence makes no power, which `compare` checks by themselves."""
    return dict.fromkeys(multipoles_without_power(expected).tolist(), "no power is expected")


_RULES: tuple[Rule, ...] = (
    _infinite,
    _without_power,
    _beyond_the_expansion,
    _beyond_the_band,
    _lost_in_rounding,
    _dipole_of_large_eddies,
)
