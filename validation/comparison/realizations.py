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
# C_ℓ of a sky of the pitch angle alone is the square of a single a_ℓ0, whose distribution is far from normal. Helical
# transport comes near that in strong fields, and so do skies of turbulence that knows the field.
_MIN_AXISYMMETRIC = 100


class NoVerdictError(InputError):
    """The ensemble cannot be compared with the theory; the message gives the reason and a remedy."""


class TooFewRealizationsError(NoVerdictError):
    """The ensemble is too small to estimate standard errors."""


def require_realizations(
    config: Config, count: int, of_alm: bool = False, *, observed: bool = False
) -> None:
    """Refuse ensembles that are too small to estimate standard errors.

    Parameters
    ----------
    config
        Configuration of the ensemble.
    count
        Number of realisations.
    of_alm
        Whether it is that of the realisations whose a_ℓm were kept, and there are more.
    observed
        Whether it is that of the skies of an observation.

    Raises
    ------
    TooFewRealizationsError
        If there are fewer than 10 realisations, or fewer than 100 where the sky has the magnetic field as an
        axis.
    NoVerdictError
        If there is a user-defined velocity field but no configured turbulence to compare it with.
    """
    if config.flow.field is not None and not config.turbulent:
        raise NoVerdictError(
            f"no turbulence is configured to compare the velocity field {config.flow.field.name} with"
        )
    key = "ensemble.realizations"
    if of_alm:
        key = "those with a_lm (eddysky run --alms)"
    elif observed:
        key = "the skies of an observation (eddysky observe without --row)"
    if count < MIN_REALIZATIONS:
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {count}; "
            f"{key} must be at least {MIN_REALIZATIONS}"
        )
    if config.turbulent and config.magnetic_field is not None and count < _MIN_AXISYMMETRIC:
        mode = config.transport.mode
        why = (
            f"{mode} transport"
            if mode != "isotropic"
            else "turbulence that knows the magnetic field"
        )
        raise TooFewRealizationsError(
            f"too few realisations for standard errors, {count}: with {why} C_l is far from normal; "
            f"{key} must be at least {_MIN_AXISYMMETRIC}"
        )
