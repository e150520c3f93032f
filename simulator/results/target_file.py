"""A new file that HDF5 writes through Python: HDF5 itself crashes the process when it cannot flush to a full disk."""

from __future__ import annotations

import io
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from eddysky.simulator.results.sealing import seal

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

__all__ = ["write_hdf5"]

# Signals that ask the process to end.
ENDING = {getattr(signal, name, None) for name in ("SIGINT", "SIGTERM", "SIGHUP")}


def write_hdf5(path: Path, fill: Callable[[Any, Callable[[], None]], None]) -> None:
    """Write an HDF5 file and seal it; where that fails, nothing is left of it.

    Parameters
    ----------
    path
        Name of the file, which is overwritten.
    fill
        Function of the open HDF5 file that writes its content. Its second argument raises the first error of writing
        when called, and is called every few megabytes.

    Raises
    ------
    OSError
        With the name of the file, such as of a full disk.
    """
    import h5py

    target = TargetFile(path)
    try:
        with signals_deferred(target):
            try:
                with h5py.File(target, "w") as file:
                    fill(file, target.check)
            finally:
                target.close()
            target.check()
        seal(path)
    except BaseException as error:
        path.unlink(missing_ok=True)
        # HDF5 may fail where it reads what could not be written; that is not the cause.
        raise target.error or error from None


@contextmanager
def signals_deferred(target: TargetFile) -> Iterator[None]:
    """Let a signal such as that of Ctrl-C end the writing at the next `check`, and call its handler only then.

    HDF5 crashes if an exception is raised while it calls Python.
    """
    handlers, caught = dict[int, Any](), list[int]()

    def catch(number: int, _: FrameType | None) -> None:
        if number in ENDING:
            target.error = target.error or KeyboardInterrupt()
        caught.append(number)

    if threading.current_thread() is threading.main_thread():
        handlers = {number: signal.getsignal(number) for number in signal.valid_signals()}
        handlers = {number: handler for number, handler in handlers.items() if callable(handler)}
    try:
        for number in handlers:
            signal.signal(number, catch)
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in caught:
            handlers[number](number, None)


class TargetFile(io.RawIOBase):
    """New file whose first error of writing is kept, and raised by `check`; HDF5 sees none.

    After an error, what HDF5 writes is kept in memory, so that it reads back what it wrote until it is closed.

    Parameters
    ----------
    path
        Name of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.file = path.open("w+b", buffering=0)
        self.error: BaseException | None = None
        self.unwritten: list[tuple[int, bytes]] = []

    def check(self) -> None:
        """Raise the error of writing, if there was one."""
        if self.error is not None:
            raise self.error

    def keep(self, error: OSError) -> None:
        """Keep an error with the file's name, if it is the first."""
        error.filename = str(self.path)
        self.error = self.error or error

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a byte, also beyond the end."""
        return self.file.seek(offset, whence)

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Read what was written, or would have been."""
        begin, view, count = self.file.tell(), memoryview(buffer).cast("B"), 0
        try:
            count = self.file.readinto(view)
        except OSError as error:
            self.keep(error)
        for place, data in self.unwritten:
            first, last = max(place, begin), min(place + len(data), begin + len(view))
            if first < last:
                view[first - begin : last - begin] = data[first - place : last - place]
                count = max(count, last - begin)
        return count

    def write(self, data: ReadableBuffer) -> int:
        """Write everything, or keep the error and what could not be written."""
        view = memoryview(data).cast("B")
        begin, done = self.file.tell(), 0
        while done < len(view) and self.error is None:
            try:
                done += self.file.write(view[done:])
            except OSError as error:
                self.keep(error)
        if done < len(view):
            self.unwritten.append((begin + done, bytes(view[done:])))
            self.file.seek(begin + len(view))
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Set the size."""
        assert size is not None
        try:
            self.file.truncate(size)
        except OSError as error:
            self.keep(error)
        return size

    def close(self) -> None:
        """Close the file; network file systems may report only now that it could not be written."""
        try:
            self.file.close()
        except OSError as error:
            self.keep(error)
        super().close()
