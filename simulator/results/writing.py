"""Writing of files: under a temporary name, flushed, then renamed; nothing that is not ours is overwritten."""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from eddysky.simulator.errors import InputError

__all__ = [
    "check_overwriting",
    "new_file",
    "new_folder",
    "overwriting",
    "publish",
    "reason",
    "remove_leftovers",
    "temporary",
    "writing",
]

PREFIX = "eddysky-writing-"
# A file of ours is known by its first or last bytes; this many are read.
ENDS = 1 << 16
# Error codes of file systems that cannot flush the names in a directory.
CANNOT_FLUSH = (errno.EINVAL, errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)

# Error codes of folders that are not there any more.
LOST = (errno.ENOENT, errno.ENOTDIR, errno.ESTALE)


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Add the file name to an `OSError` that has none, such as that of a full disk."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


@contextmanager
def overwriting(path: Path, is_ours: Callable[[bytes], bool]) -> Iterator[Path]:
    """Give a temporary name to write to; afterwards the file replaces `path`.

    Parameters
    ----------
    path
        Where the file belongs.
    is_ours
        Whether a file was written by eddysky, from its first and last bytes.

    Raises
    ------
    InputError
        If `path` is something else than a file of ours.
    """
    check_overwriting(path, is_ours)
    with writing(path):
        try:
            with temporary(path.parent, path.suffix) as unfinished:
                yield unfinished
                publish(unfinished, path)
        except OSError as error:
            # The temporary name would tell the user nothing.
            if PREFIX in str(error.filename):
                error.filename = str(path)
            raise


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a temporary name to write to; afterwards the file appears as `path`.

    Raises
    ------
    InputError
        If there is something of that name, or it cannot be written.
    """
    with _new(path), overwriting(path, lambda data: False) as unfinished:
        yield unfinished


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a temporary folder to write to; afterwards it appears as `path`, complete or not at all.

    Raises
    ------
    InputError
        As `new_file`.
    """
    with _new(path), temporary(path.parent) as unfinished:
        unfinished.mkdir()
        try:
            yield unfinished
            os.rename(unfinished, path)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)


@contextmanager
def _new(path: Path) -> Iterator[None]:
    """Refuse a name that is taken, and answer failures to write with `InputError`."""
    if os.path.lexists(path):
        raise InputError(f"{path}: exists already; choose another name")
    with suppress(OSError):
        remove_leftovers(path.parent)
    try:
        yield
    except OSError as error:
        raise _unwritten(path, error) from None


def _unwritten(path: Path, error: OSError) -> InputError | OSError:
    """What to raise where a file or folder was not written; an error of another file, such as one read, as it is."""
    name = Path(error.filename or path)
    if PREFIX in str(name) or path in (name, *name.parents):
        return InputError(f"{path}: cannot be written: {error.strerror or error}")
    return error


def check_overwriting(path: Path, is_ours: Callable[[bytes], bool]) -> None:
    """Refuse to overwrite what is not ours; a missing or an empty file is free.

    Raises
    ------
    InputError
        Names the file.
    """
    if path.is_symlink():
        raise InputError(f"{path}: a symbolic link, which is not replaced; remove it")
    if not path.exists():
        return
    if not path.is_file():
        raise InputError(f"{path}: not a file, so that nothing can be written there")
    if (data := first_and_last(path)) and not is_ours(data):
        raise InputError(
            f"{path}: exists already and was not written by eddysky in this form; "
            "it is not overwritten: rename it, or choose another name"
        )


def reason(error: OSError) -> str:
    """Why writing failed, in words."""
    words = error.strerror or str(error)
    if error.errno in LOST:
        return f"the folder is not there any more, removed or unmounted ({words})"
    return f"cannot be written: {words}"


def first_and_last(path: Path) -> bytes:
    """First and last bytes of a file."""
    with path.open("rb") as file:
        first = file.read(ENDS)
        file.seek(max(file.tell(), os.fstat(file.fileno()).st_size - ENDS))
        return first + file.read(ENDS)


@contextmanager
def temporary(directory: Path, ending: str = "") -> Iterator[Path]:
    """A name that no other process on any machine chooses; what is left of the file is removed at the end."""
    pid = os.getpid()
    words = (platform.node(), pid, started(pid), machine_id(), uuid.uuid4().hex)
    path = directory / (PREFIX + "-".join(map(str, words)) + ending)
    try:
        yield path
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def publish(unfinished: Path, final: Path) -> None:
    """Give a finished file its name, so that it appears complete or not at all, even after a power cut."""
    # Windows flushes only what is open for writing.
    with writing(unfinished), unfinished.open("r+b") as file:
        os.fsync(file.fileno())
    os.replace(unfinished, final)
    sync_directory(final.parent)


def sync_directory(directory: Path) -> None:
    """Flush the names in a directory; not possible on Windows and some file systems."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        with writing(directory):
            os.fsync(descriptor)
    except OSError as error:
        if error.errno not in CANNOT_FLUSH:
            raise
    finally:
        os.close(descriptor)


def remove_leftovers(directory: Path) -> None:
    """Remove files and folders that dead processes of this machine were writing; what may be of others stays."""
    for path in directory.glob(f"{PREFIX}*"):
        if not is_left_over(path.name):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def is_left_over(name: str) -> bool:
    """Whether the process that writes a temporary file was one of this machine and has certainly ended."""
    node, *words = name.removeprefix(PREFIX).rsplit("-", 4)
    if len(words) < 4 or node != platform.node() or not machine_id() or words[2] != machine_id():
        return False
    pid, start = words[:2]
    if not (pid.isdecimal() and start.isdecimal()):
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return started(int(pid)) not in (start, "")


def started(pid: int) -> str:
    """When a process began [clock ticks since the machine did]; a later one of the same number differs."""
    try:
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[19].decode()
    except (OSError, IndexError):
        return ""


def machine_id() -> str:
    """Names this machine since its last start, and the container whose process numbers count; "" if unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        container = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        return ""
    return hashlib.sha256(f"{boot} {container}".encode()).hexdigest()[:16]
