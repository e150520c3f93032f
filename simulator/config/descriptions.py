"""Descriptions of configurations and ensembles for figure titles, tables and messages."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from html import escape

from eddysky.simulator.config.collisions import Bgk
from eddysky.simulator.config.component import Component
from eddysky.simulator.config.configuration import Config, Flow

__all__ = [
    "ANISOTROPIES",
    "POLARIZATIONS",
    "as_html",
    "band_in_words",
    "config_in_words",
    "contents_in_words",
    "counted",
    "ranges",
    "short",
]

# Longer lists are summarised.
MOST_COMPONENTS = 3
MOST_ENTRIES = 3
POLARIZATIONS = {"alfven": "Alfvén waves", "slow": "slow waves", "fast": "fast waves"}
ANISOTROPIES = {
    "slab": "slab",
    "two-dimensional": "two-dimensional",
    "goldreich-sridhar": "Goldreich–Sridhar",
}
# How a transport goes with its field.
ABOUT_FIELD = {
    "isotropic": "isotropic transport through",
    "parallel": "parallel to",
    "drift-kinetic": "drift-kinetic about",
    "helical": "helical about",
}
# A space at which no line is broken.
NO_BREAK = "\N{NO-BREAK SPACE}"


def config_in_words(config: Config, realization: int | None = None) -> str:
    """One line that says what is simulated, for titles: formulas are between dollars.

    Parameters
    ----------
    config
        The configuration.
    realization
        Index of the realisation shown, if any; a random magnetic field is then given by its direction.

    Returns
    -------
    str
        The title, comma-separated.
    """
    flow, transport = config.flow, config.transport
    words = []
    if config.turbulent or flow.field is not None:
        if realization is not None:
            words.append(f"realisation {realization}")
            config = config.for_realization(realization)
        words += describe_turbulence(flow)
        if flow.taylor_order is not None:
            words.append(f"expanded to order {flow.taylor_order}")
    elif config.momentum_index == 0:
        words.append(f"spectral index {config.cosmic_rays.spectral_index:g}, which hides all flows")
    else:
        words.append("no turbulence")
    words += describe_regular(config)
    words.append(f"{config.cosmic_rays.energy:g} TeV")
    mixed = (config.cosmic_rays.energy_response, config.cosmic_rays.composition)
    words += [part.words for part in mixed if part is not None]
    words += describe_field(config)
    path = transport.law.words if transport.collisions == Bgk() else transport.collisions.words
    words.append(rf"$\lambda$ = {config.mean_free_path:.3g} pc ({path})")
    if transport.scatterings == "stationary":
        words.append("stationary")
    elif transport.scatterings > 1:
        words.append(f"{transport.scatterings} scatterings")
    words.append(f"{config.sky.frame} frame")
    return ", ".join(words)


def describe_turbulence(flow: Flow) -> list[str]:
    """Describe the turbulence; more than three components are only counted."""
    if flow.field is not None:
        return [f"velocity field {flow.field.name}".replace("$", r"\$")]
    if len(flow.component) > MOST_COMPONENTS:
        kinds = Counter(part.spectrum for part in flow.component)
        numbers = " + ".join(f"{number} {kind}" for kind, number in kinds.items())
        return [f"{len(flow.component)} spectra ({numbers})"]
    if len(flow.component) > 1:
        return [" + ".join(f"[{describe_component(part)}]" for part in flow.component)]
    return [describe_component(flow.components[0])]


def describe_component(part: Component) -> str:
    """Describe spectrum, velocity dispersion and transverse fraction of one component."""
    words = []
    if part.table is not None:
        known = part.spectrum == "table"
        words.append("tabulated spectrum" if known else f"spectrum {part.spectrum}")
    else:
        if part.injection_scale is not None:
            words.append(f"injection at {part.injection_scale:g} pc")
        words.append(rf"$\gamma$ = {part.index:.3g}")
        words.append(rf"$\sigma$({part.reference_scale:g} pc) = {part.velocity_dispersion:g} km/s")
    beta = part.fraction
    if part.polarization == "isotropic":
        words.append(r"$\beta(k)$ of a table" if callable(beta) else rf"$\beta$ = {beta:.3g}")
    else:
        words.append(POLARIZATIONS[part.polarization])
    if part.anisotropy != "isotropic":
        words.append(ANISOTROPIES[part.anisotropy])
    return ", ".join(words)


def describe_regular(config: Config) -> list[str]:
    """Describe mean velocity, velocity gradient and density gradient where they are not zero.

    A velocity gradient ∂u_i/∂x_j with more than three nonzero entries is given by its norm √(Σ (∂u_i/∂x_j)²).
    """
    flow, density = config.flow, config.transport.density_gradient
    words = []
    if any(flow.mean_velocity):
        words.append(f"mean velocity {vector(flow.mean_velocity)} km/s")
    entries = [
        (rf"$\partial u_{i}/\partial {j}$", value)
        for i, row in zip("xyz", flow.velocity_gradient, strict=True)
        for j, value in zip("xyz", row, strict=True)
        if value
    ]
    if len(entries) > MOST_ENTRIES:
        norm = math.hypot(*(value for _, value in entries))
        words.append(rf"velocity gradient of norm {short(norm)} km/s/pc")
    elif entries:
        values = ", ".join(f"{name} = {short(value)}" for name, value in entries)
        words.append(f"velocity gradient {values} km/s/pc")
    if any(density):
        words.append(rf"density gradient {vector(density)} pc$^{{-1}}$")
    return words


def describe_field(config: Config) -> list[str]:
    """Describe the magnetic field; empty where nothing depends on it."""
    field = config.magnetic_field
    if field is None:
        return []
    words = (
        [] if config.transport.mode != "helical" else [rf"$r_L$ = {short(config.larmor_radius)} pc"]
    )
    about = ABOUT_FIELD[config.transport.mode]
    if field == "random":
        return [f"{about} random fields", *words]
    place = f"RA {field[0]:.4g}°, Dec {short(field[1])}°"
    return [f"{about} the field at {place.replace(' ', NO_BREAK)}", *words]


def vector(values: Sequence[float]) -> str:
    """Format three components with a common power of ten and without line breaks."""
    largest = max(map(abs, values))
    exponent = math.floor(math.log10(largest))
    if -2 <= exponent <= 3:
        exponent = 0
    numbers = f",{NO_BREAK}".join(short(value / 10.0**exponent) for value in values)
    return f"({numbers})" + (rf"$\times 10^{{{exponent}}}$" if exponent else "")


def short(value: float) -> str:
    """Format with three digits and a typographic minus sign."""
    text = f"{value:.3g}"
    mantissa, has_exponent, exponent = text.replace("-", "−").partition("e")
    if has_exponent:
        return rf"{mantissa}$\times 10^{{{int(exponent.replace('−', '-'))}}}$"
    return mantissa


def counted(realizations: int) -> str:
    """Size of an ensemble, such as "1 realisation" or "100 realisations"."""
    return f"{realizations} realisation" + ("" if realizations == 1 else "s")


def contents_in_words(realizations: int, maps: int, alms: int) -> str:
    """What a results file holds, such as "12 realisations, 8 maps, a_lm of 0"."""
    return f"{counted(realizations)}, {maps} map{'' if maps == 1 else 's'}, a_lm of {alms}"


def as_html(text: str) -> str:
    """Several lines for a notebook, the first of them bold."""
    first, *others = map(escape, text.split("\n  "))
    return "<br>".join([f"<b>{first}</b>", *others])


def ranges(numbers: Sequence[int], most: int | None = None) -> str:
    """Format ascending integers as ranges, such as "1-4, 7"; only the first `most` ranges of many."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    words = [f"{first}-{last}" if last > first else f"{first}" for first, last in runs[:most]]
    return ", ".join([*words, "..."] if len(words) < len(runs) else words)


def band_in_words(config: Config) -> str:
    """Band of the turbulence in k λ, and its default end if no inner scale is given."""
    spectrum, path = config.flow_spectrum, config.mean_free_path
    band = spectrum.k_max * path
    words = f"band: k λ = {spectrum.k_min * path:.3g} to {band:.4g}"
    if any(part.band_is_open for part in config.flow.components):
        words += f"; no flow.inner_scale given: band ends at k_max λ = {band:.4g} ({band / config.lmax:.3g} lmax)"
    return words
