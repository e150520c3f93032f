"""Checkpoints: finished realisations of a run, saved so that they survive crashes.

A checkpoint is a small results file in OUT.h5.parts/, called a part. It is written under a unique temporary name,
flushed to disk, and renamed to a name that contains its SHA-256. Parts never change. The last step merges all parts
into OUT.h5 in the same way. Killing the process at any moment loses only realisations that are not yet in a part.

A part that does not match its checksum or cannot be read is set aside: renamed, so that later runs ignore it. Parts of
another configuration stay where they are and are not used. Files of other names are none of ours. Only parts that were
merged are removed.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results import output as results_output
from eddysky.simulator.results import store
from eddysky.simulator.results.columns import ROWS, Column
from eddysky.simulator.results.differences import difference
from eddysky.simulator.results.locking import only_run
from eddysky.simulator.results.outside_columns import read_columns
from eddysky.simulator.results.provenance import Provenance
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.writing import publish, reason, remove_leftovers, temporary

__all__ = ["Checkpoints", "look_at", "open_checkpoints"]

# Number of the first realisation and SHA-256 of the file.
PART_NAME = re.compile(r"part-\d{10}-([0-9a-f]{64})\.h5")
LOCK_NAME = "eddysky.lock"

# Numbers of the realisations in a file, of those with maps and with a_ℓm, and its outside columns.
Contents = tuple[dict[str, NDArray[np.int64]], tuple[Column, ...]]


class OtherConfigurationError(InputError):
    """Results of another configuration or of an incompatible version; the message says how they differ."""


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Finished realisations of one results file while its run is under way; made by `open_checkpoints`.

    Parameters
    ----------
    output, directory
        The results file, and the folder of its parts.
    config, columns
        Configuration and outside columns of the run.
    finished
        What the results file, if it exists, and the parts of this configuration contain.
    """

    output: Path
    directory: Path
    config: Config
    columns: tuple[Column, ...] = ()
    finished: dict[Path, Contents] = field(default_factory=dict)

    def missing(self, wanted: Sequence[int], maps: int, alms: int = 0) -> tuple[Sequence[int], int]:
        """Numbers of the realisations still to be made, and how many there will be in all.

        Of the realisations `wanted`, those below `maps` need a map, those below `alms` their a_ℓm, and all need the
        columns of the run.

        Raises
        ------
        InputError
            If the files contain outside columns that this run does not define, or defines differently.
        """
        if not self.finished:
            return wanted, len(wanted)
        own = {column.name: column.fixed(self.config) for column in self.columns}
        done, mapped, expanded = set[int](), set[int](), set[int]()
        measured: dict[str, set[int]] = {name: set() for name in own}
        for indices, found in self.finished.values():
            done.update(indices["index"].tolist())
            mapped.update(indices["map_index"].tolist())
            expanded.update(indices["alm_index"].tolist())
            for column in found:
                if own.get(column.name, column) != column:
                    raise InputError(
                        f"{self.output}: holds a column {column.name!r} with another description, units, type "
                        "or shape; choose another name for one of them"
                    )
                measured.setdefault(column.name, set()).update(indices["index"].tolist())
        complete = done.intersection(*(measured[name] for name in own))
        missing = (done | set(wanted)) - complete
        missing |= {index for index in wanted if index < maps} - mapped
        missing |= {index for index in wanted if index < alms} - expanded
        for name, rows in measured.items():
            if name not in own and (missing or rows != done):
                raise InputError(
                    f"{self.output}: holds the column {name!r}, which this run was not given; "
                    "give it (columns=[...]) or choose another file name (-o)"
                )
        return sorted(missing), len(done | missing)

    def add(
        self, realizations: Sequence[Realization], provenance: Provenance | None = None
    ) -> None:
        """Save finished realisations as one part.

        Raises
        ------
        InputError
            If that fails, twice; says how many realisations were not saved.
        """
        if not realizations:
            return
        result = Result.from_realizations(self.config, realizations, self.columns)
        try:
            try:
                part = self.write_part(result, provenance)
            except OSError:
                # Network file systems fail for a moment.
                part = self.write_part(result, provenance)
        except OSError as error:
            raise InputError(
                f"{self.directory}: {reason(error)}; {len(realizations)} finished realisations were not saved, "
                "the parts there are kept\nthe same command again continues from them"
            ) from None
        found = tuple(column.fixed(self.config) for column in self.columns)
        self.finished[part] = ({key: getattr(result, key) for key in ROWS}, found)

    def write_part(self, result: Result, provenance: Provenance | None) -> Path:
        """Write one part; returns its name."""
        with temporary(self.directory) as unfinished:
            results_output.write(unfinished, result, provenance)
            part = self.directory / f"part-{result.index[0]:010d}-{file_sha256(unfinished)}.h5"
            publish(unfinished, part)
        return part

    def merge(self) -> None:
        """Merge all parts into the results file and remove them.

        Raises
        ------
        InputError
            If that fails, or a part was damaged after it was written or first read; the other parts are kept.
        """
        parts = [path for path in self.finished if path != self.output]
        if not parts:
            return
        extended = self.output in self.finished
        if extended != os.path.lexists(self.output):
            happened = "was removed" if extended else "appeared"
            raise InputError(
                f"{self.output}: {happened} during the run; the realisations made are kept in {self.directory}\n"
                "the same command again continues from them"
            )
        if lost := [part for part in parts if not is_sound(part)]:
            raise InputError(
                f"{self.directory}: {len(lost)} parts were damaged or removed during the run, the first is "
                f"{lost[0].name}\nthe same command again makes their realisations anew"
            )
        sources = [*[self.output] * extended, *sorted(parts)]
        try:
            with temporary(self.directory) as unfinished:
                results_output.concatenate(unfinished, sources, self.config)
                publish(unfinished, self.output)
        except OSError as error:
            raise InputError(
                f"{self.output}: {reason(error)}; all realisations are kept in {self.directory}\n"
                "the same command again writes the file"
            ) from None
        for part in parts:
            os.unlink(part)

    def collect(self, *, look_only: bool = False) -> None:
        """Read what is finished; set damaged parts aside, and say which others are not used.

        With `look_only` no file is changed.

        Raises
        ------
        InputError
            If the results file is damaged or of another configuration.
        """
        if os.path.lexists(self.output):
            try:
                self.finished[self.output] = read_contents(self.output, self.config)
            except OtherConfigurationError as error:
                raise InputError(
                    f"{self.output}: holds results {error}; choose another file name (-o)"
                ) from None
        if not look_only:
            remove_leftovers(self.directory)
        others: Counter[str] = Counter()
        for path in sorted(self.directory.glob("part-*.h5")):
            if not PART_NAME.fullmatch(path.name) or path.is_symlink() or not path.is_file():
                continue
            try:
                if not is_sound(path):
                    raise InputError(
                        "damaged, as its content does not match the checksum in its name"
                    )
                self.finished[path] = read_contents(path, self.config)
            except OtherConfigurationError as error:
                others[str(error)] += 1
            except (InputError, OSError) as error:
                if not look_only:
                    set_aside(path, getattr(error, "strerror", None) or str(error))
        for words, count in others.items():
            parts = "a part" if count == 1 else f"{count} parts"
            say(f"{self.directory}: {parts} {words}: kept, but not used")


