"""Checks of a whole configuration: the ranges in which the simulation and the theory are valid."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from eddysky.simulator.config.collisions import SmallAngle
from eddysky.simulator.config.component import Component
from eddysky.simulator.config.default_band import MAX_BAND
from eddysky.simulator.config.free_path import BUILT_IN, FixedPath
from eddysky.simulator.config.quantities import SLOWEST
from eddysky.simulator.config.sampling_limits import (
    check_evaluation,
    check_expected_time,
    check_particles,
    check_rigidities,
    check_sampling,
)
from eddysky.simulator.config.spectrum import Spectrum, mean_square_velocity
from eddysky.simulator.config.taylor import taylor_rms_speed

if TYPE_CHECKING:
    from eddysky.simulator.config.configuration import Config

__all__ = ["MAX_FLOW_SPEED", "check_limits"]

# Below, all eddies are so much larger than λ that the flow is a uniform gradient, and rounding errors matter.
MIN_BAND = 1e-3
# The theory knows a user-defined free-path law by its characteristic function, which must be integrated up to k_max λ.
MAX_USER_LAW_BAND = 16384.0
# With small-angle scattering the multipoles of a wave reach ℓ³ ~ 200 kλ, and solving for them takes seconds here.
MAX_SMALL_ANGLE_BAND = 1e10
# Averages over rigidities take many seconds here, where paths are fixed: with one scattering and with several.
MAX_AVERAGED_BAND = {True: 65536.0, False: 16384.0}
# Ratio of the longest mean free path to the shortest in such averages, whose functions span as many decades.
MAX_SPREAD = 1e6
# The covariance of a_ℓm about the field takes 16 (lmax + 1)³ bytes, and its prediction a minute at this order.
MAX_FIELD_LMAX, MAX_HELICAL_ORDER = 256, 100
# The theory is of first order in u/v; faster flows make its neglected terms visible, first in the dipole of an
# observer at rest.
MAX_FLOW_SPEED = {"fluid": 0.01, "observer": 0.003}
# Largest divergence of a flow that counts as none, over its largest gradient.
ROUNDING = 1e-12
# With a flow, f ∝ (1 + g·r) multiplies its sky, which the theory leaves out: a relative (λg)²/3 of its power.
MAX_DENSITY_CHANGE = 0.1


def check_limits(config: Config) -> None:
    """Refuse combinations of keys for which simulation or theory do not hold.

    Parameters
    ----------
    config
        The configuration, whose sections are valid by themselves.

    Raises
    ------
    ValueError
        Names the key, the value and what is allowed.
    """
    # The order matters: later checks rely on earlier ones.
    for check in (
        check_magnetic_field,
        check_field_axis,
        check_sampling,
        check_rigidities,
        check_free_path,
        check_band,
        check_power,
        check_speed,
        check_expansion,
        check_density,
        check_random_field,
        check_evaluation,
        check_expected_time,
        check_particles,
    ):
        check(config)


def check_magnetic_field(config: Config) -> None:
    """Refuse a magnetic field and a charge that would be ignored."""
    transport, charge = config.transport, config.cosmic_rays.charge
    if transport.magnetic_field is not None and config.magnetic_field is None:
        raise ValueError(
            f"transport.magnetic_field = {transport.magnetic_field}: allowed only with transport.mode = "
            '"parallel", "drift-kinetic" or "helical", or with turbulence that knows the field (flow.anisotropy, '
            "flow.polarization)"
        )
    if charge != 1 and transport.mode != "helical":
        raise ValueError(
            f'cosmic_rays.charge = {charge}: allowed only with transport.mode = "helical", not "{transport.mode}"; '
            "nothing else depends on it"
        )
    if transport.mode in ("drift-kinetic", "helical") and config.flow.taylor_order is not None:
        raise ValueError(
            f"flow.taylor_order = {config.flow.taylor_order}: allowed only with transport.mode = "
            f'"isotropic" or "parallel", not "{transport.mode}"'
        )
    if config.axisymmetric_flow and config.flow.taylor_order is not None:
        raise ValueError(
            f"flow.taylor_order = {config.flow.taylor_order}: not with flow.anisotropy or flow.polarization"
        )


def check_field_axis(config: Config) -> None:
    """Refuse what the prediction of skies that know the magnetic field, of all m, cannot afford."""
    transport = config.transport
    if transport.zonal or config.magnetic_field is None:
        return
    if config.lmax > MAX_FIELD_LMAX:
        raise ValueError(
            f"sky.lmax = {config.lmax}: at most {MAX_FIELD_LMAX} where the sky has the magnetic field as an axis "
            '(transport.mode = "helical", or flow.anisotropy or flow.polarization with "isotropic")'
        )
    order = transport.erlang_order or 1
    if transport.mode == "helical" and order > MAX_HELICAL_ORDER:
        raise ValueError(
            f'transport.erlang_order = {order}: at most {MAX_HELICAL_ORDER} with transport.mode = "helical", '
            "whose prediction takes a time proportional to it"
        )


def check_free_path(config: Config) -> None:
    """Refuse energies at which the mean free path underflows or overflows."""
    if not 0 < config.mean_free_path < math.inf:
        raise ValueError(
            f"cosmic_rays.energy = {config.cosmic_rays.energy:g} TeV: gives a mean free path of "
            f"{config.mean_free_path:g} pc; must be positive and finite"
        )


def check_band(config: Config) -> None:
    """Refuse empty bands, and bands with k_max λ too small or too large."""
    names = component_names(config)
    parts = config.flow.components
    bands = [part.on_band(config.default_inner_scale(part)) for part in parts]
    ends = [
        inner_end(name, spectrum, part, config)
        for name, spectrum, part in zip(names, bands, parts, strict=True)
    ]
    for name, spectrum, end in zip(names, bands, ends, strict=True):
        if spectrum.k_max <= spectrum.k_min:
            outer = 2 * math.pi / spectrum.k_min
            raise ValueError(f"{end}: must be below {name}.outer_scale = {outer:.6g} pc")
    # The smallest scale of all components sets k_max.
    where = ends[int(np.argmax([spectrum.k_max for spectrum in bands]))]
    band = config.flow_spectrum.k_max * config.mean_free_path
    check_averaged_band(config, where, band)
    if config.turbulent and band < MIN_BAND:
        largest = 2 * math.pi * config.mean_free_path / MIN_BAND
        raise ValueError(
            f"{where}: at most {largest:.6g} pc for a mean free path of "
            f"{config.mean_free_path:.6g} pc (k_max λ >= {MIN_BAND:g}); "
            "larger eddies are a uniform gradient, flow.velocity_gradient"
        )
    law = config.transport.law
    if law.name not in BUILT_IN and band > MAX_USER_LAW_BAND:
        smallest = 2 * math.pi * config.mean_free_path / MAX_USER_LAW_BAND
        raise ValueError(
            f"{where}: at least {smallest:.6g} pc with transport.free_path = {law.name!r} "
            f"(k_max λ <= {MAX_USER_LAW_BAND:g})"
        )
    if isinstance(config.transport.collisions, SmallAngle) and band > MAX_SMALL_ANGLE_BAND:
        smallest = 2 * math.pi * config.mean_free_path / MAX_SMALL_ANGLE_BAND
        raise ValueError(
            f'{where}: at least {smallest:.6g} pc with transport.collisions = "small-angle" '
            f"(k_max λ <= {MAX_SMALL_ANGLE_BAND:g})"
        )
    # T_ℓ and t_ℓ of fixed paths oscillate with kλ, so that tables of them would grow with the band.
    tabulated = config.sampling == "expected" and isinstance(law, FixedPath)
    if (config.sampling == "pixel-centre" or tabulated) and band > MAX_BAND:
        smallest = 2 * math.pi * config.mean_free_path / MAX_BAND
        raise ValueError(
            f"{where}: at least {smallest:.6g} pc with "
            f'sky.sampling = "{config.sampling}" and fixed paths (k_max λ <= {MAX_BAND:g}); '
            'or use sky.sampling = "random"'
        )


def check_averaged_band(config: Config, where: str, band: float) -> None:
    """Refuse bands too wide for averages of a sky over rigidities, whose longest mean free path counts."""
    if config.rigidities is None or config.sampling != "expected":
        return
    shortest, longest = config.rigidities.path_range(config.cosmic_rays.path_exponent)
    if longest / shortest > MAX_SPREAD:
        raise ValueError(
            "cosmic_rays.energy_response: gives with composition and scattering_index mean free paths that differ by "
            f"a factor of {longest / shortest:.3g}; at most {MAX_SPREAD:g}; must be narrower"
        )
    most, law = math.inf, config.transport.law
    if isinstance(config.transport.collisions, SmallAngle):
        most = MAX_SMALL_ANGLE_BAND
    elif law.name not in BUILT_IN:
        most = MAX_USER_LAW_BAND
    elif isinstance(law, FixedPath):
        most = MAX_AVERAGED_BAND[config.transport.scatterings == 1]
    if band * longest > most:
        smallest = 2 * math.pi * config.mean_free_path * longest / most
        raise ValueError(
            f"{where}: at least {smallest:.6g} pc, as cosmic_rays.energy_response and composition give mean free paths "
            f"up to {longest:.4g} times that of the median energy (k_max λ <= {most:g} for all); or narrow these"
        )


def check_power(config: Config) -> None:
    """Refuse turbulence with almost no power in its band."""
    names = component_names(config)
    for name, part in zip(names, config.flow.components, strict=True):
        band = part.on_band(config.default_inner_scale(part))
        speed = math.sqrt(mean_square_velocity(band))
        if part.empty or not speed < SLOWEST:
            continue
        key = f"{name}.{part.source or 'velocity_dispersion'}"
        given = "" if part.table is not None else f" = {part.velocity_dispersion:g} km/s"
        raise ValueError(
            f"{key}{given}: leaves a flow of {speed:.3g} km/s (rms) in the band from "
            f"{2 * math.pi / band.k_max:.6g} to {2 * math.pi / band.k_min:.6g} pc; must be at least "
            f'{SLOWEST:g} km/s there, or leave out the turbulence with velocity_dispersion = "0 km/s"'
        )


def component_names(config: Config) -> list[str]:
    """Keys of the components of the flow."""
    return [f"flow.component.{index}" for index in range(len(config.flow.component))] or ["flow"]


def inner_end(name: str, spectrum: Spectrum, part: Component, config: Config) -> str:
    """Key and value that set the inner end of a component's band."""
    scale = f"{2 * math.pi / spectrum.k_max:.6g} pc"
    if part.inner_scale is not None:
        return f"{name}.inner_scale = {scale}"
    if part.table is not None:
        return f"{name}.{part.source}: its smallest scale, {scale}"
    band = spectrum.k_max * config.mean_free_path
    return f"{name}.inner_scale = {scale} (not given: the band ends at k_max λ = {band:.4g})"


