"""Parallel transport through the command line: `validate` accepts true theories; the seeds are fixed.

Each of its three tests rejects a true theory with a probability of 0.001 to 0.0025.
"""

import pytest

CASES = {
    "pixel-centre, beta 0": {"flow.transverse_fraction": 0.0},
    "pixel-centre, beta 1, field at the pole": {
        "flow.transverse_fraction": 1.0,
        "transport.magnetic_field": [0.0, 90.0],
    },
    "observer": {"sky.frame": "observer"},
    "fixed, 3 scatterings": {"transport.scatterings": 3, "sky.particles": 20_000},
    "exponential": {"transport.free_path": "exponential", "sky.particles": 20_000},
}


@pytest.mark.parametrize("name", CASES)
def test_is_consistent_with_its_theory(eddysky, here, options, no_figures, name):
    settings = {
        "transport.mode": "parallel",
        "flow.modes": 256,
        "sky.nside": 8,
        "ensemble.realizations": 200,
    } | CASES[name]
    run = eddysky("run", "-o", "out.h5", "--quiet", *options(settings))
    assert (run.code, run.err) == (0, "")
    assert eddysky("validate", "out.h5").code == 0


def test_a_field_without_parallel_transport_is_refused(eddysky):
    outcome = eddysky("show", "--set", "transport.magnetic_field=[229.2, 11.4]")
    assert outcome.code == 2
    assert "transport.magnetic_field" in outcome.err
