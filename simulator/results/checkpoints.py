"""Checkpoints: finished realisations of a run, saved so that they survive crashes.

A checkpoint is a small results file in OUT.h5.parts/, called a part. It is written under a unique temporary name,
flushed to disk, and renamed to a name that contains its SHA-256. Parts never change; a part that does not match its
checksum is ignored. The last step merges all parts into OUT.h5 in the same way. Killing the process at any moment
loses only realisations that are not yet in a part.
"""

from __future__ import annotations

import errno
import hashlib
import os
import platform
import reprlib
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results import output as results_output
from eddysky.simulator.results import store
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.writing import writing

__all__ = ["Checkpoints", "open_checkpoints"]

WRITING = "eddysky-writing-"
# Lists up to this length are shown in full.
VECTOR = 3
# Error codes of file systems without locks or flushing.
UNSUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Finished realisations of one results file while its run is under way; made by `open_checkpoints`."""

    output: Path
    directory: Path
    config: Config
    columns: tuple[Column, ...] = ()

    def sources(self) -> list[Path]:
        """Files with finished realisations: the results file, if it exists, and undamaged parts."""
        sound = [path for path in sorted(self.directory.glob("part-*.h5")) if self.is_sound(path)]
        return ([self.output] if self.output.exists() else []) + sound

    def is_sound(self, part: Path) -> bool:
        """Whether the content of a part matches the checksum in its name."""
        return part.stem.rpartition("-")[2] == file_sha256(part)

    def missing(self, indices: Sequence[int], maps: int, alms: int = 0) -> tuple[list[int], int]:
        """Which of these realisations are still to be made, and how many there will be in all.

        The first `maps` need a map, the first `alms` their a_ℓm, and all need the columns of the run.

        Raises
        ------
        InputError
            If the files contain outside columns that this run does not define, or defines differently.
        """
        asked = set(indices)
        wanted = {column.name: column.fixed(self.config) for column in self.columns}
        done, mapped, expanded = set[int](), set[int](), set[int]()
        measured: dict[str, set[int]] = {name: set() for name in wanted}
        for source in self.sources():
            rows, found = store.read_contents(source)
            done.update(rows["index"].tolist())
            mapped.update(rows["map_index"].tolist())
            expanded.update(rows["alm_index"].tolist())
            for column in found:
                if wanted.get(column.name, column) != column:
                    raise InputError(
                        f"{self.output}: holds a column {column.name!r} with another description, units, type "
                        "or shape; choose another name for one of them"
                    )
                measured.setdefault(column.name, set()).update(rows["index"].tolist())
        complete = done.intersection(*(measured[name] for name in wanted))
        missing = (done | asked) - complete
        missing |= {index for index in asked if index < maps} - mapped
        missing |= {index for index in asked if index < alms} - expanded
        for name, having in measured.items():
            if name not in wanted and (missing or having != done):
                raise InputError(
                    f"{self.output}: holds the column {name!r}, which this run was not given; "
                    "give it (columns=[...]) or choose another file name (-o)"
                )
        return sorted(missing), len(done | missing)

    def add(self, realizations: Sequence[Realization]) -> None:
        """Save finished realisations as one part."""
        if not realizations:
            return
        result = Result.from_realizations(self.config, realizations, self.columns)
        temporary = self.temporary()
        results_output.write(temporary, result)
        move(
            temporary,
            self.directory / f"part-{result.index[0]:010d}-{file_sha256(temporary)}.h5",
        )

    def merge(self) -> None:
        """Merge all parts into the results file and remove them."""
        sources = self.sources()
        if sources != [self.output]:
            temporary = self.temporary()
            results_output.concatenate(temporary, sources, self.config)
            move(temporary, self.output)
        for part in self.directory.glob("part-*.h5"):
            os.unlink(part)

    def temporary(self) -> Path:
        """Unique temporary name, also among processes on other machines."""
        return self.directory / f"{WRITING}{platform.node()}-{os.getpid()}-{uuid.uuid4().hex}"


@contextmanager
def open_checkpoints(
    output: Path, config: Config, columns: Iterable[Column] = ()
) -> Iterator[Checkpoints]:
    """Open the checkpoints of a results file, after checking that existing files belong to the same configuration.

    Raises
    ------
    InputError
        If the file exists and is not a results file of this configuration, if the directory cannot be written, or if
        another run is writing the same file.
    """
    if output.exists():
        check_configuration(output, config, output)
    directory = output.with_name(output.name + ".parts")
    if not output.parent.is_dir():
        raise InputError(f"{output}: {output.parent} is not a directory")
    try:
        directory.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: cannot be written: {error.strerror}") from None
    with only_run(output, directory / "lock"):
        for leftover in directory.glob(f"{WRITING}*"):
            leftover.unlink()
        checkpoints = Checkpoints(output, directory, config, tuple(columns))
        try:
            for source in checkpoints.sources():
                check_configuration(source, config, output)
            yield checkpoints
        finally:
            if not any(directory.glob("part-*.h5")):
                # Not removed: a directory with other files, and on Windows a lock in use.
                with suppress(OSError):
                    (directory / "lock").unlink(missing_ok=True)
                    directory.rmdir()


@contextmanager
def only_run(output: Path, path: Path) -> Iterator[None]:
    """Hold the lock of a run's output, which ends with the process; refuse a second run.

    Some network file systems have no locks; there the user must not run the same output twice.
    """
    lock = FileLock(path, timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise InputError(f"{output}: another run is writing it") from None
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise InputError(f"{output}: cannot be written: {error.strerror}") from None
    try:
        yield
    finally:
        lock.release()


def check_configuration(source: Path, config: Config, output: Path) -> None:
    """Refuse to mix results of different configurations or versions."""
    with store.open_results(source) as (file, found):
        version = file.attrs.get("results_version")
        if version != store.RESULTS_VERSION:
            raise InputError(
                f"{source}: written by an incompatible version (results_version {version}, "
                f"expected {store.RESULTS_VERSION}); choose another file name (-o)"
            )
        if found.config_hash != config.config_hash:
            kind = "results" if source == output else "unfinished results"
            raise InputError(
                f"{source.parent if source != output else output}: holds {kind} of another "
                f"configuration ({difference(found, config)}); choose another file name (-o)"
            )


def difference(found: Config, wanted: Config) -> str:
    """First key in which two configurations differ, with both values."""
    theirs, ours = found.to_dict(), wanted.to_dict()
    theirs["ensemble"]["realizations"] = ours["ensemble"]["realizations"]
    name, was, now = first_difference("", theirs, ours)
    words = [v if isinstance(v, str) else reprlib.repr(v) for v in (was, now)]
    return f"{name} was {words[0]}, now {words[1]}"


def first_difference(name: str, was: Any, now: Any) -> tuple[str, Any, Any]:
    """Name and values of the first difference inside nested tables; long lists are entered, vectors are not."""
    keys: Iterable[str | int] = ()
    if isinstance(was, dict) and isinstance(now, dict):
        # A velocity field from outside comes first: what it leaves without meaning is not the reason.
        keys = sorted(was.keys() | now.keys(), key=lambda key: (key != "field", key))
        was, now = ({key: values.get(key) for key in keys} for values in (was, now))
    elif isinstance(was, list) and isinstance(now, list) and len(was) == len(now):
        nested = any(isinstance(value, dict) for value in (*was, *now))
        keys = range(len(was)) if nested or len(was) > VECTOR else ()
    for key in keys:
        if was[key] != now[key]:
            return first_difference(f"{name}.{key}".lstrip("."), was[key], now[key])
    return name, was, now


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def move(temporary: Path, final: Path) -> None:
    """Give a finished file its name, so that it appears complete or not at all, even after a power cut."""
    # Windows flushes only what is open for writing.
    with writing(temporary), temporary.open("r+b") as file:
        os.fsync(file.fileno())
    os.replace(temporary, final)
    sync_directory(final.parent)


def sync_directory(directory: Path) -> None:
    """Flush the names in a directory; not possible on Windows and some file systems."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in (errno.EINVAL, *UNSUPPORTED):
            raise
    finally:
        os.close(descriptor)
