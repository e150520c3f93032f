"""The weight of each pixel in the spectra of a survey."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.observation.spectrum import apodised
from eddysky.simulator.observation.survey import Survey

__all__ = ["weight_map"]

Array = NDArray[np.float64]


def weight_map(survey: Survey, exposure: Array) -> Array:
    """Weight of each pixel: 1 inside the field of view or proportional to the exposure, falling to 0 at the edge.

    Parameters
    ----------
    survey
        Its weighting and apodisation.
    exposure
        Expected counts of each pixel, shape (12 nside²,).

    Returns
    -------
    ndarray
        From 0 to 1, shape (12 nside²,); 0 outside the field of view.
    """
    taper = apodised(exposure > 0, survey.apodise)
    return taper * exposure / np.max(exposure) if survey.weighting == "exposure" else taper
