"""The flow on its band of wavenumbers: w(k) and the polarisation β(k) as functions of x = kλ.

The two components, per unit of x, are the power w (1−β) of the longitudinal waves and the power
w β/2 of the transverse ones in one direction (ZL25 Eq. 6).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.spectrum import PowerLaw, Spectrum, TransverseFraction
from eddysky.validation.theory.transport import Transport

__all__ = ["Band", "Unbounded", "read_band", "read_unbounded"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Band:
    """Ends of the band and breakpoints in x, ascending, and the two components of the flow.

    `components` takes x, shape (n,), to an array of shape (2, n) [km² s⁻²]: w (1−β) and w β/2.
    """

    edges: tuple[float, ...]
    components: Callable[[Array], Array]


def read_band(
    spectrum: Spectrum, mean_free_path: float, transverse_fraction: TransverseFraction
) -> Band:
    """Check the flow and express it in x.

    Parameters
    ----------
    spectrum
        w(k) [km² s⁻² pc] on a band 0 < k_min < k_max < ∞ [1/pc].
    mean_free_path
        λ [pc].
    transverse_fraction
        β, a number or a function of k [1/pc], in [0, 1].

    Returns
    -------
    Band
        With the `breakpoints` of the spectrum and of the function β, tuples of k [1/pc], if they
        have such an attribute.

    Raises
    ------
    ValueError
        If the band is not bounded or if β is outside [0, 1]; a function β(k) is checked where it
        is called.
    """
    lower, upper = float(spectrum.k_min), float(spectrum.k_max)
    if not 0.0 < lower < upper < math.inf:
        raise ValueError(f"the band must satisfy 0 < k_min < k_max < inf, got [{lower}, {upper}]")
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
        return np.stack(
            [
                np.broadcast_to((1 - fraction) * density, x.shape),
                np.broadcast_to(0.5 * fraction * density, x.shape),
            ]
        )

    points = (
        *getattr(spectrum, "breakpoints", ()),
        *getattr(transverse_fraction, "breakpoints", ()),
    )
    inside = sorted({lower, upper, *(float(k) for k in points if lower < k < upper)})
    return Band(tuple(k * mean_free_path for k in inside), components)


@dataclass(frozen=True, slots=True)
class Unbounded:
    """The power law w = scale · x^(−γ) per unit of x on all x [km² s⁻²], with a constant β."""

    scale: float
    index: float
    transverse_fraction: float


def read_unbounded(
    spectrum: Spectrum,
    mean_free_path: float,
    transverse_fraction: TransverseFraction,
    transport: Transport,
) -> Unbounded | None:
    """The spectrum as an unbounded power law, for which a closed form stands in, or None.

    Raises
    ------
    ValueError
        If it is one, but the closed form does not apply: it needs a fixed path,
        one scattering, the fluid frame and a constant β.
    """
    if not (
        isinstance(spectrum, PowerLaw) and spectrum.k_min == 0.0 and math.isinf(spectrum.k_max)
    ):
        return None
    if transport != Transport():
        raise ValueError(
            "an unbounded power law has a prediction only for free_path 'fixed', one scattering "
            f"and frame 'fluid', got {transport.law.name!r}, {transport.scatterings} and "
            f"{transport.frame!r}"
        )
    if callable(transverse_fraction):
        raise ValueError(
            "an unbounded power law has a prediction only for a constant transverse_fraction, "
            f"got the function {transverse_fraction!r}"
        )
    scale = float(spectrum(1 / mean_free_path)) / mean_free_path
    return Unbounded(scale, spectrum.index, float(transverse_fraction))


def _check_fraction(fraction: Array, k: Array | None) -> None:
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
