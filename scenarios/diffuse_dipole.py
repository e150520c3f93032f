"""A density gradient and no turbulence: the dipole of diffusion, C_1 = (4π/9)(λ|g|)², and nothing else."""

from __future__ import annotations

from eddysky.scenarios.scenario import Scenario, run_as_script

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="diffuse-dipole",
    summary="a density gradient, no turbulence: a pure dipole",
    settings={
        "flow.velocity_dispersion": "0 km/s",
        "transport.density_gradient": ["0.00005 1/pc", "-0.00003 1/pc", "0.00002 1/pc"],
        "ensemble.realizations": 1,
    },
)

if __name__ == "__main__":
    run_as_script()
