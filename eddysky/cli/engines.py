"""What makes the realisations of a command, threads or the workers of a Dask cluster, and which it makes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

if TYPE_CHECKING:
    from eddysky.simulator.run.slices import Slice

__all__ = ["engine", "slice_from"]


@contextmanager
def engine(workers: int | None, scheduler: str | None) -> Iterator[dict[str, Any]]:
    """Arguments of `simulate` for --workers and --scheduler; says if compiled kernels cannot be kept.

    Raises
    ------
    InputError
        If both are given, `distributed` is not installed, or no scheduler answers.
    """
    from eddysky.kernels.compilation import why_no_cache

    if reason := why_no_cache():
        say(f"eddysky: compiled kernels are not kept: {reason}", err=True)
    if scheduler is None:
        yield {"workers": workers}
        return
    if workers is not None:
        raise InputError("--workers: threads of this machine; not together with --scheduler")
    try:
        from eddysky.simulator.run.cluster import connected
    except ModuleNotFoundError as error:
        raise InputError(
            f"--scheduler: needs {error.name}, which is not installed: pip install 'eddysky[cluster]'"
        ) from None
    with connected(scheduler) as client:
        yield {"client": client}


def slice_from(text: str | None) -> Slice | None:
    """The slice that --slice names, that of the array job for ""; None without that option."""
    from eddysky.simulator.run.slices import Slice

    if text == "":
        return Slice.from_array_job(os.environ)
    return None if text is None else Slice.from_text(text)
