"""The skies of a results file as a_ℓm: those that it keeps, else made again from its configuration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.named_free_paths import MissingPath
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.store import incompatible, open_results, reading
from eddysky.simulator.run.realization import Setup, realize
from eddysky.simulator.transport.blocks import mapped

__all__ = ["skies_of"]

Alm = NDArray[np.complex128]


def skies_of(path: Path, numbers: Sequence[int], threads: int) -> Iterator[Alm]:
    """a_ℓm of realisations of a results file, without the monopole; of random particles the mean of both halves.

    Parameters
    ----------
    path
        The file.
    numbers
        Numbers of realisations in it.
    threads
        Threads that make again what is not kept; the skies do not depend on it.

    Yields
    ------
    ndarray
        a_ℓm, m by m up to the lmax of the configuration, in equatorial axes.

    Raises
    ------
    InputError
        If some are not kept and cannot be made again.
    """
    with open_results(path) as (file, config):
        with reading(path):
            kept = {}
            if "alm_index" in file:
                kept = {number: row for row, number in enumerate(file["alm_index"][()].tolist())}
        setup = None
        if not kept.keys() >= set(numbers):
            check_known(path, config, incompatible(file), len(kept))
            setup = Setup.from_config(config, maps=False)

        # Fewer skies than threads have several each.
        together = max(1, threads // max(1, len(numbers)))

        def sky(number: int) -> Alm:
            if number in kept:
                with reading(path):
                    halves = file["alm"][kept[number]]
            else:
                assert setup is not None
                halves = realize(setup, number, keep_alm=True, threads=together).alm
            alm: Alm = np.mean(halves, axis=0)
            alm[0] = 0.0
            return alm

        yield from mapped(sky, numbers, threads, purpose="skies")


def check_known(path: Path, config: Config, why: str, kept: int) -> None:
    """Refuse a file whose realisations cannot be made again."""
    field = config.flow.field
    if isinstance(config.transport.free_path, MissingPath):
        why = f"the free-path law {config.transport.free_path.name} is not known here"
    if field is not None:
        why = f"the velocity field {field.name} is not part of the configuration"
    if why:
        raise InputError(
            f"{path}: holds the a_lm of {kept} realisations, and others cannot be made again: {why}\n"
            "keep all of them with `eddysky run --alms` or simulate(..., alms=...), or observe one that is kept (--row)"
        )
