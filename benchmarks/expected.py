"""Expected skies: their cost against that of fixed paths, and against particles for the same error of C_ℓ.

The error of the mean C_ℓ of many skies is that of cosmic variance and shot noise. With n particles a sky the variance
is 1 + 2x + 2x² times cosmic variance, x = N_ℓ/C_ℓ = a/n. So the time for a given error is least for n = √2 a, where it
is that of (2 + 2√2) a particles for each sky without noise.
"""

from __future__ import annotations

import math
from typing import Any

from timing import interleaved

from eddysky.simulator import Config
from eddysky.simulator.run.realization import Setup, realize
from eddysky.validation import predict

ELL = 20
PARTICLES = 100_000
LAWS: dict[str, dict[str, Any]] = {
    "exponential": {"transport.free_path": "exponential"},
    "Erlang of order 4": {"transport.free_path": "erlang", "transport.erlang_order": 4},
    "exponential, 3 scatterings": {
        "transport.free_path": "exponential",
        "transport.scatterings": 3,
    },
    "exponential, stationary": {
        "transport.free_path": "exponential",
        "transport.scatterings": "stationary",
    },
}

# Wavenumbers up to kλ = 60, about 1024 modes of them.
HELICAL: dict[str, Any] = {
    "transport.mode": "helical",
    "flow.modes": 1024,
    "flow.inner_scale": f"{2 * math.pi * 10 / 60!r} pc",
    "sky.nside": 32,
}
RADII = (10.0, 1.0, 0.1, 3.6e-4)


def helical() -> list[dict[str, Any]]:
    """Milliseconds of a helical sky at nside 32 with its spectrum, and of its map, in one thread and in two."""
    rows = []
    strength = 3.0 * Config().replace(HELICAL).larmor_radius / 10
    for radius in RADII:
        config = Config().replace(
            HELICAL | {"transport.magnetic_field_strength": f"{strength / radius!r} uG"}
        )
        setup = Setup.from_config(config)

        def sky(keep_map: bool, threads: int, setup: Setup = setup) -> Any:
            return realize(setup, 0, keep_map=keep_map, threads=threads)

        times = interleaved(
            {
                "ms_a_spectrum": lambda sky=sky: sky(False, 1),
                "ms_with_its_map": lambda sky=sky: sky(True, 1),
                "ms_in_two_threads": lambda sky=sky: sky(True, 2),
            },
            rounds=3,
        )
        row = {name: 1e3 * timing.median for name, timing in times.items()}
        rows.append({"larmor_radius_over_path": radius} | row)
    return rows


def measure() -> list[dict[str, Any]]:
    """Milliseconds a sky at nside 64, all laws with the default band of fixed paths; ratios of medians."""
    fixed = Config()
    scale = 2 * math.pi / fixed.flow_spectrum.k_max
    configs = {
        "fixed, direct": fixed.replace({"sky.evaluation": "direct"}),
        "fixed": fixed,
    }
    for name, law in LAWS.items():
        shared = fixed.replace(law | {"flow.inner_scale": f"{scale!r} pc"})
        configs[name] = shared
        configs[f"{name}, particles"] = shared.replace(
            {"sky.sampling": "random", "sky.particles": PARTICLES}
            if shared.transport.scatterings != "stationary"
            # As many scatterings as are indistinguishable from infinitely many.
            else {"sky.sampling": "random", "sky.particles": PARTICLES, "transport.scatterings": 20}
        )
    setups = {name: Setup.from_config(config, maps=False) for name, config in configs.items()}
    times = interleaved(
        {name: lambda setup=setup: realize(setup, 0) for name, setup in setups.items()}, rounds=5
    )
    milliseconds = {name: 1e3 * timing.median for name, timing in times.items()}
    rows = []
    for name in LAWS:
        noise = realize(setups[f"{name}, particles"], 0).noise
        assert noise is not None
        equal = PARTICLES * noise[1:].mean() / predict(configs[name]).c_ell[ELL]
        particle = milliseconds[f"{name}, particles"] / PARTICLES
        rows.append(
            {
                "free path": name,
                "ms_a_sky": milliseconds[name],
                "over_fixed_direct": milliseconds[name] / milliseconds["fixed, direct"],
                "over_fixed": milliseconds[name] / milliseconds["fixed"],
                f"particles_where_noise_is_c_{ELL}": float(equal),
                "time_of_particles_over_ours": (2 + 2 * math.sqrt(2))
                * equal
                * particle
                / milliseconds[name],
            }
        )
    return rows
