"""Names of the files beside a results file."""

from __future__ import annotations

from pathlib import Path

import pytest

from eddysky.simulator.results.filenames import FORMATS, beside, figure_stem


@pytest.mark.parametrize(
    ("stem", "suffix", "expected"),
    [
        ("out.h5", ".map.png", "out.map.png"),
        ("out.hdf5", ".map.png", "out.map.png"),
        ("v1.2", ".map.png", "v1.2.map.png"),
        ("out.pdf", ".map.png", "out.map.pdf"),
        ("out.svg", ".a.map.png", "out.a.map.svg"),
        ("out.pdf", ".power.csv", "out.power.csv"),
    ],
)
def test_names(stem, suffix, expected):
    assert beside(Path("folder") / stem, suffix) == Path("folder") / expected


@pytest.mark.parametrize("results", ["out.h5", "out", "out.pdf", "v1.2.hdf5"])
@pytest.mark.parametrize("kind", FORMATS)
def test_the_format_changes_only_the_ending(results, kind):
    png = beside(figure_stem(Path(results), "png"), ".map.png")
    other = beside(figure_stem(Path(results), kind), ".map.png")
    assert other == png.with_suffix(f".{kind}")
