"""eddysky: eddies seen on the sky. Anisotropy of cosmic rays from turbulent flows.

Each name is imported when it is first used, so that `import eddysky` is fast.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import extend_path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eddysky import scenarios
    from eddysky.simulator import (
        Column,
        Config,
        InputError,
        Survey,
        observe,
        read,
        read_observation,
        simulate,
    )
    from eddysky.simulator.io.sky_fits import read_map
    from eddysky.simulator.plots import draw_map, plot_map, plot_observation, plot_sky
    from eddysky.validation import compare, fit, forecast, predict
    from eddysky.validation.plots import draw_power, plot_power, plot_spectra

    __version__: str

__all__ = [
    "Column",
    "Config",
    "InputError",
    "Survey",
    "__version__",
    "compare",
    "draw_map",
    "draw_power",
    "fit",
    "forecast",
    "observe",
    "plot_map",
    "plot_observation",
    "plot_power",
    "plot_sky",
    "plot_spectra",
    "predict",
    "read",
    "read_map",
    "read_observation",
    "scenarios",
    "simulate",
]

# In a checkout Python imports this folder instead of the installed package, which contains the other folders.
__path__ = extend_path(__path__, __name__)

_HOMES = {
    "Column": "eddysky.simulator",
    "Config": "eddysky.simulator",
    "InputError": "eddysky.simulator",
    "Survey": "eddysky.simulator",
    "compare": "eddysky.validation",
    "draw_map": "eddysky.simulator.plots",
    "draw_power": "eddysky.validation.plots",
    "fit": "eddysky.validation",
    "forecast": "eddysky.validation",
    "observe": "eddysky.simulator",
    "plot_map": "eddysky.simulator.plots",
    "plot_observation": "eddysky.simulator.plots",
    "plot_power": "eddysky.validation.plots",
    "plot_sky": "eddysky.simulator.plots",
    "plot_spectra": "eddysky.validation.plots",
    "predict": "eddysky.validation",
    "read": "eddysky.simulator",
    "read_map": "eddysky.simulator.io.sky_fits",
    "read_observation": "eddysky.simulator",
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
