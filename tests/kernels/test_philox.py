"""Philox4x32-10: published vectors, layout of the counter, and statistics of the deviates.

Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from eddysky.kernels import philox
from eddysky.kernels.philox import philox4x32, uniform_pair

COUNT = 40_000
ONES = 0xFFFFFFFF

# Random123, kat_vectors: philox4x32 with 10 rounds; counter, key, result.
KNOWN_ANSWERS = [
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((ONES,) * 4, (ONES,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]


@pytest.mark.parametrize(("counter", "key", "expected"), KNOWN_ANSWERS)
def test_known_answers(counter, key, expected):
    arguments = [np.uint64(word) for word in (*counter, *key)]
    assert tuple(int(word) for word in philox4x32(*arguments)) == expected
    assert tuple(int(word) for word in philox4x32.py_func(*arguments)) == expected


def as_uniforms(words):
    """52 bits of two words, centred in their cell."""
    return tuple(
        ((high >> 6) * 2**26 + (low >> 6) + 0.5) / 2**52 for high, low in (words[:2], words[2:])
    )


def test_uniforms_of_the_zero_vector():
    assert uniform_pair(0, 0, 0, 0, 0) == as_uniforms(KNOWN_ANSWERS[0][2])


def test_layout_of_counter_and_key():
    # Third vector, read back through the arguments: particle and purpose share a word.
    counter, key, expected = KNOWN_ANSWERS[2]
    particle = counter[0] | (counter[1] & 0xFFFF) << 32
    purpose = counter[1] >> 16
    seed = np.uint64(key[0] | key[1] << 32)
    assert uniform_pair(seed, purpose, counter[2], particle, counter[3]) == as_uniforms(expected)


@pytest.mark.parametrize(("word", "inside"), [(0, 2.0**-53), (ONES, 1 - 2.0**-53)])
def test_extreme_words_stay_inside_the_open_interval(monkeypatch, word, inside):
    monkeypatch.setattr(philox, "philox4x32", lambda *_: (np.uint64(word),) * 4)
    pair = uniform_pair.py_func(1, 2, 3, 4, 5)
    assert pair == (inside, inside)
    assert all(0 < value < 1 for value in pair)


def draws(count=COUNT, **changes):
    """Deviates (count, 2) of consecutive particles unless another argument runs."""
    given = {"seed": 11, "purpose": 1, "realization": 5, "particle": 0, "draw": 0} | changes
    running = next((name for name, value in given.items() if isinstance(value, range)), "particle")
    if running == "particle" and not isinstance(given["particle"], range):
        given["particle"] = range(given["particle"], given["particle"] + count)
    values = given.pop(running)
    names = ("seed", "purpose", "realization", "particle", "draw")
    return np.array(
        [uniform_pair(*(v if name == running else given[name] for name in names)) for v in values]
    )


RUNNING = ["seed", "realization", "particle", "draw"]


@pytest.mark.parametrize("running", RUNNING)
def test_uniform_along_every_argument(running):
    pairs = draws(**{running: range(COUNT)})
    # Kolmogorov–Smirnov, level 1e-4; four streams of two columns: false alarm 8e-4.
    for column in pairs.T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    # χ² of the pair on 32 × 32 cells, level 1e-4.
    counts, _, _ = np.histogram2d(*pairs.T, bins=32, range=[[0, 1], [0, 1]])
    chi2 = np.sum((counts - COUNT / 1024) ** 2) / (COUNT / 1024)
    assert 1e-4 < stats.chi2.sf(chi2, 1023) < 1 - 1e-4


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("seed", {"seed": 12}),
        ("high word of the seed", {"seed": 11 + 2**32}),
        ("purpose", {"purpose": 2}),
        ("realisation", {"realization": 6}),
        ("draw", {"draw": 1}),
        ("next particle", {"particle": 1}),
        ("particle a block on", {"particle": 65536}),
        ("high word of the particle", {"particle": 2**32}),
    ],
)
def test_neighbouring_streams_are_uncorrelated(name, change):
    here, there = draws(), draws(**change)
    # Sample correlation times √N is normal; 4 combinations × 8 streams at 1e-5: false alarm 3e-4.
    limit = stats.norm.isf(1e-5 / 2) / np.sqrt(COUNT)
    for i, j in itertools.product((0, 1), repeat=2):
        assert abs(np.corrcoef(here[:, i], there[:, j])[0, 1]) < limit


def test_the_two_of_a_pair_are_uncorrelated():
    limit = stats.norm.isf(1e-5 / 2) / np.sqrt(COUNT)  # false alarm 1e-5
    assert abs(np.corrcoef(*draws().T)[0, 1]) < limit


def test_no_two_streams_coincide():
    # Particle numbers beyond 2³², and all arguments in neighbouring words, name different counters.
    particles = [0, 1, 2**31, 2**32 - 1, 2**32, 2**32 + 1, 2**33, 2**40 - 1, 2**47, 2**48 - 1]
    seen = [
        uniform_pair(seed, purpose, realization, particle, draw)
        for seed in (0, 1, 2**32, 2**63 - 1)
        for purpose in (0, 1, 2)
        for realization in (0, 1, 2**32 - 1)
        for particle in particles
        for draw in (0, 1, 2**32 - 1)
    ]
    # 1080 deviates of 52 bits coincide by chance with probability 1e-10.
    assert len({first for first, _ in seen}) == len(seen)
    assert len({second for _, second in seen}) == len(seen)


def test_a_draw_is_a_pure_function():
    first = draws(count=50)
    uniform_pair(1, 2, 3, 4, 5)
    assert np.array_equal(draws(count=50), first)
    assert np.array_equal(draws(count=20, particle=30), first[30:])
