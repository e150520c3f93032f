"""Pitch-angle profile of one observed sky, its mean square against pitch angle, beside predictions (ZL25 Eq. 17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.configuration import DEFAULT_FIELD
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.observed import read_sky
from eddysky.simulator.io.tables import text_table
from eddysky.simulator.sky.coverage import covered_profile
from eddysky.simulator.sky.frames import to_field_frame
from eddysky.simulator.sky.pitch_angle import PitchAngleBins, pitch_angle_profile
from eddysky.validation.comparison.partial_profile import partial_profile
from eddysky.validation.theory.pitch_angle import PredictedProfile, predict_profile

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["ObservedProfile", "observed_profile"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ObservedProfile:
    """Mean square of one sky in bins of equal width in μ = −n·b.

    Parameters
    ----------
    edges
        Edges of the bins in μ, shape (bins + 1,).
    measured
        Mean square in each bin, NaN where it is left out, shape (bins,).
    coverage
        Fraction of the solid angle of each bin that was seen, shape (bins,); None if all of the sky was seen.
    predictions
        Predictions by name.
    title
        Sky, multipoles and magnetic field, for a figure.
    notes
        Remarks on the file and on bins that are left out.
    """

    edges: Array
    measured: Array
    coverage: Array | None
    predictions: Mapping[str, PredictedProfile] = field(default_factory=dict)
    title: str = ""
    notes: tuple[str, ...] = ()

    @property
    def curves(self) -> dict[str, tuple[Array, Array]]:
        """Mean and standard deviation of each prediction, by name as matplotlib prints it."""
        return {_plain(name): (each.mean, each.spread) for name, each in self.predictions.items()}

    def table(self, *, csv: bool) -> str:
        """One line for each bin, as comma-separated values or aligned columns."""
        names = ["mu_low", "mu_high", "mean_square"]
        edges = [f"{edge:.12g}" for edge in self.edges]
        columns: list[Any] = [edges[:-1], edges[1:], self.measured]
        if self.coverage is not None:
            names.append("coverage")
            columns.append([f"{fraction:.4f}" for fraction in self.coverage])
        for label, prediction in self.predictions.items():
            names += [label, f"{label}_spread"]
            columns += [prediction.mean, prediction.spread]
        return text_table(names, zip(*columns, strict=True), digits=12 if csv else 4, csv=csv)


def observed_profile(
    sky: Path,
    configs: Mapping[str, Config] | None = None,
    *,
    magnetic_field: tuple[float, float] | None = None,
    lmin: int = 2,
    lmax: int | None = None,
    bins: int = 20,
    coordinates: str | None = None,
    column: str | None = None,
    counts: bool | None = None,
    scaled: bool = True,
    min_coverage: float = 0.5,
) -> ObservedProfile:
    """Measure the pitch-angle profile of a sky and predict it.

    Parameters
    ----------
    sky
        File of a_ℓm or of a HEALPix map, as `read_sky` takes it.
    configs
        Configurations to predict, by name.
    magnetic_field
        RA and Dec of b [degrees, J2000]; by default those that the file names, or 229.2 and 11.4.
    lmin, lmax
        Lowest and highest multipole; by default the highest of the file.
    bins
        Number of bins.
    coordinates
        Axes of a file that does not state them: "C", "G" or "E".
    column, counts
        Of a map, as in `read_sky`.
    scaled
        Whether predictions are scaled to the mean square of the sky.
    min_coverage
        Bins of which a smaller fraction was seen are left out.

    Returns
    -------
    ObservedProfile

    Raises
    ------
    InputError
        If an argument is out of range, the file cannot be read, or no bin or no prediction is left.
    """
    observed = read_sky(sky, lmax, lmin, coordinates, column=column, counts=counts)
    notes = list(observed.notes)
    if magnetic_field is None:
        magnetic_field = observed.field or DEFAULT_FIELD
        if observed.field is not None:
            notes.append(
                f"about the field that it names, RA {magnetic_field[0]:g}, Dec {magnetic_field[1]:g}"
            )
    right_ascension, declination = magnetic_field
    if lmin > observed.lmax:
        raise InputError(f"lmin = {lmin}: at most lmax = {observed.lmax}")
    grid = PitchAngleBins.from_lmax(observed.lmax, bins)
    axis = unit_vector(magnetic_field)
    alm = to_field_frame(observed.alm, observed.lmax, axis)
    title = (
        f"{_plain(sky.name)}: $\\ell$ = {lmin}–{observed.lmax}, field at RA {right_ascension:g}°, "
        f"Dec {declination:g}°"
    )
    coverage, weights = None, np.full(bins, 1 / bins)
    if observed.seen is None:
        measured = pitch_angle_profile(alm, grid, lmin)
    else:
        measured, coverage = covered_profile(alm, grid, lmin, observed.seen, axis)
        kept = (coverage > 0) & (coverage >= min_coverage)
        if not kept.any():
            raise InputError(
                f"{sky}: no bin is seen on {min_coverage:g} of its solid angle, at most on {coverage.max():.3g}: "
                "lower --min-coverage"
            )
        measured[~kept] = np.nan
        weights = np.where(kept, coverage, 0.0) / np.sum(coverage[kept])
        why = "not seen at all"
        if min_coverage > 0:
            why = f"seen on less than {min_coverage:g} of their solid angle (--min-coverage)"
        fraction = observed.seen.fraction
        notes.append(
            f"{np.sum(~kept)} of {bins} bins left out, {why}; the map sees {fraction:.3f} of the sky"
        )
        title += f", {fraction:.0%} of the sky seen"
    predictions = {}
    for name, config in (configs or {}).items():
        try:
            if observed.seen is None and not observed.by_ring:
                prediction = predict_profile(config, bins, lmin, observed.lmax)
            else:
                prediction = partial_profile(
                    config, observed.seen, magnetic_field, axis,
                    bins=bins, lmin=lmin, lmax=observed.lmax, by_ring=observed.by_ring,
                )  # fmt: skip
        except InputError as error:
            raise InputError(f"{name}: {error}") from None
        if not prediction.mean.any():
            raise InputError(f"{name}: predicts nothing at ell = {lmin}…{observed.lmax}")
        if scaled:
            prediction = prediction.scaled(float(weights @ np.nan_to_num(measured)), weights)
        mean = np.where(weights > 0, prediction.mean, np.nan)
        predictions[name] = replace(prediction, mean=mean)
    return ObservedProfile(grid.edges, measured, coverage, predictions, title, tuple(notes))


def _plain(text: str) -> str:
    """Text that matplotlib prints as it is, not as mathematics."""
    return text.replace("$", r"\$")
