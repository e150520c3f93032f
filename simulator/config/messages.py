"""Error messages for invalid configurations: one line with the key, the value and what is allowed."""

from __future__ import annotations

import difflib
from typing import Any, get_args

from astropy import units
from pydantic import BaseModel, ValidationError

__all__ = ["error_message"]


def error_message(error: ValidationError, model: type[BaseModel], section: str = "") -> str:
    """Format the first error that pydantic reports: key, value and what is allowed, in one line.

    Parameters
    ----------
    error
        Pydantic's error.
    model
        Class that was validated: a configuration or one of its sections.
    section
        Name of the section, empty for a configuration.

    Returns
    -------
    str
        The message, with the number of further errors.
    """
    problems = error.errors(include_url=False)
    first = problems[0]
    place = first["loc"]
    key = ".".join([*filter(None, [section]), *map(str, place)])
    kind, context = first["type"], first.get("ctx", {})
    if kind == "extra_forbidden":
        message = f"{key}: unknown key; {allowed_keys(place, model, section)}"
    elif kind == "value_error" and is_whole(place, section):
        # Raised by a section or a component as a whole: the message names the key itself, relative to its section.
        message = f"{key}.{context['error']}" if key else str(context["error"])
    elif kind in ("tuple_type", "missing", "too_long"):
        # Vectors and the gradient are the only keys of a fixed number of values; its index does not help.
        key = ".".join([*filter(None, [section]), *(p for p in place if isinstance(p, str))])
        rows = "three rows of three values" if key.endswith("velocity_gradient") else "three values"
        message = f"{key} = {show(first['input'])}: must be {rows}, each with its unit"
    else:
        reason = str(context["error"]) if kind == "value_error" else first["msg"]
        message = f"{key} = {show(first['input'])}: {uncapitalised(reason)}"
    more = len(problems) - 1
    return message + (f" (and {more} more)" if more else "")


def is_whole(place: tuple[int | str, ...], section: str) -> bool:
    """Whether an error concerns a whole configuration, section or component instead of one key."""
    return len(place) <= (0 if section else 1) or place[-2:-1] == ("component",)


def uncapitalised(sentence: str) -> str:
    """Lower-case the first letter, unless the first word is a symbol such as TeV."""
    word = sentence.split(" ")[0]
    symbol = len(word) == 1 or word[1:] != word[1:].lower()
    return sentence if symbol else sentence[:1].lower() + sentence[1:]


def show(value: Any) -> str:
    """Format a value as in TOML, cut to 60 characters."""
    text = str(value) if isinstance(value, units.Quantity) else repr(value)
    if isinstance(value, str):
        text = f'"{value}"'
    if isinstance(value, bool):
        text = text.lower()
    return text if len(text) <= 60 else text[:57] + "..."


def allowed_keys(place: tuple[int | str, ...], model: type[BaseModel], section: str) -> str:
    """List the keys that are allowed where an unknown key stands."""
    name = section
    for part in place[:-1]:
        if isinstance(part, str):
            name, model = part, section_type(model.model_fields[part].annotation)
    where = "[[flow.component]] has" if name.endswith("component") else f"[{name}] has"
    keys = list(model.model_fields)
    near = difflib.get_close_matches(str(place[-1]), keys, n=1)
    guess = f"did you mean {near[0]}? " if near else ""
    return f"{guess}{where if name else 'sections are'} {', '.join(keys)}"


def section_type(annotation: Any) -> type[BaseModel]:
    """Type of a section, or of the members of a tuple of sections."""
    inner = get_args(annotation)
    found: type[BaseModel] = inner[0] if inner else annotation
    return found
