"""`eddysky predict`."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.validation import predict

DEFAULT = next(iter(SCENARIOS))


@pytest.mark.parametrize("arguments", [[], ["--csv"]])
@pytest.mark.parametrize(
    "target", [DEFAULT, "free-path-law/exponential", "relaxation-depth/fixed-5", "shear-flow"]
)
def test_predict_prints_the_prediction(eddysky, target, arguments):
    outcome = eddysky("predict", target, "--set", "flow.index=1.6", *arguments)
    assert outcome.code == 0
    assert outcome.err == ""
    header, *lines = outcome.out.splitlines()
    assert header == "ell,c_ell"
    name, _, variant = target.partition("/")
    expected = predict(SCENARIOS[name].config(variant, {"flow.index": 1.6}))
    table = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    np.testing.assert_array_equal(table[:, 0], expected.ell)
    # Twelve digits after the point are printed.
    np.testing.assert_allclose(table[:, 1], expected.c_ell, rtol=1e-12)


def test_the_first_of_several_variants_is_named(eddysky):
    outcome = eddysky("predict", "free-path-law", "--set", "sky.nside=8")
    assert outcome.code == 0
    count = len(SCENARIOS["free-path-law"].variants)
    assert f"the first of {count} variants; `eddysky show free-path-law` lists them" in outcome.err