def check_speed(config: Config) -> None:
    """Refuse flows that are not slow compared with the particles."""
    scatterings = config.transport.scattering_count
    if math.isinf(scatterings):
        check_compression(config)
        # How long a uniform gradient is felt.
        scatterings = max(1.0, 1 / config.transport.collisions.rates(2)[2])
    reach = config.mean_free_path * scatterings
    gradient = math.sqrt(sum(g * g for row in config.flow.velocity_gradient for g in row))
    mean = math.hypot(*config.flow.mean_velocity)
    speed = math.hypot(config.turbulent_speed, mean + gradient * reach)
    limit = MAX_FLOW_SPEED[config.sky.frame]
    fastest = limit * config.particle_speed
    if not speed <= fastest:
        raise ValueError(
            f"flow: the speeds given make a flow of {speed:.4g} km/s (rms over the "
            f"band); at most {fastest:.4g} km/s, {limit:.1%} of the particles' speed, in the "
            f"{config.sky.frame} frame"
        )


def check_compression(config: Config) -> None:
    """Refuse a uniform compression in the stationary limit, which heats without end."""
    if config.magnetic_field == "random":
        return
    gradient = np.array(config.flow.velocity_gradient)
    if config.transport.mode == "parallel":
        field = config.field_direction
        assert field is not None
        trace = float(field @ gradient @ field)
    else:
        trace = float(np.trace(gradient))
    if abs(trace) > ROUNDING * float(np.max(np.abs(gradient))):
        raise ValueError(
            f"flow.velocity_gradient: compresses at a rate of {-trace:.4g} km/s/pc, which has no stationary limit; "
            'must be free of divergence with transport.scatterings = "stationary" '
            '(along the field with transport.mode = "parallel")'
        )


