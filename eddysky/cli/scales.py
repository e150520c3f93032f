"""`eddysky scales`: gyroradius, mean free path, magnetic perturbation and Alfvén speed (ZL24 §2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

__all__ = ["scales"]

# Allowed values, in the unit of each option.
SMALLEST, LARGEST = 1e-60, 1e60
# Mean free path at the reference energy, as in `ScaleEstimate`, which would take long to import here.
DEFAULT_PATH = "10 pc"
HIGHEST_MULTIPOLE = 10_000

Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def quantity(
    flag: str, kind: str, unit: str, example: str, words: str, *, optional: bool = False
) -> Decorator:
    """Option that takes a positive value with its unit, as an astropy Quantity; None or the example by default."""

    def read(context: click.Context, option: click.Parameter, given: str | None) -> Any:
        from astropy import units

        from eddysky.simulator.config.quantities import Dimension

        if given is None:
            return None
        allowed = f"from {SMALLEST:g} to {LARGEST:g} {unit}"
        dimension = Dimension(kind, unit, example, allowed, lambda v: SMALLEST <= v <= LARGEST)
        try:
            return dimension.read(given) * units.Unit(unit)
        except ValueError as error:
            raise InputError(f'{flag} "{given}": {error}') from None

    return click.option(
        flag, default=None if optional else example, show_default=not optional, metavar="VALUE",
        callback=read, help=words,
    )  # fmt: skip


def number(flag: str, default: float | None, words: str, *, highest: float = LARGEST) -> Decorator:
    """Option that takes a number from 0 to `highest`."""

    def read(context: click.Context, option: click.Parameter, given: float | None) -> float | None:
        if given is not None and not 0 <= given <= highest:
            raise InputError(f"{flag} {given}: must be a number from 0 to {highest:g}")
        return given

    return click.option(
        flag, type=float, default=default, show_default=default is not None, metavar="NUMBER",
        callback=read, help=words,
    )  # fmt: skip


def read_multipoles(context: click.Context, option: click.Parameter, given: str) -> list[int]:
    """Multipoles separated by commas."""
    parts = [part.strip() for part in given.split(",")]
    for part in parts:
        # isdigit would accept superscripts.
        if not (part.isdecimal() and 1 <= int(part) <= HIGHEST_MULTIPOLE):
            raise InputError(
                f'--multipoles "{given}": {part!r}: must be whole numbers from 1 to {HIGHEST_MULTIPOLE}, '
                'separated by commas, such as "2,10,30"'
            )
    return [int(part) for part in parts]


@click.command()
@quantity("--energy", "an energy", "TeV", "10 TeV", "Total energy of the particles.")
@click.option(
    "--charge", type=click.IntRange(min=1, max=118), default=1, show_default=True,
    help="Their charge number.",
)  # fmt: skip
@quantity("--mass", "a mass", "M_p", "1 M_p", "Their mass; M_p is the proton's.")
@quantity("--magnetic-field", "a magnetic field", "uG", "3 uG", "Of the medium.")
@quantity("--density", "a number density", "1/cm3", "0.1 1/cm3", "Of hydrogen in the medium.")
@quantity(
    "--mean-mass", "a mass", "M_p", "1.4 M_p", "For each hydrogen atom; 1.4 M_p counts helium."
)
@quantity(
    "--mean-free-path", "a length", "pc", DEFAULT_PATH,
    f"lambda of the particles at their energy; by default {DEFAULT_PATH} at the reference energy, scaled.",
    optional=True,
)  # fmt: skip
@quantity(
    "--diffusion-coefficient", "a diffusion coefficient", "cm2/s", "3e29 cm2/s",
    "kappa at the reference energy; lambda = 3 kappa/v then.", optional=True,
)  # fmt: skip
@quantity(
    "--reference-energy", "an energy", "TeV", "10 TeV",
    f"Energy at which lambda is {DEFAULT_PATH}, or kappa is given; 10 TeV by default.", optional=True,
)  # fmt: skip
@number(
    "--scattering-index", 5 / 3,
    "gamma_g: the mean free path grows as E^(2-gamma_g), the square of sigma_B/B as L^(gamma_g-1); 5/3 or 3/2.",
    highest=4,
)  # fmt: skip
@quantity(
    "--scale", "a length", "pc", "10 pc",
    "Scale L on which sigma_B/B and sigma_rho/rho are given; by default the mean free path.", optional=True,
)  # fmt: skip
@number(
    "--field-dispersion", None,
    "sigma_B/B on the scale L; by default derived from gyroradius and mean free path.",
)  # fmt: skip
@number("--density-dispersion", None, "sigma_rho/rho on the scale L; 1 by default.")
@click.option(
    "--multipoles", default="1,2,3,5,10,20,30", show_default=True, metavar="L,L,...",
    callback=read_multipoles, help="Multipoles whose scales are printed.",
)  # fmt: skip
def scales(**options: Any) -> None:
    """Print gyroradius, mean free path, magnetic perturbation and Alfven speed, and the scale of each multipole.

    As in ZL24, gyroradius r_g and mean free path lambda give the magnetic perturbation that scatters,
    (dB/B)^2 = r_g/lambda at r_g. Its spectrum gives sigma_B/B on the scale L, and that the dispersion of the Alfven
    speed. All are those of one energy; a sky may mix a range of them (cosmic_rays.energy_response of a configuration).
    The last column says whether a value is derived, given or a default. The defaults describe protons of 10 TeV
    in the warm ionised interstellar medium.
    """
    from eddysky.simulator.config.scale_estimate import ScaleEstimate

    try:
        estimate = ScaleEstimate.from_medium(**options)
    except InputError as error:
        # The message begins with the name of an argument, from which click makes that of the option.
        name, rest = str(error).split(" ", 1)
        raise InputError(f"--{name.replace('_', '-')} {rest}") from None
    say(estimate)
    if not estimate.weak:
        say(
            "eddysky: sigma_B/B is above 1 on some scales; the estimate assumes weak perturbations",
            err=True,
        )
