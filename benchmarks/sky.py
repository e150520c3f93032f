"""A whole map with its C_ℓ: ours against the script that one would write with GSTools and healpy.

Both see the same flow: incompressible plane waves, as GSTools' `summate_incompr` makes them. The script evaluates
it at the pixel centres, takes the component along each direction, and asks `healpy.anafast` for C_ℓ.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import healpy
import numpy as np
from numpy.typing import NDArray

from eddysky.simulator import Config
from eddysky.simulator.flow.fields import RegularFlow, Superposition
from eddysky.simulator.flow.modes import Modes, draw_modes
from eddysky.simulator.run.realization import Setup, observe

Array = NDArray[np.float64]

THREADS = 2
# Rounds of ours for each nside; the script takes minutes at nside 256 and is run once.
ROUNDS = {64: 15, 256: 5}
# Multipoles at which aliasing of the script's pixels is below what is asked for.
COMPARED = slice(1, 33)


def measure() -> list[dict[str, Any]]:
    """Time both at each nside, and compare their C_ℓ."""
    rows = []
    for nside, rounds in ROUNDS.items():
        # The same band at both resolutions, one that the coarser map carries.
        # So slow a flow that first order in u/c, which is all that the script has, is good to 1e-4.
        config = Config().replace(
            {
                "sky.nside": nside,
                "sky.lmax": 96,
                "flow.inner_scale": "0.6 pc",
                "flow.velocity_dispersion": "0.5 km/s",
            }
        )
        wavevectors, z1, z2 = waves(config)
        setup = Setup.from_config(config)
        across = polarisation(wavevectors)
        modes = Modes(wavevectors, across * z1[:, None], across * z2[:, None])
        flow = Superposition((modes, RegularFlow(np.zeros(3), np.zeros((3, 3)))))
        observe(setup, flow, 0, keep_map=True, threads=THREADS)
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            ours = observe(setup, flow, 0, keep_map=True, threads=THREADS)
            times.append(time.perf_counter() - start)
        start, start_cpu = time.perf_counter(), time.process_time()
        theirs = script(config, wavevectors, z1, z2)
        script_time, script_cpu = time.perf_counter() - start, time.process_time() - start_cpu
        difference = np.max(np.abs(theirs[COMPARED] / ours.power[COMPARED] - 1))
        mine = float(np.median(times))
        together, cpu = side_by_side(setup, flow, rounds)
        rows.append(
            {
                "nside": nside,
                "modes": config.flow.modes,
                "ours_s": mine,
                "script_s": script_time,
                "script_over_ours": script_time / mine,
                "ours_side_by_side_s": together,
                "script_over_side_by_side": script_time / together,
                "ours_cpu_s": cpu,
                "script_cpu_s": script_cpu,
                "script_over_ours_cpu": script_cpu / cpu,
                "largest_c_l_difference": float(difference),
            }
        )
    return rows


def side_by_side(setup: Setup, flow: Superposition, rounds: int) -> tuple[float, float]:
    """Seconds and processor seconds a map where each thread makes its own, as ensembles are made."""
    with ThreadPoolExecutor(THREADS) as pool:

        def make(count: int) -> tuple[float, float]:
            start, start_cpu = time.perf_counter(), time.process_time()
            list(pool.map(lambda _: observe(setup, flow, 0, keep_map=True), range(count)))
            return (
                (time.perf_counter() - start) / count,
                (time.process_time() - start_cpu) / count,
            )

        make(THREADS)
        return make(THREADS * rounds)


def waves(config: Config) -> tuple[Array, Array, Array]:
    """Wavevectors (M, 3) and amplitudes (M,) of incompressible waves with the configuration's spectrum."""
    modes = draw_modes(config.flow_spectrum, 1.0, config.flow.modes, "gaussian", 1, 0)
    sizes = np.sqrt(np.sum(modes.cosines**2 + modes.sines**2, axis=1) / 2)
    rng = np.random.default_rng(1)
    return (
        modes.wavevectors,
        sizes * rng.standard_normal(len(sizes)),
        sizes * rng.standard_normal(len(sizes)),
    )


def polarisation(wavevectors: Array) -> Array:
    """Amplitude (M, 3) of a unit wave in GSTools: e_x − k k_x/k²."""
    square = np.sum(wavevectors**2, axis=1)
    result = -wavevectors * (wavevectors[:, 0] / square)[:, None]
    result[:, 0] += 1
    return result


def script(config: Config, wavevectors: Array, z1: Array, z2: Array) -> Array:
    """C_ℓ as one would script it."""
    import gstools_core

    nside = config.sky.nside
    n = np.array(healpy.pix2vec(nside, np.arange(12 * nside**2)))
    k = np.ascontiguousarray(wavevectors.T)
    points = np.hstack([config.mean_free_path * n, np.zeros((3, 1))])
    u = gstools_core.summate_incompr(k, z1, z2, points, THREADS)
    shift = config.momentum_index / config.particle_speed
    intensity = shift * np.sum(n * (u[:, :-1] - u[:, -1:]), axis=0)
    return np.asarray(healpy.anafast(intensity, lmax=config.lmax, iter=3))
