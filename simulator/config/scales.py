"""Orders of magnitude of the interstellar medium and its cosmic rays, with units on everything (ZL24 §2).

The waves that scatter a particle are those at its gyroradius r_g, and the mean free path λ is about r_g over their
relative energy: (δB/B)²(r_g) ≈ r_g/λ. With their spectrum of index γ_g the magnetic field on a larger scale L varies by

    (σ_B/B)²(L) = (r_g/λ) (L/r_g)^(γ_g − 1),  σ_vA² = v_A² [(σ_B/B)² + (σ_ρ/2ρ)²].

Arguments and results are astropy Quantities; a Quantity of another dimension raises
`astropy.units.UnitConversionError`.
"""

from __future__ import annotations

import math
from typing import Any

from astropy import constants, units

__all__ = [
    "alfven_dispersion",
    "alfven_speed",
    "diffusion_coefficient",
    "field_dispersion",
    "gyroradius",
    "mean_free_path",
    "multipole_scale",
    "particle_speed",
    "scaled_mean_free_path",
]

# Astropy has no types: a Quantity is Any to the type checker.
Quantity = Any


def gyroradius(
    energy: Quantity,
    magnetic_field: Quantity,
    charge: int = 1,
    mass: Quantity = constants.m_p,
) -> Quantity:
    """r_g = p/(ZeB) across the field, p being the momentum of a particle of total energy E.

    Parameters
    ----------
    energy
        Total energy E, above the rest energy.
    magnetic_field
        B, positive.
    charge
        Z, in units of the elementary charge.
    mass
        Of the particle; the proton's by default.

    Returns
    -------
    Quantity
        r_g in AU.

    Raises
    ------
    ValueError
        If the energy does not exceed the rest energy, or field or charge are not positive.
    """
    require_positive("magnetic_field", magnetic_field)
    require_positive("charge", charge)
    momentum = energy / constants.c**2 * particle_speed(energy, mass)
    return (momentum / (charge * constants.e.si * magnetic_field)).to("AU")


def particle_speed(energy: Quantity, mass: Quantity = constants.m_p) -> Quantity:
    """Speed v = pc²/E in km/s of a particle of total energy E.

    Raises
    ------
    ValueError
        If the energy does not exceed the rest energy.
    """
    rest = (mass * constants.c**2).to(energy.unit)
    if not energy > rest:
        raise ValueError(f"energy = {energy:g}: must exceed the rest energy, {rest:.4g}")
    ratio = (rest / energy).to_value("")
    return ((1 - ratio**2) ** 0.5 * constants.c).to("km/s")


def alfven_speed(magnetic_field: Quantity, density: Quantity) -> Quantity:
    """v_A = B/√(μ₀ρ) in km/s.

    Parameters
    ----------
    magnetic_field
        B.
    density
        Mass density ρ, positive: number density times mean mass.

    Raises
    ------
    ValueError
        If the density is not positive.
    """
    require_positive("density", density)
    return (magnetic_field / (constants.mu0 * density) ** 0.5).to("km/s")


def alfven_dispersion(
    speed: Quantity, field_dispersion: float, density_dispersion: float
) -> Quantity:
    """σ_vA in km/s from σ_vA² = v_A² [(σ_B/B)² + (σ_ρ/2ρ)²].

    Parameters
    ----------
    speed
        v_A.
    field_dispersion, density_dispersion
        Relative dispersions σ_B/B and σ_ρ/ρ.
    """
    relative = (field_dispersion**2 + (density_dispersion / 2) ** 2) ** 0.5
    return (speed * relative).to("km/s")


def field_dispersion(
    scale: Quantity,
    gyroradius: Quantity,
    mean_free_path: Quantity,
    scattering_index: float = 5 / 3,
) -> float:
    """Relative dispersion σ_B/B of the magnetic field on a scale L, from the scattering that it causes (ZL24 §2).

    (σ_B/B)² = (r_g/λ) (L/r_g)^(γ_g − 1): r_g/λ is the (δB/B)² of the waves at the gyroradius, to order of magnitude.

    Parameters
    ----------
    scale
        L, a length; L = r_g gives δB/B at the gyroradius.
    gyroradius
        r_g of particles, a length.
    mean_free_path
        λ of the same particles, a length.
    scattering_index
        γ_g, spectral index of the waves that scatter: 5/3 or 3/2.

    Returns
    -------
    float
        σ_B/B, dimensionless. The estimate is one of weak perturbations, σ_B/B < 1.

    Raises
    ------
    ValueError
        If a length is not positive.
    OverflowError
        If the result is beyond the range of numbers.
    """
    for name, length in (
        ("scale", scale),
        ("gyroradius", gyroradius),
        ("mean_free_path", mean_free_path),
    ):
        require_positive(name, length)
    # Python's own floats raise OverflowError instead of returning infinity.
    at_gyroradius = float((gyroradius / mean_free_path).to_value(units.dimensionless_unscaled))
    ratio = float((scale / gyroradius).to_value(units.dimensionless_unscaled))
    return float(at_gyroradius**0.5 * ratio ** ((scattering_index - 1) / 2))


def multipole_scale(multipole: int, mean_free_path: Quantity) -> Quantity:
    """Scale 2πλ/ℓ of the eddies that multipole ℓ sees one mean free path away, in the unit of λ.

    A wave of wavenumber k has multipoles up to ℓ ~ kλ there, and its wavelength is 2π/k.

    Raises
    ------
    ValueError
        If the multipole is not positive.
    """
    require_positive("multipole", multipole)
    return 2 * math.pi / multipole * mean_free_path


def mean_free_path(diffusion_coefficient: Quantity, speed: Quantity = constants.c) -> Quantity:
    """λ = 3κ/v in pc, for particles of speed v (light's by default)."""
    return (3 * diffusion_coefficient / speed).to("pc")


def diffusion_coefficient(mean_free_path: Quantity, speed: Quantity = constants.c) -> Quantity:
    """κ = vλ/3 in cm²/s, for particles of speed v (light's by default)."""
    return (mean_free_path * speed / 3).to("cm2/s")


def scaled_mean_free_path(
    mean_free_path: Quantity,
    energy: Quantity,
    reference_energy: Quantity,
    scattering_index: float = 5 / 3,
) -> Quantity:
    """λ(E) = λ_ref (E/E_ref)^(2−γ_g), in the unit of λ_ref.

    Parameters
    ----------
    mean_free_path
        λ_ref, at the reference energy.
    energy, reference_energy
        E and E_ref.
    scattering_index
        γ_g, spectral index of the waves that scatter: 5/3 or 3/2.
    """
    ratio = (energy / reference_energy).to_value(units.dimensionless_unscaled)
    return mean_free_path * ratio ** (2 - scattering_index)


def require_positive(name: str, value: Quantity) -> None:
    """Refuse zero, negative values and NaN."""
    if not value > 0 * value:
        raise ValueError(f"{name} = {value}: must be positive")
