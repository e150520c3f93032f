"""The spectrum w(k) and the transverse fraction β(k) of the flow as functions of x = kλ.

Per unit of x, longitudinal waves have the power w (1−β), and transverse waves the power w β/2 in each
of their two directions (ZL25 Eq. 6).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.simulator.config.spectrum import PowerLaw, Spectrum, TransverseFraction
from eddysky.validation.theory.scattering import ScatteringModel

__all__ = ["ScaledSpectrum", "UnboundedPowerLaw"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ScaledSpectrum:
    """Longitudinal and transverse spectrum per unit of x = kλ on a finite band.

    Parameters
    ----------
    edges
        Ends of the band and breakpoints in x, ascending.
    components
        Takes x, shape (n,), to w (1−β) and w β/2 per unit of x [km² s⁻²], shape (2, n): waves along k, and waves
        across k in the plane of k and b.
    """

    edges: tuple[float, ...]
    components: Callable[[Array], Array]

    @classmethod
    def from_flow(
        cls, spectrum: Spectrum, mean_free_path: float, transverse_fraction: TransverseFraction
    ) -> ScaledSpectrum:
        """Check the flow and express it in x.

        Parameters
        ----------
        spectrum
            w(k) [km² s⁻² pc] on a band 0 < k_min < k_max < ∞ [1/pc].
        mean_free_path
            λ [pc].
        transverse_fraction
            β in [0, 1]: a number or a function of k [1/pc].

        Returns
        -------
        ScaledSpectrum
            Its edges include the attributes `breakpoints` (tuples of k [1/pc]) of w and of β, if any.

        Raises
        ------
        ValueError
            If the band is not finite or if β is outside [0, 1]. A function β(k) is checked at every
            call of `components`.
        """
        lower, upper = float(spectrum.k_min), float(spectrum.k_max)
        if not 0.0 < lower < upper < math.inf:
            raise ValueError(
                f"the band must satisfy 0 < k_min < k_max < inf, got [{lower}, {upper}]"
            )
        if not callable(transverse_fraction):
            _check_fraction(np.asarray(transverse_fraction, dtype=np.float64), None)

        def components(x: Array) -> Array:
            k = x / mean_free_path
            density = np.asarray(spectrum(k), dtype=np.float64) / mean_free_path
            if callable(transverse_fraction):
                fraction = np.asarray(transverse_fraction(k), dtype=np.float64)
                _check_fraction(fraction, k)
            else:
                fraction = np.asarray(transverse_fraction, dtype=np.float64)
            parts = ((1 - fraction) * density, 0.5 * fraction * density)
            return np.stack([np.broadcast_to(part, x.shape) for part in parts])

        return cls(_edges(spectrum, transverse_fraction, mean_free_path), components)

    @classmethod
    def from_part(cls, part: TurbulentPart, mean_free_path: float) -> ScaledSpectrum:
        """Waves along k, and waves across k in the plane of k and b, of one component of the turbulence."""

        def components(x: Array) -> Array:
            k = x / mean_free_path
            along, beside, _ = part.polarizations(k)
            return np.stack([along, beside]) * part.spectrum(k) / mean_free_path

        return cls(_edges(part.spectrum, part.transverse_fraction, mean_free_path), components)


@dataclass(frozen=True, slots=True)
class UnboundedPowerLaw:
    """The spectrum scale · x^(−index) per unit of x on all x [km² s⁻²], with a constant β."""

    scale: float
    index: float
    transverse_fraction: float

    @classmethod
    def from_flow(
        cls,
        spectrum: Spectrum,
        mean_free_path: float,
        transverse_fraction: TransverseFraction,
        model: ScatteringModel,
    ) -> UnboundedPowerLaw | None:
        """The spectrum, if it is a power law on all k, which has a closed form; otherwise None.

        Raises
        ------
        ValueError
            If it is, but the closed form does not apply: it needs fixed paths, one scattering, the
            fluid frame and a constant β.
        """
        if not (
            isinstance(spectrum, PowerLaw) and spectrum.k_min == 0.0 and math.isinf(spectrum.k_max)
        ):
            return None
        if model != ScatteringModel():
            spread = "" if model.spread is None else " with a spread of mean free paths"
            raise ValueError(
                "an unbounded power law has a prediction only for free_path 'fixed', one scattering "
                f"and frame 'fluid' at one energy, got {model.law.name!r}, {model.scatterings:g} and "
                f"{model.frame!r}{spread}"
            )
        if callable(transverse_fraction):
            raise ValueError(
                "an unbounded power law has a prediction only for a constant transverse_fraction, "
                f"got the function {transverse_fraction!r}"
            )
        scale = float(spectrum(1 / mean_free_path)) / mean_free_path
        return cls(scale, spectrum.index, float(transverse_fraction))


def _edges(
    spectrum: Spectrum, transverse_fraction: TransverseFraction, mean_free_path: float
) -> tuple[float, ...]:
    """Ends of the band and breakpoints in x, ascending."""
    lower, upper = float(spectrum.k_min), float(spectrum.k_max)
    points = (
        *getattr(spectrum, "breakpoints", ()),
        *getattr(transverse_fraction, "breakpoints", ()),
    )
    inside = sorted({lower, upper, *(float(k) for k in points if lower < k < upper)})
    return tuple(k * mean_free_path for k in inside)


def _check_fraction(fraction: Array, k: Array | None) -> None:
    """Raise ValueError for the first β outside [0, 1]."""
    wrong = ~((fraction >= 0.0) & (fraction <= 1.0))
    if not np.any(wrong):
        return
    if k is None:
        raise ValueError(f"transverse_fraction must be in [0, 1], got {fraction}")
    values, wavenumbers = np.broadcast_arrays(fraction, k)
    first = int(np.flatnonzero(np.broadcast_to(wrong, values.shape))[0])
    raise ValueError(
        f"transverse_fraction must be in [0, 1], got {values[first]} at k = {wavenumbers[first]} / pc"
    )
