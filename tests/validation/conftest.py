"""Fixtures of several tests of comparisons."""

from __future__ import annotations

import pytest

from eddysky.validation.comparison.expectation import Expectation


@pytest.fixture(scope="session")
def expected():
    """What the theory says of a configuration, computed once for the thousands of ensembles compared with it."""
    known = {}

    def find(config):
        if config not in known:
            known[config] = Expectation.from_config(config)
        return known[config]

    return find
