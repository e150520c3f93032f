"""Fixtures shared by the tests of comparisons."""

from __future__ import annotations

import pytest

from eddysky.validation.comparison.expectation import Expectation


@pytest.fixture(scope="session")
def expected():
    """Expectation of a configuration, computed once for all ensembles that are compared with it."""
    known = {}

    def find(config):
        if config not in known:
            known[config] = Expectation.from_config(config)
        return known[config]

    return find
