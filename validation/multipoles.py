"""Which multipoles of a sky are judged, and why the others are not.

`judged_multipoles` asks one rule after the other. A rule takes a configuration and gives the multipoles that it
leaves out, each with its reason in words.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.carrying import effective_modes
from eddysky.validation.predict import predict
from eddysky.validation.realizations import NoVerdictError, TooFewRealizationsError

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["JudgedMultipoles", "compared_multipoles", "judged_multipoles"]

Rule = Callable[["Config"], Mapping[int, str]]

# Bands with this k_max λ have their multipoles judged one by one (`distinct`).
LARGE_EDDIES = (0.1, 2.0)
# Second order may contribute this much to a C_l that is compared.
SECOND_ORDER = 1e-3
# A multipole is judged if so many modes carry it in all realisations together (`effective_modes`).
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
    left_out
        Reason of each of the others, ascending.
    """

    ell: NDArray[np.int64]
    left_out: dict[int, str]


def judged_multipoles(config: Config, realizations: int | None = None) -> JudgedMultipoles:
    """Multipoles 1 ≤ ℓ ≤ lmax that can be compared with the theory, of first order in u/c.

    Where several rules leave out the same multipole, the first of them gives the reason.

    Parameters
    ----------
    config
        A validated configuration.
    realizations
        Size of the ensemble that is to be judged; None: any.

    Raises
    ------
    NoVerdictError
        If an ensemble of this size leaves none.
    """
    left_out: dict[int, str] = {}
    for rule in RULES:
        left_out = {**rule(config), **left_out}
    if realizations is not None and config.turbulent:
        left_out = {**carried_by_few_modes(config, realizations, left_out), **left_out}
    ell = [ell for ell in range(1, config.lmax + 1) if ell not in left_out]
    if realizations is not None and not ell:
        reasons = "; ".join(dict.fromkeys(left_out.values()))
        raise NoVerdictError(f"no multipole can be judged: {reasons}")
    return JudgedMultipoles(np.array(ell, dtype=np.int64), dict(sorted(left_out.items())))


def carried_by_few_modes(
    config: Config, realizations: int, left_out: Mapping[int, str]
) -> dict[int, str]:
    """Multipoles that few modes carry: their C_ℓ has heavy tails, and only many skies have a normal mean.

    Parameters
    ----------
    config, realizations
        As in `judged_multipoles`.
    left_out
        Multipoles that are left out anyway.

    Raises
    ------
    TooFewRealizationsError
        If this is what leaves none.
    """
    modes = effective_modes(config, config.lmax)
    rest = [ell for ell in range(1, config.lmax + 1) if ell not in left_out]
    few = [ell for ell in rest if realizations * modes[ell] < FEWEST_MODES]
    if few and len(few) == len(rest):
        most = float(max(modes[few]))
        if most == 0:
            raise NoVerdictError("no multipole can be judged: none has power")
        skies = math.ceil(FEWEST_MODES / most)
        needed = math.ceil(config.flow.modes * FEWEST_MODES / (realizations * most))
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {realizations}: with flow.modes = {config.flow.modes} "
            f"about {most:.2g} modes carry the power that a sky shows; ensemble.realizations must be at least "
            f"{skies}, or flow.modes {needed}"
        )
    return dict.fromkeys(few, f"carried by fewer than {FEWEST_MODES} modes in all skies together")


def compared_multipoles(config: Config) -> NDArray[np.int64]:
    """The multipoles of `judged_multipoles`."""
    return judged_multipoles(config).ell


def beyond_the_expansion(config: Config) -> dict[int, str]:
    """Multipoles that an expansion of the flow does not have: n·u is a polynomial of the degree n + 1."""
    order = config.flow.taylor_order
    if not config.turbulent or order is None:
        return {}
    left_out = dict.fromkeys(
        range(order + 2, config.lmax + 1), f"not in an expansion of order {order}"
    )
    if order == 1 and config.sky.frame == "fluid":
        left_out[1] = "a uniform gradient has no dipole"
    return left_out


def beyond_the_band(config: Config) -> dict[int, str]:
    """Multipoles ℓ > max(2, k_max λ).

    There C_ℓ falls faster than any power, below what single terms of second order in u/c contribute. Where all
    eddies are larger than λ it falls slowly enough for some more to stand out (`indistinct`).
    """
    if not config.turbulent:
        return {}
    band = band_end(config)
    if LARGE_EDDIES[0] <= band < LARGE_EDDIES[1]:
        return {}
    reason = f"beyond the band, k_max λ = {band:.4g}"
    return dict.fromkeys(range(max(2, int(band)) + 1, config.lmax + 1), reason)


def indistinct(config: Config) -> dict[int, str]:
    """Multipoles of large eddies that do not stand above second order in u/c.

    Directions are those in the observer's frame, while the flow around him moves with u: this aberration lends
    C_ℓ about (ℓu/v)²/12 of C_(ℓ−1).
    """
    if not config.turbulent or not LARGE_EDDIES[0] <= band_end(config) < LARGE_EDDIES[1]:
        return {}
    c_ell = predict(config).c_ell
    speed = config.turbulent_speed / config.particle_speed
    for ell in range(3, config.lmax + 1):
        lent = (ell * speed) ** 2 / 12 * c_ell[ell - 1]
        if lent > SECOND_ORDER * c_ell[ell]:
            return dict.fromkeys(range(ell, config.lmax + 1), "second order in u/c")
    return {}


def lost_in_rounding(config: Config) -> dict[int, str]:
    """Multipoles from ℓ = 3 on that do not stand above the last digits of the sine.

    A spectrum that falls steeply leaves less at small scales than large eddies leave there by rounding.
    """
    if not config.turbulent or config.sampling != "pixel-centre":
        large = config.turbulent and LARGE_EDDIES[0] <= band_end(config) < LARGE_EDDIES[1]
        if not large:
            return {}
    if config.flow.taylor_order is not None:
        return {}
    c_ell = predict(config).c_ell
    speed = config.turbulent_speed / config.particle_speed
    lost = c_ell[3:] < SINE_ERROR * (config.momentum_index * speed) ** 2
    if not lost.any():
        return {}
    return dict.fromkeys(range(3 + int(np.argmax(lost)), config.lmax + 1), "lost in rounding")


def dipole_of_large_eddies(config: Config) -> dict[int, str]:
    """The dipole in the fluid's frame of eddies much larger than λ.

    They make a quadrupole, of first order in kλ; the dipole is of second order, and so are terms of second order
    in u/c.
    """
    if not config.turbulent or config.sky.frame != "fluid" or band_end(config) >= LARGE_EDDIES[0]:
        return {}
    return {1: "second order in kλ, no more than second order in u/c"}


def band_end(config: Config) -> float:
    """k_max λ."""
    return config.flow_spectrum.k_max * config.mean_free_path


RULES: tuple[Rule, ...] = (
    beyond_the_expansion,
    beyond_the_band,
    indistinct,
    lost_in_rounding,
    dipole_of_large_eddies,
)
