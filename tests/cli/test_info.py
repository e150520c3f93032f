"""`eddysky info`."""

from __future__ import annotations

from eddysky.simulator import Config, read
from eddysky.simulator.results.shot_noise import ShotNoise


def test_info(eddysky, finished):
    outcome = eddysky("info", finished[0])
    assert outcome.code == 0
    assert outcome.err == ""
    for text in (
        "format 1",
        "seed: 1",
        "made by ",
        "/power: 40 x 17 float64",
        "/maps: 8 x 3072 float32",
    ):
        assert text in outcome.out
    described, configuration = outcome.out.split("\n\n", 1)
    assert len(described.splitlines()) == 13
    assert Config.from_text(configuration) == read(finished[0]).config


def test_run_and_info_say_the_noise_of_particles(eddysky, options, no_figures):
    settings = {"sky.nside": 16, "sky.sampling": "random", "sky.particles": 2000}
    settings |= {"flow.modes": 64, "ensemble.realizations": 12}
    run = eddysky("run", "-o", "noisy.h5", "--quiet", "--verbose", *options(settings))
    result = read("noisy.h5")
    line = f"  {ShotNoise.from_rows(result.config, result.power, result.noise)}"
    assert line.startswith("  shot noise of 2000 particles: N_l = ")
    assert line in run.out.splitlines()
    assert line in eddysky("info", "noisy.h5").out.splitlines()
    settings = {"sky.nside": 4, "flow.modes": 16, "ensemble.realizations": 3}
    quiet = eddysky("run", "-o", "still.h5", "--quiet", "--verbose", *options(settings))
    assert "shot noise" not in quiet.out + eddysky("info", "still.h5").out
