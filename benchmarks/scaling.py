"""Cost against size: exponents of straight lines through logarithms, and the gain of a second thread."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from eddysky.simulator import Config, simulate
from eddysky.simulator.run.realization import Setup, realize

ROUNDS = 3
PARTICLES = {
    "sky.sampling": "random",
    "transport.free_path": "exponential",
    "flow.modes": 1024,
    "sky.nside": 16,
    "sky.particles": 200_000,
}


def measure() -> list[dict[str, Any]]:
    """Fit every exponent; cost is time per core without start-up, for a single thread unless it says otherwise."""
    rows = [
        row("modes, direct", {"sky.evaluation": "direct"}, "flow.modes", (1024, 4096, 16384)),
        row("modes, bands", {"sky.evaluation": "bands"}, "flow.modes", (4096, 16384, 65536)),
        row("particles", PARTICLES, "sky.particles", (200_000, 800_000, 3_200_000)),
        row("scatterings", PARTICLES, "transport.scatterings", (2, 8, 32)),
        pixels(),
        realizations(),
    ]
    return [*rows, threads()]


def row(name: str, settings: dict[str, Any], key: str, sizes: Sequence[int]) -> dict[str, Any]:
    """Cost of one realisation against one key."""

    def cost(size: int) -> Callable[[], object]:
        setup = Setup.from_config(Config().replace(settings | {key: size}), maps=False)
        return lambda: realize(setup, 0)

    return fitted(name, sizes, [seconds(cost(size)) for size in sizes])


def pixels() -> dict[str, Any]:
    """Cost of a map against its number of pixels, for the same flow."""
    sizes, times = [], []
    for nside in (64, 128, 256):
        config = Config().replace(
            {"sky.nside": nside, "sky.lmax": 96, "flow.inner_scale": "0.6 pc"}
        )
        setup = Setup.from_config(config)
        with_map = seconds(lambda setup=setup: realize(setup, 0, keep_map=True))
        times.append(with_map - seconds(lambda setup=setup: realize(setup, 0)))
        sizes.append(12 * nside**2)
    return fitted("pixels of a map", sizes, times)


def realizations() -> dict[str, Any]:
    """Cost of an ensemble against its size."""
    sizes = (50, 200, 800)
    config = Config().replace({"sky.nside": 32})
    times = [
        seconds(
            lambda size=size: simulate(
                config.replace({"ensemble.realizations": size}), maps=0, workers=1
            )
        )
        for size in sizes
    ]
    return fitted("realisations", sizes, times)


def threads() -> dict[str, Any]:
    """Gain of a second thread on the default scenario's skies, without start-up and figures."""
    config = Config().replace({"ensemble.realizations": 200})
    one, two = (
        seconds(lambda count=count: simulate(config, maps=0, workers=count)) for count in (1, 2)
    )
    return {
        "cost_against": "threads, 1 to 2",
        "sizes": "1, 2",
        "seconds": f"{one:.3g}, {two:.3g}",
    } | {
        "exponent": None,
        "gain": one / two,
    }


def seconds(call: Callable[[], object]) -> float:
    """Median wall time after one untimed call."""
    call()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def fitted(name: str, sizes: Sequence[int], times: Sequence[float]) -> dict[str, Any]:
    """A row with its exponent."""
    exponent = float(np.polyfit(np.log(sizes), np.log(times), 1)[0])
    return {
        "cost_against": name,
        "sizes": ", ".join(map(str, sizes)),
        "seconds": ", ".join(f"{value:.3g}" for value in times),
        "exponent": exponent,
        "gain": None,
    }
