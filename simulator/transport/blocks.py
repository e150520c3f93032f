"""Parallel map over threads with a short queue.

Threads are kept for the life of the process: starting them takes time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import lru_cache
from itertools import islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["mapped", "mapped_pairs"]

Item = TypeVar("Item")
Part = TypeVar("Part")


@lru_cache
def _workers(purpose: str, threads: int) -> ThreadPoolExecutor:
    """Thread pool for one purpose; nested work needs a pool of its own, or it could deadlock."""
    return ThreadPoolExecutor(threads, thread_name_prefix=purpose)


def mapped(
    function: Callable[[Item], Part],
    items: Iterable[Item],
    threads: int,
    *,
    purpose: str = "blocks",
    ordered: bool = True,
) -> Iterator[Part]:
    """Apply a function to all items, with at most two items per thread submitted at a time.

    Parameters
    ----------
    function
        Returns the result of one item.
    items
        Its arguments; taken one by one as threads become free.
    threads
        Number of threads. With one thread and `ordered`, the calling thread does the work; otherwise it only waits,
        so that Ctrl-C takes effect at once.
    purpose
        Names the thread pool; nested calls need different names.
    ordered
        Whether results come in the order of the items; otherwise in the order in which they finish.

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


def mapped_pairs(
    function: Callable[[Item], tuple[NDArray[np.float64], NDArray[np.float64]]],
    blocks: Iterable[Item],
    threads: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Concatenate both arrays, (n, ...) each, that a function returns for each block."""
    ahead, behind = zip(*mapped(function, blocks, threads), strict=True)
    return np.concatenate(ahead), np.concatenate(behind)
