"""eddysky: eddies seen on the sky. Anisotropy of cosmic rays from turbulent flows.

Each name is imported when it is first used, so that `import eddysky` is fast.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import extend_path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eddysky import scenarios
    from eddysky.simulator import Column, Config, InputError, read, simulate
    from eddysky.simulator.observation.survey import Survey
    from eddysky.simulator.plots import plot_map
    from eddysky.validation import compare, fit, forecast, predict
    from eddysky.validation.plots import plot_power

    __version__: str

__all__ = [
    "Column",
    "Config",
    "InputError",
    "Survey",
    "__version__",
    "compare",
    "fit",
    "forecast",
    "plot_map",
    "plot_power",
    "predict",
    "read",
    "scenarios",
    "simulate",
]

# In a checkout Python imports this folder instead of the installed package, which contains the other folders.
__path__ = extend_path(__path__, __name__)

_HOMES = {
    "Column": "eddysky.simulator",
    "Config": "eddysky.simulator",
    "InputError": "eddysky.simulator",
    "Survey": "eddysky.simulator.observation.survey",
    "compare": "eddysky.validation",
    "fit": "eddysky.validation",
    "forecast": "eddysky.validation",
    "plot_map": "eddysky.simulator.plots",
    "plot_power": "eddysky.validation.plots",
    "predict": "eddysky.validation",
    "read": "eddysky.simulator",
    "simulate": "eddysky.simulator",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used."""
    value: Any
    if name == "__version__":
        from importlib.metadata import version

        value = version("eddysky")
    elif name == "scenarios":
        value = import_module("eddysky.scenarios")
    elif name in _HOMES:
        value = getattr(import_module(_HOMES[name]), name)
    else:
        raise AttributeError(f"module 'eddysky' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """The public names, also those not yet imported."""
    return sorted({*globals(), *__all__})
