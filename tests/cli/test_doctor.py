"""`eddysky doctor`."""

from __future__ import annotations


def test_doctor(eddysky):
    outcome = eddysky("doctor")
    assert outcome.code == 0
    assert outcome.err == ""
    for text in (
        "eddysky ",
        "numba ",
        "compiled and correct",
        "compile cache: ",
        "threads: ",
        "GPU: ",
    ):
        assert text in outcome.out
