"""Environment variables that numba and ducc0 read once, when they are imported; so this comes first.

Thread counts that they could not read would end the program; valid ones are left alone. ducc0 (0.42) has code for each
of the levels of x86-64, which sums in other orders.
"""

from __future__ import annotations

import os
import re

__all__ = ["fix_instructions", "mend_thread_counts"]

# A whole number from 1 to 9999; more threads than that are a slip.
COUNT = re.compile(r"0*[1-9]\d{0,3}")


def fix_instructions() -> None:
    """Make ducc0 use AVX2 and FMA, but not AVX-512, so that results are the same bits on all processors."""
    os.environ["DUCC0_MAX_PSABI_LEVEL"] = "3"


def mend_thread_counts() -> None:
    """Make the thread counts readable: one number each, or none.

    OpenMP allows lists such as OMP_NUM_THREADS=4,2, one number for each level of nesting. ducc0 gets the first.
    """
    environment = os.environ
    if "NUMBA_NUM_THREADS" in environment and not valid(environment["NUMBA_NUM_THREADS"]):
        del environment["NUMBA_NUM_THREADS"]
    # Where it is given, ducc0 does not look at OMP_NUM_THREADS, which is left to others.
    for name in ("DUCC0_NUM_THREADS", "OMP_NUM_THREADS"):
        given = environment.get(name)
        if given is None:
            continue
        if not valid(given):
            first = given.split(",")[0].strip()
            # Some number must stand there; one thread is never more than this process may use.
            environment["DUCC0_NUM_THREADS"] = first if valid(first) else "1"
        return


def valid(text: str) -> bool:
    """Whether this is a whole number from 1 to 9999."""
    return COUNT.fullmatch(text.strip()) is not None
