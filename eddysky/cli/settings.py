"""Values of keys on the command line: --set KEY=VALUE and --grid KEY=VALUE,VALUE,..."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from typing import Any

from eddysky.simulator.errors import InputError

__all__ = ["read_grid", "read_settings"]

CLOSING = {"[": "]", "{": "}"}


def read_settings(settings: Sequence[str]) -> dict[str, Any]:
    """Values by key from KEY=VALUE; a value is TOML, or text if it is not valid TOML.

    Raises
    ------
    InputError
        If one is not of that form.
    """
    pairs = [_split(f"--set {setting}", setting, "flow.index=1.5") for setting in settings]
    return {key: _value(text) for key, text in pairs}


def read_grid(options: Sequence[str], settings: Sequence[str] = ()) -> dict[str, list[Any]]:
    """Lists of values by key from KEY=VALUE,VALUE,...; commas in quotes and brackets do not separate.

    Parameters
    ----------
    options
        Those of --grid.
    settings
        Those of --set, which must change other keys.

    Raises
    ------
    InputError
        If one is not of that form, a value is empty, or a key is given twice.
    """
    grid: dict[str, list[Any]] = {}
    fixed = read_settings(settings)
    for option in options:
        where = f"--grid {option}"
        key, text = _split(where, option, "flow.index=1.5,1.6667")
        if key in grid or key in fixed:
            raise InputError(
                f"{where}: {key} is given twice{', by --set too' if key in fixed else ''}"
            )
        words = _parts(text)
        if not all(words):
            raise InputError(f"{where}: a value of {key} is empty")
        grid[key] = [_value(word) for word in words]
    return grid


def _split(where: str, text: str, example: str) -> tuple[str, str]:
    """Key and value."""
    option = where.split(" ")[0]
    if "\n" in text or "\r" in text:
        raise InputError(f"{where}: one KEY=VALUE in one line; repeat {option} for more")
    key, equals, value = text.partition("=")
    section, _, name = key.strip().partition(".")
    if not equals or not section or not name:
        raise InputError(f"{where}: expected SECTION.KEY=VALUE, such as {example}")
    return key.strip(), value


def _value(text: str) -> Any:
    """Value in TOML, or else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text.strip()


def _parts(text: str) -> list[str]:
    """Text between the commas outside quotes and brackets; a quote within a word is an apostrophe."""
    parts, quote, open_brackets, escaped = [""], "", "", False
    for character in text:
        if quote:
            if character == quote and not escaped:
                quote = ""
            escaped = character == "\\" and quote == '"' and not escaped
        elif character in "\"'" and (open_brackets or not parts[-1].strip()):
            quote = character
        elif character in CLOSING:
            open_brackets += CLOSING[character]
        elif open_brackets and character == open_brackets[-1]:
            open_brackets = open_brackets[:-1]
        elif character == "," and not open_brackets:
            parts.append("")
            continue
        parts[-1] += character
    return [part.strip() for part in parts]
