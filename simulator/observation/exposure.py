"""The exposure of a survey: expected counts of an isotropic sky in each pixel."""

from __future__ import annotations

import math
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.simulator.observation.detectors import DETECTORS
from eddysky.simulator.observation.mask import read_mask
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.sky.rings import healpix_rings

__all__ = ["events_of_parts", "exposure_map", "parts_of_field"]

Array = NDArray[np.float64]

BAND = "dec:"
# Largest expectation of a pixel: twice as many counts are still exact as doubles.
MOST_IN_PIXEL = 2.0**51
# A sum of counts by which others are divided must not be zero: its probability is e^−25.
FEWEST = 25.0


def exposure_map(survey: Survey) -> Array:
    """Expected counts of an isotropic sky in each pixel, RING order.

    Detectors with equal shares of all events have the same area and live time. Inside bands of declination and on
    the full sky the exposure is uniform, and inside a mask proportional to its values.

    Returns
    -------
    ndarray
        Shape (12 nside²,), 0 outside the field of view; its sum is `survey.total_events`.

    Raises
    ------
    InputError
        If the field is not known or empty, or the number of events too small or too large for it.
    """
    shapes = _shapes(survey)
    exposure = np.zeros(12 * survey.nside**2)
    for events, shape in zip(_shares(survey, shapes), shapes, strict=True):
        exposure += events * shape / np.sum(shape)
    _check_events(survey, exposure)
    return exposure


def events_of_parts(survey: Survey) -> dict[str, float]:
    """Expected number of events of each part of the field."""
    return dict(zip(parts_of_field(survey.field), _shares(survey, _shapes(survey)), strict=True))


def _shares(survey: Survey, shapes: list[Array]) -> tuple[float, ...]:
    """Expected events of each part: as given, or all events shared as the exposures are."""
    if len(survey.events) == len(shapes):
        return survey.events
    total = np.sum(shapes)
    return tuple(survey.events[0] * float(np.sum(shape) / total) for shape in shapes)


def _shapes(survey: Survey) -> list[Array]:
    """Exposure of each part of the field, from 0 to 1, each of shape (npix,)."""
    parts = parts_of_field(survey.field)
    if len(survey.events) not in (1, len(parts)):
        raise InputError(
            f"events: {len(survey.events)} numbers; the field {survey.field} has {len(parts)} "
            f"part{'s' * (len(parts) > 1)}: give one number for all, or one for each"
        )
    if survey.acceptance != 1 and not DETECTORS.keys() & set(parts):
        raise InputError(
            f"acceptance = {survey.acceptance:g}: of detectors only, and the field {survey.field} has none"
        )
    if len(set(parts)) < len(parts):
        raise InputError(f"field {survey.field}: names a part twice")
    shapes = [_shape(part, survey) for part in parts]
    for part, shape in zip(parts, shapes, strict=True):
        if not np.any(shape):
            raise InputError(
                f"field {part}: no centre of a pixel of nside {survey.nside} lies inside"
            )
    return shapes


def parts_of_field(field: str) -> list[str]:
    """The parts of a field, joined by "+"; the name of a mask is one part, whatever it contains."""
    return [field] if Path(field).is_file() else field.split("+")


def _shape(part: str, survey: Survey) -> Array:
    """Exposure of one part of the field, from 0 to 1."""
    rings = healpix_rings(survey.nside)
    sines = np.array([math.cos(theta) for theta in rings.colatitude.tolist()])
    if part in DETECTORS:
        on_rings = DETECTORS[part].exposure(sines, survey.acceptance)
    elif part == "full":
        on_rings = np.ones(len(sines))
    elif part.startswith(BAND):
        low, high = _band(part)
        declination = 90.0 - np.degrees(rings.colatitude)
        on_rings = ((declination >= low) & (declination <= high)).astype(np.float64)
    elif Path(part).is_file():
        return read_mask(Path(part), survey.nside)
    else:
        names = ", ".join(DETECTORS)
        raise InputError(
            f"field {part}: no such field or file; known are {names}, full, dec:MIN,MAX, a FITS mask, "
            "and sums such as icecube+hawc"
        )
    return np.repeat(on_rings, rings.longitudes)


def _band(part: str) -> tuple[float, float]:
    """Lowest and highest declination of a field dec:MIN,MAX [degrees]."""
    number = r"[-+]?(?:\d+\.?\d*|\.\d+)"
    found = re.fullmatch(rf"{BAND}({number}),({number})", part)
    low, high = (float(found[1]), float(found[2])) if found else (math.nan, math.nan)
    if not -90 <= low < high <= 90:
        raise InputError(
            f"field {part}: must be dec:MIN,MAX in degrees, from -90 to 90, MIN below MAX"
        )
    return low, high


def _check_events(survey: Survey, exposure: Array) -> None:
    """Refuse counts beyond whole numbers, and rings or skies that may stay without any."""
    largest = float(np.max(exposure))
    if largest > MOST_IN_PIXEL:
        most = survey.total_events * MOST_IN_PIXEL / largest
        raise InputError(
            f"events = {survey.total_events:g}: at most {most:.1e} for this field and nside"
        )
    rings = healpix_rings(survey.nside)
    sums = np.add.reduceat(exposure, rings.start)
    least = np.sum(exposure) if survey.keep_zonal else np.min(sums[sums > 0])
    if least < FEWEST:
        needed = survey.total_events * FEWEST / float(least)
        where = "the field" if survey.keep_zonal else "each ring of pixels"
        raise InputError(
            f"events = {survey.total_events:g}: at least {needed:.1e} for this field and nside, "
            f"so that {where} expects {FEWEST:g} events"
        )
