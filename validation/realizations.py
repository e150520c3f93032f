"""How many realisations it takes to tell an ensemble's standard errors from its scatter."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
        With fewer than ten realisations, or fewer than 100 where single skies are far from normal.
    """
    if count < MIN_REALIZATIONS:
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {count}; "
            f"ensemble.realizations must be at least {MIN_REALIZATIONS}"
        )
    if config.turbulent and count < MANY_REALIZATIONS:
        reason = ""
        if config.flow.modes < FEW_MODES:
            reason = f"flow.modes = {config.flow.modes}, below {FEW_MODES}"
        elif config.transport.mode == "parallel":
            reason = "parallel transport"
        if reason:
            raise TooFewRealizationsError(
                f"too few realisations for standard errors, {count}: with {reason}, C_l is far from normal; "
                f"ensemble.realizations must be at least {MANY_REALIZATIONS}"
            )
