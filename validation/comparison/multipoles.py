"""Which multipoles of a sky are judged, and why the others are not.

`judged_multipoles` asks one rule after the other. A rule takes what is expected of a configuration and gives the
multipoles that it excludes, each with its reason in words.
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

__all__ = ["JudgedMultipoles", "judged_multipoles"]

Array = NDArray[np.float64]
Rule = Callable[["Expectation"], Mapping[int, str]]

# With this k_max λ some multipoles beyond the band still stand above second order in u/v (`_not_of_first_order`).
LARGE_EDDIES = (0.1, 2.0)
# What second order adds to any weighted mean of the multipoles that are judged, in standard errors.
NEGLIGIBLE = 0.3
# Least effective number of modes, in all realisations together, for a multipole to be judged (`effective_modes`).
FEWEST_MODES = 100
# Sine and cosine are good to 1e-9 of the amplitudes: a part of 1e-6 of the flow is known to 1e-3.
SINE_ERROR = 1e-12


@dataclass(frozen=True, slots=True)
class JudgedMultipoles:
    """The multipoles that a comparison judges.

    Parameters
    ----------
    ell
        Those judged, ascending.
    excluded
        Reason of each of the others, ascending.
    """

    ell: NDArray[np.int64]
    excluded: dict[int, str]


def judged_multipoles(
    expected: Expectation, realizations: int | None = None, noise: Array | None = None
) -> JudgedMultipoles:
    """Multipoles 1 ≤ ℓ ≤ lmax that can be compared with the theory, of first order in u/c.

    Where several rules exclude the same multipole, the first of them gives the reason.

    Parameters
    ----------
    expected
        What the theory says of the configuration.
    realizations
        Size of the ensemble that is to be judged; None: any.
    noise
        Power of the shot noise in the sky of all particles, ℓ = 0…lmax; none where it is not given.

    Raises
    ------
    NoVerdictError
        If an ensemble of this size leaves none.
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
    """Multipoles whose power is in too few modes: their C_ℓ has heavy tails, and only many skies have a normal mean.

    Parameters
    ----------
    expected, realizations
        As in `judged_multipoles`.
    excluded
        Multipoles that are excluded anyway.

    Raises
    ------
    TooFewRealizationsError
        If this is what leaves none.
    """
    config = expected.config
    if config.flow.field is not None:
        # The effective number of modes of a velocity field from outside is not known.
        return {}
    modes = expected.effective_modes
    rest = [ell for ell in range(1, config.lmax + 1) if ell not in excluded]
    few = [ell for ell in rest if realizations * modes[ell] < FEWEST_MODES]
    if few and len(few) == len(rest):
        most = float(max(modes[few]))
        if most == 0:
            raise NoVerdictError("no multipole can be judged: none has power")
        skies = math.ceil(FEWEST_MODES / most)
        needed = math.ceil(config.flow.modes * FEWEST_MODES / (realizations * most))
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {realizations}: with flow.modes = {config.flow.modes} "
            f"the effective number of modes of one sky is {most:.2g} at most; ensemble.realizations must be at least "
            f"{skies}, or flow.modes {needed}"
        )
    return dict.fromkeys(
        few, f"effective number of modes below {FEWEST_MODES} in all skies together"
    )


def _not_of_first_order(
    expected: Expectation, realizations: int, noise: Array | None, excluded: Mapping[int, str]
) -> dict[int, str]:
    """Multipoles on which the orders that the theory leaves out would count.

    With the bound b_ℓ of `second_order` and the standard error e_ℓ of a Gaussian sky, Σ(b_ℓ/e_ℓ)² over the multipoles
    that stay is at most 0.3². By Cauchy–Schwarz no mean of them with any weights is then off by more than
    0.3 of its standard error: not amplitude, not slope, and χ² grows by less than 0.1. Those with the largest b_ℓ/e_ℓ
    go first.

    Parameters
    ----------
    expected, realizations, noise
        As in `judged_multipoles`.
    excluded
        Multipoles that are excluded anyway.

    Raises
    ------
    NoVerdictError
        If this is what leaves none.
    """
    config = expected.config
    rest = np.array([ell for ell in range(1, config.lmax + 1) if ell not in excluded], dtype=int)
    if not rest.size:
        return {}
    c_ell, bound = expected.prediction.c_ell[rest], expected.second_order[rest]
    deterministic = expected.prediction.deterministic[rest]
    shot = np.zeros(len(rest)) if noise is None else noise[rest]
    # Deterministic contributions do not vary.
    variance = sky_moments(config, rest, c_ell, shot)[0]
    variance -= sky_moments(config, rest, deterministic, np.zeros(len(rest)))[0]
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
    """How large a bound on C_ℓ is, in words: the largest of its ratios."""
    if not np.all(c_ell > 0):
        return "may exceed C_l"
    return f"may reach {100 * float(np.max(bound / c_ell)):.2g}% of C_l"


def _beyond_the_expansion(expected: Expectation) -> dict[int, str]:
    """Multipoles that an expansion of the flow does not have: n·u is a polynomial of the degree n + 1."""
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

    There C_ℓ falls faster than any power, below what single terms of second order in u/c contribute. Where all
    eddies are larger than λ it falls slowly enough for some more to stand out (`_not_of_first_order`).
    """
    config = expected.config
    if not config.turbulent:
        return {}
    band = _band_end(config)
    if LARGE_EDDIES[0] <= band < LARGE_EDDIES[1]:
        return {}
    reason = f"beyond the band, k_max λ = {band:.4g}"
    return dict.fromkeys(range(max(2, int(band)) + 1, config.lmax + 1), reason)


def _lost_in_rounding(expected: Expectation) -> dict[int, str]:
    """Multipoles from ℓ = 3 on that do not stand above the last digits of the sine.

    A spectrum that falls steeply leaves less at small scales than large eddies leave there by rounding.
    """
    config = expected.config
    if not config.turbulent or config.sampling != "pixel-centre":
        large = config.turbulent and LARGE_EDDIES[0] <= _band_end(config) < LARGE_EDDIES[1]
        if not large:
            return {}
    if config.flow.taylor_order is not None:
        return {}
    speed = config.turbulent_speed / config.particle_speed
    lost = expected.prediction.c_ell[3:] < SINE_ERROR * (config.momentum_index * speed) ** 2
    if not lost.any():
        return {}
    return dict.fromkeys(range(3 + int(np.argmax(lost)), config.lmax + 1), "lost in rounding")


def _dipole_of_large_eddies(expected: Expectation) -> dict[int, str]:
    """The dipole in the fluid's frame of eddies much larger than λ.

    They make a quadrupole, of first order in kλ; the dipole is of second order, and so are terms of second order
    in u/c.
    """
    config = expected.config
    if not config.turbulent or config.sky.frame != "fluid" or _band_end(config) >= LARGE_EDDIES[0]:
        return {}
    return {1: "second order in kλ, no more than second order in u/c"}


def _band_end(config: Config) -> float:
    """k_max λ."""
    return config.flow_spectrum.k_max * config.mean_free_path


_RULES: tuple[Rule, ...] = (
    _beyond_the_expansion,
    _beyond_the_band,
    _lost_in_rounding,
    _dipole_of_large_eddies,
)
