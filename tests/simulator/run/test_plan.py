"""What a run needs, before it begins: sizes, refusals that name what to change, and dry runs that write nothing."""

from __future__ import annotations

import math

import pytest

from eddysky.simulator import Config, InputError, simulate
from eddysky.simulator.results.columns import COLUMNS, Column
from eddysky.simulator.run import plan, trial
from eddysky.simulator.run.dry_run import describe_run
from eddysky.simulator.run.job import Job
from eddysky.simulator.run.plan import Plan, check_threads, count_below, result_bytes, time_in_words
from eddysky.simulator.run.trial import time_of_run

TINY = Config().replace(
    {"sky.nside": 4, "flow.modes": 16, "flow.inner_scale": "10 pc", "ensemble.realizations": 5}
)
PARTICLES = {"sky.sampling": "random", "sky.particles": 64}


@pytest.fixture
def small_machine(monkeypatch):
    """A machine with 2 GB of memory and 1 GB of disk."""
    monkeypatch.setattr(plan, "available_memory", lambda: (2e9, "of this machine"))
    monkeypatch.setattr(plan, "free_disk", lambda folder: 1e9)


def test_size_of_results_is_that_of_their_arrays():
    config = TINY.replace(PARTICLES)
    result = simulate(config, maps=3, alms=2)
    expected = sum(
        getattr(result, column.name).nbytes for column in COLUMNS if column.present(config)
    )
    assert result_bytes(config, (), {"index": 5, "map_index": 3, "alm_index": 2}) == expected


@pytest.mark.parametrize(
    ("numbers", "below"), [(range(3, 20, 4), 2), ([3, 7, 11], 2), (range(10, 20), 0), ([], 0)]
)
def test_how_many_of_a_slice_keep_maps(numbers, below):
    assert count_below(numbers, 8) == below == len([n for n in numbers if n < 8])


WIDE = Column("wide", "many numbers", shape=(10**6,), measure=lambda *_: None)


@pytest.mark.parametrize(
    ("settings", "options", "words"),
    [
        ({"ensemble.realizations": 10**9}, {}, "ensemble.realizations = 1000000000: the run needs"),
        ({"ensemble.realizations": 10**8}, {}, "ensemble.realizations = 100000000: the run needs"),
        (
            {"sky.nside": 1024, "ensemble.realizations": 50},
            {"maps": 50},
            "--maps 50: the run needs",
        ),
        ({"sky.nside": 256, "ensemble.realizations": 10**4}, {"alms": 10**4}, "--alms 10000: the"),
        ({"flow.modes": 10_000_000}, {}, "flow.modes = 10000000: the run needs"),
        ({"sky.nside": 2048}, {"maps": 0}, "sky.lmax = 2048: the run needs"),
        ({"sky.nside": 2048, "sky.lmax": 8, **PARTICLES}, {"maps": 1}, "sky.nside = 2048: the run"),
        ({"ensemble.realizations": 1000}, {"columns": [WIDE]}, "columns = wide: the run needs"),
        ({}, {"workers": 30_000}, "workers = 30000: at most"),
    ],
)
def test_what_does_not_fit_is_refused(small_machine, tmp_path, settings, options, words):
    given = {"sky.nside": 4, "flow.modes": 16}
    config = Config().replace(given | settings)
    with pytest.raises(InputError) as error:
        simulate(config, tmp_path / "run.h5", **options)
    assert words in str(error.value)
    assert len(str(error.value).splitlines()) <= 2
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_foreseen(small_machine, tmp_path):
    config = Config().replace({"sky.nside": 256, "ensemble.realizations": 150})
    found = describe_run(config.replace({"flow.modes": 16}), tmp_path / "run.h5", maps=150)
    assert found.refusal is not None
    assert "run.h5: the run needs up to 1.4 GB on disk" in found.refusal


def test_more_than_a_year_is_refused(monkeypatch, tmp_path):
    config = TINY.replace(PARTICLES | {"sky.particles": 2**40})
    monkeypatch.setattr(trial, "block_size", lambda config: 64)
    monkeypatch.setattr(trial, "MEASURED", 1e5)
    with pytest.raises(
        InputError, match=r"sky.particles = \d+: the run would take about .*longer than a year"
    ):
        simulate(config.replace({"flow.modes": 100_000}), tmp_path / "run.h5", workers=1)


def test_time_is_in_proportion_to_what_is_measured(monkeypatch):
    """A tenth of the particles is measured, and all realisations are counted."""
    config = TINY.replace(PARTICLES | {"sky.particles": 16_000})
    monkeypatch.setattr(trial, "block_size", lambda config: 1)
    monkeypatch.setattr(trial, "MEASURED", 16_000 * 16 / 10)
    clock = iter(range(100))
    monkeypatch.setattr(trial.time, "monotonic", lambda: float(next(clock)))
    found = time_of_run(Plan(Job(config), range(5), range(5), 1, None), 1)
    assert found.seconds == pytest.approx(50.0)
    assert "from 1600 of 16000 particles" in found.how


def test_orbits_by_their_steps():
    orbits = {"transport.mode": "helical", "transport.magnetic_field_strength": "1 nG"}
    config = TINY.replace(orbits | {"sky.sampling": "orbits", "sky.particles": 100})
    found = time_of_run(Plan(Job(config), range(5), range(5), 2, None), 2)
    assert 0 < found.seconds < 60
    assert "steps of orbits" in found.how


def test_threads_that_are_allowed():
    check_threads(256)


class TestDryRun:
    def test_nothing_is_written(self, tmp_path):
        output = tmp_path / "run.h5"
        found = describe_run(TINY, output, slice=(2, 2), workers=2)
        text = "\n".join(found.lines)
        assert found.refusal is None
        for words in (
            "2, of which 0 are finished",
            "2 threads of ",
            "time: about",
            "memory: at most",
        ):
            assert words in text
        for words in ("disk: results up to", f"{output}.parts", "cores: "):
            assert words in text
        assert list(tmp_path.iterdir()) == []

    def test_what_is_finished_counts(self, tmp_path):
        output = tmp_path / "run.h5"
        simulate(TINY, output)
        before = output.read_bytes()
        assert "nothing is left" in "\n".join(describe_run(TINY, output).lines)
        more = describe_run(TINY.replace({"ensemble.realizations": 8}), output)
        assert "8, of which 5 are finished and 3 missing" in more.lines[0]
        assert [path.name for path in tmp_path.iterdir()] == ["run.h5"]
        assert output.read_bytes() == before


def test_units_of_time():
    assert [time_in_words(s) for s in (20, 91, 5000, 5401, 36 * 3600, 10 * 86400, 1e9)] == [
        "20 s", "1.5 min", "83 min", "1.5 h", "1.5 days", "10 days", "32 years",
    ]  # fmt: skip


def test_where_memory_is_not_known_nothing_is_refused(monkeypatch):
    monkeypatch.setattr(plan, "available_memory", lambda: (math.inf, ""))
    Plan(Job(Config()), range(10**9), range(10**9), 1, None).check_memory()
