"""Sums over the particles of an unfinished realisation, saved so that a killed run continues in the middle of it.

Each realisation has a private file in OUT.h5.parts/, written under a unique temporary name, flushed to disk, and
renamed. Its name says for what the sums are: configuration, number of the realisation, and a checksum of both, of
whether the map is kept, of the version, and of the blocks in which particles are summed. Particles are summed in a
fixed order, so that a continued realisation has the same bits.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.results.checkpoints import say, set_aside
from eddysky.simulator.results.store import RESULTS_VERSION
from eddysky.simulator.results.writing import publish, reason, temporary
from eddysky.simulator.sky.alm_index import alm_size
from eddysky.simulator.sky.pixels import PixelSums

__all__ = ["ParticleSums", "RealizationStoppedError", "SavedSums", "remove_sums"]

# Sums are saved at most this often [s], and no more than a twentieth of the time goes into it.
SECONDS_PER_SAVE, SHARE = 30.0, 0.05
SHA256 = 32


class RealizationStoppedError(Exception):
    """A realisation was given up because its run was interrupted."""


@dataclass(slots=True)
class ParticleSums:
    """Sums over the first particles of a realisation.

    Parameters
    ----------
    count
        Number of particles.
    alm
        Sums of the a_ℓm of two halves of them, (2, number of a_ℓm).
    total
        Sum of their intensities, shape (1,).
    pixels
        Sums in each pixel, if the map is kept.
    """

    count: int
    alm: NDArray[np.complex128]
    total: NDArray[np.float64]
    pixels: PixelSums | None

    @classmethod
    def empty(cls, config: Config, keep_map: bool) -> Self:
        """Sums over no particle."""
        alm = np.zeros((2, alm_size(config.lmax)), dtype=np.complex128)
        pixels = PixelSums.empty(config.sky.nside) if keep_map else None
        return cls(0, alm, np.zeros(1), pixels)

    def arrays(self) -> list[NDArray[np.generic]]:
        """All sums, in the order in which they are saved."""
        found: list[NDArray[np.generic]] = [self.alm, self.total]
        if self.pixels is not None:
            found += [self.pixels.count, self.pixels.total, self.pixels.square]
        return found


class SavedSums:
    """The sums of one realisation and the file in which they are kept.

    Parameters
    ----------
    directory
        Where the file is.
    config, index, keep_map
        For what the sums are.
    block
        Number of particles that are summed at a time.
    """

    def __init__(
        self, directory: Path, config: Config, index: int, keep_map: bool, block: int
    ) -> None:
        about = (config.config_hash, index, keep_map, RESULTS_VERSION, version("eddysky"), block)
        self.key = hashlib.sha256(repr(about).encode()).digest()
        self.path = directory / f"{beginning(config, index)}{self.key.hex()[:SHA256]}"
        self.lock, self.stopped = Lock(), False
        self.saved, self.seconds = time.monotonic(), 0.0
        self.sums = self._read(ParticleSums.empty(config, keep_map))
        self.kept = self.sums.count

    @contextmanager
    def adding(self) -> Iterator[ParticleSums]:
        """Give the sums to add particles to; saves them from time to time.

        Raises
        ------
        RealizationStoppedError
            If `stop` was called.
        """
        with self.lock:
            if self.stopped:
                raise RealizationStoppedError
            try:
                yield self.sums
            except BaseException:
                # Sums that lack a part of what their number says must not be saved.
                self.stopped = True
                raise
            waited = time.monotonic() - self.saved
            if waited > max(SECONDS_PER_SAVE, self.seconds / SHARE):
                self._write()

    def stop(self) -> None:
        """Save at once what is summed, and add no more."""
        with self.lock:
            if not self.stopped and self.sums.count > self.kept:
                self._write()
            self.stopped = True

    def _write(self) -> None:
        """Save the sums; where that fails, say so, and try again when it is time to save the next."""
        begin = time.monotonic()
        digest = hashlib.sha256(self.key)
        try:
            with temporary(self.path.parent) as unfinished:
                with unfinished.open("xb") as file:
                    for data in (np.array([self.sums.count]), *self.sums.arrays()):
                        digest.update(data.data)
                        file.write(data.data)
                    file.write(digest.digest())
                publish(unfinished, self.path)
            self.kept = self.sums.count
        except OSError as error:
            say(
                f"{self.path}: {reason(error)}; the run goes on, its particles so far are not saved"
            )
        self.saved = time.monotonic()
        self.seconds = self.saved - begin

    def _read(self, empty: ParticleSums) -> ParticleSums:
        """Sums in the file; those over no particle where there is none, or it is damaged and set aside."""
        if self.path.is_symlink() or not self.path.is_file():
            return empty
        arrays = [np.zeros(1, dtype=np.int64), *empty.arrays()]
        digest = hashlib.sha256(self.key)
        sound = self.path.stat().st_size == SHA256 + sum(data.nbytes for data in arrays)
        if sound:
            with self.path.open("rb", buffering=0) as file:
                for data in arrays:
                    sound &= file.readinto(data.data.cast("B")) == data.nbytes
                    digest.update(data.data)
                sound &= file.read() == digest.digest()
        if not sound:
            set_aside(self.path, "damaged: its content does not match its checksum")
            for data in arrays:
                data.fill(0)
        empty.count = int(arrays[0][0])
        return empty


def beginning(config: Config, index: int) -> str:
    """What the names of a realisation's files begin with."""
    return f"sums-{config.config_hash[:8]}-{index:010d}-"


def remove_sums(directory: Path, config: Config, finished: Callable[[int], bool]) -> None:
    """Remove the sums of realisations of a configuration that are finished."""
    for path in directory.glob(f"sums-{config.config_hash[:8]}-*"):
        found = re.fullmatch(r"sums-[0-9a-f]{8}-(\d{10})-[0-9a-f]{32}", path.name)
        if found and finished(int(found[1])):
            path.unlink(missing_ok=True)
