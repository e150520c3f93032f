"""Coupled spectra in bands, as wide as it takes for their values to be more than repetitions of each other.

A small field of view cannot tell neighbouring multipoles apart: the correlation matrix of the coupled C_ℓ of IceCube's
field without m = 0 has eigenvalues of zero, to rounding.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.fitting.choice import coupled_modes
from eddysky.validation.fitting.measured import MeasuredPower, band_windows
from eddysky.validation.fitting.windows import Window

__all__ = ["distinct", "in_bands"]

Array = NDArray[np.float64]

# Smallest eigenvalue of the correlation matrix that is allowed.
SMALLEST = 0.1
# Exponent of the C_ℓ for which it is computed.
SLOPE = -3.0


def distinct(data: MeasuredPower) -> MeasuredPower:
    """The data themselves, or in the narrowest bands whose values are distinct.

    Parameters
    ----------
    data
        Coupled spectrum of which the covariance is known.

    Raises
    ------
    InputError
        If bands are needed and the multipoles are not consecutive, or they are already in bands.
    """
    for width in range(1, len(data.ell)):
        found = data if width == 1 else in_bands(data, width)
        if _smallest_eigenvalue(found) > SMALLEST:
            return found
        if data.edges is not None or data.window is not None:
            raise InputError(
                f"{data.name}: neighbouring values repeat each other on this part of the sky; give wider bands"
            )
    raise InputError(
        f"{data.name}: this part of the sky is too small for {len(data.ell)} multipoles"
    )


def in_bands(data: MeasuredPower, width: int) -> MeasuredPower:
    """Means over `width` neighbouring multipoles, with the weights 2ℓ+1; the last band takes what remains.

    Parameters
    ----------
    data
        Consecutive multipoles.
    width
        Number of multipoles of a band.

    Raises
    ------
    InputError
        If a multipole is missing.
    """
    if np.any(np.diff(data.ell) != 1):
        raise InputError(
            f"{data.name}: on this part of the sky multipoles are only measured in bands; all of them are needed, or "
            "bands"
        )
    low = data.ell[0] + width * np.arange(len(data.ell) // width)
    high = np.append(low[1:] - 1, data.ell[-1])
    edges = np.stack([low, high], axis=1)
    means = band_windows(edges)[:, data.ell]
    covariance = data.covariance
    if data.error is not None:
        covariance = np.diag(np.max(np.atleast_2d(data.error), axis=0) ** 2)
    banded = MeasuredPower.from_bands(low, high, means @ data.c_ell)
    return replace(
        data,
        ell=banded.ell,
        c_ell=banded.c_ell,
        edges=edges,
        error=None,
        covariance=None if covariance is None else means @ covariance @ means.T,
    )


def _smallest_eigenvalue(data: MeasuredPower) -> float:
    """Of the correlation matrix of the data, for a spectrum of their amplitude."""
    window, coverage = Window.from_data(data), data.coverage
    assert coverage is not None
    shape = np.asarray((window.ell + 0.5) ** SLOPE, dtype=np.float64)
    amplitude = float(np.abs(data.c_ell).sum() / window.mean(shape).sum())
    found = coupled_modes(coverage, window, 1)(amplitude * shape).cumulants(np.zeros(len(data.ell)))
    assert found is not None
    covariance = found[2]
    deviation = np.sqrt(np.diag(covariance))
    return float(np.linalg.eigvalsh(covariance / np.outer(deviation, deviation))[0])
