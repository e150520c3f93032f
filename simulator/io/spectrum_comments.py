"""Comments of an exported spectrum that say what was simulated, so that a fit need not be told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from eddysky.simulator.config.text_table import numbered_lines
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.fit_assumptions import VARIES, Assumptions, from_config, read_value

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.validation.fitting.spectral_models import Parameter, Value

__all__ = ["comments", "from_comments"]

MARK = "# eddysky:"
ASSIGNMENT = re.compile(r"([^\s=]+)\s*=\s*(.*)")
UNITS = {
    "mean_free_path": "pc",
    "reference_scale": "pc",
    "outer_scale": "pc",
    "inner_scale": "pc",
    "energy": "TeV",
}
# What the comments of a table may say besides parameters of a model.
ABOUT = ("model", "realizations", "spectrum", "taylor_order", "lmin")


def comments(config: Config, realizations: int) -> list[str]:
    """Comment lines that say what `from_config` does, and how many skies were averaged."""
    known = from_config(config, "")
    about = {"model": known.model, "realizations": realizations}
    if known.spectrum != "power-law":
        about["spectrum"] = known.spectrum
    if known.taylor_order is not None:
        about["taylor_order"] = known.taylor_order
    if known.lmin > 1:
        about["lmin"] = known.lmin
    lines = [f"{MARK} {key} = {value}" for key, value in about.items()]
    return lines + [f"{MARK} {key} = {written(key, value)}" for key, value in known.values.items()]


def written(key: str, value: Value) -> str:
    """A value as --fix reads it, to the last digit."""
    if isinstance(value, str):
        return value
    return f"{value!r}".removesuffix(".0") + (f" {UNITS[key]}" if key in UNITS else "")


def from_comments(path: Path, known: Mapping[str, Parameter]) -> Assumptions | None:
    """What the comments of a table say; None: nothing.

    Parameters
    ----------
    path
        The table.
    known
        Parameters of models, by name.

    Raises
    ------
    InputError
        If the file cannot be read, or such a comment cannot be understood: names its line.
    """
    values: dict[str, Value] = {}
    about: dict[str, str] = {}
    for number, line in numbered_lines(path):
        if not line.startswith(MARK):
            continue
        where = f"{path}: line {number}"
        match = ASSIGNMENT.fullmatch(line.removeprefix(MARK).strip())
        if match is None:
            raise InputError(f"{where}: must be {MARK} KEY = VALUE")
        key, text = match.groups()
        if key in values or key in about:
            raise InputError(f"{where}: {key} is given twice")
        if key in ABOUT:
            about[key] = text
        elif key in known:
            varies = key == "transverse_fraction" and text == VARIES
            values[key] = VARIES if varies else read_value(f"{where}: {key}", text, known[key])
        else:
            raise InputError(f"{where}: {key}: unknown key; keys are {', '.join([*ABOUT, *known])}")
    if not values and not about:
        return None
    if about.get("model", "isotropic") not in ("isotropic", "parallel"):
        raise InputError(f"{path}: model = {about['model']}: must be isotropic or parallel")
    order = read_count(path, about, "taylor_order", 0)
    return Assumptions(
        str(path),
        values,
        model=about.get("model"),
        realizations=read_count(path, about, "realizations", 1),
        spectrum=about.get("spectrum", "power-law"),
        taylor_order=order,
        lmin=read_count(path, about, "lmin", 1) or 1,
    )


def read_count(path: Path, about: Mapping[str, str], key: str, lowest: int) -> int | None:
    """A whole number of the comments of a table, if it is there."""
    if key not in about:
        return None
    text = about[key]
    if not (text.isascii() and text.isdigit() and len(text) < 10 and int(text) >= lowest):
        raise InputError(f"{path}: {key} = {text}: must be a whole number >= {lowest}")
    return int(text)
