"""Crash-safe collection of a run's realisations.

Finished realisations are written beside OUT.h5, in OUT.h5.parts/, as small results files: each to a temporary
name, flushed to disk, then renamed to a name that carries its SHA-256. A part is never changed afterwards, and
one whose content does not match its name is not trusted. The last step merges all parts into OUT.h5 in the
same way. Killing the process at any moment loses only what was not yet in a part.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import reprlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results import store
from eddysky.simulator.results.realization import Realization
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.writing import writing
from eddysky.simulator.sky.alm_index import alm_size

__all__ = ["Parts", "as_result", "open_parts"]

WRITING = "eddysky-writing-"
# Lists up to this length are shown whole.
VECTOR = 3


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of one results file while its run is under way; made by `open_parts`."""

    output: Path
    directory: Path
    config: Config

    def sources(self) -> list[Path]:
        """Files with finished realisations: the results file, if there is one, and sound parts."""
        sound = [path for path in sorted(self.directory.glob("part-*.h5")) if self.is_sound(path)]
        return ([self.output] if self.output.exists() else []) + sound

    def is_sound(self, part: Path) -> bool:
        """Whether a part is what was written, and not cut short or altered since."""
        return part.stem.rpartition("-")[2] == file_sha256(part)

    def missing(self, maps: int, alms: int = 0) -> NDArray[np.int64]:
        """Numbers of the realisations still to be made: the first `maps` need a map, the first `alms` their a_ℓm."""
        wanted = range(self.config.ensemble.realizations)
        done, mapped, expanded = set[int](), set[int](), set[int]()
        for source in self.sources():
            indices = store.read_indices(source)
            done.update(indices["index"].tolist())
            mapped.update(indices["map_index"].tolist())
            expanded.update(indices["alm_index"].tolist())
        finished = [
            i in done and (i >= maps or i in mapped) and (i >= alms or i in expanded)
            for i in wanted
        ]
        return np.flatnonzero(~np.array(finished, dtype=bool))

    def held(self) -> int:
        """Count the realisations in the results file, which may be more than asked for now."""
        return len(store.read_indices(self.output)["index"]) if self.output.exists() else 0

    def add(self, realizations: Sequence[Realization]) -> None:
        """Keep some finished realisations for good."""
        if not realizations:
            return
        ordered = sorted(realizations, key=lambda realization: realization.index)
        temporary = self.directory / f"{WRITING}{os.getpid()}"
        store.write(temporary, as_result(self.config, ordered))
        name = f"part-{ordered[0].index:010d}-{file_sha256(temporary)}.h5"
        move(temporary, self.directory / name)

    def merge(self) -> None:
        """Put everything into the results file and remove the parts."""
        sources = self.sources()
        if sources != [self.output]:
            temporary = self.directory / f"{WRITING}{os.getpid()}"
            store.concatenate(temporary, sources, self.config)
            move(temporary, self.output)
        for own in (*self.directory.glob("part-*.h5"), self.directory / "lock"):
            os.unlink(own)
        # A directory with something of the user's in it stays.
        with suppress(OSError):
            self.directory.rmdir()


@contextmanager
def open_parts(output: Path, config: Config) -> Iterator[Parts]:
    """Prepare to write a results file; checks first that nothing of another kind would be harmed.

    Raises
    ------
    InputError
        If the file exists and is not ours or of another configuration, if the directory cannot be
        written, or if another run is writing the same file.
    """
    if output.exists():
        check_identity(output, config, output)
    directory = output.with_name(output.name + ".parts")
    if not output.parent.is_dir():
        raise InputError(f"{output}: {output.parent} is not a directory")
    try:
        directory.mkdir(exist_ok=True)
        lock = (directory / "lock").open("w")
    except OSError as error:
        raise InputError(f"{output}: cannot be written: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{output}: another run is writing it") from None
        except OSError as error:
            # Some network file systems have no locks; there the user must not run the same output twice.
            if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
                raise
        for leftover in directory.glob(f"{WRITING}*"):
            leftover.unlink()
        parts = Parts(output, directory, config)
        for source in parts.sources():
            check_identity(source, config, output)
        yield parts


def check_identity(source: Path, config: Config, output: Path) -> None:
    """Refuse to mix results, finished or not, of different configurations."""
    with store.open_results(source) as (file, found):
        if file.attrs.get("results_version") != store.RESULTS_VERSION:
            raise InputError(
                f"{source}: made by an eddysky whose numbers differ; choose another name with -o"
            )
        if found.identity != config.identity:
            kind = "results" if source == output else "unfinished results"
            raise InputError(
                f"{source.parent if source != output else output}: holds {kind} of another "
                f"configuration ({difference(found, config)}); choose another name with -o"
            )


def as_result(config: Config, realizations: Sequence[Realization]) -> Result:
    """Stack realisations into one Result."""
    skies = [(r.index, r.sky) for r in realizations if r.sky is not None]
    pixels = 12 * config.sky.nside**2
    random = config.sampling != "pixel-centre"
    parallel = config.transport.mode == "parallel"
    empty = np.empty((0, pixels))
    alms = [(r.index, r.alm) for r in realizations if r.alm is not None]
    halves, size = (2 if random else 1), alm_size(config.lmax)
    noise = np.array([r.noise for r in realizations]) if random else None
    zonal = np.array([r.zonal for r in realizations]) if parallel else None
    return Result(
        config=config,
        index=np.array([r.index for r in realizations], dtype=np.int64),
        power=np.array([r.power for r in realizations]).reshape(-1, config.lmax + 1),
        mean=np.array([r.mean for r in realizations]),
        map_index=np.array([i for i, _ in skies], dtype=np.int64),
        maps=np.array([s.intensity for _, s in skies] or empty).astype(np.float32),
        hits=np.array([s.hits for _, s in skies] or empty, dtype=np.int64) if random else None,
        variance=np.array([s.variance for _, s in skies] or empty, np.float32) if random else None,
        noise=None if noise is None else noise.reshape(-1, config.lmax + 1),
        zonal=None if zonal is None else zonal.reshape(-1, halves, config.lmax + 1),
        alm_index=np.array([i for i, _ in alms], dtype=np.int64),
        alm=np.array([alm for _, alm in alms], dtype=np.complex128).reshape(-1, halves, size),
    )


def difference(found: Config, wanted: Config) -> str:
    """Say in which key two configurations of different identity differ, with both values."""
    theirs, ours = found.to_dict(), wanted.to_dict()
    theirs["ensemble"]["realizations"] = ours["ensemble"]["realizations"]
    name, was, now = first_difference("", theirs, ours)
    words = [v if isinstance(v, str) else reprlib.repr(v) for v in (was, now)]
    return f"{name} was {words[0]}, now {words[1]}"


def first_difference(name: str, was: Any, now: Any) -> tuple[str, Any, Any]:
    """Name and values of the first difference inside nested tables; long lists are entered, vectors are not."""
    keys: Iterable[str | int] = ()
    if isinstance(was, dict) and isinstance(now, dict):
        keys = sorted(was.keys() | now.keys())
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
    with writing(temporary), temporary.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(temporary, final)
    descriptor = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
