"""Some random inputs of each kind, in this process; `make fuzz` runs ten thousand of each."""

from __future__ import annotations

import random

import pytest
from fuzz_cases import KINDS

COUNTS = {"configuration": 60, "tables": 60, "FITS": 60, "NPY": 100}


@pytest.mark.parametrize("kind", COUNTS)
def test_random_input(here, no_figures, kind):
    case = KINDS[kind](here)
    codes = [case(random.Random(f"{kind} 0 {number}")) for number in range(COUNTS[kind])]
    # Otherwise the cases are of no use.
    assert {0, 2} <= set(codes)
