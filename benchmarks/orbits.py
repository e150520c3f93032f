"""Orbits: steps and evaluations of modes a second on one core, beside the bare sum of the same modes."""

from __future__ import annotations

from typing import Any

import numpy as np
from timing import interleaved

from eddysky.simulator import Config
from eddysky.simulator.config.orbit_steps import longest_step
from eddysky.simulator.flow.modes import draw_modes
from eddysky.simulator.transport.free_paths import random_paths
from eddysky.simulator.transport.orbits import Orbits

PARTICLES = 1 << 13
MODES = (16, 256, 4096)
SETTINGS: dict[str, Any] = {
    "transport.mode": "helical",
    # r_L = 3.6 pc, k_max λ = 30, h = 0.14 pc.
    "transport.magnetic_field_strength": "0.003 uG",
    "flow.inner_scale": "2 pc",
    "sky.sampling": "orbits",
}


def measure() -> list[dict[str, Any]]:
    """Nanoseconds a step, with these numbers of modes."""
    rows = []
    for count in MODES:
        config = Config().replace(SETTINGS | {"flow.modes": count})
        flow = draw_modes(config.flow_spectrum, config.transverse_fraction, count, "gaussian", 1, 0)
        normal = np.random.default_rng(1).standard_normal((PARTICLES, 3))
        directions = normal / np.linalg.norm(normal, axis=1, keepdims=True)
        paths = random_paths(config, PARTICLES, (1, 0, 0), 0)
        longest = longest_step(config, flow.k_max)
        steps = float(np.sum(np.ceil(paths / longest)))

        def orbits(config=config, flow=flow, directions=directions, paths=paths, longest=longest):
            Orbits.at_observer(config, flow, directions).fly(flow, paths, longest)

        def bare(flow=flow, points=10 * directions):
            flow.velocity(points)

        times = interleaved({"orbits": orbits, "bare": bare}, rounds=5)
        each = times["orbits"].median / steps * 1e9
        alone = times["bare"].median / PARTICLES * 1e9
        rows.append(
            {
                "modes": count,
                "ns_a_step": each,
                "million_steps_a_second": 1e3 / each,
                "billion_modes_a_second": count / each,
                "over_bare_mode_sum": each / alone,
            }
        )
    return rows
