"""Formulas in the pages: LaTeX becomes MathML as the pages are built, so that browsers need no script to show it."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from latex2mathml.converter import convert
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

NUMBER = re.compile(r"\\tag\{(.*?)\}")


def mathml(latex: str, node: nodes.Node, *, block: bool) -> str:
    """MathML of a formula; commands that the converter does not know are a warning, which ends `make docs`."""
    formula = convert(latex, display="block" if block else "inline")
    # Not all browsers know mathvariant; all know the letters that are bold by themselves.
    formula = re.sub(r'<mi mathvariant="bold">([a-zA-Z])</mi>', bold, formula)
    if unknown := re.findall(r"\\[a-zA-Z]+|&(?!#?\w+;)", formula):
        logging.getLogger(__name__).warning("not understood: %s", unknown, location=node)
    return formula


def bold(letter: re.Match[str]) -> str:
    """The bold letter of Unicode's mathematical alphabet."""
    first, first_bold = ("A", "𝐀") if letter[1].isupper() else ("a", "𝐚")
    return f"<mi>{chr(ord(letter[1]) - ord(first) + ord(first_bold))}</mi>"


def inline(page: HTML5Translator, node: nodes.Element) -> None:
    """A formula in a line of text."""
    page.body.append(mathml(node.astext(), node, block=False))
    raise nodes.SkipNode


def block(page: HTML5Translator, node: nodes.Element) -> None:
    """A formula on a line of its own, with its number at the right."""
    number = NUMBER.search(node.astext())
    formula = mathml(NUMBER.sub("", node.astext()), node, block=True)
    page.body.append(f'<div class="equation">{formula}')
    if number:
        page.body.append(f"<span>({number[1]})</span>")
    page.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    return {"parallel_read_safe": True}
