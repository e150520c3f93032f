"""Files of compiled kernels, checked before they are used.

Numba unpickles and runs what it finds in its cache, and fails for good on a file that was cut short. Here each file
begins with the SHA-256 of the rest; one that does not match, or is not this user's own, counts as missing, and the
kernel is compiled again.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from numba.core.caching import FunctionCache, IndexDataCacheFile

__all__ = ["KernelCache"]

LENGTH = hashlib.sha256().digest_size


class CheckedFiles(IndexDataCacheFile):
    """Numba's cache files with checksums."""

    def save(self, key: Any, data: Any) -> None:
        """Save an entry; without it, where the disk is full or read-only, the next process compiles again."""
        with suppress(OSError):
            super().save(key, data)  # type: ignore[no-untyped-call]

    def _load_index(self) -> dict[Any, str]:
        """Names of the data files by signature; none if there is no sound index of this version."""
        try:
            stream = io.BytesIO(read_checked(self._index_path))
        except OSError:
            return {}
        if pickle.load(stream) != self._version:
            return {}
        stamp, names = pickle.loads(stream.read())
        return names if stamp == self._source_stamp else {}

    def _load_data(self, name: str) -> Any:
        """Entry of a data file; an `OSError`, if there is no sound one, makes Numba compile."""
        return pickle.loads(read_checked(os.path.join(self._cache_path, name)))

    @contextmanager
    def _open_for_write(self, path: str) -> Iterator[io.BytesIO]:
        """Write a file with its checksum; it appears complete or not at all."""
        content = io.BytesIO()
        yield content
        data = content.getvalue()
        with super()._open_for_write(path) as file:
            # Whatever the umask: of folders above, which others may rename, nothing is assumed.
            os.chmod(file.name, stat.S_IRUSR | stat.S_IWUSR)
            file.write(hashlib.sha256(data).digest() + data)


def read_checked(path: str) -> bytes:
    """Content of a cache file.

    Raises
    ------
    OSError
        If it is missing, damaged, a link, another user's, or writable by others.
    """
    descriptor = os.open(
        path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    )
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if hasattr(os, "geteuid") and (
            status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        ):
            raise PermissionError(f"{path}: of another user, or writable by others")
        data = file.read()
    if hashlib.sha256(data[LENGTH:]).digest() != data[:LENGTH]:
        raise OSError(f"{path}: damaged")
    return data[LENGTH:]


class KernelCache(FunctionCache):
    """Numba's cache of one function, with checked files."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__(function)  # type: ignore[no-untyped-call]
        self._cache_file = CheckedFiles(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )  # type: ignore[no-untyped-call]
