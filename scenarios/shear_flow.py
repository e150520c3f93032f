"""A uniform velocity gradient and no turbulence: a pure quadrupole, C_2 = (8π/75)(Dλ/v)² S:S.

S is the symmetric traceless part of the gradient; a rotation leaves no trace on the sky.
"""

from __future__ import annotations

from eddysky.scenarios.scenario import Scenario, run_as_script

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="shear-flow",
    summary="a uniform velocity gradient, no turbulence: a pure quadrupole",
    settings={
        "flow.velocity_dispersion": "0 km/s",
        "flow.velocity_gradient": [
            ["0 km/s/pc", "1 km/s/pc", "0 km/s/pc"],
            ["0 km/s/pc", "0 km/s/pc", "0.5 km/s/pc"],
            ["0 km/s/pc", "0 km/s/pc", "0 km/s/pc"],
        ],
        "ensemble.realizations": 1,
    },
)

if __name__ == "__main__":
    run_as_script()
