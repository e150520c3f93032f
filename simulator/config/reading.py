"""Reading of user-supplied files: anything but a regular file of reasonable size is refused first."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationInfo

from eddysky.simulator.errors import InputError

__all__ = ["LARGEST_TEXT", "check_file", "expanded", "named_file", "read_text"]

# Tables of spectra and configurations are far smaller; a device such as /dev/zero never ends.
LARGEST_TEXT = 64_000_000


def check_file(path: Path, largest: int | None = None) -> None:
    """Refuse directories, pipes, devices, missing files and files that are too large.

    Parameters
    ----------
    path
        The file.
    largest
        Largest number of bytes allowed; unlimited by default.

    Raises
    ------
    InputError
        Names the file and the reason.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"{path}: cannot be read: {reason}") from None
    if not path.is_file():
        kind = "a directory" if path.is_dir() else "a pipe or device"
        raise InputError(f"{path}: cannot be read: {kind}, not a file")
    if largest is not None and status.st_size > largest:
        raise InputError(
            f"{path}: cannot be read: {status.st_size} bytes; at most {largest} are allowed"
        )


def read_text(path: Path, kind: str) -> str:
    """Read a UTF-8 text file, with or without a byte-order mark.

    Parameters
    ----------
    path
        The file.
    kind
        Kind of file for the error message, such as "a TOML file".

    Returns
    -------
    str
        The text.

    Raises
    ------
    InputError
        If the file cannot be read or is not UTF-8 text.
    """
    check_file(path, LARGEST_TEXT)
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path}: not {kind} (not UTF-8 text)") from None


def named_file(name: str, info: ValidationInfo) -> Path:
    """File that a configuration names, found from its folder.

    Raises
    ------
    ValueError
        If the configuration has no folder and may name no files, as that of a results file.
    """
    folder = (info.context or {}).get("folder", Path())
    if folder is None:
        raise ValueError(f"{name!r}: a results file holds the numbers and must not name a file")
    return Path(folder / expanded(name))


def expanded(name: str) -> Path:
    """Path with ~ replaced by the home folder.

    Raises
    ------
    ValueError
        If there is no such user.
    """
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise ValueError(f"{name}: there is no such home folder") from None
