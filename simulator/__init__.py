"""The physics objects and the run: from a configuration to maps and power spectra.

What is named here is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

# First, as it makes the thread counts of the environment readable for numba and ducc0.
import eddysky.kernels  # noqa: F401

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.config.free_path import FreePathLaw
    from eddysky.simulator.errors import InputError
    from eddysky.simulator.observation.observation_file import read_observation
    from eddysky.simulator.observation.observe import observe
    from eddysky.simulator.observation.survey import Survey
    from eddysky.simulator.results.columns import Column
    from eddysky.simulator.results.result import Result
    from eddysky.simulator.results.store import read
    from eddysky.simulator.run.ensemble import simulate

__all__ = [
    "Column",
    "Config",
    "FreePathLaw",
    "InputError",
    "Result",
    "Survey",
    "observe",
    "read",
    "read_observation",
    "simulate",
]

_HOMES = {
    "Column": "results.columns",
    "Config": "config",
    "FreePathLaw": "config.free_path",
    "InputError": "errors",
    "Result": "results.result",
    "Survey": "observation.survey",
    "observe": "observation.observe",
    "read": "results.store",
    "read_observation": "observation.observation_file",
    "simulate": "run.ensemble",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'eddysky.simulator' has no attribute {name!r}")
    value = getattr(import_module(f"eddysky.simulator.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
