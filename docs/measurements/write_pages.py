"""Write docs/verification.md and docs/performance.md from the JSON files of this folder: `make measurements`.

    python docs/measurements/write_pages.py [FOLDER]

FOLDER is where the four measurements wrote their JSON; the files that it has are copied here first. The words of the
pages are in verification.txt and performance.txt; what stands there in double braces is filled in.
"""

from __future__ import annotations

import json
import math
import re
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from scipy import stats

HERE = Path(__file__).parent
MEASUREMENTS = ("study", "particle-study", "calibration", "bench")
NOTE = "<!-- Written by docs/measurements/write_pages.py; the words are in docs/measurements/{}.txt. -->\n\n"
# False-alarm rates: of each p-value, and of a pull beyond three standard errors.
ALARM, BEYOND_THREE = 1e-3, 2 * stats.norm.sf(3)

Row = dict[str, Any]


def number(value: Any, digits: int = 3) -> str:
    """A number with some digits; other values as they are."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return str(value).replace("|", "\\|")
    if value == 0 or (isinstance(value, int) and abs(value) < 10**6):
        return f"{value:.0f}"
    size = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
    if -3 <= size < 6:
        return f"{round(value, digits - 1 - size):.{max(digits - 1 - size, 0)}f}"
    return re.sub(r"e([+-])0*", lambda sign: "e" + sign[1].strip("+"), f"{value:.{digits - 1}e}")


def table(headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table in Markdown."""
    lines = [list(headings), *([number(cell) for cell in row] for row in rows)]
    lines.insert(1, ["---"] * len(lines[0]))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def span(values: Sequence[float], digits: int = 2) -> str:
    """The least and the largest of some numbers."""
    if not values:
        return "–"
    least, most = number(min(values), digits), number(max(values), digits)
    return least if least == most else f"{least} to {most}"


def head(measured: Row) -> str:
    """By what, when, how long, with what and on what a measurement was made."""
    given, versions = measured["machine"], dict(measured["versions"])
    own = f"eddysky {versions.pop('eddysky')}"
    commit = f" (commit {measured['commit']})" if measured["commit"] else ""
    others = ", ".join(f"{name} {version}" for name, version in versions.items())
    return (
        f"`{measured['command']}`, {measured['date']}, {duration(measured['seconds'])}, on {given['processor']}, "
        f"{given['cores']} cores, {given['memory_gb']:.0f} GB, {given['system']}. "
        f"{own}{commit}, Python {measured['python']}, {others}."
    )


def duration(seconds: float) -> str:
    """Minutes, or hours and minutes."""
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def outcome(study: Row) -> str:
    """How many rows pass, and which do not; and whether the study was interrupted."""
    rows, planned = study["rows"], study["planned"]
    failed = [row["name"] for row in rows if not row["passes"]]
    words = f"{len(rows) - len(failed)} of {len(rows)} pass" if failed else f"All {len(rows)} pass"
    words += f"; failed: {'; '.join(failed)}." if failed else "."
    return words + (
        f" The study is not complete: {planned} are planned." if len(rows) < planned else ""
    )


def passed(row: Row) -> str:
    """The last cell of a row."""
    return "yes" if row["passes"] else "**FAILS**"


def uniform(values: Sequence[float]) -> list[Any]:
    """Number of p-values in each fifth of [0, 1], the least, and the p-value of the test that they are uniform."""
    fifths = [sum(min(int(5 * p), 4) == i for p in values) for i in range(5)]
    return [len(values), *fifths, min(values), number(stats.kstest(values, "uniform").pvalue, 2)]


def fifths(kinds: dict[str, Sequence[float]]) -> str:
    """How p-values are distributed, by kind of test."""
    edges = [f"{i / 5:g}–{(i + 1) / 5:g}" for i in range(5)]
    headings = ["test", "p-values", *edges, "least", "p of uniform distribution"]
    return table(headings, ([name, *uniform(values)] for name, values in kinds.items() if values))


