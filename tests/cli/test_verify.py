"""`eddysky verify`: damage, wrong numbers and parts."""

from __future__ import annotations

import shutil

import h5py
import pytest

from eddysky.simulator import Config, simulate
from eddysky.simulator.results.checkpoints import open_checkpoints
from eddysky.simulator.results.store import read
from eddysky.simulator.run.realization import Setup, realize

SETTINGS = {"sky.nside": 4, "flow.modes": 16, "ensemble.realizations": 6}


@pytest.fixture
def sky(here):
    simulate(Config().replace(SETTINGS), here / "sky.h5", maps=2)
    return here / "sky.h5"


def test_a_sound_file(eddysky, sky):
    outcome = eddysky("verify", "sky.h5")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out == (
        "sky.h5: sound: SHA-256 of the file, checksums, structure and configuration; "
        "6 realisations, 2 maps, a_lm of 0\n"
    )


def test_recomputed(eddysky, sky):
    outcome = eddysky("verify", "sky.h5", "--recompute", 2, "--seed", 5)
    assert outcome.code == 0
    assert outcome.out.endswith("  2 realisations of --seed 5 recomputed: the same bits\n")
    assert "--seed" in eddysky("verify", "sky.h5", "--recompute", 2).out
    everything = eddysky("verify", "sky.h5", "--recompute", 99)
    assert everything.out.endswith("  6 realisations recomputed: the same bits\n")


def test_a_wrong_number(eddysky, sky, resealing):
    with resealing(sky) as file:
        file["power"][4, 2] *= 1 + 1e-15
    assert eddysky("verify", "sky.h5").code == 0
    outcome = eddysky("verify", "sky.h5", "--recompute", 6, "--seed", 1)
    assert outcome.code == 1
    assert "realisation 4 differs (--seed 1): /power[2]: " in outcome.out
    assert "1 of 5 values differ" in outcome.out


def test_damage(eddysky, here, sky):
    content = sky.read_bytes()
    for place in (0, 1000, len(content) // 2, len(content) - 1):
        (here / "bad.h5").write_bytes(
            content[:place] + bytes([content[place] ^ 16]) + content[place + 1 :]
        )
        outcome = eddysky("verify", "bad.h5", "--recompute", 1)
        assert (outcome.code, outcome.out) == (2, "")
        assert len(outcome.err.splitlines()) == 1
        assert "bad.h5: damaged results file" in outcome.err


def test_files_of_older_versions(eddysky, sky):
    with h5py.File(sky) as old, h5py.File("old.h5", "w") as new:
        new.attrs.update({name: value for name, value in old.attrs.items() if name != "seal"})
        for name in old:
            old.copy(name, new)
    assert len(read("old.h5").index) == 6
    outcome = eddysky("verify", "old.h5", "--recompute", 1)
    assert outcome.code == 0
    assert "  written by an older eddysky: without a SHA-256 of the file\n" in outcome.out


def test_parts(eddysky, here):
    config = Config().replace(SETTINGS)
    setup = Setup.from_config(config, maps=False)
    with open_checkpoints(here / "sky.h5", config) as checkpoints:
        for number in range(2):
            checkpoints.add([realize(setup, number)])
    outcome = eddysky("verify", "sky.h5.parts")
    assert outcome.code == 0
    assert outcome.out.count("sound: 1 realisation, 0 maps, a_lm of 0") == 2
    first = min((here / "sky.h5.parts").glob("part-*.h5"))
    first.write_bytes(first.read_bytes()[:-9])
    outcome = eddysky("verify", "sky.h5.parts")
    assert outcome.code == 2
    assert "1 of 2 parts are damaged" in outcome.err
    assert f"{first.name}: damaged: its SHA-256" in outcome.out
    assert eddysky("verify", "sky.h5.parts", "--recompute", 1).code == 2
    shutil.rmtree(here / "sky.h5.parts")
    (here / "empty").mkdir()
    assert "without parts" in eddysky("verify", "empty").err
