"""The maps of an observation as one HEALPix FITS file, a column each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from eddysky.simulator.io.fits import map_header, write_maps
from eddysky.simulator.observation.maps import observed_maps
from eddysky.simulator.observation.observation import Observation
from eddysky.simulator.observation.survey import Survey

__all__ = ["export_observation"]


def export_observation(
    observation: Observation,
    path: Path,
    row: int = 0,
    *,
    smooth: float = 10.0,
    subtract_multipoles: int | None = 3,
) -> None:
    """Write the maps of one sky: RING order, equatorial coordinates, UNSEEN outside the field of view.

    The columns are REL_INTENSITY, RESIDUAL and SIGNIFICANCE (`ObservedMaps`), COUNTS, EXPOSURE and WEIGHT; the last
    two are 0 outside the field of view.

    Parameters
    ----------
    observation
        With maps.
    path
        FITS file to make.
    row, smooth, subtract_multipoles
        As in `observed_maps`.

    Raises
    ------
    InputError
        If there is no such map, or the file exists or cannot be written.
    """
    maps = observed_maps(observation, row, smooth=smooth, subtract_multipoles=subtract_multipoles)
    seen = observation.exposure > 0
    columns = {
        "REL_INTENSITY": (maps.intensity, ""),
        "RESIDUAL": (maps.residual, ""),
        "SIGNIFICANCE": (maps.significance, ""),
        "COUNTS": (np.where(seen, observation.counts[row], np.nan), "count"),
        "EXPOSURE": (observation.exposure, "count"),
        "WEIGHT": (observation.weight, ""),
    }
    header = map_header(observation.config, int(observation.map_index[row]))
    header += survey_header(observation.survey)
    header += [
        ("SMOOTH", smooth, "radius of the discs of the residual [deg]"),
        (
            "LFIT",
            -1 if subtract_multipoles is None else subtract_multipoles,
            "highest multipole subtracted; -1: none",
        ),
    ]
    write_maps(path, columns, header, np.float64)


def survey_header(survey: Survey) -> list[tuple[str, Any, str]]:
    """Cards that describe a survey."""
    speed, longitude, latitude = survey.compton_getting or (0.0, 0.0, 0.0)
    return [
        ("SURVEY", survey.field, "field of view"),
        ("EVENTS", survey.total_events, "expected events of an isotropic sky"),
        ("OBSSEED", str(survey.seed), "seed of the counts"),
        ("PSPREAD", survey.point_spread, "sigma of the spread of directions [deg]"),
        ("ACCEPT", survey.acceptance, "acceptance: this power of cos(zenith angle)"),
        ("ZONAL", "kept" if survey.keep_zonal else "removed", "m = 0 in equatorial axes"),
        ("WEIGHTNG", survey.weighting, "weight of pixels in spectra"),
        ("APODISE", survey.apodise, "width of the taper of the weight [deg]"),
        ("CGSPEED", speed, "Compton-Getting motion of the observer [km/s]"),
        ("CGRA", longitude, "its right ascension [deg]"),
        ("CGDEC", latitude, "its declination [deg]"),
    ]
