"""Recomputing realisations: the same bits for every kind of sky, and the first wrong one is named."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.errors import InputError
from eddysky.simulator.run.ensemble import simulate
from eddysky.simulator.run.recomputation import chosen_realizations, recompute

TINY = Config.from_dict(
    {"sky": {"nside": 2, "lmax": 4}, "flow": {"modes": 8}, "ensemble": {"realizations": 5}}
)
KINDS = {
    "pixel-centre": {},
    "random": {"sky.sampling": "random", "sky.particles": 64},
    "parallel": {"transport.mode": "parallel"},
    "random field": {"transport.mode": "parallel", "transport.magnetic_field": "random"},
}


class OwnPath(FreePathLaw):
    """A law that no installed package has."""

    name, version = "own", "1"

    def quantile(self, probability):
        return 2 * np.asarray(probability)

    def characteristic(self, q):
        q = np.asarray(q, dtype=complex)
        return np.where(q == 0, 1.0, np.exp(1j * q) * np.sinc(q.real / np.pi))


class Still:
    """A velocity field from outside."""

    k_max = 1.0

    def velocity(self, points):
        return np.zeros_like(points)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_bits(tmp_path, kind):
    path = tmp_path / "a.h5"
    simulate(TINY.replace(KINDS[kind]), path, maps=2, alms=3)
    assert list(recompute(path, range(5))) == [(number, None) for number in range(5)]


@pytest.mark.parametrize(
    ("name", "number", "place"),
    [
        ("power", 3, "[4]"),
        ("mean", 4, ""),
        ("maps", 1, "[47]"),
        ("hits", 0, "[47]"),
        ("alm", 2, "[1, 14]"),
    ],
)
def test_what_differs_is_named(tmp_path, resealing, name, number, place):
    path = tmp_path / "a.h5"
    simulate(TINY.replace(KINDS["random"]), path, maps=2, alms=3)
    with resealing(path) as opened:
        row = np.atleast_1d(opened[name][number])
        row.flat[-1] += 1 if name == "hits" else row.flat[-1] * 1e-6 + 1e-30
        opened[name][number] = row
    found = dict(recompute(path, range(5)))
    words = found.pop(number)
    assert words.startswith(f"/{name}{place}: ")
    size = int(np.prod(row.shape))
    assert words.endswith(f"recomputed; 1 of {size} values differ")
    assert set(found.values()) == {None}


def test_random_choice(tmp_path):
    simulate(TINY.replace({"ensemble.realizations": 40}), tmp_path / "a.h5", slice=(2, 2), maps=0)
    chosen = {tuple(chosen_realizations(tmp_path / "a.h5", 3, seed)) for seed in range(10)}
    assert len(chosen) > 5
    assert all(len(set(few)) == 3 and all(number % 2 for number in few) for few in chosen)
    assert chosen_realizations(tmp_path / "a.h5", 99, 1) == list(range(1, 40, 2))


class TestNotKnownHere:
    def test_velocity_fields(self, tmp_path):
        few = {"sky": {"nside": 2, "lmax": 4}, "ensemble": {"realizations": 2}}
        simulate(Config.from_dict(few), tmp_path / "a.h5", flow=Still())
        with pytest.raises(InputError, match=r"flow\.field: the velocity field Still is not part"):
            list(recompute(tmp_path / "a.h5", [0]))

    def test_free_path_laws(self, tmp_path):
        config = TINY.replace(
            {"transport.free_path": OwnPath(), "sky.sampling": "random", "sky.particles": 64}
        )
        simulate(config, tmp_path / "a.h5")
        with pytest.raises(InputError, match=r"transport\.free_path = 'own': not installed here"):
            list(recompute(tmp_path / "a.h5", [0]))

    def test_other_versions(self, tmp_path, resealing):
        simulate(TINY, tmp_path / "a.h5")
        with resealing(tmp_path / "a.h5") as opened:
            opened.attrs["results_version"] = 4
        with pytest.raises(InputError, match="results_version 4, expected 5"):
            list(recompute(tmp_path / "a.h5", [0]))


def test_a_sealed_file_is_not_trusted_blindly(tmp_path, resealing):
    """The seal says that nothing has changed since, not that the numbers are right."""
    path = tmp_path / "a.h5"
    simulate(TINY, path)
    with resealing(path) as opened:
        opened["power"][2] *= 2
    assert dict(recompute(path, [1, 2]))[2] is not None
