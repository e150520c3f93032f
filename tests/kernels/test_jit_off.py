"""Kernels give the same numbers compiled and interpreted (NUMBA_DISABLE_JIT=1)."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

EPS = np.finfo(float).eps

SCRIPT = """
import sys
import numpy as np
from eddysky.kernels.binning import accumulate
from eddysky.kernels.boost import boost
from eddysky.kernels.fourier import even_odd_sums, velocity_sums
from eddysky.kernels.interpolation import interpolate
from eddysky.kernels.orbits import gyrate, kick, leave_observer
from eddysky.kernels.paths import PATH, erlang_path
from eddysky.kernels.philox import philox4x32, uniform_pair
from eddysky.kernels.poisson import poisson_counts
from eddysky.kernels.stratification import sample_stratified_arrivals
from eddysky.kernels.walk import turn
from eddysky.kernels.tracking import draw_deviates, draw_paths, propagate, sample_arrivals, scatter, relative_intensity

N = 40
rng = np.random.default_rng(4)
stream = (2**63 - 1, 2**32 - 1, 2**32 + 7)
out = {}
words = [np.uint64(w) for w in (1, 2**32 - 1, 3, 4, 5, 2**32 - 1)]
out["words"] = np.array(philox4x32(*words), dtype=np.uint64)
out["uniforms"] = np.array([uniform_pair(2**63 - 1, 2, 3, 2**40 + i, 5) for i in range(N)])
out["paths"] = np.array([[erlang_path(2.0, q, *stream, s) for q in (1, 2, 3, 5)] for s in range(9)])
deviates = np.empty(N)
draw_deviates(deviates, PATH, *stream, 2)
out["deviates"] = deviates
out["boost"] = np.array(boost(0.1, -2.0, 3.0, 4.0, 0.2, 0.1, -0.3))
directions = np.empty((N, 3))
angles = np.empty((N, 2))
sample_arrivals(directions, angles, *stream)
out["angles"] = angles
out["directions"] = directions
strata, quantiles = np.empty((N, 3)), np.empty(N)
sample_stratified_arrivals(strata, angles, quantiles, 2**33 + 1, 0.5, *stream)
out |= {"strata": strata, "quantiles": quantiles}
turns, cosines, sines = (rng.normal(size=(3, 33)) for _ in range(3))
position, momentum = np.zeros((N, 3)), -directions
energy = np.full(N, 1.1)
velocity, even, odd = (np.empty((N, 3)) for _ in range(3))
for step in range(3):
    steps = np.empty(N)
    draw_paths(steps, 2.0, 3, *stream, step)
    propagate(position, momentum, steps)
    velocity_sums(position, turns, cosines * 1e-4, sines * 1e-4, velocity)
    scatter(momentum, energy, velocity, *stream, step)
even_odd_sums(directions, turns, cosines, sines, even, odd)
out |= {"position": position, "momentum": momentum, "energy": energy, "velocity": velocity}
out |= {"even": even, "odd": odd}
turned, change = directions.copy(), np.zeros(N)
turn(turned, change, even, odd, velocity, 0.4, 30.0, *stream, 3)
out |= {"turned": turned, "change": change}
intensity = np.empty(N)
gradient, start = np.array([0.01, 0.02, -0.03]), np.array([1e-4, 0.0, -2e-4])
relative_intensity(directions, position, momentum, energy, velocity, 1.1, start, -4.7, gradient, intensity)
out["intensity"] = intensity
count, total, square = np.zeros(5, np.int64), np.zeros(5), np.zeros(5)
accumulate(np.arange(N) % 5, intensity, count, total, square)
out |= {"count": count, "total": total, "square": square}
cubic, grid = np.empty((N, 3)), rng.normal(size=(3, 4, 5, 6))
interpolate(rng.normal(size=(N, 3)), *grid, np.ones(3), np.full(3, 0.7), 4, cubic)
out["cubic"] = cubic
orbit, bend, speed = np.zeros((N, 3)), np.empty((N, 3)), np.empty(N)
leave_observer(directions, bend, speed, 1.1, start)
fixed = (steps, 1.5, np.array([0.6, 0.0, -0.8]), 1.1)
kick(bend, speed, velocity, *fixed)
gyrate(orbit, bend, speed, *fixed)
out |= {"orbit": orbit, "bend": bend, "speed": speed}
counts = np.empty(N, np.int64)
poisson_counts(np.geomspace(0.1, 1e12, N), stream[0], 100, stream[1], counts)
out["counts"] = counts
np.savez(sys.argv[1], **out)
"""


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    results = []
    for disable in ("0", "1"):
        path = tmp_path_factory.mktemp("jit") / f"{disable}.npz"
        subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT, str(path)],
            check=True,
            env=os.environ | {"NUMBA_DISABLE_JIT": disable},
        )
        with np.load(path) as file:
            results.append(dict(file))
    return results


# Roundings that may differ (fused and reordered operations), in units of the largest value: sums of 33
# modes and three steps of some 50 operations each. Random words and counts may not differ at all.
@pytest.mark.parametrize(
    ("name", "roundings"),
    [
        ("words", 0),
        ("uniforms", 0),
        ("count", 0),
        ("counts", 0),
        ("paths", 16),
        ("boost", 16),
        ("directions", 16),
        ("even", 33 * 8),
        ("odd", 33 * 8),
        ("position", 300),
        # A mode's phase is 2πk·r with |k·r| up to about 20 turns.
        ("velocity", 300 * 130),
        ("momentum", 300),
        ("energy", 300),
        ("turned", 64),
        # Sums of 33 modes, and directions.
        ("change", 33 * 32),
        ("intensity", 2000),
        ("total", 2000),
        ("square", 4000),
        # Tangents of up to a few radians.
        ("orbit", 1000),
        ("bend", 1000),
        ("speed", 300),
        # 64 terms, each of a grid value and three weights of four roundings.
        ("cubic", 64 * 16),
    ],
)
def test_compiled_and_interpreted_agree(both, name, roundings):
    compiled, interpreted = (result[name] for result in both)
    assert compiled.dtype == interpreted.dtype
    assert np.all(np.isfinite(compiled.astype(float)))
    difference = np.max(np.abs(compiled.astype(float) - interpreted.astype(float)))
    assert difference <= roundings * EPS * np.max(np.abs(interpreted.astype(float)))
