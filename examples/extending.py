"""Five additions from outside eddysky in one scenario; run it with `eddysky run examples/extending.py`.

A spectrum, a free-path law, velocity cubes, a column of the results file, and the scenario that uses them all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eddysky.scenarios import Scenario
from eddysky.simulator import Column, FreePathLaw
from eddysky.simulator.flow import GriddedFlow, draw_modes, sample_grid


class BrokenPowerLaw:
    """w(k) in km² s⁻² pc: driven at k = 0.3/pc, Kolmogorov turbulence above."""

    name = "broken power law"
    k_min, k_max = 0.05, 2.0
    breakpoints = (0.3,)

    def __call__(self, k):
        ratio = k / 0.3
        return 100.0 * np.where(ratio < 1, ratio**2, ratio ** (-5 / 3))


@dataclass(frozen=True)
class UniformPath(FreePathLaw):
    """Free paths spread evenly over 1 ± width/2 mean free paths."""

    width: float = 1.0
    name = "uniform"

    def quantile(self, probability):
        return 1 + self.width * (np.asarray(probability) - 0.5)

    def characteristic(self, q):
        q = np.asarray(q)
        return np.exp(1j * q) * np.sinc(self.width * q / (2 * np.pi))


def velocity_cube(index):
    """A cube of 40 pc for each realisation. Here its velocities are made of waves; yours may come from an MHD code."""
    waves = draw_modes(BrokenPowerLaw(), 2 / 3, 256, "gaussian", seed=1, realization=index)
    velocities = sample_grid(waves, [64, 64, 64], "0.6 pc")
    return GriddedFlow.from_array(velocities, "0.6 pc", k_max=2.0)


def speed_of_flow(config, flow, realization):
    """Speed of the flow at the observer."""
    return np.linalg.norm(flow.velocity(np.zeros((1, 3))))


SCENARIO = Scenario(
    name="extending",
    summary="a spectrum, a free-path law, velocity cubes and a column from outside",
    settings={
        "flow.spectrum": BrokenPowerLaw(),
        "transport.free_path": UniformPath(),
        "sky.nside": 16,
        "sky.sampling": "stratified",
        "sky.particles": 20_000,
        "ensemble.realizations": 40,
    },
    flow=velocity_cube,
    columns=[Column("speed", "speed of the flow at the observer", "km/s", measure=speed_of_flow)],
)
