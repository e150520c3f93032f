"""Shot noise of the particles against the signal: the level N_ℓ, and the multipoles that show the flow.

C_ℓ is the cross-spectrum of two halves of the particles, so N_ℓ does not bias it: its mean over R skies has the
standard error 2 N_ℓ/√((2ℓ+1)R) where noise dominates, and shows C_ℓ beyond the ℓ at which N_ℓ = C_ℓ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import counted

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["ShotNoise", "smoothed_noise"]

Array = NDArray[np.float64]

# Degree of the polynomial in ln(2ℓ+1) that smooths ln N_ℓ. White noise needs degree 0, stratified particles more.
_DEGREE = 2
# N_ℓ is given as one number where its largest value is at most this times the smallest.
_WHITE = 1.5
# The signal is seen where C_ℓ is at least this many standard errors.
_SEEN = 2.0


def smoothed_noise(rows: Array) -> Array:
    """Noise level N_ℓ of one sky: the ensemble mean, smoothed over ℓ.

    Parameters
    ----------
    rows
        Measured noise of each realisation, shape (R, lmax + 1).

    Returns
    -------
    ndarray
        N_ℓ, shape (lmax + 1,); the mean itself where it is zero at some ℓ.
    """
    mean = rows.mean(axis=0)
    if not np.all(mean > 0):
        return np.asarray(mean)
    size = 2 * np.arange(len(mean)) + 1.0
    degree = min(_DEGREE, len(mean) - 1)
    # ln N_ℓ from n squares has the standard error √(2/n).
    fit = np.polynomial.Polynomial.fit(np.log(size), np.log(mean), degree, w=np.sqrt(size))
    return np.asarray(np.exp(fit(np.log(size))))


@dataclass(frozen=True, slots=True)
class ShotNoise:
    """N_ℓ and C_ℓ of an ensemble, measured or predicted.

    Parameters
    ----------
    particles
        Particles of one sky.
    realizations
        Number of skies.
    noise, c_ell : (lmax + 1,)
        N_ℓ and C_ℓ of one sky.

    Examples
    --------
    >>> c_ell = np.array([0, 1e-6, 1e-8, 2e-9, 1e-9, 3e-10])
    >>> print(ShotNoise(200_000, 100, np.full(6, 1.5e-9), c_ell))
    shot noise of 200000 particles: N_l = 1.5e-09, equal to C_l at l = 3; 100 realisations show C_l up to lmax = 5
    """

    particles: int
    realizations: int
    noise: Array
    c_ell: Array

    @classmethod
    def from_rows(cls, config: Config, power: Array, noise: Array) -> Self:
        """From the columns `power` and `noise` of an ensemble, one row a realisation."""
        assert config.particles is not None
        return cls(config.particles, len(power), smoothed_noise(noise), power.mean(axis=0))

    @property
    def crossing(self) -> int:
        """Highest ℓ before C_ℓ falls below N_ℓ; 0 if it is below at all ℓ."""
        return _last_above(self.c_ell, self.noise)

    @property
    def seen(self) -> int:
        """Highest ℓ before C_ℓ falls below two standard errors of the mean over all skies; 0 if none is above."""
        size = 2 * np.arange(len(self.noise)) + 1
        return _last_above(
            self.c_ell, _SEEN * 2 * self.noise / np.sqrt(size * max(self.realizations, 1))
        )

    @property
    def level(self) -> float:
        """N_ℓ at the crossing."""
        return float(self.noise[max(self.crossing, 1)])

    def __str__(self) -> str:
        """The level, its crossing with C_ℓ, and up to which ℓ the mean over all skies shows the signal."""
        lmax = len(self.noise) - 1
        where = f"equal to C_l at l = {self.crossing}"
        if self.crossing == lmax:
            where = f"below C_l up to lmax = {lmax}"
        elif self.crossing == 0:
            where = "above C_l at all l"
        low, high = float(np.min(self.noise[1:])), float(np.max(self.noise[1:]))
        # Random particles have white noise, stratified ones more at higher ℓ.
        level = f"{self.level:.2g}" if high <= _WHITE * low else f"{low:.2g} to {high:.2g}"
        words = f"shot noise of {self.particles} particles: N_l = {level}, {where}"
        if self.crossing == lmax or self.realizations < 2:
            return words
        shown = f"show C_l up to {'lmax' if self.seen == lmax else 'l'} = {self.seen}"
        return f"{words}; {counted(self.realizations)} {shown if self.seen else 'show no C_l'}"


def _last_above(signal: Array, limit: Array) -> int:
    """Highest ℓ of the multipoles around the largest ratio, ℓ ≥ 1, with the signal above the limit; 0 if none.

    Counted from there, as single values far beyond may be above by chance.
    """
    if not np.any(limit > 0):
        return len(limit) - 1
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        peak = 1 + int(np.nanargmax((signal / limit)[1:]))
    below = np.flatnonzero(signal[peak:] <= limit[peak:])
    if not below.size:
        return len(limit) - 1
    return peak + int(below[0]) - 1 if below[0] > 0 else 0
