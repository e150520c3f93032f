"""What is wrong with a configuration, in one line: key, value and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from eddysky.simulator.components import Component
from eddysky.simulator.section import Section

__all__ = ["describe"]


def describe(error: ValidationError, sections: Mapping[str, type[Section]]) -> str:
    """First of pydantic's complaints as one line: key, value and what is allowed."""
    complaints = error.errors(include_url=False)
    first = complaints[0]
    key = ".".join(str(part) for part in first["loc"])
    kind, context = first["type"], first.get("ctx", {})
    if kind == "extra_forbidden":
        message = f"{key}: unknown key; {allowed_keys(first['loc'], sections)}"
    elif kind == "value_error" and (len(first["loc"]) <= 1 or first["loc"][-2] == "component"):
        # Raised by a section or a component as a whole: the message names the key itself, relative to its section.
        message = f"{key}.{context['error']}" if key else str(context["error"])
    else:
        reason = str(context["error"]) if kind == "value_error" else first["msg"]
        message = f"{key} = {show(first['input'])}: {reason[0].lower()}{reason[1:]}"
    more = len(complaints) - 1
    return message + (f" (and {more} more)" if more else "")


def show(value: Any) -> str:
    """A value as it would stand in TOML, cut to a length that fits a line."""
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    if isinstance(value, bool):
        text = text.lower()
    return text if len(text) <= 60 else text[:57] + "..."


def allowed_keys(location: tuple[int | str, ...], sections: Mapping[str, type[Section]]) -> str:
    """The keys that exist where an unknown one was found."""
    if len(location) == 1:
        return "sections are " + ", ".join(sections)
    name = str(location[0])
    if "component" in location[:-1]:
        return "[[flow.component]] has " + ", ".join(Component.model_fields)
    return f"[{name}] has " + ", ".join(sections[name].model_fields)
