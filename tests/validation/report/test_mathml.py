"""Formulas of titles and of the page as MathML."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from eddysky.validation.report import model
from eddysky.validation.report.mathml import formula, prose, with_formulas


@pytest.mark.parametrize(
    ("tex", "inner"),
    [
        ("x^2", "<msup><mi>x</mi><mn>2</mn></msup>"),
        (r"T_\ell^2", "<msubsup><mi>T</mi><mi>ℓ</mi><mn>2</mn></msubsup>"),
        (r"\frac{1}{v}", "<mfrac><mrow><mn>1</mn></mrow><mrow><mi>v</mi></mrow></mfrac>"),
        (r"\sum_m", "<munder><mo>∑</mo><mi>m</mi></munder>"),
        (r"\vec{n}", '<mi mathvariant="normal" class="vector">n</mi>'),
        ("10^{-3}", "<msup><mn>10</mn><mrow><mo>−</mo><mn>3</mn></mrow></msup>"),
        ("a<b", "<mi>a</mi><mo>&lt;</mo><mi>b</mi>"),
        (r"\unknown", "<mtext>unknown</mtext>"),
    ],
)
def test_formulas(tex, inner):
    assert formula(tex) == f"<math>{inner}</math>"


def test_all_formulas_are_well_formed_and_known():
    given = [each for each, _, _ in model.INTENSITY.values()]
    for tex in (*given, model.POWER, model.MEAN, *model.RESPONSE.values()):
        found = formula(tex, block=True)
        ElementTree.fromstring(found)
        assert "mtext" not in found
        assert "\\" not in found


def test_titles():
    found = with_formulas(r"cost \$5 < 6, $\gamma$ = 1")
    assert found == "cost $5 &lt; 6, <math><mi>γ</mi></math> = 1"


def test_prose():
    assert prose("C_l < C_12 at l = 3, chi2") == "C<sub>ℓ</sub> &lt; C<sub>12</sub> at ℓ = 3, χ²"
    assert prose("C_lion's local l") == "C_lion&#x27;s local l"
