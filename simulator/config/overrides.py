"""Keys changed on top of a configuration, such as {"flow.index": 1.5} or --set of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from eddysky.simulator.config.collisions import names_file
from eddysky.simulator.config.reading import expanded
from eddysky.simulator.errors import InputError

__all__ = ["found_from_here", "with_overrides"]

# Keys that may name a file.
TABLE_KEYS = ("flow.table", "flow.transverse_fraction", "transport.collisions")


def found_from_here(key: str, value: Any) -> Any:
    """Make the names of tables in an override absolute, from the working directory."""
    named = key != "transport.collisions" or names_file(value)
    if key in TABLE_KEYS and isinstance(value, str) and named:
        try:
            return str(expanded(value).absolute())
        except ValueError as error:
            raise InputError(f"{key} = {value!r}: {error}") from None
    if key == "cosmic_rays.energy_response" and isinstance(value, dict):
        named = isinstance(value.get("table"), str)
        return value | {"table": found_from_here("flow.table", value["table"])} if named else value
    if key == "flow.component" and isinstance(value, list):
        return [
            {name: found_from_here(f"flow.{name}", given) for name, given in part.items()}
            if isinstance(part, dict)
            else part
            for part in value
        ]
    return value


def with_overrides(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested dictionaries with dotted keys replaced."""
    result = {key: dict(v) if isinstance(v, Mapping) else v for key, v in values.items()}
    if not isinstance(overrides, Mapping):
        raise InputError(f'{overrides!r}: expected a dictionary such as {{"sky.nside": 32}}')
    for dotted, value in overrides.items():
        section, _, key = str(dotted).partition(".")
        if not section or not key or not isinstance(result.setdefault(section, {}), dict):
            raise InputError(f"{dotted}: not a key; keys look like flow.index or sky.nside")
        result[section][key] = value
    return result
