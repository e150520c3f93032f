"""`eddysky merge`: slices become one results file, which run extends, validate judges and plot draws."""

from __future__ import annotations

import pytest

SETTINGS = {"sky.nside": 4, "flow.modes": 16, "ensemble.realizations": 12}


@pytest.fixture
def slices(eddysky, options):
    for number in (1, 2, 3):
        done = eddysky(
            "run", "-o", f"s{number}.h5", "--slice", f"{number}/3", "--quiet", *options(SETTINGS)
        )
        assert done.code == 0, done.err


def test_slices_become_the_whole(eddysky, here, options, slices, no_figures, assert_same_bits):
    assert eddysky("run", "-o", "whole.h5", "--quiet", *options(SETTINGS)).code == 0
    merged = eddysky("merge", "s3.h5", "s1.h5", "-o", "out.h5")
    assert merged.code == 0, merged.err
    assert merged.out == (
        "out.h5: 8 realisations, 5 maps, a_lm of 0\n"
        "  missing: 4 of 12 realisations: 1, 4, 7, 10; `eddysky run ... -o out.h5` with the same configuration "
        "makes them\n"
    )
    merged = eddysky("merge", "s2.h5", "-o", "out.h5")
    assert merged.out == "out.h5: 12 realisations, 8 maps, a_lm of 0\n"
    assert_same_bits("out.h5", "whole.h5")
    more = SETTINGS | {"ensemble.realizations": 14}
    assert eddysky("run", "-o", "out.h5", "--quiet", *options(more)).code == 0
    assert eddysky("validate", "out.h5").code == 0


def test_what_cannot_be_merged(eddysky, here, slices, options):
    other = SETTINGS | {"flow.index": 1.5}
    assert eddysky("run", "-o", "b.h5", "--slice", "1/3", "--quiet", *options(other)).code == 0
    (here / "text.h5").write_text("my thesis")
    for given, words in (
        (["s1.h5", "b.h5", "-o", "out.h5"], "b.h5: holds results of another configuration than s1.h5: flow.index"),
        (["s1.h5", "text.h5", "-o", "out.h5"], "text.h5: not an eddysky results file"),
        (["s1.h5", "-o", "text.h5"], "text.h5: not an eddysky results file"),
        (["s1.h5", "none.h5", "-o", "out.h5"], "none.h5: no such file"),
    ):  # fmt: skip
        outcome = eddysky("merge", *given)
        assert outcome.code == 2
        assert words in outcome.err
        assert len(outcome.err.splitlines()) == 1
    assert (here / "text.h5").read_text() == "my thesis"
    assert not (here / "out.h5").exists()
