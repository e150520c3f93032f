"""Titles and notes that fit: broken into lines, and set smaller where that is not enough."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text

__all__ = ["fit_text", "set_title"]

# A formula between dollars is one word, whatever it holds.
WORDS = re.compile(r"(?:\\\$|\$(?:\\.|[^$\\])*\$|[^ ])+")
# Fraction of the width that a line may take.
FULL = 0.97
# Smallest font that can be read in print [pt].
SMALLEST = 7.0


def set_title(drawing: Figure, text: str, size: float = 10.0) -> None:
    """Put a title over a figure, in as many lines as it needs; the figure grows by all but the first two.

    Parameters
    ----------
    drawing
        Its axes keep their size.
    text
        Words and formulas.
    size
        Font size [pt], reduced to `SMALLEST` where that saves lines.

    Raises
    ------
    InputError
        If what stands between dollars is no formula.
    """
    title = drawing.suptitle(text, fontsize=size)
    try:
        lines = fit_text(title, drawing.bbox.width)
    except ValueError as error:
        reason = str(error).strip().splitlines()[-1]
        raise InputError(f"title {text!r}: between dollars must be a formula: {reason}") from None
    if lines > 2:
        added = (lines - 2) * 1.3 * float(title.get_fontsize()) / 72
        drawing.set_figheight(drawing.get_figheight() + added)


def fit_text(text: Text, width: float) -> int:
    """Break a text into lines no wider than `width` [pixels of the figure]; gives their number.

    Lines end at commas where possible, else between words, and inside a word only where it alone is too wide. A
    little too much for one line is set smaller; so is, down to `SMALLEST`, what takes more than two.
    """
    given, size = text.get_text(), float(text.get_fontsize())
    # At most so many lines, in no smaller font than this.
    for most, smallest in ((1, 0.85 * size), (2, min(size, SMALLEST))):
        for smaller in np.arange(size, smallest - 0.1, -0.5):
            text.set_fontsize(smaller)
            lines = broken(text, given, FULL * width)
            if len(lines) <= most:
                return settle(text, given, lines, width)
    return settle(text, given, lines, width)


def settle(text: Text, given: str, lines: list[str], width: float) -> int:
    """Set lines of about the same length; gives their number."""
    for part in (0.5, 0.6, 0.7, 0.8, 0.9):
        shorter = broken(text, given, part * FULL * width)
        if len(shorter) == len(lines):
            lines = shorter
            break
    text.set_text("\n".join(lines))
    # A formula is not broken; one this long is set as small as it must be.
    taken = text.get_window_extent().width
    if taken > width:
        text.set_fontsize(float(text.get_fontsize()) * FULL * width / taken)
    return len(lines)


def broken(text: Text, given: str, width: float) -> list[str]:
    """Lines of a text in its present font, none wider than `width`."""
    lines: list[str] = []
    for phrase in re.split(r"(?<=[,;:]) ", given):
        if lines and fits(text, f"{lines[-1]} {phrase}", width):
            lines[-1] = f"{lines[-1]} {phrase}"
        elif fits(text, phrase, width):
            lines.append(phrase)
        else:
            for word in WORDS.findall(phrase):
                if lines and fits(text, f"{lines[-1]} {word}", width):
                    lines[-1] = f"{lines[-1]} {word}"
                else:
                    lines += cut(text, word, width)
    return lines or [given]


def cut(text: Text, word: str, width: float) -> list[str]:
    """Parts of a word, none wider than `width`; a formula stays whole."""
    pieces = [""]
    for piece in re.findall(r"\\\$|\$(?:\\.|[^$\\])*\$|.", word):
        if pieces[-1] and not fits(text, pieces[-1] + piece, width):
            pieces.append("")
        pieces[-1] += piece
    return pieces


def fits(text: Text, line: str, width: float) -> bool:
    """Whether a line in the font of `text` is no wider than `width`."""
    text.set_text(line)
    return bool(text.get_window_extent().width <= width)
