"""Angular power spectra as text tables, in the form that `eddysky fit` reads."""

from __future__ import annotations

import math
from importlib.metadata import version
from pathlib import Path

from eddysky.simulator.config.descriptions import counted
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.fit_assumptions import comment_lines
from eddysky.simulator.io.tables import text_table
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.writing import new_file

__all__ = ["export_power"]


def export_power(result: Result, path: Path, row: int | None = None) -> None:
    """Write C_ℓ for ℓ ≥ 1, the ensemble mean with its standard error or one realisation, and what fits need to know.

    Parameters
    ----------
    result
        An ensemble.
    path
        CSV file to make.
    row
        Realisation to write instead of the mean; that, and the mean of one, has no column of errors.

    Raises
    ------
    InputError
        If there is no such realisation, or the file exists or cannot be written.
    """
    count = len(result.power)
    if row is not None and not 0 <= row < count:
        raise InputError(f"row = {row}: there are {counted(count)}, numbered from 0")
    power = result.power[:, 1:] if row is None else result.power[row : row + 1, 1:]
    what = "C_l of the relative intensity, " + (
        f"mean of {counted(count)}" if row is None else f"realisation {int(result.index[row])}"
    )
    columns = [power.mean(axis=0)]
    names = ["ell", "c_ell"]
    if len(power) > 1:
        columns.append(power.std(axis=0, ddof=1) / math.sqrt(len(power)))
        names.append("error")
        what += " with standard errors"
    config = result.config
    lines = [
        f"# {what}; simulated by eddysky {version('eddysky')}",
        f"# {config.transport.mode} transport, nside {config.sky.nside}, seed {config.ensemble.seed}",
        *comment_lines(config, len(power)),
        text_table(names, zip(range(1, power.shape[1] + 1), *columns, strict=True), digits=6),
    ]
    with new_file(path) as unfinished:
        unfinished.write_text("\n".join(lines), encoding="utf-8")
