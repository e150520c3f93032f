"""Scenarios in files of the user's own: FILE.py defines SCENARIO = Scenario(...)."""

from __future__ import annotations

import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from eddysky.scenarios.scenario import Scenario
from eddysky.simulator.errors import InputError

__all__ = ["errors_of", "from_file"]


def from_file(path: str | Path) -> Scenario:
    """Run a Python file and take the scenario that it defines; its name is that of the file.

    Parameters
    ----------
    path
        Python file that defines SCENARIO = Scenario(...). Modules beside it can be imported in it.

    Raises
    ------
    InputError
        If the file cannot be read or run, or defines no such scenario: names the line where there is one.
    """
    from eddysky.simulator.config.reading import read_text

    file = Path(path)
    read_text(file, "a Python file")
    folder = str(file.absolute().parent)
    if folder not in sys.path:
        # Last, so that no file beside it hides a module of the library.
        sys.path.append(folder)
    with errors_of(file, loading=True):
        defined = runpy.run_path(str(file), run_name="scenario_file")
    scenario = defined.get("SCENARIO")
    if not isinstance(scenario, Scenario):
        found = f"is {scenario!r:.60}" if "SCENARIO" in defined else "is missing"
        raise InputError(
            f"{file}: SCENARIO {found}; the file must define SCENARIO = Scenario(name, summary, ...)"
        )
    # Names have hyphens, and modules underscores.
    same = scenario.name.replace("-", "_") == file.stem
    return scenario if same else replace(scenario, name=file.stem)


@contextmanager
def errors_of(file: Path | None, *, loading: bool = False) -> Iterator[None]:
    """Turn errors of a user's file into `InputError` with its name and line; those of other files pass.

    Parameters
    ----------
    file
        The file; None: there is none.
    loading
        Whether the file itself is being read, so that all errors are its own.
    """
    try:
        yield
    except (Exception, SystemExit) as error:
        line = _line(error, str(file))
        if file is None or not (loading or (line and not isinstance(error, InputError))):
            raise
        where = f"{file}: line {line}" if line else str(file)
        kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
        raise InputError(f"{where}: {kind}{error}") from error


def _line(error: BaseException, file: str) -> int | None:
    """The last line of a file that led to an error."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno
    line, trace = None, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == file:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line
