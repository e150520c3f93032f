"""How two configurations differ, in words."""

from __future__ import annotations

import reprlib
from collections.abc import Iterable
from typing import Any

from eddysky.simulator.config import Config

__all__ = ["difference"]

# Lists up to this length are shown in full.
VECTOR = 3


def difference(found: Config, wanted: Config) -> str:
    """First key in which two configurations differ, with both values."""
    theirs, ours = found.to_dict(), wanted.to_dict()
    theirs["ensemble"]["realizations"] = ours["ensemble"]["realizations"]
    name, was, now = first_difference("", theirs, ours)
    words = [v if isinstance(v, str) else reprlib.repr(v) for v in (was, now)]
    return f"{name} was {words[0]}, now {words[1]}"


def first_difference(name: str, was: Any, now: Any) -> tuple[str, Any, Any]:
    """Name and values of the first difference inside nested tables; long lists are entered, vectors are not."""
    keys: Iterable[str | int] = ()
    if isinstance(was, dict) and isinstance(now, dict):
        # A velocity field from outside comes first: what it leaves without meaning is not the reason.
        keys = sorted(was.keys() | now.keys(), key=lambda key: (key != "field", key))
        was, now = ({key: values.get(key) for key in keys} for values in (was, now))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        nested = any(isinstance(value, dict) for value in (*was, *now))
        keys = range(len(was)) if nested or len(was) > VECTOR else ()
    for key in keys:
        if was[key] != now[key]:
            return first_difference(f"{name}.{key}".lstrip("."), was[key], now[key])
    return name, was, now
