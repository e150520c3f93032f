"""Figures of `eddysky plot` and `eddysky run`: formats, and what is said where there is nothing to draw."""

from __future__ import annotations

PNG = b"\x89PNG\r\n\x1a\n"


def test_plot_draws_what_run_draws(eddysky, here, finished):
    (here / "copy.h5").write_bytes(finished[0].read_bytes())
    outcome = eddysky("plot", "copy.h5")
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.out.split() == ["copy.map.png", "copy.power.png"]
    for name in outcome.out.split():
        assert (here / name).read_bytes().startswith(PNG)


def test_plot_in_other_formats(eddysky, here, finished):
    (here / "copy.h5").write_bytes(finished[0].read_bytes())
    outcome = eddysky("plot", "copy.h5", "--format", "pdf", "--format", "svg")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.split() == [
        "copy.map.pdf",
        "copy.power.pdf",
        "copy.map.svg",
        "copy.power.svg",
    ]
    for name in outcome.out.split():
        magic = b"%PDF" if name.endswith("pdf") else b"<?xml"
        assert (here / name).read_bytes().startswith(magic)
    assert not list(here.glob("*.png"))


def test_run_in_other_formats(eddysky, here, options):
    """Figures in each format, tables once."""
    settings = {"sky.nside": 4, "flow.modes": 32, "ensemble.realizations": 10}
    formats = ("--format", "pdf", "--format", "png", "--format", "pdf")
    outcome = eddysky("run", "zl24-fig1", "--quiet", "--verbose", *formats, *options(settings))
    assert (outcome.code, outcome.err) == (0, "")
    made = [line.split(": ") for line in outcome.out.splitlines() if ": zl24-fig1." in line]
    assert made == [
        ["  results", "zl24-fig1.h5"],
        ["  figure", "zl24-fig1.power.pdf"],
        ["  table", "zl24-fig1.alternative-models.csv"],
        ["  figure", "zl24-fig1.power.png"],
        ["  table", "zl24-fig1.power.csv"],
    ]
    assert sorted(path.name for path in here.iterdir()) == sorted(name for _, name in made)


def test_a_format_that_is_none(eddysky, here):
    for command in (("run", "--set", "sky.nside=4"), ("plot", "any.h5")):
        outcome = eddysky(*command, "--format", "jpg")
        assert outcome.code == 2
        assert len(outcome.err.splitlines()) == 1
        for word in ("--format", "jpg", "png", "pdf", "svg"):
            assert word in outcome.err
    assert list(here.iterdir()) == []


def test_nothing_to_draw_is_said(eddysky, here):
    closed = ("diffuse-dipole", "--set", "sky.nside=4", "--maps", 0, "--quiet")
    assert "no figure: no map was kept" in eddysky("run", *closed).out
    outcome = eddysky("plot", "diffuse-dipole.h5")
    assert (outcome.code, outcome.out) == (0, "no map figure: the file holds no maps\n")
    assert not list(here.glob("*.png"))


def test_plot_of_a_closed_case_is_quiet(eddysky, here, no_figures):
    assert eddysky("run", "diffuse-dipole", "--quiet", "--set", "sky.nside=4").code == 0
    outcome = eddysky("plot", "diffuse-dipole.h5")
    assert outcome.code == 0
    assert (here / "diffuse-dipole.map.png").exists()
    assert outcome.err == ""
