"""C_ℓ against energy for a power law and for injection by supernovae: Zhang & Liu (2024), Figs. 2 to 4.

The mean free path grows as λ ∝ E^(2−γ_g), and the sky shows eddies of size 2πλ/ℓ. For a power law C_ℓ ∝ λ^(γ−1), the
index (γ−1)(2−γ_g) for every ℓ: 2/9 for γ_g = 5/3, 1/3 for γ_g = 3/2. Turbulence that supernovae inject at 50 pc has no
larger eddies, so that C_ℓ turns over where λ(E) ~ ℓ/k_i: at higher energies for smaller scales. The last panel has weak
kiloparsec eddies beneath it. The paper only mentions such a component; its numbers (1 kpc, 8 km/s at 10 pc) are ours.
All energies see the same flows: band and modes of a flow do not depend on energy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eddysky.scenarios.captions import caption
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

if TYPE_CHECKING:
    from eddysky.validation.plots import EnergySeries

__all__ = ["SCENARIO"]

ENERGIES = (1, 3, 10, 30, 100, 300)
# The kiloparsec eddies show where λ(E) reaches them.
BEYOND = (1000, 3000, 10_000)
MULTIPOLES = (2, 3, 5, 10, 15)
INJECTED: dict[str, Any] = {
    "spectrum": "injection",
    "injection_scale": "50 pc",
    "outer_scale": "10 kpc",
    "inner_scale": "1 pc",
}
POWER_LAW: dict[str, Any] = {"flow.outer_scale": "10 kpc", "flow.inner_scale": "1 pc"}
KILOPARSEC = INJECTED | {"injection_scale": "1 kpc", "velocity_dispersion": "8 km/s"}
SPECTRA: dict[str, Mapping[str, Any]] = {
    "power-law": POWER_LAW,
    "power-law-3-2": POWER_LAW | {"cosmic_rays.scattering_index": 1.5},
    "supernova": {f"flow.{key}": value for key, value in INJECTED.items()},
    "kiloparsec": {"flow.component": [INJECTED, KILOPARSEC]},
}
TITLES = {
    "power-law": r"power law, $\gamma_g = 5/3$",
    "power-law-3-2": r"power law, $\gamma_g = 3/2$",
    "supernova": "injection at 50 pc",
    "kiloparsec": "and at 1 kpc (not in the paper)",
}
# Energies at which all of MULTIPOLES are far from both ends of the band.
SCALING = (3, 10, 30, 100)
# Points of a predicted curve.
STEPS = 25


def energies_of(spectrum: str) -> tuple[int, ...]:
    """Energies at which a spectrum is run [TeV]."""
    return ENERGIES + BEYOND if spectrum == "kiloparsec" else ENERGIES


def energies(outcomes: Mapping[str, Outcome]) -> dict[str, list[Outcome]]:
    """Outcomes by spectrum, in ascending energy."""
    return {
        spectrum: [outcomes[f"{spectrum}-{energy}TeV"] for energy in energies_of(spectrum)]
        for spectrum in SPECTRA
        if all(f"{spectrum}-{energy}TeV" in outcomes for energy in energies_of(spectrum))
    }


def energy_series(group: Sequence[Outcome], ell: Sequence[int]) -> EnergySeries:
    """Measured and predicted C_ℓ of some multipoles, from outcomes in ascending energy."""
    import numpy as np

    from eddysky.validation.plots import EnergySeries
    from eddysky.validation.theory.predict import predict

    config = group[0].result.config
    simulated = np.array([outcome.result.config.cosmic_rays.energy for outcome in group])
    smooth = np.geomspace(simulated[0], simulated[-1], STEPS)
    curves = [
        predict(config.replace({"cosmic_rays.energy": f"{float(energy)!r} TeV"})).c_ell[list(ell)]
        for energy in smooth
    ]
    rows = [np.isin(outcome.comparison.ell, ell) for outcome in group]
    pairs = [(o.comparison, row) for o, row in zip(group, rows, strict=True)]
    return EnergySeries(
        ell=tuple(ell),
        energies=simulated,
        measured=np.array([each.measured[row] for each, row in pairs]).T,
        error=np.array([each.error[row] for each, row in pairs]).T,
        curve_energies=smooth,
        curves=np.array(curves).T,
    )


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ of some multipoles against energy, one panel a spectrum; nothing for a single energy."""
    from eddysky.simulator.io.tables import write_table
    from eddysky.validation.comparison.energy import energy_index
    from eddysky.validation.comparison.tables import power_rows
    from eddysky.validation.plots import plot_energy

    found = energies(outcomes)
    if not found:
        return []
    series, rows, indices = {}, [], []
    for spectrum, group in found.items():
        reached = [ell for ell in MULTIPOLES if all(ell in o.comparison.ell for o in group)]
        for outcome in group:
            energy = outcome.result.config.cosmic_rays.energy
            rows += [(spectrum, energy, *row) for row in power_rows(outcome.comparison)]
        scaling = [o.result for o in group if o.result.config.cosmic_rays.energy in SCALING]
        index = energy_index(scaling, reached)
        indices += [
            (spectrum, *row)
            for row in zip(index.ell, index.measured, index.error, index.predicted, strict=True)
        ]
        series[TITLES[spectrum]] = energy_series(group, reached)
    names = ("spectrum", "energy_tev", "ell", "measured", "error", "predicted")
    title = "Anisotropy against energy: a power law and injection by supernovae"
    title = caption(SCENARIO, outcomes, title, "ZL24 Figs. 2–4")
    return [
        plot_energy(series, beside(stem, ".energy.png"), title),
        write_table(beside(stem, ".energy.csv"), names, rows),
        write_table(
            beside(stem, ".index.csv"),
            ("spectrum", "ell", "d_ln_c_d_ln_e", "error", "predicted"),
            indices,
        ),
    ]


SCENARIO = Scenario(
    name="zl24-energy",
    summary="C_l from 1 to 300 TeV: a power law and injection at 50 pc (ZL24 Figs. 2-4); with 1 kpc eddies",
    figure=figure,
    files=(".energy.png", ".energy.csv", ".index.csv"),
    settings={
        "flow.modes": 2048,
        "sky.nside": 16,
        "sky.lmax": 16,
        "ensemble.realizations": 60,
    },
    variants={
        f"{spectrum}-{energy}TeV": {**settings, "cosmic_rays.energy": f"{energy} TeV"}
        for spectrum, settings in SPECTRA.items()
        for energy in energies_of(spectrum)
    },
)

if __name__ == "__main__":
    run_as_script()
