"""The pages of numbers are what the script makes of the committed JSON; a failed row is shown as failed."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
SPEC = importlib.util.spec_from_file_location(
    "write_pages", DOCS / "measurements" / "write_pages.py"
)
write_pages = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(write_pages)

HEAD = {
    "command": "make it", "date": "2026-01-31", "seconds": 7230.0, "commit": "abc1234", "python": "3.12.1",
    "versions": {"eddysky": "0.1.0", "numpy": "2.2.0"},
    "machine": {"processor": "Some CPU", "cores": 4, "memory_gb": 15.9, "system": "Linux 6, x86_64"},
}  # fmt: skip
GOOD = {
    "name": "first", "family": "parallel", "skies": 200, "p_value": 0.41, "mean_pull": 0.1, "mean_pull_error": 0.2,
    "amplitude": 1.01, "amplitude_error": 0.02, "scatter": 1.0, "passes": True,
    "slope": {"measured": -2.7, "error": 0.01, "predicted": -2.71, "pull": 1.0},
    "further": {"l+1": 0.5, "l+2": 0.06},
}  # fmt: skip
BAD = GOOD | {"name": "second", "p_value": 2e-5, "slope": None, "further": {}, "passes": False}
PARTICLES = {
    "name": "one",
    "particles": 10**7,
    "map": 0.5,
    "alm": 0.9,
    "cross": 0.2,
    "passes": True,
}


def measured():
    names = write_pages.MEASUREMENTS
    texts = ((DOCS / "measurements" / f"{name}.json").read_text("utf-8") for name in names)
    return dict(zip(names, map(json.loads, texts), strict=True))


def test_the_committed_pages_are_made_of_the_committed_numbers():
    """Else run `make measurements`."""
    for name, text in write_pages.pages(measured()).items():
        assert (DOCS / f"{name}.md").read_text("utf-8") == text


def test_files_of_a_folder_replace_the_committed_ones(tmp_path, monkeypatch):
    here = tmp_path / "docs" / "measurements"
    here.mkdir(parents=True)
    for path in (DOCS / "measurements").glob("*.*"):
        (here / path.name).write_bytes(path.read_bytes())
    monkeypatch.setattr(write_pages, "HERE", here)
    given = measured()["study"] | {"rows": [GOOD, BAD], "planned": 2}
    results = tmp_path / "results"
    results.mkdir()
    (results / "study.json").write_text(json.dumps(given))
    write_pages.main(results)
    assert json.loads((here / "study.json").read_text("utf-8")) == given
    assert "1 of 2 pass; failed: second." in (tmp_path / "docs" / "verification.md").read_text(
        "utf-8"
    )


def test_a_failed_row_and_an_interrupted_study_are_shown():
    words = write_pages.study_words(HEAD | {"rows": [GOOD, BAD], "planned": 2})
    assert words["study outcome"] == "1 of 2 pass; failed: second."
    first, second = words["study rows"].splitlines()[2:]
    assert first.endswith("| 0.0600 (l+2, of 2) | yes |")
    assert second.startswith("| second | 200 | 2.00e-5 |")
    assert second.endswith("| – | **FAILS** |")
    assert words["families"].splitlines()[2].startswith("| parallel | 2 | 1 | 2.0e-5 to 0.41 |")
    # Two χ² and two further tests at 0.1%, two mean pulls and one slope beyond three standard errors.
    assert words["expected failures"] == "0.012"
    assert words["least p"] == "2.0e-5"
    half = write_pages.study_words(HEAD | {"rows": [GOOD], "planned": 2})
    assert half["study outcome"] == "All 1 pass. The study is not complete: 2 are planned."


def test_particles():
    rows = [PARTICLES, PARTICLES | {"name": "two", "alm": 1e-4, "passes": False}]
    words = write_pages.particle_words(HEAD | {"rows": rows, "planned": 2})
    assert words["particle outcome"] == "1 of 2 pass; failed: two."
    assert words["particle rows"].splitlines()[3] == (
        "| two | 1e7 | 0.500 | 1.00e-4 | 0.200 | **FAILS** |"
    )
    assert "| map | 2 | 0 | 0 | 2 | 0 | 0 | 0.500 |" in words["particle distribution"]


@pytest.mark.parametrize(("wrong", "likely"), [(3, True), (30, False)])
def test_calibration(wrong, likely):
    rows = [
        {"kind": "a", "judged": 900, "contradicted": wrong, "not_judged": 1},
        {"kind": "b", "judged": 100, "contradicted": 0, "not_judged": 0},
    ]
    seeds = {"configurations": 9, "first_seed": 0, "last_seed": 20}
    words = write_pages.calibration_words(HEAD | seeds | {"rows": rows})
    assert words["alarm rate"].startswith(f"{wrong / 1000:.2%} ±")
    assert (float(words["alarm p"]) > 0.05) is likely


def test_head():
    assert write_pages.head(HEAD) == (
        "`make it`, 2026-01-31, 2 h 0 min, on Some CPU, 4 cores, 16 GB, Linux 6, x86_64. "
        "eddysky 0.1.0 (commit abc1234), Python 3.12.1, numpy 2.2.0."
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0.0, "0"), (4096, "4096"), (0.0123456, "0.0123"), (9.996, "10.0"), (1234.5, "1230"),
     (4.24e5, "424000"), (1.17e7, "1.17e7"), (4.49e-11, "4.49e-11"), ("a|b", "a\\|b"), (-0.5, "-0.500")],
)  # fmt: skip
def test_numbers(value, text):
    assert write_pages.number(value) == text


def test_a_table_or_column_without_words_is_an_error():
    tables = {"one": [{"key": 1, "other": 2.0}]}
    text = "{{table: one\nkey = the key\nother = other [s]\n}}"
    assert (
        write_pages.filled(text, {}, tables)
        == "| the key | other [s] |\n| --- | --- |\n| 1 | 2.00 |"
    )
    with pytest.raises(AssertionError, match="columns of one"):
        write_pages.filled(re.sub("other = .*\n", "", text), {}, tables)
    with pytest.raises(AssertionError, match="not described: one"):
        write_pages.filled("no table", {}, tables)
