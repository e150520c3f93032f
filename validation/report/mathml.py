r"""Formulas as MathML, from the small part of TeX that titles and this package use.

Known are letters, numbers, ^ and _, groups in braces, Greek letters and some signs by their names, \frac, \vec (bold),
\mathrm and \tilde. What is not known is shown as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

__all__ = ["formula", "prose", "with_formulas"]

LETTERS = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "lambda": "λ", "mu": "μ", "nu": "ν", "pi": "π",
    "sigma": "σ", "chi": "χ", "ell": "ℓ", "partial": "∂", "infty": "∞",
}  # fmt: skip
SIGNS = {
    "times": "×", "cdot": "·", "leq": "≤", "pm": "±", "propto": "∝", "int": "∫", "sum": "∑", "langle": "⟨",
    "rangle": "⟩", "approx": "≈", "nabla": "∇", "to": "→", "bot": "⊥", "parallel": "∥",
}  # fmt: skip
TOKEN = re.compile(r"\\([a-zA-Z]+|.)|(\d+(?:\.\d+)?)|(\s+)|(.)", re.DOTALL)
# Text between unescaped dollars is a formula.
DOLLARS = re.compile(r"(?<!\\)\$((?:\\.|[^$\\])*)\$", re.DOTALL)


def with_formulas(text: str) -> str:
    """HTML of a text with formulas between dollars; everything else is escaped."""
    parts = DOLLARS.split(text)
    # Odd parts were between dollars.
    return "".join(
        formula(part) if place % 2 else escape(part.replace(r"\$", "$"))
        for place, part in enumerate(parts)
    )


def prose(text: str) -> str:
    """HTML of a remark, escaped; what a terminal has as C_l, l = and chi2 is set as in print."""
    text = re.sub(r"\bC_(\d+)", r"C<sub>\1</sub>", escape(text))
    text = re.sub(r"\bC_[ℓl]\b", "C<sub>ℓ</sub>", text)
    return re.sub(r"\bl = ", "ℓ = ", text).replace("chi2", "χ²")


def formula(tex: str, *, block: bool = False) -> str:
    """MathML of a formula, escaped.

    Parameters
    ----------
    tex
        In the notation of this module.
    block
        Whether it stands on a line of its own.

    Examples
    --------
    >>> formula("x^2")
    '<math><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    inner = "".join(row(iter(TOKEN.findall(tex))))
    start = '<math display="block">' if block else "<math>"
    return f"{start}{inner}</math>"


Token = tuple[str, str, str, str]


def row(tokens: Iterator[Token]) -> list[str]:
    """Elements of a formula, or of a group up to its closing brace."""
    elements: list[str] = []
    for token in tokens:
        if token[3] == "}":
            break
        if token[3] in ("^", "_"):
            attach(elements, token[3], element(tokens, next(tokens, None)))
        elif not token[2]:
            elements.append(element(tokens, token))
    return elements


def attach(elements: list[str], sign: str, script: str) -> None:
    """Put an index or an exponent to the last element; both together make one element."""
    base = elements.pop() if elements else "<mrow></mrow>"
    if sign == "^" and base.startswith("<msub>") and base.endswith("</msub>"):
        elements.append(f"<msubsup>{base[6:-7]}{script}</msubsup>")
    else:
        name = "msup" if sign == "^" else "munder" if base == "<mo>∑</mo>" else "msub"
        elements.append(f"<{name}>{base}{script}</{name}>")


def element(tokens: Iterator[Token], token: Token | None) -> str:
    """MathML of one token, and of what belongs to it."""
    if token is None:
        return "<mrow></mrow>"
    name, number, _, character = token
    if name == "frac":
        return f"<mfrac>{element(tokens, next(tokens, None))}{element(tokens, next(tokens, None))}</mfrac>"
    if name in ("vec", "mathrm"):
        kind = ' class="vector"' if name == "vec" else ""
        letters = re.sub(r"<[^>]*>", "", element(tokens, next(tokens, None)))
        return f'<mi mathvariant="normal"{kind}>{letters}</mi>'
    if name == "tilde":
        return f"<mover>{element(tokens, next(tokens, None))}<mo>~</mo></mover>"
    if name == ",":
        return '<mspace width="0.17em"></mspace>'
    if name in LETTERS:
        return f"<mi>{LETTERS[name]}</mi>"
    if name in SIGNS:
        return f"<mo>{SIGNS[name]}</mo>"
    if name:
        return f"<mtext>{escape(name)}</mtext>"
    if number:
        return f"<mn>{number}</mn>"
    if character == "{":
        return f"<mrow>{''.join(row(tokens))}</mrow>"
    if character.isalpha():
        return f"<mi>{escape(character)}</mi>"
    typographic = character.translate(str.maketrans("-'", "−′"))
    return f"<mo>{escape(typographic)}</mo>"
