"""Results of velocity fields from outside on the command line: read like others, but run in Python alone."""

import pytest

from eddysky.simulator import Config, read, simulate
from eddysky.simulator.flow import draw_modes

CONFIG = Config().replace({"sky.nside": 8, "ensemble.realizations": 30, "ensemble.seed": 3})


def drawn(index):
    return draw_modes(CONFIG.flow_spectrum, CONFIG.transverse_fraction, 512, "gaussian", 4, index)


@pytest.fixture
def results(here):
    simulate(CONFIG, "out.h5", flow=drawn)
    return here / "out.h5"


def test_results_are_read_like_others(eddysky, results):
    # Three tests at 0.1% each of a true theory, with fixed seeds.
    assert eddysky("validate", results).code == 0
    assert 'name = "drawn"' in eddysky("info", results).out
    assert (eddysky("plot", results).code, eddysky("export", results, "--csv", "c.csv").code) == (
        0,
        0,
    )


@pytest.mark.parametrize("output", ["out.h5", "other.h5"])
def test_the_configuration_of_a_field_is_not_run(eddysky, results, here, output):
    (here / "field.toml").write_text(read(results).config.to_toml())
    before = results.read_bytes()
    outcome = eddysky("run", "field.toml", "-o", output, "--quiet")
    assert outcome.code == 2
    assert outcome.err == (
        "eddysky: error: flow.field: the velocity field drawn is not part of the configuration; "
        "run it in Python with simulate(config, flow=...)\n"
    )
    assert results.read_bytes() == before


@pytest.mark.parametrize(
    "field",
    [
        '"waves"',
        '{name = "waves"}',
        '{name = "", version = "1"}',
        '{name = "a", version = "1", x = 1}',
    ],
)
def test_a_field_has_a_name_and_a_version(eddysky, field):
    outcome = eddysky("show", "--set", f"flow.field={field}")
    assert outcome.code == 2
    assert "must be a table of name and version, as simulate writes it" in outcome.err
