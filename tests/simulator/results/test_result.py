"""An ensemble in Python: its mean and error, how it shows itself, and that it is a value."""

from __future__ import annotations

import dataclasses
import pickle

import numpy as np
import pytest

from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.result import Result
from eddysky.simulator.run.ensemble import simulate
from eddysky.simulator.run.realization import Setup, realize


def test_sizes(result):
    assert (result.nside, result.lmax, result.realizations) == (2, 4, 5)
    assert np.array_equal(result.ell, np.arange(5))


def test_mean_and_standard_error(result):
    rows = [list(row) for row in result.power]
    for ell in range(5):
        values = [row[ell] for row in rows]
        mean = sum(values) / 5
        spread = sum((value - mean) ** 2 for value in values) / 4
        assert result.c_ell[ell] == pytest.approx(mean, rel=1e-12)
        assert result.error[ell] == pytest.approx((spread / 5) ** 0.5, rel=1e-9)


def test_one_realisation_has_no_standard_error(tiny):
    one = simulate(tiny.replace({"ensemble.realizations": 1}))
    assert np.array_equal(one.c_ell, one.power[0])
    assert one.error.shape == (5,)
    assert np.all(np.isnan(one.error))


def test_in_words(tiny):
    plain = simulate(tiny.replace({"transport.mode": "parallel"}), maps=3)
    assert repr(plain) == "<Result: 5 realisations, nside 2, lmax 4, parallel, 3 maps>"
    column = Column("a_b", "zero", measure=lambda *_: 0.0)
    one = simulate(tiny.replace({"ensemble.realizations": 1}), columns=[column])
    assert repr(one) == "<Result: 1 realisation, nside 2, lmax 4, isotropic, 1 map, columns a_b>"


def test_in_a_notebook(result):
    page = result._repr_html_()
    assert "5 realisations" in page
    for ell in range(5):
        row = f"<tr><td>{ell}</td><td>{result.c_ell[ell]:.4g}</td><td>{result.error[ell]:.2g}</td></tr>"
        assert row in page


def test_it_is_a_value(result):
    with pytest.raises(dataclasses.FrozenInstanceError):
        result.power = None
    again = pickle.loads(pickle.dumps(result))
    # Arrays have no single truth value; comparing must not fail for it.
    assert result == result
    assert again != result
    assert {result: 1}[result] == 1
    assert np.array_equal(again.power, result.power)


def test_from_realizations_in_any_order(tiny, assert_same):
    setup = Setup.from_config(tiny)
    made = [realize(setup, index, keep_map=index < 2) for index in (3, 0, 4, 1, 2)]
    assert_same(Result.from_realizations(tiny, made), simulate(tiny, maps=2))
    empty = Result.from_realizations(tiny, [])
    assert (empty.power.shape, empty.maps.shape, empty.alm.shape) == ((0, 5), (0, 48), (0, 1, 15))