def check_expansion(config: Config) -> None:
    """Refuse a Taylor expansion without turbulence, of random paths, or with too fast a flow."""
    order = config.flow.taylor_order
    if order is None:
        return
    if not config.deterministic:
        raise ValueError(
            f'flow.taylor_order = {order}: allowed only with transport.free_path = "fixed", '
            "transport.scatterings = 1, and without cosmic_rays.energy_response and composition"
        )
    if not config.turbulent:
        raise ValueError(f"flow.taylor_order = {order}: there is no turbulence to expand")
    if config.sky.frame == "fluid" and (order == 0 or (order == 1 and config.lmax == 1)):
        raise ValueError(
            f"flow.taylor_order = {order}: leaves nothing to see up to sky.lmax = {config.lmax} in the "
            "fluid frame; raise one of them"
        )
    speed = taylor_rms_speed(config.flow_spectrum, config.mean_free_path, order)
    fastest = MAX_FLOW_SPEED[config.sky.frame] * config.particle_speed
    if not speed <= fastest:
        band = config.flow_spectrum.k_max * config.mean_free_path
        raise ValueError(
            f"flow.taylor_order = {order}: the expansion reaches {speed:.4g} km/s one mean free path "
            f"away (rms over the band), where k_max λ = {band:.4g}; at most {fastest:.4g} km/s; lower "
            "the order or raise the inner scale"
        )


def check_density(config: Config) -> None:
    """Refuse density gradients that change much over one mean free path."""
    density = config.mean_free_path * math.hypot(*config.transport.density_gradient)
    flowing = (
        config.turbulent_speed > 0
        or any(config.flow.mean_velocity)
        or any(any(row) for row in config.flow.velocity_gradient)
    )
    if density >= 1 or (flowing and density > MAX_DENSITY_CHANGE):
        limit_words = f"at most {MAX_DENSITY_CHANGE:g} with a flow" if flowing else "below 1"
        raise ValueError(
            f"transport.density_gradient: changes by {density:.4g} over one mean free path; "
            f"must be {limit_words}"
        )


def check_random_field(config: Config) -> None:
    """Refuse a random magnetic field together with a mean velocity or gradients."""
    if config.magnetic_field != "random":
        return
    regular = {
        "flow.mean_velocity": config.flow.mean_velocity,
        "flow.velocity_gradient": [x for row in config.flow.velocity_gradient for x in row],
        "transport.density_gradient": config.transport.density_gradient,
    }
    for key, values in regular.items():
        if any(values):
            raise ValueError(f'{key}: must be zero with transport.magnetic_field = "random"')
