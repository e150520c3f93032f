"""Mean square of an observation against pitch angle, beside what the same analysis makes of predicted skies.

Each map is multiplied by the weight, its multipoles ℓ_min ≤ ℓ ≤ ℓ_max are synthesised again (without m = 0 unless that
was kept), squared, and averaged over the pixels with a weight in bins of the pitch angle. Coupling, apodisation, lost
m = 0 and noise are in both: the prediction is the mean over Gaussian skies of the configuration, with noise, that go
through the same steps. Its seed is fixed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.configuration import DEFAULT_FIELD
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.tables import text_table
from eddysky.simulator.sky.rings import Rings, healpix_rings
from eddysky.validation.comparison.realizations import TooFewRealizationsError, require_realizations
from eddysky.validation.comparison.statistics import ChiSquare, chi_square
from eddysky.validation.theory.gaussian_skies import GaussianSkies
from eddysky.validation.theory.predict_coupled import gaussian_beam
from eddysky.validation.theory.ring_sums import RingSums

if TYPE_CHECKING:
    from eddysky.simulator.observation.observation import Observation

__all__ = ["LEAST_COVERAGE", "ObservedSquare", "SquareBins", "observed_square"]

Array = NDArray[np.float64]
# Skies of a prediction, and their seed.
SKIES, _SEED = 400, 1
# Coverage below which bins are left out by default.
LEAST_COVERAGE = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class ObservedSquare:
    """Mean square of weight × relative intensity in bins of equal width in μ = −n·b, noise included.

    Parameters
    ----------
    maps
        Number of maps.
    edges
        Edges of the bins in μ, shape (bins + 1,).
    coverage
        Fraction of each bin that has a weight, shape (bins,); mean over the maps, if the field is random.
    measured, error
        Mean over the maps and its standard error, shape (bins,); NaN in bins that are left out, and errors of one map.
    predicted, spread
        Mean, and standard deviation of one map, of predicted skies with noise, shape (bins,).
    chi2
        χ² of all bins; None for too few maps.
    note
        Why there is no χ².
    """

    maps: int
    edges: Array
    coverage: Array
    measured: Array
    error: Array
    predicted: Array
    spread: Array
    chi2: ChiSquare | None
    note: str

    def table(self, *, csv: bool) -> str:
        """One line for each bin, as comma-separated values or aligned columns."""
        names = ("mu_low", "mu_high", "measured", "error", "predicted", "spread", "coverage")
        edges = [f"{edge:.12g}" if csv else f"{edge:.3f}" for edge in self.edges]
        coverage = [f"{each:.4f}" for each in self.coverage]
        columns: list[Any] = [edges[:-1], edges[1:], self.measured, self.error, self.predicted]
        columns += [self.spread, coverage]
        return text_table(names, zip(*columns, strict=True), digits=12 if csv else 5, csv=csv)

    def __str__(self) -> str:
        """χ² of the profile, or why there is none."""
        words = self.note if self.chi2 is None else str(self.chi2)
        return f"{words} ({self.maps} {'map' if self.maps == 1 else 'maps'}, noise included)"


@dataclass(frozen=True, slots=True, eq=False)
class SquareBins:
    """The steps from a map to its mean squares.

    Parameters
    ----------
    rings
        Of the pixels.
    weight
        Of each pixel, shape (npix,).
    directions
        Of pixel centres, shape (npix, 3).
    keep_zonal
        Whether m = 0 is kept.
    lmin, lmax, bins
        Multipoles that count, and the number of bins.
    """

    rings: Rings
    weight: Array
    directions: Array
    keep_zonal: bool
    lmin: int
    lmax: int
    bins: int

    @classmethod
    def from_maps(cls, weight: Array, keep_zonal: bool, lmin: int, lmax: int, bins: int) -> Self:
        """Of a field of view."""
        import healpy

        nside = math.isqrt(len(weight) // 12)
        directions = np.stack(healpy.pix2vec(nside, np.arange(len(weight))), axis=1)
        return cls(healpix_rings(nside), weight, directions, keep_zonal, lmin, lmax, bins)

    def squares(self, intensity: Array, field: Array) -> tuple[Array, Array]:
        """Mean squares, NaN in bins without a weight, and coverage, each of shape (bins,).

        Parameters
        ----------
        intensity
            Relative intensity, means removed, shape (npix,); NaN where there is none.
        field
            Unit vector b, shape (3,).
        """
        seen = self.weight > 0
        values = np.where(seen, self.weight * np.where(seen, intensity, 0.0), 0.0)
        alm = 4 * math.pi / len(values) * self.rings.project(values, self.lmax)
        first = 0
        for m in range(self.lmax + 1):
            below = 0 if m >= self.lmin else self.lmin - m
            if m == 0 and not self.keep_zonal:
                below = self.lmax + 1
            alm[first : first + below] = 0.0
            first += self.lmax + 1 - m
        square = self.rings.synthesise(alm, self.lmax) ** 2
        mu = -(self.directions @ field)
        place = np.minimum((0.5 * (mu + 1) * self.bins).astype(int), self.bins - 1)
        number = np.bincount(place, minlength=self.bins)
        used = np.bincount(place, seen.astype(np.float64), self.bins)
        total = np.bincount(place, np.where(seen, square, 0.0), self.bins)
        with np.errstate(invalid="ignore", divide="ignore"):
            return total / used, used / number


def observed_square(
    observation: Observation,
    bins: int = 20,
    lmin: int = 2,
    lmax: int | None = None,
    min_coverage: float = LEAST_COVERAGE,
) -> ObservedSquare:
    """Mean square of the maps of an observation against pitch angle, and of predicted skies in its field of view.

    Parameters
    ----------
    observation
        With maps.
    bins
        Number of bins of equal width in μ = −n·b.
    lmin, lmax
        Multipoles that count; lmax is that of the observation by default.
    min_coverage
        Bins of which a smaller fraction has a weight are left out.

    Returns
    -------
    ObservedSquare

    Raises
    ------
    InputError
        If there is no map, a value is out of range, or nothing is predicted.

    Examples
    --------
    >>> print(observed_square(read_observation("OBS.h5")).table(csv=False))  # doctest: +SKIP
    """
    config, survey = observation.config, observation.survey
    highest = observation.lmax
    lmax = highest if lmax is None else lmax
    if not 1 <= lmin <= lmax <= highest:
        raise InputError(f"lmin = {lmin}, lmax = {lmax}: need 1 <= lmin <= lmax <= {highest}")
    if not len(observation.intensity):
        raise InputError("holds no maps; observe --maps K keeps those of the first K skies")
    steps = SquareBins.from_maps(observation.weight, survey.keep_zonal, lmin, lmax, bins)
    default = unit_vector(DEFAULT_FIELD)
    rows, coverages = [], []
    for number, intensity in zip(
        observation.map_index.tolist(), observation.intensity, strict=True
    ):
        field = config.for_realization(number).field_direction
        row, coverage = steps.squares(intensity, default if field is None else field)
        rows.append(np.where(coverage >= min_coverage, row, np.nan))
        coverages.append(coverage)
    samples, count = np.array(rows), len(rows)
    expected = _predicted(observation, steps, min_coverage)
    measured, _ = _moments(samples)
    predicted, spread = _moments(expected)
    error = np.full(bins, np.nan)
    chi2, note = None, ""
    if count > 1:
        seen = np.sum(np.isfinite(samples), axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            error = np.where(seen > 1, _moments(samples)[1] / np.sqrt(seen), np.nan)
    try:
        require_realizations(config, count, observed=True)
        kept = np.all(np.isfinite(samples), axis=0) & np.isfinite(predicted)
        if kept.any():
            deviation = np.hypot(error, spread / math.sqrt(SKIES))[kept] * math.sqrt(count)
            nothing = np.zeros(int(kept.sum()))
            chi2 = chi_square(samples[:, kept], predicted[kept], deviation, nothing)
        else:
            note = "no chi2: no bin is seen in all maps"
    except TooFewRealizationsError:
        note = f"no chi2: too few maps, {count}; observe --maps K keeps more"
    return ObservedSquare(
        maps=count,
        edges=np.linspace(-1.0, 1.0, bins + 1),
        coverage=np.mean(coverages, axis=0),
        measured=measured,
        error=error,
        predicted=predicted,
        spread=spread,
        chi2=chi2,
        note=note,
    )


def _predicted(observation: Observation, steps: SquareBins, min_coverage: float) -> Array:
    """Mean squares of predicted skies with noise, shape (SKIES, bins)."""
    config, survey = observation.config, observation.survey
    beam = gaussian_beam(survey.point_spread, observation.lmax)
    skies = GaussianSkies.from_config(
        config, beam, survey.compton_getting, with_particles=config.particles_drawn
    )
    rng = np.random.default_rng(_SEED)
    exposure = observation.exposure
    rings = RingSums.from_pixels(len(exposure))
    deviation = np.where(exposure > 0, 1 / np.sqrt(np.where(exposure > 0, exposure, 1.0)), 0.0)
    default, rows = unit_vector(DEFAULT_FIELD), []
    for _ in range(SKIES):
        alm, field = skies.draw(rng)
        sky = steps.rings.synthesise(alm, skies.lmax)
        sky += deviation * rng.standard_normal(len(sky))
        sky = rings.without_means(sky, exposure, survey.keep_zonal)
        row, coverage = steps.squares(sky, default if field is None else field)
        rows.append(np.where(coverage >= min_coverage, row, np.nan))
    return np.array(rows)


def _moments(samples: Array) -> tuple[Array, Array]:
    """Mean and standard deviation of each column without its NaN; NaN in empty columns."""
    seen = np.isfinite(samples)
    count = seen.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(seen, samples, 0.0).sum(axis=0) / count
        squares = np.where(seen, (samples - mean) ** 2, 0.0).sum(axis=0)
        return mean, np.sqrt(np.where(count > 1, squares / (count - 1), np.nan))
