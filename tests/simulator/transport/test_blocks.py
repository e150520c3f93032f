"""The sliding window: order, bounded memory, interruptions and errors."""

from __future__ import annotations

import threading
import time

import pytest

from eddysky.simulator.transport.blocks import mapped

both = pytest.mark.parametrize("ordered", [True, False])


@both
@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize("count", [0, 1, 4, 50])
def test_every_item_once(ordered, threads, count):
    found = list(mapped(lambda n: n * n, range(count), threads, purpose="test", ordered=ordered))
    expected = [n * n for n in range(count)]
    assert (found if ordered else sorted(found)) == expected


@both
def test_order_is_that_of_the_items_or_of_completion(ordered):
    # The first item waits for the last one; or until another result has been received.
    last, received = threading.Event(), threading.Event()

    def work(n):
        if n == 3:
            last.set()
        assert n > 0 or (last if ordered else received).wait(10)
        return n

    found = []
    for n in mapped(work, range(4), 2, purpose="test", ordered=ordered):
        found.append(n)
        received.set()
    assert sorted(found) == [0, 1, 2, 3]
    assert (found == [0, 1, 2, 3]) if ordered else (found[0] != 0)


@both
@pytest.mark.parametrize("threads", [1, 3])
def test_at_most_two_a_thread_are_taken(ordered, threads):
    taken = []

    def items():
        for n in range(40):
            taken.append(n)
            yield n

    for given, _ in enumerate(mapped(str, items(), threads, purpose="test", ordered=ordered)):
        assert len(taken) <= given + 2 * threads


@both
def test_an_error_ends_it_and_what_waits_is_not_begun(ordered):
    begun = []

    def work(n):
        begun.append(n)
        if n == 3:
            raise ZeroDivisionError
        time.sleep(0.01)
        return n

    with pytest.raises(ZeroDivisionError):
        list(mapped(work, range(1000), 2, purpose="test", ordered=ordered))
    time.sleep(0.05)
    assert len(begun) < 12


def test_out_of_order_the_caller_only_waits():
    """It hears Ctrl-C while a kernel runs."""
    caller = threading.get_ident()
    found = mapped(lambda _: threading.get_ident(), range(3), 1, purpose="test", ordered=False)
    assert caller not in set(found)
    assert set(mapped(lambda _: threading.get_ident(), range(3), 1)) == {caller}


def test_work_inside_work():
    def outer(n):
        return sum(mapped(lambda m: m * n, range(10), 2, purpose="inner"))

    assert list(mapped(outer, range(8), 2, purpose="outer")) == [45 * n for n in range(8)]
