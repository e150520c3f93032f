"""Partial sky: the coupled C_ℓ of weight × sky for C_ℓ of the sky, and their covariance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.theory.mask_coupling import MaskCoupling
from eddysky.validation.theory.mode_coupling import ZonalCoupling
from eddysky.validation.theory.ring_sums import RingSums

__all__ = ["Coverage"]

Array = NDArray[np.float64]

# Multipoles of the sky above the highest of the data that are coupled into them: C_ℓ falls, and so does the coupling.
MARGIN = 60


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Coverage:
    """Part of the sky that was seen, for spectra that are coupled: not corrected for it.

    Parameters
    ----------
    matrix
        Mode-coupling matrix, beam included, shape (lmax + 1, lmax_sky + 1).
    orders
        Takes C_ℓ of the sky (lmax_sky + 1,) to the covariance of the coupled a_ℓm of each m, shape (m, lmax + 1,
        lmax + 1); None if it is not known, as of fields of view that depend on right ascension.
    twice
        Number of independent real and imaginary parts of each m, shape (m,).
    noise
        Noise of counts that was subtracted from the coupled C_ℓ, shape (lmax + 1,); None: none.
    """

    matrix: Array
    orders: Callable[[Array], Array] | None = None
    twice: Array | None = None
    noise: Array | None = None

    @classmethod
    def from_weight(cls, weight: Array, lmax: int, *, keep_zonal: bool = False) -> Self:
        """Coverage by a mask.

        Parameters
        ----------
        weight
            Weight of each pixel in the spectrum, RING order, equatorial axes, shape (12 nside²,).
        lmax
            Highest multipole of the data.
        keep_zonal
            Whether the data have m = 0 in equatorial axes, which no detector on the ground can measure.

        Raises
        ------
        InputError
            If the mask has too many pixels for this lmax.

        Examples
        --------
        >>> import numpy as np
        >>> from eddysky.validation import Coverage, MeasuredPower, fit
        >>> south = np.repeat([0.0, 1.0], [1568, 1504])  # nside 16, all rings below the equator
        >>> coverage = Coverage.from_weight(south, lmax=20)
        >>> ell = np.arange(4, 21)
        >>> c_ell = 4e-7 * (ell + 0.5) ** -2.67
        >>> found = fit(MeasuredPower(ell, c_ell, 0.1 * c_ell, coverage=coverage))
        """
        sky = lmax + MARGIN
        if RingSums.from_pixels(len(weight)).of_declination(weight) is None:
            exposure = (weight > 0).astype(np.float64)
            return cls(MaskCoupling.from_maps(weight, exposure, lmax, keep_zonal, sky).matrix)
        coupling = ZonalCoupling.from_maps(weight, None, lmax, keep_zonal, sky)
        return cls(coupling.matrix, coupling.order_covariances, coupling.twice)

    @classmethod
    def from_exposure(
        cls, weight: Array, exposure: Array, beam: Array, noise: Array, *, keep_zonal: bool
    ) -> Self:
        """Coverage of a map of counts.

        Parameters
        ----------
        weight, exposure
            Weight and expected counts of an isotropic sky of each pixel, shape (12 nside²,).
        beam
            Factor of a_ℓm by the point spread, shape (lmax_sky + 1,).
        noise
            Noise that was subtracted from the coupled C_ℓ, shape (lmax + 1,).
        keep_zonal
            Whether m = 0 was kept.
        """
        lmax, sky, rings = len(noise) - 1, len(beam) - 1, RingSums.from_pixels(len(weight))
        if any(rings.of_declination(values) is None for values in (weight, exposure)):
            known = MaskCoupling.from_maps(weight, exposure, lmax, keep_zonal, sky)
            return cls(known.matrix * beam**2, noise=noise)
        coupling = ZonalCoupling.from_maps(weight, exposure, lmax, keep_zonal, sky)

        def orders(c_ell: Array) -> Array:
            return coupling.order_covariances(c_ell * beam**2)

        return cls(coupling.matrix * beam**2, orders, coupling.twice, noise)
