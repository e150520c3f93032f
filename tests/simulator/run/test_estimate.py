"""Time and memory that a run still needs: from the times of its first realisations, and said once."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from eddysky.simulator import Config, simulate
from eddysky.simulator.results.columns import COLUMNS
from eddysky.simulator.run import estimate, threads
from eddysky.simulator.run.estimate import Estimate, in_words, peak_memory, result_bytes

TINY = Config().replace(
    {"sky.nside": 4, "flow.modes": 16, "flow.inner_scale": "10 pc", "ensemble.realizations": 5}
)


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    found = Clock()
    monkeypatch.setattr(estimate, "time", found)
    return found


def run(clock, seconds, count=100, maps=0, together=1, order=None):
    """The line said, and the number of realisations made before; each takes `seconds` of its index."""
    said = []

    def say(text):
        said.append((text, sum(index not in watch.waiting for index in range(count))))

    watch = Estimate({i: i < maps for i in range(count)}, together, 2, 10**9, say)

    def make(index):
        clock.now += seconds(index)
        return SimpleNamespace(index=index)

    for index in order or range(count):
        watch.timed(make)(index)
        watch.update(index)
    return said


def test_the_first_is_not_measured(clock, monkeypatch):
    """It waits for the compiler: 30 s instead of 4 s."""
    monkeypatch.setattr(estimate, "peak_memory", lambda: 5 * 10**8)
    said = run(clock, lambda index: 4.0 if index else 30.0)
    assert said == [("about 6.5 min and 2.5 GB for 98 more realisations on 2 threads", 2)]


def test_a_very_long_first_one_is(clock, monkeypatch):
    monkeypatch.setattr(estimate, "peak_memory", lambda: None)
    said = run(clock, lambda index: 600.0, count=10)
    assert said == [("about 1.5 h for 9 more realisations on 2 threads", 1)]


def test_short_ones_are_measured_for_two_seconds(clock):
    ((text, made),) = run(clock, lambda index: 0.05, count=5000)
    assert made == 40
    assert text.startswith("about 4.1 min and ")


def test_less_than_a_minute_is_not_worth_saying(clock):
    assert run(clock, lambda index: 0.5, count=100) == []


def test_maps_are_counted_apart(clock):
    """The first, no map, is not measured; the 91 others take 2 s, and those with maps 20 s."""
    order = [50, 51, 0, *(index for index in range(100) if index not in (50, 51, 0))]
    said = run(clock, lambda index: 20.0 if index < 8 else 2.0, maps=8, order=order)
    assert len(said) == 1
    text, made = said[0]
    assert made == 3
    # 7 with maps and 90 without: 320 s.
    assert text.startswith("about 5.3 min and ")


def test_several_at_a_time(clock):
    ((text, made),) = run(clock, lambda index: 4.0, count=102, together=2)
    assert made == 3
    assert text.startswith("about 3.3 min and ")  # 99 × 4 s / 2


def test_units_of_time():
    assert [in_words(s) for s in (61, 5000, 5401, 36 * 3600, 10 * 86400)] == [
        "1 min", "83 min", "1.5 h", "1.5 days", "10 days",
    ]  # fmt: skip


def test_size_of_results_is_that_of_their_arrays():
    config = TINY.replace({"sky.sampling": "random", "sky.particles": 64})
    result = simulate(config, maps=3, alms=2)
    expected = sum(
        getattr(result, column.name).nbytes for column in COLUMNS if column.present(config)
    )
    assert result_bytes(config, (), {"index": 5, "map_index": 3, "alm_index": 2}) == expected


def test_memory_of_this_process():
    found = peak_memory()
    assert found is None or 5e7 < found < 1e11
    assert (found is None) == (sys.platform == "win32")


def test_simulate_says_what_is_missing(tmp_path, monkeypatch, capsys):
    """Of a resumed run only the missing realisations count; without a bar nothing is said."""
    monkeypatch.setattr(estimate, "WORTH_SAYING", 0.0)
    monkeypatch.setattr(estimate, "MEASURED", 0.0)
    simulate(TINY, tmp_path / "run.h5", workers=1, progress=False)
    assert capsys.readouterr().err == ""
    more = TINY.replace({"ensemble.realizations": 12})
    simulate(more, tmp_path / "run.h5", workers=1, progress=True)
    (line,) = [text for text in capsys.readouterr().err.splitlines() if "about " in text]
    assert " GB for 6 more realisations on 1 thread" in line


def test_one_sky_of_many_particles_is_measured_on_a_few(monkeypatch, capsys):
    monkeypatch.setattr(estimate, "WORTH_SAYING", 0.0)
    monkeypatch.setattr(threads, "PARTICLE_BLOCK", 64)
    settings = {"sky.sampling": "random", "ensemble.realizations": 1}
    for particles, said in ((4095, False), (4096, True)):
        config = TINY.replace(settings | {"sky.particles": particles})
        simulate(config, workers=1, progress=True)
        assert ("GB for 1 realisation on 1 thread" in capsys.readouterr().err) == said


def test_orbits_are_announced_before_the_first(monkeypatch, capsys):
    monkeypatch.setattr(estimate, "WORTH_SAYING", 0.0)
    orbits = {"transport.mode": "helical", "transport.magnetic_field_strength": "1 nG"}
    config = TINY.replace(orbits | {"sky.sampling": "orbits", "sky.particles": 100})
    simulate(config, workers=1, progress=True)
    assert "GB for 5 realisations on 1 thread" in capsys.readouterr().err


def test_time_of_orbits_is_that_of_their_steps(monkeypatch, clock):
    monkeypatch.setattr(threads, "time", clock)
    orbits = {"transport.mode": "helical", "transport.magnetic_field_strength": "1 nG"}
    settings = {"sky.sampling": "orbits", "sky.particles": 1000, "transport.scatterings": 3}
    setup = threads.Setup.from_config(TINY.replace(orbits | settings))

    class Slow:
        k_max = 2.0

        def velocity(self, points):
            clock.now += 1e-3 * len(points)
            return points

    monkeypatch.setattr(threads.Setup, "flow", lambda setup, index: Slow())
    radius = setup.config.larmor_radius
    steps = 3 * 1000 * (10 / (0.5 / (2.0 + 2 / radius)) + 1)
    assert threads._time_of_orbits(setup) == pytest.approx(1e-3 * steps, rel=1e-3)
