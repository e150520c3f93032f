"""Arguments and options that several commands share."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from eddysky.cli.completion import complete_setting, complete_target
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.filenames import FORMATS

__all__ = [
    "COORDINATES",
    "bins_option",
    "column_option",
    "counts_option",
    "engine_options",
    "figure_option",
    "format_option",
    "input_coordinates_option",
    "json_option",
    "lmin_option",
    "lock_option",
    "quiet_option",
    "results_argument",
    "set_option",
    "slice_option",
    "subtract_option",
    "table_option",
    "target_argument",
    "workers_option",
]

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

# Allowed endings of -o FIGURE.
FIGURES = tuple(f".{kind}" for kind in FORMATS)

# Letters of axes by the values of --coordinates and --input-coordinates.
COORDINATES = {"equatorial": "C", "galactic": "G", "ecliptic": "E"}


def _one_of(
    context: click.Context, option: click.Parameter, given: tuple[bool, ...]
) -> bool | None:
    """The value of an option --a/--b; click would take the last of two that contradict each other."""
    if len(set(given)) > 1:
        raise InputError(
            f"{' and '.join([*option.opts, *option.secondary_opts])}: only one of them"
        )
    return given[0] if given else None


target_argument = click.argument(
    "target", metavar="SCENARIO|FILE.toml|FILE.py", default="", shell_complete=complete_target
)
set_option = click.option(
    "--set", "settings", multiple=True, metavar="KEY=VALUE", shell_complete=complete_setting,
    help="Change one key, such as flow.index=1.5 or flow.outer_scale='500 pc'; may be repeated.",
)  # fmt: skip
results_argument = click.argument("results", metavar="OUT.h5", type=click.Path(path_type=Path))
bins_option = click.option(
    "--bins", type=click.IntRange(1, 1000), default=20, show_default=True,
    help="Bins of equal width in mu = -n.b, the cosine of the pitch angle.",
)  # fmt: skip
column_option = click.option(
    "--column", metavar="NAME|N",
    help="Column of a map, by name or by number from 1 (not counting that of the pixels); the first by default.",
)  # fmt: skip
counts_option = click.option(
    "--counts/--intensity", "counts", multiple=True, callback=_one_of,
    help="A map holds numbers of events, to be divided by their mean on each ring of declination, or relative "
    "intensity; by default as its column's name, unit and values say.",
)  # fmt: skip
input_coordinates_option = click.option(
    "--input-coordinates", type=click.Choice(list(COORDINATES)),
    help="Axes of a map or of a_lm whose file does not state them; equatorial by default.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="All numbers as JSON.")
quiet_option = click.option(
    "--quiet", is_flag=True, callback=lambda context, option, given: given or not on_a_terminal(),
    help="No progress bar; there is none anyway where standard error is not a terminal.",
)  # fmt: skip
workers_option = click.option(
    "--workers", type=click.IntRange(min=1), help="Threads; all cores by default."
)
format_option = click.option(
    "--format", "formats", multiple=True, type=click.Choice(FORMATS), default=[FORMATS[0]],
    show_default=True, help="Format of the figures; may be repeated.",
)  # fmt: skip
lock_option = click.option(
    "--no-lock", is_flag=True,
    help="For file systems without locks: a second run of the same file is not noticed.",
)  # fmt: skip
lmin_option = click.option(
    "--lmin", type=click.IntRange(min=1), default=2, show_default=True, help="Lowest multipole."
)


def on_a_terminal() -> bool:
    """Whether standard error is one."""
    return sys.stderr is not None and not sys.stderr.closed and sys.stderr.isatty()


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options --workers and --scheduler: what makes the realisations."""
    scheduler = click.option(
        "--scheduler", metavar="ADDRESS|FILE.json",
        help="Scheduler of a Dask cluster, whose workers simulate; needs eddysky[cluster].",
    )  # fmt: skip
    return workers_option(scheduler(command))


def slice_option(words: str) -> Decorator:
    """Option --slice I/N; "" where it is given without I/N."""
    return click.option(
        "--slice", "chosen_slice", is_flag=False, flag_value="", metavar="I/N", help=words
    )


def figure_option(words: str) -> Decorator:
    """Option -o FIGURE.png; other endings, and files of others, are refused before any computation."""

    def check(context: click.Context, option: click.Parameter, given: Path | None) -> Path | None:
        if given is not None and given.suffix.lower() not in FIGURES:
            raise InputError(f"--output {given}: must end in {', '.join(FIGURES)}")
        if given is not None:
            from eddysky.simulator.plots.style import check_figure

            check_figure(given)
        return given

    return click.option(
        "-o", "--output", type=click.Path(path_type=Path), metavar="FIGURE.png", callback=check,
        help=f"{words} (.png, .pdf or .svg).",
    )  # fmt: skip


def subtract_option(words: str, default: int | None = None) -> Decorator:
    """Option --subtract-multipoles L."""
    return click.option(
        "--subtract-multipoles", type=click.IntRange(0, 10), metavar="L", default=default,
        show_default=True, help=words,
    )  # fmt: skip


def table_option(*, csv: bool, table: str = "aligned columns") -> Decorator:
    """Option --csv/--table.

    Parameters
    ----------
    csv
        Whether CSV is the default.
    table
        What --table prints, in words.
    """
    marks = (" (default)", "") if csv else ("", " (default)")
    return click.option(
        "--csv/--table", "as_csv", default=csv,
        help=f"Comma-separated values{marks[0]} or {table}{marks[1]}.",
    )  # fmt: skip