def study_words(study: Row) -> dict[str, str]:
    """What verification.txt takes from the study."""
    rows = study["rows"]
    chi2 = [row["p_value"] for row in rows]
    further = [p for row in rows for p in row["further"].values()]
    pulls = [row["slope"]["pull"] for row in rows if row["slope"]]
    expected = len(chi2 + further) * ALARM + (len(rows) + len(pulls)) * BEYOND_THREE
    families: dict[str, list[Row]] = {}
    for row in rows:
        families.setdefault(row["family"], []).append(row)
    return {
        "study head": head(study),
        "study outcome": outcome(study),
        "ensembles": str(len(rows)),
        "expected failures": number(expected, 2),
        "chance of a failure": f"{-math.expm1(-expected):.0%}",
        "p-values": str(len(chi2 + further)),
        "least p": number(min(chi2 + further), 2),
        "chance of least p": f"{1 - (1 - min(chi2 + further)) ** len(chi2 + further):.0%}",
        "slope pull": number(max(map(abs, pulls)), 2),
        "slope pull scatter": number(math.sqrt(sum(pull**2 for pull in pulls) / len(pulls)), 2),
        "families": table(
            ("sky", "ensembles", "pass", "p of χ²", "p of further tests", "slope pulls", "C_ℓ over prediction"),
            (family_row(name, families[name]) for name in sorted(families, key=family_order)),
        ),
        "distribution": fifths({"χ² of C_ℓ": chi2, "correlations and pitch-angle profiles": further}),
        "study rows": table(
            ("ensemble", "skies", "p of χ²", "mean pull", "C_ℓ over prediction", "slope", "predicted", "pull",
             "scatter", "least further p", "passes"),
            map(study_row, rows),
        ),
    }  # fmt: skip


def family_order(name: str) -> bool:
    """Skies of isotropic transport first, else as the study has them."""
    return not name.startswith("isotropic")


def family_row(name: str, rows: Sequence[Row]) -> list[Any]:
    """One line of the summary."""
    return [
        name,
        len(rows),
        sum(row["passes"] for row in rows),
        span([row["p_value"] for row in rows]),
        span([p for row in rows for p in row["further"].values()]),
        span([row["slope"]["pull"] for row in rows if row["slope"]]),
        span([row["amplitude"] for row in rows], 3),
    ]


def study_row(row: Row) -> list[Any]:
    """One ensemble."""
    slope, further = row["slope"], row["further"]
    least = min(further, key=further.get, default=None)
    return [
        row["name"],
        row["skies"],
        row["p_value"],
        f"{row['mean_pull']:.2f}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{row['mean_pull_error']:.2f}",
        f"{row['amplitude']:.4f}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{row['amplitude_error']:.4f}",
        f"{slope['measured']:.3f}\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{slope['error']:.3f}"
        if slope
        else None,
        f"{slope['predicted']:.3f}" if slope else None,
        f"{slope['pull']:.1f}" if slope else None,
        f"{row['scatter']:.2f}",
        least and f"{number(further[least])} ({least}, of {len(further)})",
        passed(row),
    ]


def particle_words(study: Row) -> dict[str, str]:
    """What verification.txt takes from the study of particles."""
    rows, kinds = study["rows"], {"map": "map", "alm": "a_ℓm", "cross": "cross-spectrum"}
    return {
        "particle head": head(study),
        "particle outcome": outcome(study),
        "particle expected failures": number(3 * len(rows) * ALARM, 2),
        "particle distribution": fifths({word: [row[key] for row in rows] for key, word in kinds.items()}),
        "particle rows": table(
            ("flow and particles", "particles", *(f"p of {word}" for word in kinds.values()), "passes"),
            ([row["name"], f"{row['particles']:.0e}".replace("+0", ""), *(row[key] for key in kinds), passed(row)]
             for row in rows),
        ),
    }  # fmt: skip


def calibration_words(calibration: Row) -> dict[str, str]:
    """What verification.txt takes from the calibration."""
    rows = calibration["rows"]
    judged, wrong = (sum(row[key] for row in rows) for key in ("judged", "contradicted"))
    # Three tests at 0.1% each.
    few, many = (
        stats.binom.sf(wrong - 1, judged, 3 * ALARM),
        stats.binom.cdf(wrong, judged, 3 * ALARM),
    )
    # One more, so that the error is not zero where none is contradicted.
    error = math.sqrt(wrong + 1) / judged
    return {
        "calibration head": head(calibration),
        "configurations": str(calibration["configurations"]),
        "seeds": f"{calibration['first_seed']} to {calibration['last_seed']}",
        "judged": str(judged),
        "contradicted": str(wrong),
        "alarm rate": f"{wrong / judged:.2%} ± {error:.2%}",
        "alarm p": number(min(1.0, 2 * min(few, many)), 2),
        "calibration rows": table(
            ("transport, sampling, skies in the ensemble", "judged", "contradicted", "not judged"),
            ([row["kind"], row["judged"], row["contradicted"], row["not_judged"]] for row in rows),
        ),
    }  # fmt: skip


