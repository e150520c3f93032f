"""The scales of given particles in a given medium, derived from one another as in ZL24 §2, as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from astropy import constants, units

from eddysky.simulator.config import scales
from eddysky.simulator.errors import InputError

__all__ = ["ScaleEstimate"]

# Astropy has no types: a Quantity is Any to the type checker.
Quantity = Any

# Mean free path at the reference energy.
_DEFAULT_PATH = "10 pc"


@dataclass(frozen=True, slots=True)
class ScaleEstimate:
    """Orders of magnitude for cosmic rays in a magnetised medium; `str` gives them as a table.

    Parameters
    ----------
    rows
        Name, formula, value and origin ("derived", "given" or "default") of each quantity.
    multipoles
        Multipole ℓ, the scale 2πλ/ℓ that it sees (a length), and σ_B/B on that scale.
    weak
        Whether all magnetic perturbations are weak, σ_B/B ≤ 1, as the estimate assumes.
    """

    rows: tuple[tuple[str, str, str, str], ...]
    multipoles: tuple[tuple[int, Quantity, float], ...]
    weak: bool

    @classmethod
    def from_medium(
        cls,
        energy: Quantity = 10 * units.TeV,
        *,
        charge: int = 1,
        mass: Quantity = constants.m_p,
        magnetic_field: Quantity = 3 * units.uG,
        density: Quantity = 0.1 / units.cm**3,
        mean_mass: Quantity = 1.4 * constants.m_p,
        mean_free_path: Quantity | None = None,
        diffusion_coefficient: Quantity | None = None,
        reference_energy: Quantity | None = None,
        scattering_index: float = 5 / 3,
        scale: Quantity | None = None,
        field_dispersion: float | None = None,
        density_dispersion: float | None = None,
        multipoles: Sequence[int] = (1, 2, 3, 5, 10, 20, 30),
    ) -> Self:
        """Derive all scales.

        Parameters
        ----------
        energy, charge, mass
            Total energy, charge number and mass of the particles.
        magnetic_field, density, mean_mass
            B, number density of hydrogen, and mass for each hydrogen atom of the medium.
        mean_free_path
            λ at `energy`; by default λ_ref (E/E_ref)^(2−γ_g).
        diffusion_coefficient
            κ at the reference energy, which gives λ_ref = 3κ/v; without it λ_ref is 10 pc.
        reference_energy
            E_ref; 10 TeV by default.
        scattering_index
            γ_g.
        scale
            L on which the dispersions are given; λ by default.
        field_dispersion
            σ_B/B on L; by default √[(r_g/λ)(L/r_g)^(γ_g−1)].
        density_dispersion
            σ_ρ/ρ on L; 1 by default.
        multipoles
            ℓ for the table of scales.

        Raises
        ------
        InputError
            Begins with the name of the argument: an energy not above the rest energy, a mean free path given
            twice, or results beyond the range of floating-point numbers.

        Examples
        --------
        >>> estimate = ScaleEstimate.from_medium(1 * units.TeV, multipoles=[10])
        >>> estimate.rows[0]
        ('gyroradius r_g', 'p/(ZeB)', '74.32 AU = 0.0003603 pc', 'derived')
        """
        if mean_free_path is not None:
            for name, value in (
                ("diffusion_coefficient", diffusion_coefficient),
                ("reference_energy", reference_energy),
            ):
                if value is not None:
                    raise InputError(
                        f"{name} = {_short(value)}: not together with a mean free path, which is that at `energy`"
                    )
        e_ref = 10 * units.TeV if reference_energy is None else reference_energy
        speed = _speed("energy", energy, mass)
        speed_ref = speed if mean_free_path is not None else _speed("reference_energy", e_ref, mass)
        path, path_law, path_origin = mean_free_path, "", "given"
        spread, spread_law, spread_origin = field_dispersion, "", "given"
        try:
            # What overflows is an error, not infinity.
            with np.errstate(over="raise"):
                radius = scales.gyroradius(energy, magnetic_field, charge, mass)
                if path is None:
                    at_reference, symbol = units.Quantity(_DEFAULT_PATH), _DEFAULT_PATH
                    path_origin = "default"
                    if diffusion_coefficient is not None:
                        at_reference = scales.mean_free_path(diffusion_coefficient, speed_ref)
                        symbol, path_origin = "(3κ/v)", "derived"
                    path_law = f"{symbol} (E/{_short(e_ref)})^(2−γ_g)"
                    path = scales.scaled_mean_free_path(
                        at_reference, energy, e_ref, scattering_index
                    )
                length = path if scale is None else scale
                strength = scales.field_dispersion(radius, radius, path, scattering_index) ** 2
                if spread is None:
                    spread_law, spread_origin = "√[(r_g/λ)(L/r_g)^(γ_g−1)]", "derived"
                    spread = scales.field_dispersion(length, radius, path, scattering_index)
                # On other scales σ_B/B ∝ L^((γ_g − 1)/2), as its spectrum says.
                seen = [(ell, scales.multipole_scale(ell, path)) for ell in multipoles]
                power = (scattering_index - 1) / 2
                table = [(ell, s, spread * (s / length).to_value("") ** power) for ell, s in seen]
                alfven = scales.alfven_speed(magnetic_field, density * mean_mass)
                relative_density = 1.0 if density_dispersion is None else density_dispersion
                alfven_spread = scales.alfven_dispersion(alfven, spread, relative_density)
                diffusion = scales.diffusion_coefficient(path, speed)
                ratio = (path / radius).to_value("")
        except ArithmeticError:
            raise InputError(
                f"energy = {_short(energy)}: with the other values gyroradius, mean free path and scale are beyond "
                "the range of floating-point numbers"
            ) from None
        on_scale = f"on L = {_short(length)}"
        density_origin = "default" if density_dispersion is None else "given"
        rows = (
            ("gyroradius r_g", "p/(ZeB)", f"{_short(radius)} = {_short(radius.to('pc'))}", "derived"),
            ("mean free path λ", path_law, _short(path), path_origin),
            ("diffusion coefficient κ", "vλ/3", _short(diffusion), "derived"),
            ("λ/r_g", "", f"{ratio:.4g}", "derived"),
            ("(δB/B)² at r_g", "r_g/λ", f"{strength:.4g}", "derived"),
            (f"σ_B/B {on_scale}", spread_law, f"{spread:.4g}", spread_origin),
            (f"σ_ρ/ρ {on_scale}", "", f"{relative_density:.4g}", density_origin),
            ("Alfvén speed v_A", "B/√(μ₀ρ)", _short(alfven), "derived"),
            (f"σ_vA {on_scale}", "v_A √[(σ_B/B)² + (σ_ρ/2ρ)²]", _short(alfven_spread), "derived"),
        )  # fmt: skip
        weak = max(strength, spread, *(s for *_, s in table)) <= 1
        return cls(rows, tuple(table), bool(weak))

    def __str__(self) -> str:
        """Both tables, in aligned columns."""
        lines = [f"{n:<25}  {law:<27}  {value:<25}  {o}" for n, law, value, o in self.rows]
        lines += ["", f"{'multipole':>9}  {'scale 2πλ/ℓ':>14}  {'σ_B/B on it':>12}"]
        lines += [
            f"{ell:>9}  {_short(s):>14}  {spread:>12.4g}" for ell, s, spread in self.multipoles
        ]
        return "\n".join(lines)


def _speed(name: str, energy: Quantity, mass: Quantity) -> Quantity:
    """Speed of a particle; the error names the argument."""
    try:
        return scales.particle_speed(energy, mass)
    except ValueError as error:
        raise InputError(f"{name} = {str(error).removeprefix('energy = ')}") from None


def _short(value: Quantity) -> str:
    """Four digits and the unit."""
    return f"{value.value:.4g} {value.unit.to_string().replace(' / ', '/')}"
