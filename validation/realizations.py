"""How many realisations it takes to tell an ensemble's standard errors from its scatter."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eddysky.validation.carrying import carrying_modes

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["TooFewRealizationsError", "require_realizations"]

# With fewer realisations the standard errors are too uncertain to judge by.
MIN_REALIZATIONS = 10
# With few modes C_ℓ has heavy tails, and only many realisations have a normal mean: of 300 true ensembles of 10
# realisations, 32% failed with one mode, 5% with 8, 0.7% with 33.
FEW_MODES, MANY_REALIZATIONS = 32, 100


class TooFewRealizationsError(ValueError):
    """The ensemble is too small for its scatter to give standard errors."""


def require_realizations(config: Config, count: int) -> None:
    """Refuse ensembles whose scatter gives no standard errors.

    Raises
    ------
    TooFewRealizationsError
        With fewer than ten realisations, or fewer than 100 where single skies are far from normal, and with
        fewer than 100 modes in all of them together where the spectrum has power.
    """
    if count < MIN_REALIZATIONS:
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {count}; "
            f"ensemble.realizations must be at least {MIN_REALIZATIONS}"
        )
    modes = carrying_modes(config) if config.turbulent else math.inf
    few = f"flow.modes = {config.flow.modes}"
    if modes < config.flow.modes / 2:
        few += f", of which about {modes:.2g} fall where the spectrum has power"
    # Modes that miss all power are skies with nothing in them.
    if modes < 1 and count * modes < MANY_REALIZATIONS:
        raise TooFewRealizationsError(
            f"too few modes, with {few}; flow.modes must be at least "
            f"{math.ceil(FEW_MODES * config.flow.modes / modes)}"
        )
    if config.turbulent and count < MANY_REALIZATIONS:
        reason = ""
        # The quadrature behind their number is good to a percent.
        if modes < 0.99 * FEW_MODES:
            reason = f"{few}, below {FEW_MODES}"
        elif config.transport.mode == "parallel":
            reason = "parallel transport"
        if reason:
            raise TooFewRealizationsError(
                f"too few realisations for standard errors, {count}: with {reason}, C_l is far from normal; "
                f"ensemble.realizations must be at least {MANY_REALIZATIONS}"
            )
