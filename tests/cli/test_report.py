"""What a verdict says of the multipoles that it uses, and of those that it does not."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.cli.report import verdict
from eddysky.simulator import Config, simulate
from eddysky.simulator.config.words import ranges
from eddysky.validation import compare


@pytest.mark.parametrize(
    ("numbers", "words"),
    [([], ""), ([4], "4"), ([1, 2, 3], "1-3"), ([1, 2, 4, 7, 8], "1-2, 4, 7-8")],
)
def test_ranges(numbers, words):
    assert ranges(numbers) == words


def test_a_verdict_names_its_multipoles():
    config = Config().replace(
        {
            "sky.nside": 8,
            "sky.lmax": 12,
            "flow.modes": 64,
            "flow.inner_scale": "100 pc",
            "sky.sampling": "random",
            "sky.particles": 5000,
            "ensemble.realizations": 10,
        }
    )
    comparison = compare(simulate(config, workers=1, maps=0))
    lines = verdict(comparison).split("\n")
    judged, faded = comparison.ell, comparison.ell[~comparison.seen]
    assert 1 <= len(faded) < len(judged) < 12
    assert f"(l = 1-{judged[-1]}, 10 realisations)" in lines[1]
    assert f"  l = {ranges(faded.tolist())} in chi2 only: lost in shot noise" in lines
    # Each of 1...12 is judged or left out for a reason, which is on a line.
    assert sorted([*judged, *comparison.left_out]) == list(range(1, 13))
    for reason in set(comparison.left_out.values()):
        assert any(f"not judged: {reason}" in line for line in lines)
    found = comparison.to_dict()
    assert found["left_out"]["12"] == comparison.left_out[12]
    assert np.array_equal(found["ell"], judged)
