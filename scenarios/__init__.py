"""Ready-made runs, one file each.

`SCENARIOS` holds eddysky's own by name, the default first; `names` and `get` know those of other packages too, and
`from_file` reads one from a file. A scenario gives its configuration with `config()`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eddysky.scenarios.files import from_file
from eddysky.scenarios.scenario import Outcome, Scenario

if TYPE_CHECKING:
    from eddysky.scenarios.registry import SCENARIOS, get, names

__all__ = ["SCENARIOS", "Outcome", "Scenario", "from_file", "get", "names"]


def __getattr__(name: str) -> Any:
    """Import the scenarios when they are asked for: one that runs as a script must not be imported before."""
    if name not in ("SCENARIOS", "get", "names"):
        raise AttributeError(f"module 'eddysky.scenarios' has no attribute {name!r}")
    from eddysky.scenarios import registry

    return getattr(registry, name)
