"""The maps of an observation that experiments show: relative intensity, its small-scale residual, and significance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.discs import sums_over_discs
from eddysky.simulator.observation.intensity import expected_background
from eddysky.simulator.observation.observation import Observation
from eddysky.simulator.observation.significance import significance_map
from eddysky.simulator.sky.multipole_fit import fitted_multipoles

__all__ = ["ObservedMaps", "observed_maps"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ObservedMaps:
    """Maps of one sky, RING order, NaN outside the field of view, each of shape (npix,).

    Parameters
    ----------
    intensity
        Relative intensity.
    residual
        What is left of it after the subtraction of the fitted multipoles, smoothed.
    significance
        Of the residual, in standard deviations.
    """

    intensity: Array
    residual: Array
    significance: Array


def observed_maps(
    observation: Observation,
    row: int = 0,
    *,
    smooth: float = 10.0,
    subtract_multipoles: int | None = 3,
) -> ObservedMaps:
    """Maps of one sky of an observation.

    The fit F of the multipoles to subtract weights each pixel with the inverse of its variance. Counts N and those
    expected of a sky 1 + F alone, B, are summed over discs: the residual is ΣN/ΣB − 1, and its significance that of
    Li & Ma against the counts beside the disc.

    Parameters
    ----------
    observation
        With maps.
    row
        Row of its maps.
    smooth
        Radius of the discs [degrees]; 0 for single pixels.
    subtract_multipoles
        Highest multipole that is fitted and subtracted; None for none.

    Raises
    ------
    InputError
        If there is no such row, or `smooth` is no angle.
    """
    if not 0 <= row < len(observation.counts):
        raise InputError(f"row = {row}: {len(observation.counts)} maps were kept, numbered from 0")
    survey, counts = observation.survey, observation.counts[row]
    intensity, exposure = observation.intensity[row], observation.exposure
    seen = exposure > 0
    if subtract_multipoles is not None:
        fitted = fitted_multipoles(intensity, subtract_multipoles, exposure)
        exposure = exposure * (1.0 + fitted)
    background = expected_background(counts, exposure, survey.nside, survey.keep_zonal)
    summed, expected = sums_over_discs(counts, smooth), sums_over_discs(background, smooth)
    with np.errstate(invalid="ignore", divide="ignore"):
        residual = np.where(seen, summed / expected - 1.0, np.nan)
    significance = significance_map(counts, exposure, smooth, survey.keep_zonal)
    return ObservedMaps(intensity, residual, significance)
