"""Particles against the expected sky: in the same flow their maps differ by shot noise alone.

Run it with `make particle-study`, which also writes results/particle-study.json. Each row follows 10⁷ particles (10⁶ in
a magnetic field), or fewer where each is scattered often or followed step by step, through one flow of 64 modes, and
compares with the expected sky of this flow:

- χ² of the map's difference over its squared standard errors, pixel by pixel at nside 16;
- χ² of the a_ℓm of the difference over the shot noise, ℓ = 1…32, as an F test because the noise is measured too;
- χ² of the cross-spectrum of difference and expected sky, which is zero within its error.

A row passes if all three have p > 1e-3. The flow is slow, or terms of second order in u/c would show: with 20 km/s they
raise χ² of the map of fixed paths, which has least noise, by 30%.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
from scipy import stats

from eddysky.simulator.config import Config
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.sky.harmonics import cross_power
from eddysky.validation.record import Record

__all__ = ["main", "p_values"]

_BASE = {
    # Slow: at 20 km/s the second order in u/c, which the expected sky leaves out, shows in maps of fixed paths.
    "flow.velocity_dispersion": "0.2 km/s",
    "flow.modes": 64,
    "flow.outer_scale": "30 pc",
    "flow.inner_scale": "4 pc",
    "sky.nside": 16,
    "sky.lmax": 32,
}
_LAWS: dict[str, dict[str, Any]] = {
    "fixed": {},
    "exponential": {"transport.free_path": "exponential"},
    "Erlang of order 4": {"transport.free_path": "erlang", "transport.erlang_order": 4},
}
# Stationary parallel transport forgets waves across the field only after thousands of scatterings.
_SHORT = {"flow.outer_scale": "6 pc", "flow.inner_scale": "2.5 pc"}
_PARTICLES, _FEW = 10_000_000, 100_000
# Of r_L/λ.
_STRENGTHS = {0.2: "5.405 nG", 1.0: "1.081 nG", 5.0: "0.2162 nG"}
_ALPHA = 1e-3


def _configurations() -> Iterator[tuple[str, Config]]:
    """Name and configuration of each row."""
    depths: tuple[int | str, ...] = (1, 3, 20, "stationary")
    for mode, law, depth in itertools.product(("isotropic", "parallel"), _LAWS, depths):
        slow = mode == "parallel" and depth == "stationary"
        if slow and law != "exponential":
            # Its memory of waves across the field is too long for particles.
            continue
        settings = {
            **_BASE,
            **_LAWS[law],
            **(_SHORT if slow else {}),
            "transport.mode": mode,
            "transport.scatterings": depth,
            "sky.sampling": "random",
            "sky.particles": _FEW if slow else _PARTICLES,
        }
        yield f"{mode}, {law}, {depth}", Config().replace(settings)
    yield from _magnetised()
    settings = {
        **_BASE,
        "transport.collisions": "small-angle",
        "sky.sampling": "random",
        "sky.particles": 10 * _FEW,
    }
    yield "isotropic, small-angle scattering", Config().replace(settings)


def _magnetised() -> Iterator[tuple[str, Config]]:
    """Rows of drift-kinetic and helical transport, with a tenth of the particles.

    No fewer, as pixels with some tens of particles have too few for the tails of their intensities.
    """
    given = {**_BASE, "sky.sampling": "random", "sky.particles": _PARTICLES // 10}
    drift = {"transport.mode": "drift-kinetic"}
    for law, depth in itertools.product(_LAWS, (1, 3, 20)):
        settings = {**given, **_LAWS[law], **drift, "transport.scatterings": depth}
        yield f"drift-kinetic, {law}, {depth}", Config().replace(settings)
    slow = {
        "flow.polarization": "slow",
        **_LAWS["exponential"],
        "transport.scatterings": "stationary",
    }
    yield "drift-kinetic, slow waves, stationary", Config().replace({**given, **drift, **slow})
    for ratio, strength in _STRENGTHS.items():
        helical = {"transport.mode": "helical", "transport.magnetic_field_strength": strength}
        name, one = f"helical, r_L = {ratio:g} λ", {**given, **helical}
        for law, depth in itertools.product(("exponential", "Erlang of order 4"), (1, 3)):
            settings = {**one, **_LAWS[law], "transport.scatterings": depth}
            yield f"{name}, {law}, {depth}", Config().replace(settings)
        stationary = {**one, "transport.scatterings": "stationary"}
        yield f"{name}, exponential, stationary", Config().replace(stationary)
        yield f"{name}, orbits", Config().replace({**one, "sky.sampling": "orbits"})


def p_values(config: Config) -> tuple[float, float, float]:
    """P-values of the map, of the a_ℓm and of the cross-spectrum, for the particles of a configuration."""
    assert config.particles is not None
    particles = realize(Setup.from_config(config), 0, keep_map=True, keep_alm=True, threads=2)
    given = {"sky": config.sky.model_copy(update={"sampling": "expected", "particles": None})}
    same = config.model_copy(update=given)
    expected = realize(Setup.from_config(same), 0, keep_map=True, keep_alm=True)
    assert particles.sky is not None
    assert particles.sky.variance is not None
    assert expected.sky is not None
    assert particles.alm is not None
    assert expected.alm is not None
    assert particles.noise is not None
    # With the mean, whose noise all pixels share; none where it has no stationary limit.
    shift = 0.0 if expected.mean == 0 else particles.mean - expected.mean
    deviation = particles.sky.intensity - expected.sky.intensity + shift
    pixels = len(deviation)
    # χ² of measured variances of n values is larger by 1 + 2/n.
    squares = np.sum(deviation**2 / particles.sky.variance) / (1 + 2 * pixels / config.particles)
    lmax = config.lmax
    difference = particles.alm.mean(axis=0) - expected.alm[0]
    size = (2 * np.arange(lmax + 1) + 1.0)[1:]
    left = float(size @ cross_power(difference, difference, lmax)[1:])
    noise = float(size @ particles.noise[1:])
    count = float(np.sum(size))
    correlation = cross_power(difference, expected.alm[0], lmax)[1:]
    error = np.sqrt(expected.power[1:] * noise / count / size)
    seen = error > 0
    pulls = correlation[seen] / error[seen]
    return (
        float(stats.chi2.sf(squares, pixels)),
        float(stats.f.sf(left / noise, count, count)),
        float(stats.chi2.sf(np.sum(pulls**2), len(pulls))) if len(pulls) else 1.0,
    )


def main() -> int:
    """Run all rows, print a table and write it as JSON; exit status 1 if any row fails."""
    record, rows = Record("particle-study", "make particle-study"), []
    configurations = list(_configurations())
    print(f"{'flow and particles':<44} {'map':>8} {'a_lm':>8} {'cross':>8}")
    for name, config in configurations:
        values = p_values(config)
        good = min(values) > _ALPHA
        tests = dict(zip(("map", "alm", "cross"), values, strict=True))
        rows.append({"name": name, "particles": config.particles, **tests, "passes": good})
        written = record.write(planned=len(configurations), rows=rows)
        cells = " ".join(f"{value:8.4f}" for value in values)
        print(f"{name:<44} {cells}{'' if good else '  FAILS'}", flush=True)
    failed = sum(not row["passes"] for row in rows)
    print("all rows agree" if not failed else f"{failed} rows fail")
    print(f"written: {written}")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
