"""Angular power spectra as text tables for other programs, in the forms that `eddysky fit` and `eddysky plot` read.

CSV has the parameters of the simulation as comments (`fit_assumptions`). ECSV, which astropy reads, has them as
metadata, each a value with its unit (`metadata`), and the whole configuration as TOML text.
"""

from __future__ import annotations

import io
import math
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import counted
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.fit_assumptions import comment_lines
from eddysky.simulator.io.metadata import metadata
from eddysky.simulator.io.tables import text_table
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.writing import new_file

__all__ = ["PREDICTION", "ecsv_text", "export_power"]

# What the metadata of a prediction says that it is.
PREDICTION = "prediction"
DESCRIPTIONS = {
    "ell": "multipole",
    "c_ell": "C_l of the relative intensity df/f, sum of |a_lm|^2 over m / (2 l + 1)",
    "error": "standard error of c_ell",
    "noise": "C_l of the shot noise of the particles of one sky",
}


def export_power(result: Result, path: Path, row: int | None = None, *, ecsv: bool = False) -> None:
    """Write C_ℓ for ℓ ≥ 1, the ensemble mean with its standard error or one realisation, and what fits need to know.

    Parameters
    ----------
    result
        An ensemble.
    path
        File to make.
    row
        Realisation to write instead of the mean; that, and the mean of one, has no column of errors.
    ecsv
        Whether it is ECSV, or CSV.

    Raises
    ------
    InputError
        If there is no such realisation, or the file exists or cannot be written.
    """
    count = len(result.power)
    if row is not None and not 0 <= row < count:
        raise InputError(f"row = {row}: there are {counted(count)}, numbered from 0")
    power = result.power[:, 1:] if row is None else result.power[row : row + 1, 1:]
    what = f"mean of {counted(count)}" if row is None else f"realisation {int(result.index[row])}"
    columns: dict[str, NDArray[Any]] = {
        "ell": np.arange(1, power.shape[1] + 1), "c_ell": power.mean(axis=0)
    }  # fmt: skip
    if len(power) > 1:
        columns["error"] = power.std(axis=0, ddof=1) / math.sqrt(len(power))
    config = result.config
    if ecsv:
        text = ecsv_text(columns, config, {"content": what, "realizations": len(power)})
    else:
        errors = " with standard errors" if "error" in columns else ""
        lines = [
            f"# C_l of the relative intensity, {what}{errors}; simulated by eddysky {version('eddysky')}",
            f"# {config.transport.mode} transport, nside {config.sky.nside}, seed {config.ensemble.seed}",
            *comment_lines(config, len(power)),
            text_table(list(columns), zip(*columns.values(), strict=True), digits=6),
        ]
        text = "\n".join(lines)
    with new_file(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def ecsv_text(columns: Mapping[str, NDArray[Any]], config: Config, about: Mapping[str, Any]) -> str:
    """A table of C_ℓ as ECSV text, numbers to the last digit.

    Parameters
    ----------
    columns
        Those of `DESCRIPTIONS`, by name; all are pure numbers.
    config
        Configuration that they belong to.
    about
        Further metadata, which precede those of the configuration.
    """
    from astropy.table import Table

    entries = {entry.key: entry.text for entry in metadata(config)}
    table = Table(dict(columns), meta={**about, **entries, "configuration": config.to_toml()})
    for name in columns:
        table[name].description = DESCRIPTIONS[name]
    text = io.StringIO()
    table.write(text, format="ascii.ecsv")
    return text.getvalue()