@contextmanager
def open_checkpoints(
    output: Path, config: Config, columns: Iterable[Column] = (), *, lock: bool = True
) -> Iterator[Checkpoints]:
    """Open the checkpoints of a results file, after checking that existing files belong to the same configuration.

    Parameters
    ----------
    output
        The results file. If it is a symbolic link, file and parts are those of its target.
    config, columns
        Configuration and outside columns of the run.
    lock
        Whether to refuse a second run of the same file. Needs a file system with locks.

    Raises
    ------
    InputError
        If the file exists and is not a results file of this configuration, if the directory cannot be written, if
        another run is writing the same file, or if the file system has no locks.
    """
    try:
        output = target(output)
        directory = folder_of_parts(output)
        directory.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(f"{output}: {reason(error)}") from None
    try:
        with only_run(output, directory / LOCK_NAME) if lock else nullcontext():
            checkpoints = Checkpoints(output, directory, config, tuple(columns))
            checkpoints.collect()
            yield checkpoints
    finally:
        # Not removed: a directory with other files.
        with suppress(OSError):
            directory.rmdir()


def look_at(output: Path, config: Config, columns: Iterable[Column] = ()) -> Checkpoints:
    """What is finished of a results file; changes no file, and needs no lock.

    Raises
    ------
    InputError
        As `open_checkpoints`.
    """
    output = target(output)
    directory = folder_of_parts(output)
    checkpoints = Checkpoints(output, directory, config, tuple(columns))
    checkpoints.collect(look_only=True)
    return checkpoints


def target(output: Path) -> Path:
    """Where a results file is written: the target of a symbolic link, in an existing folder."""
    if not output.name:
        raise InputError(f"{output}: a directory, not a results file")
    place = Path(os.path.realpath(output)) if output.is_symlink() else output
    if place.is_symlink():
        raise InputError(f"{output}: a symbolic link that leads to itself")
    if not place.parent.is_dir():
        raise InputError(f"{output}: {place.parent} is not a directory")
    return place


def folder_of_parts(output: Path) -> Path:
    """Folder of the parts of a results file, which need not exist; refuses something else of its name."""
    directory = output.with_name(output.name + ".parts")
    if directory.is_symlink() or (directory.exists() and not directory.is_dir()):
        kind = "a symbolic link" if directory.is_symlink() else "a file"
        raise InputError(
            f"{directory}: {kind} where the folder of finished realisations belongs; "
            "rename it, or choose another file name (-o)"
        )
    return directory


def read_contents(path: Path, config: Config) -> Contents:
    """Read what a results file of a configuration contains.

    Raises
    ------
    OtherConfigurationError
        If it is of another configuration or of an incompatible version.
    InputError
        If it is damaged.
    """
    with store.open_results(path) as (file, found):
        if why := store.incompatible(file):
            raise OtherConfigurationError(why)
        if found.config_hash != config.config_hash:
            raise OtherConfigurationError(f"of another configuration ({difference(found, config)})")
        with store.reading(path):
            return {key: file[key][()] for key in ROWS}, read_columns(file)


def is_sound(part: Path) -> bool:
    """Whether the content of a part matches the checksum in its name."""
    try:
        return part.stem.rpartition("-")[2] == file_sha256(part)
    except FileNotFoundError:
        return False


def set_aside(part: Path, why: str) -> None:
    """Rename a part so that later runs ignore it, and say so."""
    place = part.with_name(part.name + ".damaged")
    number = 1
    while os.path.lexists(place):
        number += 1
        place = part.with_name(f"{part.name}.damaged-{number}")
    os.rename(part, place)
    why = why.removeprefix(f"{part}: ")
    say(
        f"{part}: {why}; set aside under a name that ends in {place.suffix}, its realisations are made again"
    )


def say(message: str) -> None:
    """A line on standard error, if there is one; control characters, as names may have, as escapes."""
    message = "".join(c if c.isprintable() else repr(c)[1:-1] for c in message)
    if sys.stderr is not None:
        with suppress(OSError, ValueError):
            print(f"eddysky: {message}", file=sys.stderr, flush=True)


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
