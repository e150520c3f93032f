"""Points of a grid: one configuration and one results file for each combination of values."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError

__all__ = ["MOST_POINTS", "SEEDS", "Point", "Seeds", "grid_points", "point_seed", "shared_seed"]

Seeds = Literal["same", "different"]
SEEDS: tuple[Seeds, ...] = ("same", "different")

# Each has a file and a row of the table, and its configuration is checked before the first is simulated.
MOST_POINTS = 2500
# Longer names are cut; file systems allow 255 bytes, of which names of parts need some.
LONGEST_NAME = 120
QUANTITY = re.compile(r"(-?[\d.]+(?:e[-+]?\d+)?) ([A-Za-z]\S*)")


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a grid.

    Parameters
    ----------
    values
        Value of each key of the grid as the configuration writes it: number, text, quantity with its unit, or list.
    config
        The configuration, with the seed of the point.
    """

    values: Mapping[str, Any]
    config: Config

    @property
    def file(self) -> str:
        """Name of its results file, made of its values alone: "index=1.5,mean_free_path=5pc.h5".

        Where letters had to be replaced, or the name cut, it ends with a checksum of the values.
        """
        words = []
        for key, value in sorted(self.values.items()):
            text = as_text(value)
            if quantity := QUANTITY.fullmatch(text):
                text = quantity[1] + quantity[2].replace("/", "_per_")
            words.append(f"{short(key)}={text}")
        text = ",".join(words)
        name = re.sub(r"[^\w.+=,-]+", "_", text, flags=re.ASCII)[:LONGEST_NAME]
        checksum = f"-{digest(self.values).hex()[:12]}" if name != text else ""
        return f"{name}{checksum}.h5"

    def __str__(self) -> str:
        return ", ".join(f"{short(key)} = {as_text(value)}" for key, value in self.values.items())


def grid_points(
    config: Config | Callable[[Mapping[str, Any]], Config],
    grid: Mapping[str, Iterable[Any]],
    seeds: Seeds = "same",
) -> tuple[Point, ...]:
    """All combinations of the values of a grid; the last key varies fastest.

    Parameters
    ----------
    config
        The configuration whose keys are replaced; or a function that returns one with some keys changed.
    grid
        Values by key, such as {"flow.index": [1.5, 1.6667]}.
    seeds
        "same": all points have the seed of the configuration. "different": each has its own (`point_seed`).

    Returns
    -------
    tuple of Point
        Each is valid, and no two are the same.

    Raises
    ------
    InputError
        If the grid is empty or too large, a value is given twice, or a configuration is not valid: names key and
        value.

    Examples
    --------
    >>> points = grid_points(Config(), {"transport.mean_free_path": ["5 pc", "10 pc"], "flow.index": [1.5]})
    >>> [point.file for point in points]
    ['index=1.5,mean_free_path=5pc.h5', 'index=1.5,mean_free_path=10pc.h5']
    """
    listed = checked_grid(grid, seeds)
    points: dict[str, Point] = {}
    for given in itertools.product(*listed.values()):
        changed = dict(zip(listed, given, strict=True))
        try:
            found = config.replace(changed) if isinstance(config, Config) else config(changed)
            values = {key: written_value(found, key, value) for key, value in changed.items()}
            if seeds == "different":
                seed = point_seed(found.ensemble.seed, values)
                found = found.replace({"ensemble.seed": seed})
        except InputError as error:
            raise InputError(f"grid point {in_words(changed)}: {error}") from None
        point = Point(values, found)
        other = points.setdefault(point.file, point)
        if other is not point:
            raise InputError(
                f"grid point {in_words(changed)}: the same as {other}; give each value once"
            )
    return tuple(points.values())


def checked_grid(grid: Mapping[str, Iterable[Any]], seeds: Seeds) -> dict[str, tuple[Any, ...]]:
    """Lists of values by key; refuses grids that are empty or too large."""
    if seeds not in SEEDS:
        raise InputError(f"seeds = {seeds!r}: must be {' or '.join(SEEDS)}")
    if not isinstance(grid, Mapping) or not grid:
        raise InputError(
            'grid: no key; give one or more, such as --grid flow.index=1.5,1.6667 or {"flow.index": [1.5, 1.6667]}'
        )
    listed = {}
    for key, values in grid.items():
        some = isinstance(values, Iterable) and not isinstance(values, str | Mapping)
        listed[key] = tuple(values) if some else ()
        if not listed[key]:
            raise InputError(f"grid: {key} = {values!r:.60}: must be a list of one or more values")
    if seeds == "different" and "ensemble.seed" in grid:
        raise InputError('grid: ensemble.seed: not with seeds = "different", which chooses it')
    count = math.prod(len(values) for values in listed.values())
    if count > MOST_POINTS:
        shape = " x ".join(str(len(values)) for values in listed.values())
        raise InputError(
            f"grid: {shape} = {count} points; at most {MOST_POINTS}: give fewer values, or several scans"
        )
    return listed


def point_seed(base: int, values: Mapping[str, Any]) -> int:
    """Seed of one point: the first 63 bits of SHA-256 of the base seed and the point's own values, as JSON.

    Parameters
    ----------
    base
        Seed of the configuration.
    values
        As in `Point`; their order does not matter.

    Returns
    -------
    int
        From 0 to 2⁶³ − 1. It does not depend on the other points, so that a grid can be extended.
    """
    return int.from_bytes(digest({"seed": base, "values": values})[:8], "big") >> 1


def shared_seed(points: Sequence[Point]) -> str | None:
    """What it means that points share a seed, in words; None if none do."""
    found = {point.config.ensemble.seed for point in points}
    if len(found) == len(points):
        return None
    which = f"seed {found.pop()}" if len(found) == 1 else f"{len(found)} seeds"
    return (
        f"{len(points)} points share {which} and their random flows: differences between points are less noisy, but "
        "their p-values are not independent, and one unlucky flow makes them fail together; do not combine "
        "p-values or count failures (--seeds different: each point its own)"
    )


def written_value(config: Config, key: str, given: Any) -> Any:
    """A value as the configuration writes it, so that 5 pc and 5.0 pc are the same; tables stay names."""
    section, _, name = key.partition(".")
    written = config.to_dict().get(section, {}).get(name, given)
    return (
        given if isinstance(given, str) and not isinstance(written, str | int | float) else written
    )


def short(key: str) -> str:
    """Key without its section; no two sections have the same."""
    return key.partition(".")[2]


def in_words(values: Mapping[str, Any]) -> str:
    """Keys, with their sections, and values of a point."""
    return ", ".join(f"{key} = {as_text(value)}" for key, value in values.items())


def as_text(value: Any) -> str:
    """A value on one line: text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def digest(values: Mapping[str, Any]) -> bytes:
    """SHA-256 of values in any order."""
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).digest()
