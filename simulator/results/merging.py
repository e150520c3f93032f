"""Merging results files of one configuration, such as the slices of a job array, in any order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.checkpoints import open_checkpoints, target
from eddysky.simulator.results.differences import difference
from eddysky.simulator.results.gathering import Gathering
from eddysky.simulator.results.output import write_gathered
from eddysky.simulator.results.store import incompatible, open_results, reading
from eddysky.simulator.results.writing import publish, reason, temporary

__all__ = ["Merged", "merge"]


@dataclass(frozen=True, slots=True)
class Merged:
    """What a merged results file has.

    Parameters
    ----------
    config
        Its configuration; of the files' numbers of realisations the largest.
    realizations, maps, alms
        Number of realisations, of maps and of sets of a_ℓm.
    missing
        Numbers of the realisations that the configuration asks for and no file has.
    """

    config: Config
    realizations: int
    maps: int
    alms: int
    missing: list[int]


def merge(sources: Sequence[Path], output: Path, *, lock: bool = True) -> Merged:
    """Write the realisations of several results files to one, sorted; the bits do not depend on the files' order.

    Each file is opened once, and memory stays bounded. An output that holds results of the same configuration keeps
    its realisations.

    Parameters
    ----------
    sources
        Results files, which may share realisations.
    output
        Results file to be written.
    lock
        Whether to refuse to write it while a run does, as in `simulate`.

    Returns
    -------
    Merged

    Raises
    ------
    InputError
        If a file is damaged or of another configuration or version than the first; if a realisation is not the same
        in two of them; if the output is something else, or is being written.

    Examples
    --------
    >>> merge([Path("run-1-of-2.h5"), Path("run-2-of-2.h5")], Path("run.h5"))  # doctest: +SKIP
    """
    output = target(output)
    configs: dict[Path, Config] = {}
    with Gathering(output) as gathering:

        def add(source: Path) -> None:
            with open_results(source) as (file, config), reading(source):
                if why := incompatible(file):
                    raise InputError(f"{source}: {why}")
                configs[source] = config
                first, wanted = next(iter(configs.items()))
                if config.config_hash != wanted.config_hash:
                    raise InputError(
                        f"{source}: holds results of another configuration than {first}: "
                        f"{difference(wanted, config)}"
                    )
                gathering.add(source, file, config)

        for source in sources:
            if not (output.exists() and source.exists() and source.samefile(output)):
                add(source)
        if not configs:
            raise InputError(f"{output}: nothing to merge into it")
        wanted = next(iter(configs.values()))
        with open_checkpoints(output, wanted, lock=lock) as checkpoints:
            if output.exists():
                add(output)
            gathering.check_repeated()
            config = max(configs.values(), key=lambda config: config.ensemble.realizations)
            try:
                with temporary(checkpoints.directory) as unfinished:
                    write_gathered(unfinished, gathering, config)
                    publish(unfinished, output)
            except OSError as error:
                raise InputError(f"{output}: {reason(error)}; nothing was merged") from None
        numbers = gathering.numbers()
        missing = sorted(set(range(config.ensemble.realizations)) - set(numbers.tolist()))
        maps, alms = len(gathering.numbers("map_index")), len(gathering.numbers("alm_index"))
        return Merged(config, len(numbers), maps, alms, missing)
