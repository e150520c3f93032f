"""Verifying results files and parts: seal, checksums, structure and configuration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from eddysky.simulator.config.descriptions import contents_in_words
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.checkpoints import is_sound
from eddysky.simulator.results.store import open_results, reading
from eddysky.simulator.results.structure import read_whole

__all__ = ["Verified", "verify", "verify_parts"]


@dataclass(frozen=True, slots=True)
class Verified:
    """A results file without damage.

    Parameters
    ----------
    sealed
        Whether it has a seal; files of older versions have none.
    realizations, maps, alms
        Number of realisations, of maps and of sets of a_ℓm.
    outside
        Names of its outside columns.
    """

    sealed: bool
    realizations: int
    maps: int
    alms: int
    outside: tuple[str, ...]

    def __str__(self) -> str:
        return contents_in_words(self.realizations, self.maps, self.alms)


def verify(path: Path) -> Verified:
    """Check the seal of a results file, its structure and configuration, and the checksums of all its chunks.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it is damaged, or not a results file.
    """
    with open_results(path) as (file, _), reading(path):
        found = read_whole(file)
        outside = tuple(name.partition("/")[2] for name in found if "/" in name)
        alms = len(found.get("alm_index", ()))
        # Opening has checked the seal, which a file with this attribute must have.
        sealed = "seal" in file.attrs
        return Verified(sealed, len(found["index"]), len(found["map_index"]), alms, outside)


def verify_parts(folder: Path) -> Iterator[tuple[Path, Verified | InputError]]:
    """Check the parts of an unfinished run; each also against the SHA-256 in its name.

    Parameters
    ----------
    folder
        The folder OUT.h5.parts.
    """
    for part in sorted(folder.glob("part-*.h5")):
        try:
            if not is_sound(part):
                raise InputError(f"{part}: damaged: its SHA-256 is not that in its name")
            yield part, verify(part)
        except InputError as error:
            yield part, error
