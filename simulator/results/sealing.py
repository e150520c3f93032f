"""The seal of a results file: its last bytes are the SHA-256 of all bytes before them.

HDF5 ignores what follows its own bytes, and cuts it off when it opens a file for writing. The seal is checked before
HDF5 sees a file, as a single wrong byte can make HDF5 spin without end. It protects from accidents, not from intent.
"""

from __future__ import annotations

import hashlib
import os
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.writing import writing

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

__all__ = ["ABOUT", "is_sealed", "seal", "write_all"]

MARK = b"eddysky-seal-sha256:"
# Root attribute of every sealed file. It contains the mark, which shows that a file has lost its seal.
ABOUT = f"{MARK.decode()} the last bytes of the file are the SHA-256 of all bytes before them"
SIZE = len(MARK) + 65
BLOCK = 1 << 20


def seal(path: Path) -> None:
    """Append the seal to a file whose content is complete."""
    with writing(path), path.open("r+b", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        write_all(file, MARK + digest(file, size) + b"\n")


def write_all(file: FileIO, data: Buffer) -> None:
    """Write everything to an unbuffered file, which may take less at a time."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def is_sealed(path: Path) -> bool:
    """Whether a file has a seal; False for files of older versions and those of other programs.

    Raises
    ------
    InputError
        If the file is not what was sealed, or cannot be read.
    """
    try:
        with path.open("rb", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size - SIZE
            if size >= 0:
                file.seek(size)
                found = file.read(SIZE)
                file.seek(0)
                if found.startswith(MARK):
                    if found == MARK + digest(file, size) + b"\n":
                        return True
                    raise InputError(
                        f"{path}: damaged results file: its content does not match the SHA-256 at its end"
                    )
            if contains_mark(file):
                raise InputError(
                    f"{path}: damaged results file: altered after eddysky wrote it, or cut short: no SHA-256 at its end"
                )
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from None
    return False


def digest(file: FileIO, size: int) -> bytes:
    """Hexadecimal SHA-256 of the next `size` bytes, or of those up to the end if that comes first."""
    found, buffer = hashlib.sha256(), memoryview(bytearray(BLOCK))
    while size and (count := file.readinto(buffer[: min(size, BLOCK)])):
        found.update(buffer[:count])
        size -= count
    return found.hexdigest().encode()


def contains_mark(file: FileIO) -> bool:
    """Whether the mark is anywhere in the rest of a file."""
    before = b""
    while block := file.read(BLOCK):
        if MARK in before + block:
            return True
        before = block[1 - len(MARK) :]
    return False
