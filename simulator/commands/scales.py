"""`eddysky scales`: gyroradius, Alfvén speed and mean free path of given conditions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from eddysky.simulator.console import say
from eddysky.simulator.errors import InputError
from eddysky.simulator.quantities import Dimension

__all__ = ["scales"]

# In any of the units below: no formula overflows.
SMALLEST, LARGEST = 1e-60, 1e60

Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def quantity(flag: str, kind: str, unit: str, default: str, words: str) -> Decorator:
    """Option that takes a positive value with its unit and gives it on as an astropy Quantity."""
    dimension = Dimension(
        kind,
        unit,
        default,
        f"from {SMALLEST:g} to {LARGEST:g} {unit}",
        lambda value: SMALLEST <= value <= LARGEST,
    )

    def read(context: click.Context, option: click.Parameter, given: str) -> Any:
        from astropy import units

        try:
            return dimension.read(given) * units.Unit(unit)
        except ValueError as error:
            raise InputError(f'{flag} "{given}": {error}') from None

    return click.option(
        flag, default=default, show_default=True, metavar="VALUE", callback=read, help=words
    )


def number(flag: str, default: float, words: str, *, highest: float = LARGEST) -> Decorator:
    """Option that takes a number, not negative."""

    def read(context: click.Context, option: click.Parameter, given: float) -> float:
        if not 0 <= given <= highest:
            raise InputError(f"{flag} {given}: must be a number from 0 to {highest:g}")
        return given

    return click.option(
        flag, type=float, default=default, show_default=True, metavar="NUMBER",
        callback=read, help=words,
    )  # fmt: skip


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
@number("--field-dispersion", 1.0, "sigma_B/B.")
@number("--density-dispersion", 1.0, "sigma_rho/rho.")
@quantity(
    "--diffusion-coefficient", "a diffusion coefficient", "cm2/s", "3e29 cm2/s",
    "kappa of the particles at the reference energy.",
)  # fmt: skip
@quantity("--reference-energy", "an energy", "TeV", "10 TeV", "Where kappa is given.")
@number(
    "--scattering-index", 5 / 3,
    "gamma_g: the mean free path grows as E^(2-gamma_g); 5/3 or 3/2.", highest=4,
)  # fmt: skip
def scales(
    energy: Any,
    charge: int,
    mass: Any,
    magnetic_field: Any,
    density: Any,
    mean_mass: Any,
    field_dispersion: float,
    density_dispersion: float,
    diffusion_coefficient: Any,
    reference_energy: Any,
    scattering_index: float,
) -> None:
    """Print gyroradius, Alfven speed and mean free path.

    Defaults are protons of 10 TeV in the warm ionised interstellar medium.
    """
    from eddysky.simulator import scales as scale

    speeds = []
    for flag, value in (("--energy", energy), ("--reference-energy", reference_energy)):
        try:
            speeds.append(scale.particle_speed(value, mass))
        except ValueError as error:
            raise InputError(f"{flag}: {error}") from None
    speed, reference_speed = speeds
    radius = scale.gyroradius(energy, magnetic_field, charge, mass)
    alfven = scale.alfven_speed(magnetic_field, density * mean_mass)
    spread = scale.alfven_dispersion(alfven, field_dispersion, density_dispersion)
    path = scale.scaled_mean_free_path(
        scale.mean_free_path(diffusion_coefficient, reference_speed),
        energy,
        reference_energy,
        scattering_index,
    )
    diffusion = scale.diffusion_coefficient(path, speed)
    rows = [
        ("gyroradius", "p/(ZeB)", f"{in_words(radius)} = {in_words(radius.to('pc'))}"),
        ("Alfvén speed", "B/√(μ₀ρ)", in_words(alfven)),
        ("its dispersion", "v_A √[(σ_B/B)² + (σ_ρ/2ρ)²]", in_words(spread)),
        ("mean free path", "3κ/v", in_words(path)),
        ("diffusion coefficient", "vλ/3", in_words(diffusion)),
        ("mean free path/gyroradius", "", f"{(path / radius).to_value(''):.4g}"),
    ]
    for name, formula, value in rows:
        say(f"{name:<25}  {formula:<27}  {value}")


def in_words(value: Any) -> str:
    """Four digits and the unit."""
    return f"{value.value:.4g} {value.unit.to_string().replace(' / ', '/')}"
