"""Smallest ensemble for which standard errors can be estimated from the scatter of the realisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["NoVerdictError", "TooFewRealizationsError", "require_realizations"]

# With fewer realisations the standard errors are too uncertain to judge by.
MIN_REALIZATIONS = 10
# With parallel transport C_ℓ of one sky is the square of one a_ℓ0, which is far from normal.
MIN_PARALLEL_REALIZATIONS = 100


class NoVerdictError(ValueError):
    """The ensemble cannot be compared with the theory; says why, and what would help."""


class TooFewRealizationsError(NoVerdictError):
    """The ensemble is too small for its scatter to give standard errors."""


def require_realizations(config: Config, count: int) -> None:
    """Refuse ensembles whose scatter gives no standard errors.

    Raises
    ------
    TooFewRealizationsError
        With fewer than ten realisations, or fewer than 100 of parallel transport.
    NoVerdictError
        Of a velocity field from outside, if no turbulence is configured to compare it with.
    """
    if config.flow.field is not None and not config.turbulent:
        raise NoVerdictError(
            f"no turbulence is configured to compare the velocity field {config.flow.field.name} with"
        )
    if count < MIN_REALIZATIONS:
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {count}; "
            f"ensemble.realizations must be at least {MIN_REALIZATIONS}"
        )
    parallel = config.turbulent and config.transport.mode == "parallel"
    if parallel and count < MIN_PARALLEL_REALIZATIONS:
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {count}: with parallel transport C_l is far from normal; "
            f"ensemble.realizations must be at least {MIN_PARALLEL_REALIZATIONS}"
        )
