"""How particles are scattered decides the sky: large angles in one step, by BGK relaxation, or many small angles.

A collision operator relaxes the multipoles of the distribution function at rates ν_ℓ: BGK all of them equally,
small-angle scattering (diffusion of directions on the sphere) at ℓ(ℓ+1)/2. Of the same turbulence, the stationary
solutions fall as ℓ^(−γ−2) and ℓ^(−3γ−4), and one step of a mean free path, which Zhang & Liu (2024) take, as ℓ^(−γ−1).
Their law so needs large-angle scattering: small deflections blur the sky to a quadrupole and little else.

In both stationary limits the solenoidal part of the flow alone is seen. The density adjusts to the potential part,
whatever the rates.

Each operator has its own default band of wavenumbers: one wave reaches multipoles up to kλ where ν_ℓ = 1, and up to
(6kλ)^(1/3) with small angles, so that k_max λ must be about 1.1 lmax³ there.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from eddysky.scenarios.captions import caption, same_law
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

if TYPE_CHECKING:
    from eddysky.simulator.config import Transport

__all__ = ["SCENARIO"]

RATES = {
    "bgk": r"BGK, $\nu_\ell$ = 1",
    "small-angle": r"small angles, $\nu_\ell = \ell(\ell+1)/2$",
}
# What the index of the spectrum is multiplied with, and what is added, in the slope of C_ℓ.
SLOPES = {"one-step": (-1, -1), "bgk": (-1, -2), "small-angle": (-3, -4)}
# Published noise levels near 10 TeV.
NOISE = {"noise of HAWC, 10 TeV": 2.9e-10, "noise of IceCube, 10 TeV": 1.9e-10}
# From the quadrupole to ℓ = 64 the spectrum of small-angle scattering falls by thirteen orders of magnitude.
REACH = 1e-15


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ of the operators side by side."""
    from eddysky.validation.plots import plot_powers

    comparisons, slopes = {}, {}
    for name, outcome in outcomes.items():
        config = outcome.result.config
        label = scattering(config.transport)
        comparisons[label] = outcome.comparison
        if same_law(SCENARIO, name, outcome):
            factor, less = SLOPES[name]
            words = rf"{'-' if factor == -1 else factor}\gamma{less}"
            slope = factor * config.flow.index + less
            slopes[label] = (slope, rf"$\propto\ell^{{\,{words}}} = \ell^{{\,{slope:.2f}}}$")
    title = "Scattering by large angles in one step or in many, and by small angles"
    title = caption(SCENARIO, outcomes, title)
    return [plot_powers(comparisons, beside(stem, ".power.png"), title, slopes, NOISE, REACH)]


def scattering(transport: Transport) -> str:
    """How particles are scattered, in words."""
    from eddysky.simulator.config.collisions import operator_name

    if transport.deterministic:
        return "one step of a mean free path"
    words = transport.law.words
    if transport.free_path == "exponential":
        collisions = transport.collisions
        words = RATES.get(operator_name(collisions), collisions.words)
    count = transport.scatterings
    return f"{words}, {count if count == 'stationary' else f'scatterings: {count}'}"


SCENARIO = Scenario(
    name="collision-operator",
    summary="one step, BGK and small-angle scattering: slopes -gamma-1, -gamma-2 and -3 gamma-4",
    figure=figure,
    files=(".power.png",),
    variants={
        "one-step": {"transport.free_path": "fixed"},
        "bgk": {"transport.free_path": "exponential", "transport.scatterings": "stationary"},
        "small-angle": {"transport.collisions": "small-angle"},
    },
)

if __name__ == "__main__":
    run_as_script()
