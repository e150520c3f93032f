"""The law of the free path that a configuration gives: a name, a law, or a table of name, version and parameters."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

from eddysky.simulator.config.free_path import BUILT_IN, FreePathLaw
from eddysky.simulator.config.free_path_check import check_law
from eddysky.simulator.config.named_free_paths import MissingPath, free_path_law, installed_law

__all__ = ["GivenFreePath"]

KEYS = ("name", "version", "parameters")


def read_free_path(given: Any) -> str | FreePathLaw:
    """Name of a built-in law, or a law.

    Raises
    ------
    ValueError
        If there is no such law, or it is not one.
    """
    if isinstance(given, str):
        # Configurations name our own laws by a word, and the order of an Erlang law has a key of its own.
        return given if given in BUILT_IN else free_path_law(given)
    if isinstance(given, MissingPath):
        return given
    if isinstance(given, Mapping):
        name, parameters = given.get("name"), given.get("parameters", {})
        version = given.get("version")
        good = isinstance(name, str) and isinstance(parameters, Mapping)
        if not good or not isinstance(version, str | None) or not set(given) <= set(KEYS):
            raise ValueError(f"a table must have a name and may have {' and '.join(KEYS[1:])}")
        if name in BUILT_IN:
            raise ValueError(
                f'name = "{name}" is a built-in law; give free_path = "{name}" itself, '
                'and with "erlang" erlang_order'
            )
        return installed_law(str(name), version, parameters)
    check_law(given)
    dump_free_path(given)
    law: FreePathLaw = given
    return law


def dump_free_path(given: str | FreePathLaw) -> str | dict[str, Any]:
    """The name, or all that identifies the law, for TOML."""
    if isinstance(given, str):
        return given
    try:
        parameters = {str(key): _toml_value(value) for key, value in given.parameters.items()}
    except TypeError as error:
        raise ValueError(f"{given.name!r}: its parameters must be plain values: {error}") from None
    return {"name": given.name, "version": given.version, "parameters": parameters}


def _toml_value(value: Any) -> Any:
    """A parameter as TOML has it."""
    if isinstance(value, bool | str | int):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, list | tuple):
        return [_toml_value(item) for item in value]
    raise TypeError(f"{value!r}; give it a `parameters` of numbers, words and lists of them")


# Any, because pydantic checks nothing beyond what these functions do.
GivenFreePath = Annotated[Any, BeforeValidator(read_free_path), PlainSerializer(dump_free_path)]
