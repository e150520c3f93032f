"""Work in blocks on several threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

__all__ = ["mapped"]

Block = TypeVar("Block")
Part = TypeVar("Part")


def mapped(
    function: Callable[[Block], Part], blocks: Sequence[Block], threads: int
) -> Iterator[Part]:
    """Results for all blocks, in order, of which at most a few are under way or waiting at a time."""
    if threads == 1 or len(blocks) == 1:
        yield from map(function, blocks)
        return
    with ThreadPoolExecutor(threads) as pool:
        group = 4 * threads
        for start in range(0, len(blocks), group):
            yield from pool.map(function, blocks[start : start + group])
