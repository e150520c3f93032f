"""Work on several threads, a few pieces at a time.

Threads are kept for the life of the process, so that no time goes into starting them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import lru_cache
from itertools import islice
from typing import TypeVar

__all__ = ["mapped"]

Item = TypeVar("Item")
Part = TypeVar("Part")


@lru_cache
def _workers(purpose: str, threads: int) -> ThreadPoolExecutor:
    """Threads for one purpose; work inside work must have another, or it could wait for itself."""
    return ThreadPoolExecutor(threads, thread_name_prefix=purpose)


def mapped(
    function: Callable[[Item], Part],
    items: Iterable[Item],
    threads: int,
    *,
    purpose: str = "blocks",
    ordered: bool = True,
) -> Iterator[Part]:
    """Results for all items, of which at most two a thread are under way or waiting at a time.

    Parameters
    ----------
    function
        Makes the result of one item.
    items
        What to work through; taken as there is room.
    threads
        Number of threads. Where it is one and order matters, the calling thread does the work; else it only
        waits, so that it hears Ctrl-C at once.
    purpose
        Names the threads; work inside work needs another purpose.
    ordered
        Whether results come in the order of the items, or as they are finished.

    Yields
    ------
    Part
        The result of one item.
    """
    if ordered and threads == 1:
        yield from map(function, items)
        return
    pool, waiting = _workers(purpose, threads), iter(items)
    pending: list[Future[Part]] = []
    try:
        while True:
            # A short queue keeps the threads busy and the memory constant.
            room = islice(waiting, 2 * threads - len(pending))
            pending.extend(pool.submit(function, item) for item in room)
            if not pending:
                return
            done = pending[:1] if ordered else wait(pending, return_when=FIRST_COMPLETED).done
            for future in list(done):
                pending.remove(future)
                yield future.result()
    finally:
        for future in pending:
            future.cancel()
