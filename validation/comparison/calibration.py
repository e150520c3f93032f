"""False-alarm rate of `compare`, measured on ensembles of random configurations.

Run it with `make calibration`, which also writes results/calibration.json; `make calibration MINUTES=20` takes longer
than the usual five minutes. Each configuration is simulated in a few hundred skies, which are divided into ensembles of
10, 30 and 100 (only 100 where the sky has the magnetic field as an axis). The prediction is correct, so that 0.3% of
the ensembles should fail one of three tests with a false-alarm rate of 0.1% each.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.result import Result
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.comparison.compare import compare
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.realizations import NoVerdictError
from eddysky.validation.record import Record

__all__ = ["main"]

_SIZES = (10, 30, 100)
# Skies of a configuration without and with the magnetic field as an axis.
_SKIES, _AXISYMMETRIC_SKIES = 300, 600
# Largest number of particles (or grid points) × modes × scatterings × skies of a configuration: a few seconds.
_MAX_WORK = 3e9
# Largest k_max λ²/r_L of helical transport: a few seconds for the prediction too, which takes many minutes at 100.
_MAX_TURNS = 30.0


@dataclass(slots=True)
class _Tally:
    """Ensembles with a verdict, failed ones and those without a verdict, by transport, sampling and size."""

    judged: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)

    def rows(self) -> list[dict[str, Any]]:
        """Numbers of ensembles of each kind, for the JSON file."""
        return [
            {
                "kind": kind,
                "judged": self.judged[kind],
                "contradicted": self.failed[kind],
                "not_judged": self.refused[kind],
            }
            for kind in sorted(self.judged | self.refused)
        ]

    def line(self, kind: str) -> str:
        """Judged and failed ensembles of a kind, and the failure rate with its binomial error."""
        failed, judged = self.failed[kind], self.judged[kind]
        # One failure more, so that the error is not zero where none failed.
        error = math.sqrt(failed + 1) / max(judged, 1)
        return (
            f"{kind:<32} {judged:6d} judged, {failed:3d} contradicted, "
            f"{failed / max(judged, 1):7.3%} ± {error:.3%}; {self.refused[kind]} not judged"
        )


def _random_configuration(seed: int) -> Config | None:
    """Draw a configuration that is small enough for many skies; None if it is not allowed or too large."""
    rng = np.random.default_rng(seed)

    def one_of(*values: Any) -> Any:
        return values[rng.integers(len(values))]

    mode = one_of("isotropic", "isotropic", "parallel", "drift-kinetic", "helical")
    fixed = () if mode == "helical" else ("fixed", "fixed")
    law = one_of(*fixed, "exponential", "erlang")
    scatterings = one_of(1, 1, 1, 2, 3)
    settings: dict[str, Any] = {
        "flow.amplitudes": one_of("gaussian", "cosine"),
        "flow.modes": one_of(8, 32, 64, 128, 256, 512, 1024),
        "transport.mode": mode,
        "transport.free_path": law,
        "transport.scatterings": scatterings,
        "sky.nside": 8,
        "sky.lmax": one_of(4, 8, 12, 24),
        "sky.frame": one_of("fluid", "fluid", "observer"),
        "sky.sampling": one_of("pixel-centre", "random", "stratified"),
        "ensemble.seed": seed,
    }
    k = 10 ** rng.uniform(-1, 0.5)
    line = {
        "spectrum": "table",
        "table": {
            "wavenumber": [0.01, k, k * one_of(1.01, 1.1, 2.0), 10.0],
            "spectrum": one_of([0.0, 9.0, 9.0, 0.0], [30.0, 9.0, 9.0, 1e-3]),
        },
    }
    power_law = {
        "index": one_of(1.5, 5 / 3, 2.0, float(rng.uniform(1, 4))),
        "velocity_dispersion": f"{10 ** rng.uniform(-0.5, 1.6)} km/s",
        "inner_scale": one_of("1 pc", "3 pc", "10 pc", "30 pc", "100 pc", "300 pc"),
    }
    beta = {"transverse_fraction": one_of(0.0, 2 / 3, 1.0, float(rng.random()))}
    flow = one_of(power_law, power_law, power_law, power_law, line, None)
    if flow is None:
        settings["flow.component"] = [power_law | beta, line]
    else:
        settings |= {f"flow.{key}": value for key, value in (flow | beta).items()}
    if rng.random() < 0.15:
        size = 10 ** rng.uniform(-3, -0.5)
        settings["flow.velocity_gradient"] = [
            [f"{g} km/s/pc" for g in row] for row in rng.normal(0, size, (3, 3)).tolist()
        ]
        settings["flow.mean_velocity"] = [f"{u} km/s" for u in rng.normal(0, 5, 3).tolist()]
    if mode == "helical":
        # r_L/λ from 0.05 to 5: protons of 10 TeV in 1 μG have 0.0108 pc.
        strength = 0.00108 / 10 ** rng.uniform(-1.3, 0.7)
        settings["transport.magnetic_field_strength"] = f"{strength} uG"
    if flow is not None and rng.random() < 0.2:
        settings["flow.anisotropy"] = one_of(
            "isotropic", "slab", "two-dimensional", "goldreich-sridhar"
        )
        settings["flow.polarization"] = one_of("isotropic", "alfven", "slow", "fast")
        if settings["flow.polarization"] != "isotropic":
            settings.pop("flow.transverse_fraction")
    if law == "erlang":
        settings["transport.erlang_order"] = one_of(2, 4, 16)
    if mode in ("drift-kinetic", "helical") and settings["sky.sampling"] != "random":
        settings["sky.sampling"] = "expected"
    if settings["sky.sampling"] == "pixel-centre" and (law != "fixed" or scatterings > 1):
        settings["sky.sampling"] = "expected"
    if settings["sky.sampling"] in ("random", "stratified"):
        settings["sky.particles"] = one_of(2000, 5000, 20_000, 50_000)
    try:
        config = Config().replace(settings)
        skies = _SKIES if config.magnetic_field is None else _AXISYMMETRIC_SKIES
        config = config.replace({"ensemble.realizations": skies})
    except InputError:
        return None
    if mode == "helical":
        band = config.flow_spectrum.k_max * config.mean_free_path
        if band * config.mean_free_path > _MAX_TURNS * abs(config.larmor_radius):
            return None
    points = config.particles or 12 * config.sky.nside**2
    work = points * config.flow.modes * scatterings * skies
    return config if work <= _MAX_WORK else None


def _ensembles(result: Result) -> Iterator[Result]:
    """Disjoint ensembles of 10, 30 and 100 of these skies; only of 100 with the magnetic field as an axis."""
    axisymmetric = result.config.magnetic_field is not None
    for size in _SIZES[-1:] if axisymmetric else _SIZES:
        for start in range(0, len(result.power) - size + 1, size):
            rows = slice(start, start + size)
            noise = None if result.noise is None else result.noise[rows]
            yield replace(result, index=result.index[rows], power=result.power[rows], noise=noise)


def _calibrate(tally: _Tally, seed: int) -> bool:
    """Compare all ensembles of one random configuration with its prediction; False if there is none."""
    config = _random_configuration(seed)
    if config is None:
        return False
    expected = Expectation.from_config(config)
    for ensemble in _ensembles(simulate(config, workers=1, maps=0)):
        sampling = "particles" if config.particles_drawn else "no particles"
        kind = f"{config.transport.mode}, {sampling}, {len(ensemble.power)}"
        try:
            consistent = compare(ensemble, expected).consistent
        except NoVerdictError:
            tally.refused[kind] += 1
            continue
        tally.judged[kind] += 1
        tally.failed[kind] += not consistent
        if not consistent:
            print(f"seed {seed}, skies from {ensemble.index[0]}, {kind}: contradicted", flush=True)
    return True


def main() -> int:
    """Compare random configurations for some time; print and write the failure rate of each kind of ensemble."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--minutes", type=float, default=5.0, help="run time")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first configuration")
    given = parser.parse_args()
    record = Record("calibration", f"make calibration MINUTES={given.minutes:g}")
    tally, seed = _Tally(), given.seed
    end = time.monotonic() + 60 * given.minutes
    number = 0
    while time.monotonic() < end:
        number += _calibrate(tally, seed)
        seed += 1
    rows = tally.rows()
    for row in rows:
        print(tally.line(row["kind"]))
    for counter in (tally.judged, tally.failed, tally.refused):
        counter["all"] = counter.total()
    print(tally.line("all"), f"({number} configurations, seeds {given.seed} to {seed - 1})")
    seeds = {"configurations": number, "first_seed": given.seed, "last_seed": seed - 1}
    print(f"written: {record.write(**seeds, rows=rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
