"""Particles: what each stage costs, and how much less noise stratified ones make for the same time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from eddysky.kernels.stratification import sample_stratified_arrivals
from eddysky.kernels.tracking import draw_paths, sample_arrivals
from eddysky.simulator import Config
from eddysky.simulator.run.realization import PARTICLE_BLOCK, Setup, observe
from eddysky.simulator.sky.harmonics import particle_alm
from eddysky.simulator.sky.pixels import PixelSums
from eddysky.simulator.transport.backtracking import backtrack

BLOCK = PARTICLE_BLOCK
SETS = 24
LAWS: dict[str, dict[str, Any]] = {
    "fixed": {},
    "exponential": {"transport.free_path": "exponential"},
    "exponential, 3 scatterings": {
        "transport.free_path": "exponential",
        "transport.scatterings": 3,
    },
}


def stages() -> list[dict[str, Any]]:
    """Nanoseconds a particle of each stage: one exponential path, one scattering, 1024 modes."""
    config = Config().replace({"transport.free_path": "exponential", "flow.modes": 1024})
    setup = Setup.from_config(config)
    model, flow = setup.model, setup.flow(0)
    stream = (1, 0, 0)
    arrivals, intensity = backtrack(model, flow, 0, 0, BLOCK)
    points = config.mean_free_path * arrivals.directions
    paths, directions, pixels = np.empty(BLOCK), np.empty((BLOCK, 3)), PixelSums.empty(64)
    angles = np.empty((BLOCK, 2))
    calls: dict[str, Callable[[], object]] = {
        "mode sum": lambda: flow.velocity(points),
        "arrivals": lambda: sample_arrivals(directions, angles, *stream),
        "stratified arrivals": lambda: sample_stratified_arrivals(
            directions, angles, paths, 10**7, 0.5, *stream
        ),
        "free paths": lambda: draw_paths(paths, 10.0, 1, *stream, 0),
        "all of the back-tracking": lambda: backtrack(model, flow, 0, 0, BLOCK),
        "accumulation: a_lm to lmax 96": lambda: [
            particle_alm(intensity[half::2], arrivals.angles[half::2], 96) for half in (0, 1)
        ],
        "accumulation: map, where one is kept": lambda: pixels.add(arrivals.angles, intensity),
    }
    times = {name: median(call) / BLOCK * 1e9 for name, call in calls.items()}
    return [
        {"stage": name, "ns_a_particle": value, "over_mode_sum": value / times["mode sum"]}
        for name, value in times.items()
    ]


def stratification() -> list[dict[str, Any]]:
    """Variance of C_ℓ of one flow over sets of particles, plain over stratified, at equal cost."""
    rows = []
    for law, settings in LAWS.items():
        plain = Config().replace(
            {
                "sky.nside": 16,
                "sky.lmax": 24,
                "flow.inner_scale": "2.244 pc",
                "flow.modes": 512,
                "sky.sampling": "random",
                "sky.particles": 200_000,
            }
            | settings
        )
        stratified = plain.replace({"sky.sampling": "stratified"})
        flow = Setup.from_config(plain).flow(0)
        costs, variances = [], []
        for config in (plain, stratified):
            setup = Setup.from_config(config)
            observe(setup, flow, 0)
            start = time.process_time()
            power = np.array([observe(setup, flow, i).power for i in range(SETS)])
            costs.append((time.process_time() - start) / SETS)
            variances.append(power.var(axis=0, ddof=1))
        gain = variances[0] / variances[1] * costs[0] / costs[1]
        rows.append(
            {"free path": law, "cost_over_plain": costs[1] / costs[0]}
            | {f"variance gain, l = {ell}": float(gain[ell]) for ell in (2, 8, 24)}
        )
    return rows


def median(call: Callable[[], object], rounds: int = 5) -> float:
    """Median processor time [s] after one untimed call."""
    call()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return float(np.median(times))
