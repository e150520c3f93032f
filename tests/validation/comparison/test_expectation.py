"""The expectation of a configuration is computed once per comparison and used for no other configuration."""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
import pytest
from synthetic import SMALL, result

from eddysky.simulator import InputError, simulate
from eddysky.validation import compare, correlate, predict
from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.pitch_angle import compare_profile
from eddysky.validation.theory.effective_modes import effective_modes
from eddysky.validation.theory.predict import zonal_correlation
from eddysky.validation.theory.regular import regular_power
from eddysky.validation.theory.second_order import second_order


def test_the_expectation_of_another_configuration_is_refused(expected):
    power = np.ones((10, SMALL.lmax + 1))
    other = expected(SMALL.replace({"flow.index": 1.5}))
    with pytest.raises(InputError, match="another configuration"):
        compare(result(SMALL, power), other)


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_each_part_of_the_theory_is_computed_once(mode, monkeypatch):
    """In comparisons of spectra, correlations and pitch-angle profiles; not at all if it is given."""
    settings = {"sky.lmax": 8, "flow.inner_scale": "5 pc", "flow.modes": 64}
    settings |= {"transport.mode": mode, "ensemble.realizations": 100}
    made = simulate(SMALL.replace(settings), workers=1, maps=0, alms=100)
    calls = Counter()

    def counting(function):
        def counted(*arguments, **keywords):
            calls[function.__name__] += 1
            return function(*arguments, **keywords)

        return counted

    parts = (predict, second_order, effective_modes, regular_power, zonal_correlation)
    for name, module in list(sys.modules.items()):
        for part in parts:
            if name.startswith("eddysky.validation") and vars(module).get(part.__name__) is part:
                monkeypatch.setattr(module, part.__name__, counting(part))
    once = {part.__name__: 1 for part in parts[:4]}
    compare(made)
    assert calls == once
    field = {"zonal_correlation": 1} if mode == "parallel" else {}
    for comparison in (correlate, compare_profile):
        calls.clear()
        comparison(made)
        assert calls == once | field
        calls.clear()
        comparison(made, expected=Expectation.from_config(made.config))
        assert calls == once | field
