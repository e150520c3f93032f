"""Smallest ensemble for which standard errors can be estimated from the scatter of the realisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = [
    "MIN_REALIZATIONS",
    "NoVerdictError",
    "TooFewRealizationsError",
    "require_realizations",
]

# With fewer realisations the standard errors are too uncertain for a verdict.
MIN_REALIZATIONS = 10
# With parallel transport C_ℓ of one sky is the square of a single a_ℓ0, whose distribution is far from normal.
_MIN_PARALLEL = 100


class NoVerdictError(InputError):
    """The ensemble cannot be compared with the theory; the message gives the reason and a remedy."""


class TooFewRealizationsError(NoVerdictError):
    """The ensemble is too small to estimate standard errors."""


def require_realizations(config: Config, count: int, of_alm: bool = False) -> None:
    """Refuse ensembles that are too small to estimate standard errors.

    Parameters
    ----------
    config
        Configuration of the ensemble.
    count
        Number of realisations.
    of_alm
        Whether it is that of the realisations whose a_ℓm were kept, and there are more.

    Raises
    ------
    TooFewRealizationsError
        If there are fewer than 10 realisations, or fewer than 100 with parallel transport.
    NoVerdictError
        If there is a user-defined velocity field but no configured turbulence to compare it with.
    """
    if config.flow.field is not None and not config.turbulent:
        raise NoVerdictError(
            f"no turbulence is configured to compare the velocity field {config.flow.field.name} with"
        )
    key = "those with a_lm (eddysky run --alms)" if of_alm else "ensemble.realizations"
    if count < MIN_REALIZATIONS:
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {count}; "
            f"{key} must be at least {MIN_REALIZATIONS}"
        )
    parallel = config.turbulent and config.transport.zonal
    if parallel and count < _MIN_PARALLEL:
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {count}: with parallel transport C_l is far from normal; "
            f"{key} must be at least {_MIN_PARALLEL}"
        )
