"""Figures of `eddysky plot`, one function for each kind of input."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eddysky.cli.arguments import COORDINATES
from eddysky.cli.console import say
from eddysky.simulator.errors import InputError

__all__ = ["draw_observation", "draw_results", "draw_sky", "draw_spectra", "figure_files"]


def figure_files(
    path: Path, suffix: str, output: Path | None, formats: Sequence[str]
) -> list[Path]:
    """Figures to write: the one that is named, or those beside the input."""
    from eddysky.simulator.plots.style import check_figure
    from eddysky.simulator.results.filenames import beside, figure_stem

    if output is not None:
        return [output]
    name = path.name
    for ending in (".gz", ".fits", ".csv", ".ecsv", ".txt", ".dat"):
        name = name.removesuffix(ending) or name
    stem = path.with_name(name) if name else path
    found = [beside(figure_stem(stem, kind), suffix) for kind in dict.fromkeys(formats)]
    for figure in found:
        check_figure(figure)
    return found


def draw_results(
    path: Path,
    as_map: bool,
    output: Path | None,
    formats: Sequence[str],
    title: str | None,
    options: dict[str, Any],
) -> None:
    """The map of results, their C_ℓ, or both."""
    from eddysky.simulator.plots import plot_map
    from eddysky.simulator.results.store import read
    from eddysky.validation.comparison.compare import compare
    from eddysky.validation.comparison.realizations import NoVerdictError
    from eddysky.validation.plots import plot_power

    only_map = as_map or (output is not None and bool(options))
    maps = figure_files(path, ".map.png", output, formats)
    powers = [] if only_map else figure_files(path, ".power.png", output, formats)
    result = read(path)
    row = options.pop("row", 0)
    if only_map and not len(result.maps):
        raise InputError(f"{path}: holds no maps; run it with --maps")
    if output is None and not len(result.maps):
        say("no map figure: the file holds no maps")
    comparison = None
    if powers and (result.config.turbulent or output is not None):
        try:
            comparison = compare(result)
        except NoVerdictError as error:
            if output is not None:
                draw_spectra([path], ["results"], powers, title)
                return
            say(f"no power figure: {error}")
    for place, figure in enumerate(maps):
        if only_map or (output is None and len(result.maps)):
            say(plot_map(result, figure, row, title=title, **options))
        if powers and comparison is not None:
            say(plot_power(result, powers[place], comparison, title=title))


def draw_sky(
    path: Path, figures: Sequence[Path], title: str | None, options: dict[str, Any]
) -> None:
    """A map of others."""
    from eddysky.simulator.config.direction import unit_vector
    from eddysky.simulator.io.sky_fits import read_map
    from eddysky.simulator.plots import plot_sky
    from eddysky.simulator.sky.frames import AXES

    axes = COORDINATES.get(options.pop("input_coordinates", None))
    found = read_map(path, axes, options.pop("column", None), options.pop("counts", None))
    for note in found.notes:
        say(f"eddysky: {path}: {note}", err=True)
    for figure in figures:
        plot_sky(
            found.values, figure, map_coordinates=AXES[found.axes],
            quantity=plain(found.quantity), unit=plain(found.unit),
            field=None if found.field is None else unit_vector(found.field),
            title=title or plain(path.name), **options,
        )  # fmt: skip
        say(figure)


def draw_observation(
    path: Path,
    output: Path | None,
    formats: Sequence[str],
    title: str | None,
    options: dict[str, Any],
) -> None:
    """The maps of an observation; without -o and options of maps its coupled C_ℓ too."""
    from eddysky.simulator.observation.observation_file import read_observation
    from eddysky.simulator.plots.observation import plot_observation
    from eddysky.validation.comparison.observation import compare_observation
    from eddysky.validation.plots import plot_observed_power

    maps = figure_files(path, ".sky.png", output, formats)
    powers = (
        [] if output is not None or options else figure_files(path, ".power.png", None, formats)
    )
    observation = read_observation(path)
    if not powers or len(observation.counts):
        for figure in maps:
            say(plot_observation(observation, figure, title=title, **options))
    else:
        say("no map figure: the file holds no maps")
    if powers:
        try:
            comparison = compare_observation(observation)
        except InputError as error:
            say(f"no power figure: {error}")
            return
        for figure in powers:
            say(plot_observed_power(observation, figure, comparison, title))


def draw_spectra(
    inputs: Sequence[Path], kinds: Sequence[str], figures: Sequence[Path], title: str | None
) -> None:
    """C_ℓ of results and tables."""
    from eddysky.simulator.results.store import read
    from eddysky.validation.fitting.measured_table import read_spectrum
    from eddysky.validation.plots import plot_spectra

    names = [path.stem for path in inputs]
    if len(set(names)) < len(names):
        names = [str(path) for path in inputs]
    if len(set(names)) < len(names):
        raise InputError("the same file is given twice")
    spectra = {
        name: read(path) if kind == "results" else read_spectrum(path)
        for name, path, kind in zip(names, inputs, kinds, strict=True)
    }
    for figure in figures:
        say(plot_spectra(spectra, figure, title=title))


def plain(text: str) -> str:
    """Text that matplotlib prints as it is, not as mathematics."""
    return text.replace("$", r"\$")
