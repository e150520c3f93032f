"""The one exception for input that cannot be used; the command line turns it into exit code 2."""

from __future__ import annotations

__all__ = ["InputError"]


class InputError(ValueError):
    """Bad input: a message of one or two lines that names the key or file, the value and what is allowed."""
