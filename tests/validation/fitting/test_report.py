"""What a fit says in words."""

from __future__ import annotations

import numpy as np

from eddysky.validation import MeasuredPower, fit
from eddysky.validation.fitting.report import paragraph


def test_short_and_notebook_forms():
    found = fit(MeasuredPower(np.arange(2, 8), np.full(6, 1e-9), np.full(6, 1e-10)), "a14")
    estimate = found["amplitude"]
    assert repr(found) == (
        f"<Fit: a14, amplitude = {estimate.value:.4g} ± {estimate.error:.2g}, "
        f"p = {found.goodness.p_value:.2g}>"
    )
    assert str(found) == paragraph(found)
    assert found._repr_html_().startswith("<b>a14: chi2 = ")
