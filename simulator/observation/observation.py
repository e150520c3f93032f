"""The result of an observation: spectra and maps of the skies of a results file as an experiment sees them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config import Config
from eddysky.simulator.config.descriptions import counted
from eddysky.simulator.observation.survey import Survey

__all__ = ["Observation"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Observation:
    """Skies of a results file as an experiment sees them.

    Parameters
    ----------
    config
        Configuration of the skies.
    survey
        What was asked for.
    exposure
        Expected counts of an isotropic sky, 0 outside the field of view, RING order, shape (npix,).
    weight
        Weight of each pixel in spectra, from 0 to 1, shape (npix,).
    index
        Numbers of the realisations observed, shape (R,).
    power
        Coupled C_ℓ of weight × relative intensity, noise included, shape (R, lmax + 1). Without m = 0, unless
        `survey.keep_zonal`; the denominator is 2ℓ + 1 in both cases.
    noise
        Noise bias of `power`, from the counts, shape (R, lmax + 1).
    map_index
        Numbers of the realisations whose maps are kept, shape (K,).
    counts
        Their counts, shape (K, npix).
    intensity
        Their relative intensity, NaN outside the field of view, shape (K, npix).

    Examples
    --------
    >>> observation = read_observation("OBS.h5")  # doctest: +SKIP
    >>> observation  # doctest: +SKIP
    <Observation: icecube, 1.7e+11 events, 100 realisations, nside 64, lmax 64, 8 maps>
    >>> signal = observation.power.mean(axis=0) - observation.noise.mean(axis=0)  # doctest: +SKIP
    """

    config: Config
    survey: Survey
    exposure: Array
    weight: Array
    index: Integers
    power: Array
    noise: Array
    map_index: Integers
    counts: Integers
    intensity: Array

    @property
    def nside(self) -> int:
        """Resolution of the maps."""
        return self.survey.nside

    @property
    def lmax(self) -> int:
        """Highest multipole of `power`."""
        return int(self.power.shape[1]) - 1

    @property
    def sky_fraction(self) -> float:
        """Fraction of the pixels inside the field of view."""
        return float(np.mean(self.exposure > 0))

    def __str__(self) -> str:
        survey = self.survey
        maps = "1 map" if len(self.map_index) == 1 else f"{len(self.map_index)} maps"
        return (
            f"{survey.field}, {survey.total_events:g} events, {counted(len(self.index))}, "
            f"nside {survey.nside}, lmax {self.lmax}, {maps}"
        )

    def __repr__(self) -> str:
        return f"<Observation: {self}>"
