"""What the command line says in words: verdicts, tables, contents of a file, state of the machine."""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from eddysky.simulator.config.words import counted, ranges
from eddysky.simulator.results.store import open_results
from eddysky.simulator.run.ensemble import available_cores

if TYPE_CHECKING:
    from eddysky.validation import Comparison

__all__ = ["contents", "environment", "table", "verdict"]


def verdict(comparison: Comparison) -> str:
    """Whether the ensemble agrees with the theory, and the numbers that say so."""
    word = "consistent" if comparison.consistent else "NOT consistent"
    lines = [f"{word} with the theory"]
    size = counted(comparison.realizations)
    span = f"l = {ranges(comparison.ell.tolist())}, {size}"
    if comparison.p_value is None:
        lines.append(f"nothing random; {exactness(comparison)} ({span})")
    else:
        lines.append(
            f"chi2 = {comparison.chi2:.1f} for {comparison.dof:.1f} degrees of freedom, "
            f"p = {comparison.p_value:.3g} ({span})"
        )
    if comparison.amplitude is not None:
        lines.append(
            f"amplitude {comparison.amplitude:.4f} ± {comparison.amplitude_error:.4f} of the prediction"
        )
    if comparison.slope is not None:
        slope = comparison.slope
        lines.append(
            f"slope {slope.measured:.3f} ± {slope.error:.3f}, predicted {slope.predicted:.3f} "
            f"(l = {slope.lmin}-{slope.lmax})"
        )
    if comparison.scatter is not None:
        lines.append(f"scatter of C_l {comparison.scatter:.2f} times cosmic variance")
    lines += unused(comparison)
    return "\n  ".join(lines)


def unused(comparison: Comparison) -> list[str]:
    """One line for each reason why multipoles are left out of the verdict, or of a part of it."""
    lines = []
    if comparison.seen is not None and not comparison.seen.all():
        faded = ranges(comparison.ell[~comparison.seen].tolist())
        lines.append(f"l = {faded} in chi2 only: lost in shot noise")
    for reason in dict.fromkeys(comparison.left_out.values()):
        those = [ell for ell, why in comparison.left_out.items() if why == reason]
        lines.append(f"l = {ranges(those)} not judged: {reason}")
    return lines


def exactness(comparison: Comparison) -> str:
    """How closely a sky without randomness follows its prediction."""
    some = comparison.predicted > 0
    if not np.any(some):
        return f"predicted: an empty sky; largest C_l {np.max(comparison.measured):.1e}"
    worst = float(np.max(np.abs(comparison.ratio[some] - 1)))
    rest = np.max(comparison.measured[~some], initial=0.0) / np.max(comparison.predicted)
    names = ", ".join(f"C_{ell}" for ell in comparison.ell[some])
    return f"{names} within {worst:.1e} of the prediction, all others below {rest:.1e} of it"


def table(comparison: Comparison) -> str:
    """One line a multipole."""
    lines = ["   l     measured        error    predicted    ratio     pull"]
    columns = zip(
        comparison.ell,
        comparison.measured,
        comparison.error,
        comparison.predicted,
        comparison.ratio,
        comparison.pull,
        strict=True,
    )
    lines += [
        f"{ell:4d} {measured:12.5e} {error:12.5e} {predicted:12.5e} {ratio:8.4f} {pull:8.2f}"
        for ell, measured, error, predicted, ratio, pull in columns
    ]
    return "\n".join(lines)


def contents(path: Path) -> str:
    """Attributes, datasets and configuration of a results file."""
    with open_results(path) as (file, config):
        lines = [f"{path}: eddysky results, format {file.attrs['format_version']}"]
        for name in ("created", "eddysky_version", "seed", "configuration_sha256"):
            lines.append(f"  {name}: {file.attrs.get(name, 'not recorded')}")
        for name, data in datasets(file):
            size = " x ".join(map(str, data.shape))
            described = data.attrs.get("description", "not described")
            lines.append(f"  /{name}: {size} {data.dtype}: {described}")
        lines += ["", config.to_toml().rstrip()]
    return "\n".join(lines)


def datasets(file: Any) -> list[tuple[str, Any]]:
    """Name and data of the datasets, without whatever groups somebody may have added."""
    return [(name, data) for name, data in file.items() if hasattr(data, "dtype")]


def environment() -> str:
    """Versions, threads, compile cache and GPU; compiles and runs a kernel on the way."""
    from eddysky.kernels.compilation import cache_directory
    from eddysky.kernels.trigonometry import sine_cosine_turns

    sine, cosine = sine_cosine_turns(0.125)
    works = abs(sine - 0.5**0.5) < 1e-8 and abs(cosine - 0.5**0.5) < 1e-8
    lines = [
        f"eddysky {version('eddysky')} on Python {platform.python_version()}, {platform.machine()}"
    ]
    packages = ("numpy", "numba", "llvmlite", "ducc0", "healpy", "scipy", "astropy", "h5py")
    lines += [f"  {package} {installed(package)}" for package in packages]
    lines.append(f"kernels: {'compiled and correct' if works else 'WRONG RESULTS'}")
    lines.append(f"compile cache: {cache_directory() or 'off'}")
    lines.append(
        f"threads: {available_cores()} available to this process; kernels run in Python threads "
        "(no Numba threading layer is used)"
    )
    gpu = "present, not used by this version" if shutil.which("nvidia-smi") else "none found"
    lines.append(f"GPU: {gpu}")
    return "\n".join(lines)


def installed(package: str) -> str:
    """Version of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
