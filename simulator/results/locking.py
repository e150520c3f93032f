"""One run at a time for each results file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.writing import reason

__all__ = ["only_run"]

# Error codes of file systems without locks.
NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def only_run(output: Path, path: Path) -> Iterator[None]:
    """Hold the lock of a run's output, which ends with the process; refuse a second run.

    Parameters
    ----------
    output
        What is written.
    path
        The lock: an empty file, removed at the end.

    Raises
    ------
    InputError
        If another run holds the lock, if `path` is something else, or if there are no locks.
    """
    if path.is_symlink() or (path.exists() and not (path.is_file() and path.stat().st_size == 0)):
        raise InputError(f"{path}: not a lock of eddysky, whose place it takes; rename it")
    # The other kind of lock, for file systems that have none, would survive a killed run.
    lock = FileLock(path, timeout=0, fallback_to_soft=False)
    try:
        lock.acquire()
        taken = path.lstat()
    except Timeout:
        raise InputError(f"{output}: another run is writing it") from None
    except OSError as error:
        if error.errno in NO_LOCKS:
            # Acquiring has made the file.
            with suppress(OSError):
                path.unlink(missing_ok=True)
            raise InputError(
                f"{output}: its file system has no locks ({error.strerror}), so that a second run of the same file "
                "would go unnoticed\nwrite elsewhere, or make sure that there is none and give --no-lock (lock=False)"
            ) from None
        raise InputError(f"{output}: {reason(error)}") from None
    try:
        yield
    finally:
        # While it is held: who has opened the removed file sees that, and does not take its lock for this one.
        with suppress(OSError):
            if os.path.samestat(taken, path.lstat()):
                path.unlink()
        lock.release()
