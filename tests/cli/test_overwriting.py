"""Files that eddysky did not write are not overwritten; commands say so before they compute."""

from __future__ import annotations

import pytest

from eddysky.simulator import Config, simulate

TINY = {"sky.nside": 4, "flow.modes": 16, "ensemble.realizations": 10}


@pytest.fixture
def refused(eddysky, here):
    """Run a command beside a file of the user's; gives its words on standard error."""

    def call(name, *arguments, content="ell,c_ell,error\n2,3,4\n"):
        (here / name).write_text(content)
        before = {path.name: path.read_bytes() for path in here.iterdir()}
        outcome = eddysky(*arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert outcome.err.startswith(f"eddysky: error: {name}: exists already and was not written")
        assert outcome.err.count("\n") == 1
        assert {path.name: path.read_bytes() for path in here.iterdir()} == before

    return call


@pytest.mark.parametrize(
    ("name", "target", "more"),
    [
        ("m.power.csv", "", ()),
        ("m.map.png", "", ()),
        ("m.power.svg", "", ("--format", "png", "--format", "svg")),
        ("m.alternative-models.csv", "zl24-fig1", ()),
        ("m.strong-1.map.pdf", "mine.py", ("--format", "pdf")),
    ],
)
def test_run(refused, here, options, name, target, more):
    (here / "mine.py").write_text(
        "from eddysky.scenarios import Scenario\n"
        "SCENARIO = Scenario('mine', '', variants={'weak': {}, 'strong-1': {'flow.index': 2}})\n"
    )
    content = "# my models\n" if "models" in name else "ell,c_ell,error\n2,3,4\n"
    refused(
        name, "run", *[target] * bool(target), "-o", "m.h5", *options(TINY), *more, content=content
    )


def test_figures_of_a_results_file(refused, here):
    simulate(Config().replace(TINY), "m.h5", maps=1)
    refused("m.power.png", "plot", "m.h5")
    refused("c.svg", "correlation", "m.h5", "-o", "c.svg")
    refused("p.pdf", "pitch-angle", "m.h5", "-o", "p.pdf")


def test_figures_of_a_measured_spectrum(refused, here):
    (here / "d.csv").write_text("ell,c_ell,error\n1,1,1\n2,0.5,0.1\n3,0.2,0.1\n")
    refused("d.fit.png", "fit", "d.csv")
    refused("other.png", "fit", "d.csv", "-o", "other.png")


def test_links_are_not_written_through(eddysky, here, options):
    (here / "m.power.csv").symlink_to(here / "elsewhere.csv")
    outcome = eddysky("run", "-o", "m.h5", *options(TINY))
    assert outcome.code == 2
    assert "m.power.csv: a symbolic link" in outcome.err
    assert not (here / "m.h5").exists()
    assert not (here / "elsewhere.csv").exists()


def test_own_files_are_replaced(eddysky, here):
    simulate(Config().replace(TINY), "m.h5", maps=1)
    for _ in range(2):
        outcome = eddysky("plot", "m.h5")
        assert outcome.code == 0
        assert "m.map.png" in outcome.out
    assert sorted(path.name for path in here.iterdir()) == ["m.h5", "m.map.png"]
