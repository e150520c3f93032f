"""`eddysky doctor`: check of the installation."""

from __future__ import annotations

import math
import platform
import shutil
from importlib.metadata import PackageNotFoundError, version

import click

from eddysky.cli.console import say

__all__ = ["doctor"]

PACKAGES = ("numpy", "numba", "llvmlite", "ducc0", "healpy", "scipy", "astropy", "h5py")


@click.command()
def doctor() -> None:
    """Print versions, threads, compile cache and GPU, and check that kernels compile."""
    from eddysky.kernels.compilation import cache_directory, why_no_cache
    from eddysky.kernels.trigonometry import sine_cosine_turns
    from eddysky.simulator.machine import available_cores, available_memory, core_quota

    sine, cosine = sine_cosine_turns(0.125)
    works = abs(sine - 0.5**0.5) < 1e-8 and abs(cosine - 0.5**0.5) < 1e-8
    say(f"eddysky {version('eddysky')} on Python {platform.python_version()}, {platform.machine()}")
    for package in PACKAGES:
        say(f"  {package} {installed(package)}")
    say(f"kernels: {'compiled and correct' if works else 'WRONG RESULTS'}")
    unused = f"not used: {why_no_cache()}" if why_no_cache() else "off"
    say(f"compile cache: {cache_directory() or unused}")
    quota, (memory, limit) = core_quota(), available_memory()
    allowed = "" if math.isinf(quota) else f", as its control group has a quota of {quota:g} cores"
    say(
        f"threads: {available_cores()} available to this process{allowed}; kernels run in Python threads "
        "(no Numba threading layer is used)"
    )
    say(
        f"memory: {'not known' if math.isinf(memory) else f'{memory / 1e9:.1f} GB available {limit}'}"
    )
    gpu = "present, not used by this version" if shutil.which("nvidia-smi") else "none found"
    say(f"GPU: {gpu}")


def installed(package: str) -> str:
    """Version of an installed package."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
