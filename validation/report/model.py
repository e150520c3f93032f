"""What was simulated, in words and formulas."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from eddysky.simulator.config.descriptions import band_in_words, config_in_words, counted, short
from eddysky.simulator.plots.observation import survey_in_words
from eddysky.validation.report.mathml import formula, with_formulas

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.observation.observation import Observation

__all__ = ["described_model", "described_survey"]

ZL24 = "Zhang & Liu 2024, ApJ 964 L1"
ZL25 = "Zhang & Liu 2025, arXiv:2506.05923"
# Relative intensity after one free path s in the frame of the fluid, by transport mode: formula, words, source.
INTENSITY = {
    "isotropic": (
        r"\frac{\delta f}{f}(\vec{n}) = \frac{D}{v} \langle \vec{n} \cdot [\vec{u}(s\vec{n}) - \vec{u}(0)] \rangle",
        "A particle that arrives from the direction n was scattered last a free path s away, where it was at rest in the "
        "gas on average. The flow there, seen from the flow here, makes the anisotropy.",
        f"{ZL24}, Eq. 2",
    ),
    "parallel": (
        r"\frac{\delta f}{f}(\mu) = \frac{D}{v} \langle \mu \vec{b} \cdot [\vec{u}(s\mu\vec{b}) - \vec{u}(0)] \rangle",
        "Particles move along the magnetic field b alone and feel the flow along it; μ here is n·b.",
        f"{ZL25}, Eq. 1",
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
        "Particles gyrate about the magnetic field b; N(s) and x(s) are direction and place on the helix, followed back. "
        "P(s) is the probability of a free path longer than s.",
        "first order in u/v",
    ),
}  # fmt: skip
POWER = r"C_\ell = \frac{1}{2\ell + 1} \sum_m |a_{\ell m}|^2"
# Predicted C_ℓ of one scattering.
PREDICTION = {
    "isotropic": (
        r"\langle C_\ell \rangle = (\frac{D}{v})^2 4\pi \int w(k) [(1-\beta) T_\ell^2"
        r" + \frac{\beta}{2} \ell(\ell+1) \langle \frac{j_\ell(ks)}{ks} \rangle^2] \, dk"
    ),
    "parallel": (
        r"\langle C_\ell \rangle = (\frac{D}{v})^2 4\pi \int w(k) \, dk \int_0^1 [\frac{\beta}{2}"
        r" + (1 - \frac{3\beta}{2}) y^2] T_\ell^2 \, dy"
    ),
}  # fmt: skip
SAMPLING = {
    "pixel-centre": "One particle is followed back from each direction.",
    "expected": "Each direction shows the average over all paths that lead to it, to first order in u/v.",
    "random": "The {} particles of a sky are drawn at random: their shot noise is in the maps, and not in the mean C_ℓ.",
    "stratified": "The {} particles of a sky are spread evenly over directions and free paths; maps have their noise.",
    "orbits": "The {} particles of a sky are followed along their orbits step by step; maps have their shot noise.",
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
        f"{counted(realizations)} of the sky of cosmic rays that turbulent, moving gas scatters: "
        "their relative intensity δf/f in each direction. "
    )
    parts = [
        f"<p>{escape(first)}<strong>{with_formulas(config_in_words(config))}.</strong></p>",
        f"<p>{escape(words)}</p>",
        formula(intensity, block=True),
        f'<p class="source">{escape(source)}, for one scattering, in the frame of the fluid at the observer.</p>',
    ]
    further = []
    if number != 1:
        times = "in the stationary limit" if number == "stationary" else f"{number} times"
        further.append(f"Here particles are scattered {times}, which adds to it.")
    if config.sky.frame == "observer":
        further.append("In the observer’s frame the dipole of u(0) is not subtracted.")
    further.append(SAMPLING[config.sampling].format(config.particles))
    parts.append(f"<p>{escape(' '.join(further))}</p>")
    parts.append(f"<p>{escape('The angular power spectrum of one sky is')}</p>")
    parts.append(formula(POWER, block=True))
    if mode in PREDICTION and number == 1 and config.turbulent and not config.flow.component:
        parts.append("<p>and its prediction, in the mean over all turbulent flows,</p>")
        parts.append(formula(PREDICTION[mode], block=True))
        parts.append(
            "<p>with the spectrum w(k) and the transverse fraction β of the flow, and T<sub>ℓ</sub> the response to a "
            "longitudinal wave.</p>"
        )
    values = {
        r"D = \partial \mathrm{ln} f/\partial \mathrm{ln} p": f"{short(config.momentum_index)}",
        r"v": f"{short(config.particle_speed)} km/s, speed of the particles",
        r"\lambda": f"{short(config.mean_free_path)} pc, mean free path",
    }
    if config.turbulent:
        values[r"k"] = band_in_words(config)
        values[r"M"] = f"{config.flow.modes} plane waves make the flow of each realisation"
    rows = "".join(
        f"<div><dt>{formula(name)}</dt><dd>{with_formulas(words)}</dd></div>"
        for name, words in values.items()
    )
    return "\n".join([*parts, f'<dl class="values">{rows}</dl>'])


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
        f"<p>{escape(seen)}<strong>{with_formulas(survey_in_words(observation))}.</strong> {escape(words)}</p>",
        formula(r"\langle \tilde{C}_\ell \rangle = \sum_{\ell'} M_{\ell\ell'} \langle C_{\ell'} \rangle", block=True),
        "<p>where M is the mode-coupling matrix of the field of view, and the noise bias of the counts is subtracted.</p>",
    ])  # fmt: skip
