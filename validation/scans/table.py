"""The table of a scan: one row a point, with units and descriptions, as ECSV."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import tomli_w

from eddysky.simulator.config.text_table import is_number
from eddysky.simulator.results.writing import check_overwriting, overwriting
from eddysky.validation.comparison.compare import compare
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.realizations import NoVerdictError
from eddysky.validation.scans.grid import Point, as_text, shared_seed

if TYPE_CHECKING:
    from astropy.table import Table

    from eddysky.simulator.results.result import Result
    from eddysky.validation.comparison.verdict import Comparison

__all__ = [
    "CONSISTENT",
    "NOT_CONSISTENT",
    "PENDING",
    "Row",
    "check_ours",
    "make_table",
    "write_table",
]

CONSISTENT, NOT_CONSISTENT, PENDING = "consistent", "not consistent", "not yet simulated"
# A line of the header of our tables.
MADE_BY = "made_by: eddysky scan"


@dataclass(frozen=True, slots=True)
class Row:
    """What the table says of a finished point.

    Parameters
    ----------
    realizations
        Size of its ensemble.
    c_ell, error, predicted
        Mean C_ℓ at the multipole of the table, its standard error, and the prediction.
    comparison
        Comparison with the theory; None if there is no verdict.
    verdict
        The verdict, or why there is none.
    """

    realizations: int
    c_ell: float
    error: float
    predicted: float
    comparison: Comparison | None
    verdict: str

    @classmethod
    def from_result(cls, result: Result, ell: int) -> Self:
        """Compare the ensemble of a point with the theory."""
        expected = Expectation.from_result(result)
        comparison = None
        try:
            comparison = compare(result, expected)
            verdict = CONSISTENT if comparison.consistent else NOT_CONSISTENT
        except NoVerdictError as error:
            verdict = f"no verdict: {error}"
        return cls(
            result.realizations,
            float(result.c_ell[ell]),
            float(result.error[ell]),
            float(expected.prediction.c_ell[ell]),
            comparison,
            verdict,
        )

    def __str__(self) -> str:
        words = [self.verdict]
        if (found := self.comparison) is not None:
            if found.amplitude is not None:
                words.append(f"amplitude {found.amplitude:.4f} ± {found.amplitude_error:.4f}")
            if found.slope is not None:
                words.append(str(found.slope))
            if found.p_value is not None:
                words.append(f"p = {found.p_value:.3g}")
        return ", ".join(words)


def make_table(
    points: Sequence[Point], rows: Mapping[str, Row], ell: int, scenario: str = ""
) -> Table:
    """Table of all points; those without a row are marked as not yet simulated.

    Parameters
    ----------
    points
        All points of the grid, in the order of the rows.
    rows
        Finished points, by the name of their file.
    ell
        Multipole of the columns c_ell.
    scenario
        Where the configuration is from.
    """
    from astropy.table import MaskedColumn, Table

    found = [rows.get(point.file) for point in points]
    compared = [row.comparison if row else None for row in found]
    slopes = [each.slope if each else None for each in compared]
    table = Table(
        meta={
            "made_by": MADE_BY.partition(": ")[2],
            "eddysky_version": version("eddysky"),
            "scenario": scenario,
            "grid": list(points[0].values),
            "ell": ell,
            "seeds": shared_seed(points) or "each point has its own",
            "configuration": common_configuration(points),
        }
    )
    for key in points[0].values:
        table[key] = grid_column([point.values[key] for point in points])
    measured: tuple[tuple[str, str, list[Any]], ...] = (
        ("realizations", "realisations so far", [row and row.realizations for row in found]),
        ("c_ell", f"mean C_{ell} of the relative intensity", [row and row.c_ell for row in found]),
        ("c_ell_error", "its standard error", [row and row.error for row in found]),
        ("c_ell_predicted", f"predicted C_{ell}", [row and row.predicted for row in found]),
        (
            "amplitude",
            "weighted mean of measured over predicted C_l",
            [each and each.amplitude for each in compared],
        ),
        ("amplitude_error", "its standard error", [each and each.amplitude_error for each in compared]),
        ("slope", "d ln C_l / d ln(l + 1/2)", [each and each.measured for each in slopes]),
        ("slope_error", "its standard error", [each and each.error for each in slopes]),
        ("slope_predicted", "predicted slope", [each and each.predicted for each in slopes]),
        ("slope_lmin", "first multipole of the slope", [each and each.lmin for each in slopes]),
        ("slope_lmax", "last multipole of the slope", [each and each.lmax for each in slopes]),
        ("chi2", "chi^2 against the prediction", [each and each.chi2 for each in compared]),
        ("dof", "its effective degrees of freedom", [each and each.dof for each in compared]),
        ("p_value", "probability of a larger chi^2", [each and each.p_value for each in compared]),
    )  # fmt: skip
    for name, description, values in measured:
        missing = [value is None or not math.isfinite(value) for value in values]
        kind = int if name in ("realizations", "slope_lmin", "slope_lmax") else float
        given = [0 if no else value for value, no in zip(values, missing, strict=True)]
        table[name] = MaskedColumn(given, mask=missing, dtype=kind, description=description)
    table["verdict"] = [row.verdict if row else PENDING for row in found]
    table["seed"] = [point.config.ensemble.seed for point in points]
    table["file"] = [point.file for point in points]
    table["verdict"].description = "agreement with the theory at a false-alarm rate of 0.3%"
    table["seed"].description = "ensemble.seed"
    table["file"].description = "results file"
    return table


def grid_column(values: Sequence[Any]) -> Any:
    """Column of one key: numbers, in their unit if they have one, or else text."""
    from astropy.table import Column

    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return Column(values, description="value of the grid")
    quantities = [as_text(value).split(" ") for value in values]
    units = {words[1] for words in quantities if len(words) == 2 and is_number(words[0])}
    if len(units) == 1 and all(len(words) == 2 for words in quantities):
        numbers = [float(words[0]) for words in quantities]
        return Column(numbers, unit=units.pop(), description="value of the grid")
    return Column([as_text(value) for value in values], description="value of the grid")


def common_configuration(points: Sequence[Point]) -> str:
    """TOML of the keys that have the same value at all points."""
    first, *others = (point.config.to_dict() for point in points)
    shared = {
        section: {
            key: value
            for key, value in values.items()
            if all(other[section].get(key) == value for other in others)
        }
        for section, values in first.items()
    }
    return tomli_w.dumps(shared)


def check_ours(path: Path) -> None:
    """Refuse to replace a file that is not the table of a scan.

    Raises
    ------
    InputError
        If it is something else.
    """
    check_overwriting(path, is_ours)


def is_ours(data: bytes) -> bool:
    """Whether a file that begins like this is the table of a scan."""
    return data.startswith(b"# %ECSV") and MADE_BY.encode() in data


def write_table(table: Table, path: Path) -> None:
    """Write a table as ECSV, so that it appears complete or not at all."""
    with overwriting(path, is_ours) as unfinished:
        table.write(unfinished, format="ascii.ecsv", delimiter=",")
