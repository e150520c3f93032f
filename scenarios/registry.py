"""All scenarios by name, the default first."""

from __future__ import annotations

from eddysky.scenarios import (
    compton_getting,
    diffuse_dipole,
    free_path_law,
    isotropic_diffusion,
    relaxation_depth,
    shear_flow,
    taylor_expansion,
    zl24_energy,
    zl24_fig1,
    zl25_fig1,
    zl25_fig3_sky,
    zl25_fig3_spectra,
)
from eddysky.scenarios.scenario import Scenario

__all__ = ["SCENARIOS"]

SCENARIOS: dict[str, Scenario] = {
    module.SCENARIO.name: module.SCENARIO
    for module in (
        isotropic_diffusion,
        free_path_law,
        relaxation_depth,
        zl24_fig1,
        zl24_energy,
        zl25_fig1,
        zl25_fig3_spectra,
        zl25_fig3_sky,
        diffuse_dipole,
        compton_getting,
        shear_flow,
        taylor_expansion,
    )
}
