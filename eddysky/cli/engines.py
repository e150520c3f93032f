"""What makes the realisations of a command: threads, or the workers of a Dask cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from eddysky.simulator.errors import InputError

__all__ = ["engine"]


@contextmanager
def engine(workers: int | None, scheduler: str | None) -> Iterator[dict[str, Any]]:
    """Arguments of `simulate` for --workers and --scheduler.

    Raises
    ------
    InputError
        If both are given, `distributed` is not installed, or no scheduler answers.
    """
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
