"""Full validation: simulated and predicted spectra over the whole range of the theory.

Run it with `make study`, which also writes results/study.json. Each row is an ensemble of 200 realisations (1000 with
zonal skies) at nside 32, of fixed paths, particles or expected skies, compared with the prediction for the same band. A
row passes if its χ² has p > 1e-3, its mean pull is within 3 standard errors of zero and its slope within 3 standard
errors of the prediction. Where transport or turbulence know the magnetic field, and in the row of cosine amplitudes,
the correlations of multipoles with ℓ' = ℓ + 1 and ℓ + 2 and the pitch-angle profile in 20 bins must also have p > 1e-3;
of all m in the sky those of 0, 1 and 2. A true theory fails a row with a probability of 0.6% (0.9%), and at least one
row in one study of three. Parallel, exponential and stationary transport has no row, as its sky has only a dipole.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import numpy as np

from eddysky.simulator.config import Config
from eddysky.simulator.config.collisions import operator_name
from eddysky.simulator.results.result import Result
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.comparison.compare import compare
from eddysky.validation.comparison.correlation import correlate
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.pitch_angle import compare_profile
from eddysky.validation.comparison.slope import Slope
from eddysky.validation.comparison.verdict import FALSE_ALARM, Comparison
from eddysky.validation.record import Record

__all__ = ["main"]

_BASE = {"sky.nside": 32, "ensemble.realizations": 200}
_RANDOM = {"flow.modes": 512, "sky.sampling": "random", "sky.particles": 400_000}
_SIGMA = 3.0
_FIRST_SEED = 2026
# Number of skies whose a_ℓm are stored, by the name of the isotropic row.
_ALMS = {"observer frame, cosine amplitudes": 200}


def _configurations() -> Iterator[tuple[str, Config]]:
    """Name and configuration of each row."""
    betas = (Fraction(0), Fraction(2, 3), Fraction(1))
    for gamma, beta in itertools.product((Fraction(3, 2), Fraction(5, 3), Fraction(2)), betas):
        yield _row(f"fixed, gamma {gamma}, beta {beta}", index=gamma, beta=beta)
    for beta in betas:
        yield _row(f"exponential, beta {beta}", beta=beta, law="exponential")
    yield _row("Erlang of order 4, beta 2/3", law="erlang", erlang_order=4)
    for law, beta in itertools.product(("fixed", "exponential"), betas[:2]):
        yield _row(f"{law}, 3 scatterings, beta {beta}", beta=beta, law=law, scatterings=3)
    for gamma, beta in itertools.product((Fraction(3, 2), Fraction(5, 3)), betas):
        yield _row(f"parallel, gamma {gamma}, beta {beta}", index=gamma, beta=beta, mode="parallel")
    for law in ("fixed", "exponential"):
        yield _row(f"parallel, {law}, 3 scatterings", law=law, scatterings=3, mode="parallel")
    yield _row("observer frame, cosine amplitudes", frame="observer", amplitudes="cosine")
    laws = ("fixed", "exponential", "erlang")
    depths: tuple[int | str, ...] = (1, 3, 20, "stationary")
    for mode, law, depth in itertools.product(("isotropic", "parallel"), laws, depths):
        if (mode, law, depth) == ("parallel", "exponential", "stationary"):
            continue
        order = 4 if law == "erlang" else None
        name = f"expected, {mode}, {law}, N = {depth}"
        yield _row(name, mode=mode, law=law, scatterings=depth, erlang_order=order, expected=True)
    name, config = _row(
        "expected, small-angle scattering",
        law="exponential",
        scatterings="stationary",
        expected=True,
    )
    yield name, config.replace({"transport.collisions": "small-angle", "flow.modes": 16384})
    for depth, beta in itertools.product((depths[0], *depths[2:]), betas):
        yield _row(
            f"expected, drift-kinetic, N = {depth}, beta {beta}",
            beta=beta,
            law="exponential",
            scatterings=depth,
            mode="drift-kinetic",
            expected=True,
        )
    for radius, beta in itertools.product((1.0, 0.1), betas):
        yield _helical_row(f"beta {beta}", radius, beta=beta)
    for depth in (3, "stationary"):
        yield _helical_row(f"N = {depth}", 0.3, scatterings=depth)
    name, config = _row("isotropic, Goldreich-Sridhar, Alfven")
    waves = {"flow.anisotropy": "goldreich-sridhar", "flow.polarization": "alfven"}
    yield name, Config().replace(_BASE | waves)


def _helical_row(words: str, radius: float, **options: Any) -> tuple[str, Config]:
    """One row of helical transport, with the Larmor radius in mean free paths."""
    name = f"expected, helical, r_L = {radius:g} lambda, {words}"
    _, config = _row(name, law="exponential", mode="helical", expected=True, **options)
    # Protons of 10 TeV in 1 μG have r_L = 0.0108 pc.
    strength = {"transport.magnetic_field_strength": f"{0.00108 / radius} uG"}
    band = {"flow.outer_scale": "300 pc", "flow.inner_scale": "4 pc", "flow.modes": 512}
    return name, config.replace(strength | band | {"sky.nside": 8, "sky.lmax": 16})


def _row(
    name: str,
    *,
    index: Fraction = Fraction(5, 3),
    beta: Fraction = Fraction(2, 3),
    law: str = "fixed",
    scatterings: int | str = 1,
    frame: str = "fluid",
    amplitudes: str = "gaussian",
    erlang_order: int | None = None,
    mode: str = "isotropic",
    expected: bool = False,
) -> tuple[str, Config]:
    """One row of the study."""
    settings: dict[str, Any] = _BASE | {
        "flow.index": float(index),
        "flow.transverse_fraction": float(beta),
        "flow.amplitudes": amplitudes,
        "transport.mode": mode,
        "transport.free_path": law,
        "transport.scatterings": scatterings,
        "sky.frame": frame,
    }
    if erlang_order is not None:
        settings["transport.erlang_order"] = erlang_order
    particles = not expected and (law != "fixed" or scatterings != 1)
    if particles:
        settings |= _RANDOM
    if expected:
        settings |= {"sky.sampling": "expected"}
    if mode in ("parallel", "drift-kinetic"):
        # C_ℓ of one sky, of a single a_ℓ0, has the relative scatter √2; one-dimensional sums over modes are fast.
        settings |= {"ensemble.realizations": 1000} | (
            {"sky.particles": 40_000} if particles else {}
        )
    return name, Config().replace(settings)


def _family(config: Config) -> str:
    """What kind of sky a row tests."""
    if operator_name(config.transport.collisions) == "small-angle":
        return "small-angle scattering"
    if config.flow.anisotropy != "isotropic":
        return "Goldreich-Sridhar turbulence"
    if config.transport.mode != "isotropic":
        return config.transport.mode
    several = config.transport.scatterings != 1
    return f"isotropic, {config.transport.free_path}{', several scatterings' if several else ''}"


def _entry(
    name: str, config: Config, result: Comparison, further: dict[str, float]
) -> dict[str, Any]:
    """A row for the JSON file."""
    return {
        "name": name,
        "family": _family(config),
        "skies": result.realizations,
        "chi2": result.chi2,
        "dof": result.dof,
        "p_value": result.p_value,
        "mean_pull": result.mean_pull,
        "mean_pull_error": result.mean_pull_error,
        "amplitude": result.amplitude,
        "amplitude_error": result.amplitude_error,
        "slope": result.slope and asdict(result.slope),
        "scatter": result.scatter,
        "further": further,
        "passes": _passes(result) and all(p > FALSE_ALARM for p in further.values()),
    }


def _passes(comparison: Comparison) -> bool:
    """Whether a row agrees with the theory: χ², mean pull and slope."""
    assert comparison.p_value is not None
    assert comparison.mean_pull is not None
    assert comparison.mean_pull_error is not None
    return (
        comparison.p_value > FALSE_ALARM
        and abs(comparison.mean_pull) < _SIGMA * comparison.mean_pull_error
        and (comparison.slope is None or abs(comparison.slope.pull) < _SIGMA)
    )


def _slope_columns(slope: Slope | None) -> str:
    """Measured and predicted slope; blank if there is none."""
    if slope is None:
        return " " * 25
    return f"{slope.measured:7.3f} ± {slope.error:.3f} {slope.predicted:9.3f}"


def _further_p_values(result: Result, expected: Expectation) -> dict[str, float]:
    """p-values of the correlations of neighbouring multipoles and of the pitch-angle profile."""
    found: dict[str, float] = {}
    for m in (0,) if expected.covariance is None else (0, 1, 2):
        if expected.covariance is not None and not np.any(expected.covariance[m]):
            # Alfvén waves have no flow along the field.
            continue
        tests = correlate(result, expected=expected, m=m).tests
        order = f" of m = {m}" if m > 0 else ""
        found |= {f"l+{distance}{order}": tests[distance].p_value for distance in (1, 2)}
    profile = compare_profile(result, expected=expected)
    return found | {"pitch-angle profile": profile.chi2.p_value}


def main() -> int:
    """Run all rows, print a table and write it as JSON; exit status 1 if any row fails."""
    record, rows = Record("study", "make study"), []
    configurations = list(_configurations())
    print(
        f"{'ensemble':<40} {'p':>7} {'mean pull':>14} {'amplitude':>16} {'slope':>16} "
        f"{'predicted':>9} {'scatter':>7}"
    )
    # A different seed for each row makes the rows independent.
    for seed, (name, config) in enumerate(configurations, start=_FIRST_SEED):
        config = config.replace({"ensemble.seed": seed})
        some = 200 if config.magnetic_field is not None and not config.transport.zonal else 0
        skies = simulate(config, maps=0, alms=_ALMS.get(name, some))
        expected = Expectation.from_config(config)
        result = compare(skies, expected)
        further = {}
        if name in _ALMS or config.magnetic_field is not None:
            further = _further_p_values(skies, expected)
        rows.append(_entry(name, config, result, further))
        written = record.write(planned=len(configurations), rows=rows)
        print(
            f"{name:<40} {result.p_value:7.4f} {result.mean_pull:6.2f} ± {result.mean_pull_error:.2f}  "
            f"{result.amplitude:7.4f} ± {result.amplitude_error:.4f} "
            f"{_slope_columns(result.slope)} "
            f"{result.scatter:7.2f}{'' if rows[-1]['passes'] else '  FAILS'}",
            flush=True,
        )
        if further:
            print("    p of " + ", ".join(f"{what}: {p:.4f}" for what, p in further.items()))
    print(f"written: {written}")
    return 0 if all(row["passes"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
