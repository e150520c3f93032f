"""Options that describe a survey: what part of the sky is observed, and with how many events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from eddysky.cli.angle import angle_option
from eddysky.simulator.errors import InputError

__all__ = ["survey_from_options", "survey_options"]

OPTIONS = (
    click.option(
        "--events", required=True, metavar="N[+N...]",
        help="Expected events, such as 1.7e11; of several parts of a field also one number each, 1.7e11+2.8e10.",
    ),
    click.option(
        "--field", required=True, metavar="FIELD",
        help="icecube, hawc, lhaaso, full, dec:MIN,MAX, sums such as icecube+hawc, or MASK.fits.",
    ),
    click.option("--nside", type=int, help="Resolution of the maps; that of the skies by default."),
    angle_option(
        "--point-spread", "0deg", "Standard deviation of the Gaussian spread of directions."
    ),
    click.option(
        "--acceptance", type=float, default=1.0, show_default=True, metavar="N",
        help="Acceptance of detectors, cos^N of the zenith angle; 1 is a flat array.",
    ),
    click.option(
        "--keep-zonal", is_flag=True,
        help="Keep the m = 0 multipoles in equatorial axes, which no array on the ground can measure.",
    ),
    click.option(
        "--weighting", type=click.Choice(["mask", "exposure"]), default="mask", show_default=True,
        help="Weight of pixels in spectra: 1 inside the field of view, or proportional to the exposure.",
    ),
    angle_option(
        "--apodise", "10deg", "Distance from the edge of the field over which the weight rises from 0."
    ),
)  # fmt: skip
# Of surveys whose counts are drawn.
DRAWN = (
    click.option(
        "--compton-getting", nargs=3, type=float, metavar="SPEED RA DEC",
        help="Motion of the observer [km/s, degrees], whose dipole is added to the sky.",
    ),
    click.option(
        "--survey-seed", type=int, default=1, show_default=True, help="Seed of the counts."
    ),
)  # fmt: skip


def survey_options(*, drawn: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Options of a survey; the command receives their values as keyword arguments of `survey_from_options`.

    Parameters
    ----------
    drawn
        Whether counts are drawn, which takes some options more.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed((*OPTIONS, *DRAWN) if drawn else OPTIONS):
            command = option(command)
        return command

    return decorate


def survey_from_options(
    of_skies: int,
    *,
    nside: int | None,
    events: str,
    field: str,
    point_spread: float,
    acceptance: float,
    keep_zonal: bool,
    weighting: Any,
    apodise: float,
    compton_getting: tuple[float, float, float] | None = None,
    survey_seed: int = 1,
) -> Any:
    """`Survey` of the values of its options.

    Parameters
    ----------
    of_skies
        Resolution of the skies, for where no nside is given.

    Raises
    ------
    InputError
        Names the option that is wrong.
    """
    from eddysky.simulator.observation.survey import Survey

    try:
        return Survey(
            field, numbers(events), of_skies if nside is None else nside, point_spread, acceptance,
            keep_zonal, weighting, apodise, compton_getting, survey_seed,
        )  # fmt: skip
    except InputError as error:
        key, space, words = str(error).partition(" ")
        option = "survey-seed" if key == "seed" else key.replace("_", "-")
        raise InputError(f"--{option}{space}{words}") from None


def numbers(text: str) -> tuple[float, ...]:
    """Numbers joined by "+", which may also be the sign of an exponent, 1.7e+11."""
    parts: list[str] = []
    for part in text.split("+"):
        if parts and parts[-1][-1:] in ("e", "E"):
            parts[-1] += part
        else:
            parts.append(part)
    try:
        return tuple(map(float, parts))
    except ValueError:
        raise InputError(f"events {text}: must be a number, or several joined by +") from None
