"""What was simulated, in words and formulas."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from eddysky.simulator.config.collisions import Bgk
from eddysky.simulator.config.descriptions import band_in_words, config_in_words, counted, short
from eddysky.simulator.plots.observation import survey_in_words
from eddysky.validation.report.mathml import formula, prose, with_formulas

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.observation.observation import Observation

__all__ = ["described_model", "described_survey", "described_values"]

ZL24 = "Zhang & Liu 2024, ApJ 964 L1"
ZL25 = "Zhang & Liu 2025, arXiv:2506.05923"
# Relative intensity after one free path s in the frame of the fluid, by transport mode: formula, words, source.
INTENSITY = {
    "isotropic": (
        r"\frac{\delta f}{f}(\vec{n}) = \frac{D}{v} \langle \vec{n} \cdot [\vec{u}(s\vec{n}) - \vec{u}(0)] \rangle",
        "A particle that arrives from direction n was last scattered a free path s away. Scattering makes particles "
        "isotropic in the rest frame of the gas there; what differs between the flow there and here is the anisotropy. "
        "Angle brackets are means over the free path.",
        f"{ZL24}, Eq. 2",
    ),
    "parallel": (
        r"\frac{\delta f}{f}(\mu) = \frac{D}{v} \langle \mu \vec{b} \cdot"
        r" [\vec{u}(s\mu\vec{b}) - \vec{u}(0)] \rangle",
        "Particles move along the magnetic field b alone and feel the flow along it; μ here is n·b. Angle brackets are "
        "means over the free path s.",
        f"after {ZL25}, Eq. 1",
    ),
    "drift-kinetic": (
        r"\frac{\delta f}{f}(\mu) = \frac{D}{v} \int_0^\infty P(s) [\mu^2 \partial_\parallel u_\parallel"
        r" + \frac{1}{2}(1-\mu^2) \nabla_\bot \cdot \vec{u}_\bot](s\mu\vec{b}) \, ds",
        "Guiding centres move along the magnetic field b; compression along and across it heats the particles. P(s) is "
        "the probability of a free path longer than s; μ here is n·b.",
        "the limit of helical transport for a small Larmor radius",
    ),
    "helical": (
        r"\frac{\delta f}{f}(\vec{n}) = \frac{D}{v} \int_0^\infty P(s) N_i N_j \partial_j u_i(\vec{x}(s)) \, ds",
        "Particles gyrate about the magnetic field b; N(s) and x(s) are direction and place on the helix, followed "
        "back. P(s) is the probability of a free path longer than s.",
        "first order in u/v",
    ),
}  # fmt: skip
POWER = r"C_\ell = \frac{1}{2\ell + 1} \sum_m |a_{\ell m}|^2"
# Of particles: a_ℓm of two independent halves.
CROSS_POWER = r"C_\ell = \frac{1}{2\ell + 1} \sum_m \mathrm{Re} \, a_{\ell m} \tilde{a}_{\ell m}^*"
MEAN = r"\langle C_\ell \rangle = 4\pi \frac{D^2}{v^2} \int w(k) \, R_\ell(k) \, dk"
# Power R_ℓ that waves of unit variance give, of one scattering, by transport mode.
RESPONSE = {
    "isotropic": (
        r"R_\ell = (1-\beta) \langle j_\ell'(ks) \rangle^2"
        r" + \frac{\beta}{2} \ell(\ell+1) \langle \frac{j_\ell(ks)}{ks} \rangle^2"
    ),
    "parallel": (
        r"R_\ell = \int_0^1 [\frac{\beta}{2} + (1 - \frac{3\beta}{2}) y^2]"
        r" \langle j_\ell'(ksy) \rangle^2 \, dy"
    ),
}
SAMPLING = {
    "pixel-centre": "One particle is followed back from each direction.",
    "expected": "Each direction shows the average over all paths that lead to it, to first order in u/v.",
    "random": "The {:,} particles of a sky are drawn at random: maps have their shot noise, the mean C_ℓ has not.",
    "stratified": "The {:,} particles of a sky are spread evenly over directions and free paths.",
    "orbits": "The {:,} particles of a sky are followed along their orbits step by step; maps have their shot noise.",
}  # fmt: skip


def described_model(config: Config, realizations: int) -> str:
    """HTML that says what the skies of a configuration are.

    Parameters
    ----------
    config
        The configuration.
    realizations
        Number of skies.
    """
    mode = config.transport.mode
    intensity, words, source = INTENSITY[mode]
    number = config.transport.scatterings
    first = (
        f"{counted(realizations)} of the sky of cosmic rays that moving gas scatters: "
        "their relative intensity δf/f in each direction. "
    )
    parts = [
        f"<p>{escape(first)}<strong>{with_formulas(config_in_words(config))}.</strong></p>",
        f"<p>{escape(words)}</p>",
        formula(intensity, block=True),
        f'<p class="source">{escape(source)}, for one scattering, in the frame of the fluid at the observer.</p>',
    ]
    further = []
    if config.transport.collisions != Bgk():
        further.append(
            f"Here directions change by {config.transport.collisions.words} instead, all the time."
        )
    elif number != 1:
        times = "in the stationary limit" if number == "stationary" else f"{number} times"
        further.append(f"Here particles are scattered {times}, which adds to it.")
    if config.sky.frame == "observer":
        dipole = "μ b·u(0)" if mode in ("parallel", "drift-kinetic") else "n·u(0)"
        further.append(f"In the observer’s frame (D/v) {dipole} is added.")
    if any(config.transport.density_gradient):
        further.append("A density gradient g adds the mean of g·x, x being the end of a free path.")
    if config.cosmic_rays.energy_response or config.cosmic_rays.composition:
        further.append("A sky is the mean over all rigidities, whose mean free paths differ.")
    further.append(SAMPLING[config.sampling].format(config.particles))
    parts.append(f"<p>{prose(' '.join(further))}</p>")
    parts.append("<p>The angular power spectrum of one sky is</p>")
    if config.particles_drawn:
        parts.append(formula(CROSS_POWER, block=True))
        halves = r"with $a_{\ell m}$ and $\tilde{a}_{\ell m}$ of two independent halves of the particles."
        parts.append(f"<p>{with_formulas(halves)}</p>")
    else:
        parts.append(formula(POWER, block=True))
    if mode in RESPONSE and is_plain(config):
        parts.append(
            "<p>and its prediction, the mean over all turbulent flows of spectrum w(k),</p>"
        )
        parts += [formula(MEAN, block=True), formula(RESPONSE[mode], block=True)]
        subtracted = (
            " At ℓ = 1, 1/3 is subtracted from each mean, for the flow at the observer."
            * (config.sky.frame == "fluid")
        )
        parts.append(f"<p>β is the transverse fraction of the power.{subtracted}</p>")
    return "\n".join(parts)


def described_values(config: Config) -> str:
    """HTML list of the symbols in the formulas of a configuration and their values."""
    values = {
        r"D = -(\alpha + 2)": f"{short(config.momentum_index)}, "
        f"from the spectral index α = {config.cosmic_rays.spectral_index:g}",
        r"v": f"{short(config.particle_speed)} km/s, speed of the particles",
        r"\lambda": f"{short(config.mean_free_path)} pc, mean free path",
    }
    if config.turbulent:
        values[r"k"] = band_in_words(config).removeprefix("band: ")
    if config.turbulent and config.flow.field is None:
        values[r"M"] = f"{config.flow.modes} plane waves make the flow of each realisation"
    rows = "".join(
        f"<div><dt>{formula(name)}</dt><dd>{with_formulas(words)}</dd></div>"
        for name, words in values.items()
    )
    return f'<dl class="values">{rows}</dl>'


def is_plain(config: Config) -> bool:
    """Whether the prediction is that of the papers: one scattering of one energy, one isotropic power law or table."""
    rays, flow = config.cosmic_rays, config.flow
    part = flow.components[0]
    return (
        config.transport.scatterings == 1
        and config.turbulent
        and rays.energy_response is None
        and rays.composition is None
        and flow.taylor_order is None
        and len(flow.components) == 1
        and part.polarization == part.anisotropy == "isotropic"
    )


def described_survey(observation: Observation) -> str:
    """HTML that says how skies were observed."""
    survey = observation.survey
    seen = f"{observation.sky_fraction:.1%} of the sky is seen: "
    zonal = "kept" if survey.keep_zonal else "removed, as no array on the ground can measure them"
    words = (
        "Counts are Poisson numbers about exposure × (1 + sky). The relative intensity is the counts over the mean "
        f"of {'the field of view' if survey.keep_zonal else 'their ring of equal declination'}; multipoles of m = 0 "
        f"in equatorial axes are {zonal}. The weight of pixels falls to 0 over {survey.apodise:g}° at the edge of "
        "the field of view. Coupled spectra are compared with"
    )
    return "\n".join([
        f"<p>{escape(seen)}<strong>{with_formulas(survey_in_words(survey))}.</strong> {escape(words)}</p>",
        formula(r"\langle \tilde{C}_\ell \rangle = \sum_{\ell'} M_{\ell\ell'} \langle C_{\ell'} \rangle", block=True),
        "<p>M is the mode-coupling matrix of the field of view; the noise bias of the counts is subtracted.</p>",
    ])  # fmt: skip
