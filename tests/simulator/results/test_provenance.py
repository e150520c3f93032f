"""How results were made: listed and added up, the same in any order, and harmless where it makes no sense."""

from __future__ import annotations

import platform

import h5py
import numpy as np

from eddysky.simulator import Config, simulate
from eddysky.simulator.results.provenance import ELLIPSIS, MOST, PHASES, Provenance

TINY = Config().replace(
    {"sky.nside": 4, "flow.modes": 16, "flow.inner_scale": "10 pc", "ensemble.realizations": 5}
)


def attributes(path):
    with h5py.File(path, "r") as file:
        return dict(file.attrs)


def test_of_a_run_and_its_extension(tmp_path):
    output = tmp_path / "run.h5"
    simulate(TINY, output, workers=1)
    first = attributes(output)
    assert (first["hosts"], first["made_by"]) == (platform.node(), "1 thread")
    assert all(first[f"seconds_{phase}"] >= 0 for phase in PHASES)
    assert 0 < first["seconds_simulating"] < 60
    simulate(TINY.replace({"ensemble.realizations": 9}), output, workers=2)
    second = attributes(output)
    assert second["made_by"] == "1 thread; 2 threads"
    assert second["seconds_simulating"] > first["seconds_simulating"]


def test_there_and_back_and_in_any_order():
    one = Provenance(("b",), ("2 threads",), {"simulating": 2.0, "writing": 0.5})
    two = Provenance(("a", "b"), ("1 threads",), {"simulating": 1.0})
    joined = one + two
    assert joined == two + one
    assert joined.hosts == ("a", "b")
    assert joined.seconds == {"simulating": 3.0, "writing": 0.5}
    assert Provenance.from_attributes(joined.attributes()) == joined


def test_of_very_many_machines():
    found = Provenance()
    for number in range(2 * MOST):
        found += Provenance((f"node{number:04d}",))
    assert len(found.hosts) == MOST + 1
    assert found.hosts[-1] == ELLIPSIS
    assert found + Provenance(("node0000",)) == found


def test_nonsense_is_left_out():
    foreign = {
        "hosts": 3,
        "made_by": np.zeros(3),
        "seconds_writing": "x",
        "seconds_merging": np.nan,
    }
    assert Provenance.from_attributes(foreign) == Provenance()
