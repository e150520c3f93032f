"""The report: one HTML page of results and observations, complete in itself.

A page asks for nothing: style, script, maps and charts are in it, and its Content-Security-Policy allows no request and
no script but that of this package. Texts from files are escaped.
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from string import Template

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.writing import check_overwriting, overwriting
from eddysky.validation.report.commands import word
from eddysky.validation.report.entry import Entry, read_entry
from eddysky.validation.report.sections import article, overview
from eddysky.validation.report.sky import palettes

__all__ = ["check_report", "write_report"]

# Size of a page [bytes], and the resolutions of maps that are tried until it fits.
MOST_BYTES = 3_000_000
RESOLUTIONS = (128, 64, 32, 16, 8)
# How a page of ours is known.
MARK = '<meta name="generator" content="eddysky report">'


def check_report(path: Path) -> None:
    """Refuse a name under which no report can be written, before any computation.

    Raises
    ------
    InputError
        If it does not end in .html, or there is a file that is no report.
    """
    if path.suffix.lower() not in (".html", ".htm"):
        raise InputError(f"--output {path}: must end in .html")
    check_overwriting(path, lambda data: MARK.encode() in data)


def write_report(inputs: Sequence[str | Path], path: str | Path, *, row: int = 0) -> Path:
    """Write a report on results and observations.

    Parameters
    ----------
    inputs
        Results files and observations.
    path
        HTML file to write; an existing report is replaced.
    row
        Which of the maps of each file is shown, from 0.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    InputError
        If a file cannot be read or has no such map, the page would be too large, or there is a file that is no report.

    Examples
    --------
    >>> write_report(["sky.h5", "obs.h5"], "report.html")  # doctest: +SKIP
    """
    path = Path(path)
    check_report(path)
    entries = [read_entry(Path(each), row) for each in inputs]
    if len({entry.name for entry in entries}) < len(entries):
        entries = [
            replace(entry, title=str(each)) for entry, each in zip(entries, inputs, strict=True)
        ]
    command = " ".join(["eddysky report", *(word(str(each)) for each in inputs)])
    if row:
        command += f" --row {row}"
    page = fitting_page(entries, f"{command} -o {shlex.quote(path.name)}")
    with overwriting(path, lambda data: MARK.encode() in data) as unfinished:
        unfinished.write_bytes(page)
    return path


def fitting_page(entries: Sequence[Entry], command: str) -> bytes:
    """The page with the finest maps for which it is small enough.

    Raises
    ------
    InputError
        If there are none.
    """
    for nside in RESOLUTIONS:
        page = assembled(entries, command, nside).encode()
        if len(page) < MOST_BYTES:
            return page
    raise InputError(
        f"a page of {len(entries)} files would have {len(page) / 1e6:.1f} MB, more than "
        f"{MOST_BYTES / 1e6:g} MB; report fewer at a time"
    )


def assembled(entries: Sequence[Entry], command: str, nside: int) -> str:
    """The page, with maps of at most this resolution."""
    folder = files(__package__)
    template, style, script = (
        folder.joinpath(f"page.{kind}").read_text(encoding="utf-8")
        for kind in ("html", "css", "js")
    )
    return Template(template).substitute(
        mark=MARK,
        style_hash=fingerprint(style),
        script_hash=fingerprint(script),
        title=escape(", ".join(entry.title for entry in entries)),
        style=style,
        script=script,
        palettes=palettes(),
        overview=overview(entries) if len(entries) > 1 else "",
        articles="\n".join(article(entry, n, nside) for n, entry in enumerate(entries)),
        version=escape(version("eddysky")),
        command=escape(command),
    )


def fingerprint(text: str) -> str:
    """SHA-256 of a style or a script, as a Content-Security-Policy names it."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
