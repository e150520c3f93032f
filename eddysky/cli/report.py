"""What the command line says in words: contents of a file, state of the machine."""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eddysky.simulator.results.store import open_results
from eddysky.simulator.run.ensemble import available_cores

__all__ = ["contents", "environment"]


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
