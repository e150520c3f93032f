"""Smallest ensembles for which standard errors can be estimated."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import SMALL, cosmic, result

from eddysky.simulator import Config
from eddysky.validation import compare
from eddysky.validation.comparison.realizations import TooFewRealizationsError, require_realizations


def test_parallel_transport_takes_a_hundred_skies():
    config = Config().replace({"transport.mode": "parallel"})
    with pytest.raises(TooFewRealizationsError, match="at least 100"):
        require_realizations(config, 99)
    require_realizations(config, 100)


def test_too_few_realisations(expected):
    rng = np.random.default_rng(33)
    power = cosmic(rng, expected(SMALL).prediction.c_ell, 10)
    with pytest.raises(ValueError, match=r"standard errors, 9.*at least 10"):
        compare(result(SMALL, power[:9]), expected(SMALL))
    assert compare(result(SMALL, power), expected(SMALL)).realizations == 10
