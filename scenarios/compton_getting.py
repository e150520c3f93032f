"""A uniform flow and no turbulence: the Compton–Getting dipole.

An observer at rest sees C_1 = (4π/9)(D U/v)², with the excess where the flow comes from; an observer who moves with
the fluid sees nothing.
"""

from __future__ import annotations

from eddysky.scenarios.scenario import Scenario, run_as_script

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="compton-getting",
    summary="a uniform flow, no turbulence: a dipole for an observer at rest, nothing in the fluid's frame",
    settings={
        "flow.velocity_dispersion": "0 km/s",
        "flow.mean_velocity": ["20 km/s", "-15 km/s", "10 km/s"],
        "ensemble.realizations": 1,
    },
    variants={"observer": {"sky.frame": "observer"}, "fluid": {"sky.frame": "fluid"}},
)

if __name__ == "__main__":
    run_as_script()
