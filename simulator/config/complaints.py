"""What is wrong with a configuration, in one line: key, value and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from eddysky.simulator.config.components import Component
from eddysky.simulator.config.section import Section

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
        message = f"{key} = {show(first['input'])}: {uncapitalised(reason)}"
    more = len(complaints) - 1
    return message + (f" (and {more} more)" if more else "")


def uncapitalised(sentence: str) -> str:
    """A sentence that goes on: no capital, unless its first word is a symbol, as TeV is."""
    word = sentence.split(" ")[0]
    symbol = len(word) == 1 or word[1:] != word[1:].lower()
    return sentence if symbol else sentence[:1].lower() + sentence[1:]


def show(value: Any) -> str:
    """A value as it would stand in TOML, cut to a length that fits a line."""
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    if isinstance(value, bool):
        text = text.lower()
    return text if len(text) <= 60 else text[:57] + "..."


def allowed_keys(location: tuple[int | str, ...], sections: Mapping[str, type[Section]]) -> str:
    """The keys that exist where an unknown one was found."""
    if len(location) == 1:
        place, keys = "sections are", list(sections)
    elif "component" in location[:-1]:
        place, keys = "[[flow.component]] has", list(Component.model_fields)
    else:
        name = str(location[0])
        place, keys = f"[{name}] has", list(sections[name].model_fields)
    near = difflib.get_close_matches(str(location[-1]), keys, n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    return f"{guess}{place} {', '.join(keys)}"
