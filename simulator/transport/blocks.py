"""Work in blocks on several threads.

Threads are kept for the life of the process, so that no time goes into starting them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeVar

__all__ = ["mapped", "workers"]

Block = TypeVar("Block")
Part = TypeVar("Part")


@lru_cache
def workers(purpose: str, threads: int) -> ThreadPoolExecutor:
    """Threads for one purpose; work inside work must have another, or it could wait for itself."""
    return ThreadPoolExecutor(threads, thread_name_prefix=purpose)


def mapped(
    function: Callable[[Block], Part], blocks: Sequence[Block], threads: int
) -> Iterator[Part]:
    """Results for all blocks, in order, of which at most a few are under way or waiting at a time."""
    if threads == 1 or len(blocks) == 1:
        yield from map(function, blocks)
        return
    group = 4 * threads
    for start in range(0, len(blocks), group):
        yield from workers("blocks", threads).map(function, blocks[start : start + group])
