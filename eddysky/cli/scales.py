"""`eddysky scales`: gyroradius, mean free path, magnetic perturbation and Alfvén speed (ZL24 §2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

__all__ = ["scales"]

# In any of the units below.
SMALLEST, LARGEST = 1e-60, 1e60
# Of the particles at the reference energy, unless mean free path or diffusion coefficient are given.
DEFAULT_PATH = "10 pc"
HIGHEST_MULTIPOLE = 10_000

Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def quantity(
    flag: str, kind: str, unit: str, example: str, words: str, *, optional: bool = False
) -> Decorator:
    """Option that takes a positive value with its unit and gives it on as an astropy Quantity.

    The example is the default, but of an optional one, whose default is None.
    """

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
    """Option that takes a number, not negative."""

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
        # Not isdigit, which is true of superscripts, too.
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
    "kappa at the reference energy, which gives lambda instead.", optional=True,
)  # fmt: skip
@quantity(
    "--reference-energy", "an energy", "TeV", "10 TeV",
    f"Where lambda is {DEFAULT_PATH}, or kappa what is given.",
)  # fmt: skip
@number(
    "--scattering-index", 5 / 3,
    "gamma_g: the mean free path grows as E^(2-gamma_g), the square of sigma_B/B as L^(gamma_g-1); 5/3 or 3/2.",
    highest=4,
)  # fmt: skip
@quantity(
    "--scale", "a length", "pc", "10 pc",
    "L of the dispersions sigma_B/B and sigma_rho/rho; by default the mean free path.", optional=True,
)  # fmt: skip
@number(
    "--field-dispersion", None,
    "sigma_B/B on the scale L; by default derived from gyroradius and mean free path.",
)  # fmt: skip
@number("--density-dispersion", 1.0, "sigma_rho/rho on the scale L.")
@click.option(
    "--multipoles", default="1,2,3,5,10,20,30", show_default=True, metavar="L,L,...",
    callback=read_multipoles, help="Multipoles whose scales are printed.",
)  # fmt: skip
@click.pass_context
def scales(
    context: click.Context,
    energy: Any,
    charge: int,
    mass: Any,
    magnetic_field: Any,
    density: Any,
    mean_mass: Any,
    mean_free_path: Any,
    diffusion_coefficient: Any,
    reference_energy: Any,
    scattering_index: float,
    scale: Any,
    field_dispersion: float | None,
    density_dispersion: float,
    multipoles: list[int],
) -> None:
    """Print gyroradius, mean free path, magnetic perturbation and Alfven speed, and the scale of each multipole.

    As ZL24 does, gyroradius r_g and mean free path lambda give the magnetic perturbation that scatters,
    (dB/B)^2 = r_g/lambda at r_g, its spectrum sigma_B/B on the scale L, and this the dispersion of the Alfven speed.
    The last column says what was derived, what was given and what is a default. Defaults are protons of 10 TeV in the
    warm ionised interstellar medium.
    """
    import numpy as np
    from astropy import units

    from eddysky.simulator.config import scales as formulas

    def origin(option: str) -> str:
        """Whether an option was given."""
        source = context.get_parameter_source(option)
        return "default" if source is click.core.ParameterSource.DEFAULT else "given"

    if mean_free_path is not None:
        for option, flag in (
            ("diffusion_coefficient", "--diffusion-coefficient"),
            ("reference_energy", "--reference-energy"),
        ):
            if origin(option) == "given":
                raise InputError(
                    f"{flag}: not with --mean-free-path, which is that at the energy of the particles"
                )
    speeds = []
    for flag, value in (("--energy", energy), ("--reference-energy", reference_energy)):
        # The reference energy does not count where the mean free path is given.
        if flag == "--energy" or mean_free_path is None:
            try:
                speeds.append(formulas.particle_speed(value, mass))
            except ValueError as error:
                raise InputError(f"{flag}: {error}") from None
    law, known = "", "given"
    if mean_free_path is None:
        law, known = f"{DEFAULT_PATH} ", "default"
        if diffusion_coefficient is not None:
            law, known = "(3κ/v) ", "derived"
        law += f"(E/{in_words(reference_energy)})^(2−γ_g)"
    try:
        # What overflows is an error, not infinity.
        with np.errstate(over="raise"):
            radius = formulas.gyroradius(energy, magnetic_field, charge, mass)
            if mean_free_path is None:
                reference = units.Quantity(DEFAULT_PATH)
                if diffusion_coefficient is not None:
                    reference = formulas.mean_free_path(diffusion_coefficient, speeds[1])
                mean_free_path = formulas.scaled_mean_free_path(
                    reference, energy, reference_energy, scattering_index
                )
            scale = mean_free_path if scale is None else scale
            diffusion = formulas.diffusion_coefficient(mean_free_path, speeds[0])
            ratio = (mean_free_path / radius).to_value("")
            perturbation = (
                formulas.field_dispersion(radius, radius, mean_free_path, scattering_index) ** 2
            )
            spread, spread_law, spread_known = field_dispersion, "", "given"
            if spread is None:
                spread = formulas.field_dispersion(scale, radius, mean_free_path, scattering_index)
                spread_law, spread_known = "√[(r_g/λ)(L/r_g)^(γ_g−1)]", "derived"
            seen = [formulas.multipole_scale(multipole, mean_free_path) for multipole in multipoles]
            # From L, where σ_B/B is known, as the spectrum has it: L^((γ_g − 1)/2).
            power = (scattering_index - 1) / 2
            spreads = [spread * (length / scale).to_value("") ** power for length in seen]
            alfven = formulas.alfven_speed(magnetic_field, density * mean_mass)
            alfven_spread = formulas.alfven_dispersion(alfven, spread, density_dispersion)
    except ArithmeticError:
        raise InputError(
            f"--energy {in_words(energy)}, --magnetic-field {in_words(magnetic_field)}: with these options "
            "gyroradius, mean free path and scale are too far apart for numbers"
        ) from None
    on_scale = f"on L = {in_words(scale)}"
    rows = [
        ("gyroradius r_g", "p/(ZeB)", f"{in_words(radius)} = {in_words(radius.to('pc'))}", "derived"),
        ("mean free path λ", law, in_words(mean_free_path), known),
        (
            "diffusion coefficient κ", "vλ/3",
            in_words(diffusion), "derived",
        ),
        ("λ/r_g", "", f"{ratio:.4g}", "derived"),
        ("(δB/B)² at r_g", "r_g/λ", f"{perturbation:.4g}", "derived"),
        (f"σ_B/B {on_scale}", spread_law, f"{spread:.4g}", spread_known),
        (f"σ_ρ/ρ {on_scale}", "", f"{density_dispersion:.4g}", origin("density_dispersion")),
        ("Alfvén speed v_A", "B/√(μ₀ρ)", in_words(alfven), "derived"),
        (f"σ_vA {on_scale}", "v_A √[(σ_B/B)² + (σ_ρ/2ρ)²]", in_words(alfven_spread), "derived"),
    ]  # fmt: skip
    for name, formula, value, said in rows:
        say(f"{name:<25}  {formula:<27}  {value:<25}  {said}")
    say(f"\n{'multipole':>9}  {'scale 2πλ/ℓ':>14}  {'σ_B/B on it':>12}")
    for multipole, length, relative in zip(multipoles, seen, spreads, strict=True):
        say(f"{multipole:>9}  {in_words(length):>14}  {relative:>12.4g}")
    if max(perturbation, spread, *spreads) > 1:
        say(
            "eddysky: sigma_B/B above 1: the estimate holds for weak perturbations, not on such scales",
            err=True,
        )


def in_words(value: Any) -> str:
    """Four digits and the unit."""
    return f"{value.value:.4g} {value.unit.to_string().replace(' / ', '/')}"
