"""The physics objects and the run: from a configuration to maps and power spectra."""

from __future__ import annotations

# First, as it makes the thread counts of the environment readable for numba and ducc0.
import eddysky.kernels  # noqa: F401
from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.store import read
from eddysky.simulator.run.ensemble import simulate

__all__ = ["Column", "Config", "InputError", "Result", "read", "simulate"]