def bench_words(bench: Row) -> dict[str, str]:
    """What performance.txt takes from the benchmarks, besides its tables."""

    def of(name: str, key: str, value: Any, column: str) -> Any:
        (found,) = (row for row in bench["tables"][name] if row[key] == value)
        return found[column]

    def of_sky(nside: int, column: str) -> str:
        return number(of("a map with its spectrum", "nside", nside, column), 2)

    def program(what: str) -> float:
        return float(of("the whole program", "what", what, "value"))

    sizes = of("cost against size", "cost_against", "modes, direct", "sizes").split(", ")
    times = of("cost against size", "cost_against", "modes, direct", "seconds").split(", ")
    skies = bench["tables"]["a map with its spectrum"]
    one = of("one realisation of the default scenario", "part", "one realisation, one thread", "ms")
    return {
        "bench head": head(bench),
        "ms a sky": number(one, 2),
        "ms a sky, direct": number(1e3 * float(times[sizes.index("4096")]), 2),
        "gain of two threads": number(of("cost against size", "cost_against", "threads, 1 to 2", "gain")),
        "scenario": number(program("default scenario with figures"), 2),
        "import": number(program("import eddysky.simulator"), 2),
        "first cold": number(program("first result, cold compile cache"), 2),
        "first warm": number(program("first result, warm compile cache"), 2),
        **{f"{column} {nside}": of_sky(nside, column) for nside in (64, 256)
           for column in ("script_over_ours", "script_over_side_by_side", "script_over_ours_cpu")},
        "difference": number(max(row["largest_c_l_difference"] for row in skies), 1),
        **{f"memory of {what}": number(program(f"peak memory, {what}") / 1e3, 2)
           for what in ("500 realisations", "20000 realisations", "1e8 particles", "nside 512")},
        "exponents": span([row["exponent"] for row in bench["tables"]["cost against size"] if row["exponent"]]),
    }  # fmt: skip


def described(tables: dict[str, list[Row]], words: str) -> str:
    """One benchmark's table: its name, then a line "key = heading" for each of its columns."""
    name, *lines = words.splitlines()
    headings = dict(line.rsplit(" = ", 1) for line in lines)
    rows = tables.pop(name)
    assert list(headings) == list(rows[0]), f"columns of {name}: {list(rows[0])}"
    return table(headings.values(), (row.values() for row in rows))


def filled(text: str, words: dict[str, str], tables: dict[str, list[Row]]) -> str:
    """A page: the text with its braces filled in; every table of the benchmarks must be in it."""
    left = dict(tables)

    def fill(found: re.Match[str]) -> str:
        name = found[1].strip()
        return described(left, name[7:]) if name.startswith("table: ") else words[name]

    page = re.sub(r"\{\{(.*?)\}\}", fill, text, flags=re.DOTALL)
    assert not left, f"not described: {', '.join(left)}"
    return page


def pages(measured: dict[str, Row]) -> dict[str, str]:
    """The text of both pages, by name."""
    verification = (
        study_words(measured["study"])
        | particle_words(measured["particle-study"])
        | calibration_words(measured["calibration"])
    )
    words = {"verification": (verification, {})}
    words["performance"] = (bench_words(measured["bench"]), measured["bench"]["tables"])
    return {
        name: NOTE.format(name) + filled((HERE / f"{name}.txt").read_text(encoding="utf-8"), *given)
        for name, given in words.items()
    }


def main(folder: Path) -> None:
    """Take new measurements from a folder, and write both pages."""
    for name in MEASUREMENTS:
        if (folder / f"{name}.json").exists():
            shutil.copyfile(folder / f"{name}.json", HERE / f"{name}.json")
    measured = {
        name: json.loads((HERE / f"{name}.json").read_text(encoding="utf-8"))
        for name in MEASUREMENTS
    }
    for name, text in pages(measured).items():
        (HERE.parent / f"{name}.md").write_text(text, encoding="utf-8")
        print(f"written: docs/{name}.md")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "results"))
