"""Scans: simulate all points of a grid, one after the other, into one folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError
from eddysky.simulator.flow.fields import VelocityField
from eddysky.simulator.results.checkpoints import OtherConfigurationError, read_contents
from eddysky.simulator.results.columns import Column
from eddysky.simulator.results.result import Result
from eddysky.simulator.results.store import read
from eddysky.simulator.results.writing import remove_leftovers
from eddysky.simulator.run.ensemble import simulate
from eddysky.simulator.run.outside_fields import checked_fields
from eddysky.validation.scans.grid import Point, Seeds, grid_points
from eddysky.validation.scans.table import Row, check_ours, make_table, write_table

if TYPE_CHECKING:
    from astropy.table import Table
    from distributed import Client

__all__ = ["TABLE", "scan", "scan_points", "simulate_points"]

# Name of the table.
TABLE = "scan.ecsv"

Flow = VelocityField | Callable[[int], VelocityField]


def scan(
    config: Config | Callable[[Mapping[str, Any]], Config],
    grid: Mapping[str, Iterable[Any]],
    folder: str | Path,
    *,
    seeds: Seeds = "same",
    ell: int = 2,
    flow: Flow | None = None,
    workers: int | None = None,
    client: Client | None = None,
    maps: int = 0,
    columns: Sequence[Column] = (),
    lock: bool = True,
    progress: bool = False,
) -> Table:
    """Simulate an ensemble at each point of a grid of configurations and compare each with the theory.

    Each point has a results file in `folder`, named by its values; `folder`/scan.ecsv is the table. The same call again
    resumes; more values in the grid or more realisations extend it.

    Parameters
    ----------
    config
        The configuration whose keys are replaced; or a function that returns one with some keys changed.
    grid
        Values by key, such as {"flow.index": [1.5, 1.6667]}; all combinations are simulated.
    folder
        Folder of the results, made if there is none.
    seeds
        "same": all points have the seed of the configuration, and so their random flows, which makes the differences
        between points less noisy. Their p-values are then not independent. "different": each has its own, a function of
        the seed of the configuration and of the values of the point.
    ell
        Multipole whose C_ℓ the table gives.
    flow, workers, client, maps, columns, lock, progress
        As in `simulate`; by default no maps are kept.

    Returns
    -------
    astropy.table.Table
        One row a point, in the order of the grid: its values, C_ℓ of `ell`, amplitude and slope with standard errors
        and predictions, χ², verdict, seed and file. `eddysky.validation.plots.plot_scan` draws it.

    Raises
    ------
    InputError
        Before anything is computed if a point is not valid, or a file in the folder is of something else.

    Examples
    --------
    >>> from eddysky import Config, validation
    >>> base = Config().replace({"sky.nside": 16, "ensemble.realizations": 40})
    >>> grid = {"transport.mean_free_path": ["5 pc", "10 pc"], "flow.index": [1.5, 1.6667]}
    >>> table = validation.scan(base, grid, "paths")  # doctest: +SKIP
    >>> table["transport.mean_free_path", "slope", "slope_error", "verdict"]  # doctest: +SKIP
    """
    return scan_points(
        grid_points(config, grid, seeds), folder, ell=ell, flow=flow, workers=workers, client=client,
        maps=maps, columns=columns, lock=lock, progress=progress,
    )  # fmt: skip


def scan_points(
    points: Sequence[Point],
    folder: str | Path,
    *,
    ell: int = 2,
    scenario: str = "",
    report: Callable[[Point, Row], object] = lambda point, row: None,
    **how: Any,
) -> Table:
    """Simulate and compare all points, and write the table after each.

    Parameters
    ----------
    points
        As `grid_points` returns them.
    folder, ell
        As in `scan`.
    scenario
        Where the configuration is from, for the table.
    report
        Called with each point when it is finished.
    **how
        Further arguments of `simulate`.
    """
    least = min(point.config.lmax for point in points)
    if not 1 <= ell <= least:
        raise InputError(f"ell = {ell}: must be from 1 to {least}, the least lmax of the points")
    existing = _prepare_folder(points, folder, how.get("flow"))
    # One at a time, as together they may not fit into memory. Free-path laws from outside are only named in the file.
    rows = {
        file: Row.from_result(replace(read(Path(folder, file)), config=config), ell)
        for file, config in existing.items()
    }
    path = Path(folder, TABLE)
    table = make_table(points, rows, ell, scenario)
    write_table(table, path)
    for point, result in _simulated(points, folder, **how):
        known = rows.get(point.file)
        if known is None or known.realizations != result.realizations:
            rows[point.file] = Row.from_result(result, ell)
            table = make_table(points, rows, ell, scenario)
            write_table(table, path)
        report(point, rows[point.file])
    return table


def simulate_points(
    points: Sequence[Point], folder: str | Path, *, maps: int = 0, **how: Any
) -> Iterator[tuple[Point, Result]]:
    """Simulate points, or the realisations that their files lack, without a table.

    Parameters
    ----------
    points
        As `grid_points` returns them.
    folder
        As in `scan`.
    maps, **how
        Further arguments of `simulate`.

    Yields
    ------
    point, result
        Each point when it is finished.
    """
    _prepare_folder(points, folder, how.get("flow"))
    yield from _simulated(points, folder, maps=maps, **how)


def _simulated(
    points: Sequence[Point], folder: str | Path, *, maps: int = 0, **how: Any
) -> Iterator[tuple[Point, Result]]:
    """Each point with its results, in a folder that was prepared."""
    for point in points:
        yield point, simulate(point.config, Path(folder, point.file), maps=maps, **how)


def _prepare_folder(
    points: Sequence[Point], folder: str | Path, flow: Flow | None = None
) -> dict[str, Config]:
    """Make the folder if there is none, and check what it holds of these points.

    Returns
    -------
    dict
        Configurations of the points that have results, by the name of the file.

    Raises
    ------
    InputError
        If the folder cannot be made, a file is damaged or of another configuration, or there is a table of something
        else.
    """
    folder = Path(folder)
    try:
        folder.mkdir(exist_ok=True)
    except FileExistsError:
        raise InputError(f"{folder}: is not a folder") from None
    except OSError as error:
        raise InputError(f"{folder}: cannot be made: {error.strerror}") from None
    remove_leftovers(folder)
    check_ours(folder / TABLE)
    found = {}
    for point in points:
        path = folder / point.file
        config = point.config if flow is None else checked_fields(point.config, flow)[0]
        if path.exists():
            try:
                read_contents(path, config)
            except OtherConfigurationError as error:
                raise InputError(f"{path}: {error}; choose another folder (-o)") from None
            found[point.file] = config
    return found
