"""A_ℓ for isotropic transport through a flow of any spectrum, by quadrature over the band."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import ErlangPath, FixedPath
from eddysky.simulator.config.spectrum import Spectrum, TransverseFraction
from eddysky.validation.theory.band import read_band, read_unbounded
from eddysky.validation.theory.closed_form import isotropic_power_law
from eddysky.validation.theory.panels import Nodes, band_nodes, resolved_panels
from eddysky.validation.theory.transfer import Transfer, combine, transfer
from eddysky.validation.theory.transport import Transport, TransportOptions

__all__ = ["angular_power", "band_transfers", "check_arguments"]

Array = NDArray[np.float64]

# Elements of one work array: 2 MB, which stays in cache and bounds the memory whatever the band;
# but no fewer columns than make NumPy's cost per call small.
_CHUNK = 2**18
_COLUMNS = 1024
_PHASES = 8


def angular_power(
    spectrum: Spectrum,
    mean_free_path: float,
    transverse_fraction: TransverseFraction,
    lmax: int,
    **options: Unpack[TransportOptions],
) -> Array:
    """A_ℓ = 4π ∫ w(k) dk {(1−β) T_ℓ² + (β/2) ℓ(ℓ+1) t_ℓ²}; C_ℓ = (D/v)² A_ℓ (ZL24 Eqs. 6, 10).

    Parameters
    ----------
    spectrum
        w(k) [km² s⁻² pc] on a band 0 < k_min < k_max < ∞ [1/pc]. A piecewise smooth function is
        enough; its kinks and jumps are found, faster and more precisely so if it has an attribute
        `breakpoints`, a tuple of k [1/pc]. An unbounded `PowerLaw` (k_min = 0, k_max = ∞) is
        allowed for 1 < γ < 3, free_path "fixed", one scattering and the fluid frame.
    mean_free_path
        λ [pc].
    transverse_fraction
        Fraction β of transverse power, 0 to 1: a number, or a piecewise smooth function of an
        array of wavenumbers k [1/pc], with or without `breakpoints` of its own. Structure of β
        below 1e-11 is not resolved.
    lmax
        Largest multipole.
    **options
        Keywords free_path="fixed", erlang_order=1, scatterings=1 and frame="fluid" of `Transport`.

    Returns
    -------
    ndarray
        A_ℓ [km² s⁻²] for ℓ = 0 … lmax, shape (lmax + 1,); A_0 is the power of the mean intensity.
        Relative accuracy 1e-10 or better for a smooth w, as long as A_ℓ is above 1e-300.

    Raises
    ------
    ValueError
        If an argument is out of its range, or if the band is not bounded by 0 < k_min < k_max < ∞
        and the closed form does not apply.
    """
    transport = Transport.from_options(**options)
    lmax = check_arguments(mean_free_path, lmax)
    unbounded = read_unbounded(spectrum, mean_free_path, transverse_fraction, transport)
    if unbounded is not None:
        closed = isotropic_power_law(
            np.arange(lmax + 1), unbounded.index, unbounded.transverse_fraction
        )
        return unbounded.scale * closed
    band = read_band(spectrum, mean_free_path, transverse_fraction)

    ell = np.arange(lmax + 1)
    total = np.zeros(lmax + 1)
    for transfers, (longitudinal, transverse) in band_transfers(
        band.components, band.edges, lmax, transport
    ):
        total += transfers.longitudinal**2 @ longitudinal
        total += ell * (ell + 1) * (transfers.transverse**2 @ transverse)
    return np.asarray(4 * np.pi * total)


def check_arguments(mean_free_path: float, lmax: int) -> int:
    """The largest multipole as a plain integer.

    Raises
    ------
    ValueError
        If it is negative or no integer, or if the mean free path is not positive and finite.
    """
    if not 0.0 < mean_free_path < math.inf:
        raise ValueError(f"mean_free_path must be positive and finite, got {mean_free_path}")
    if lmax != int(lmax) or lmax < 0:
        raise ValueError(f"lmax must be an integer >= 0, got {lmax}")
    return int(lmax)


def band_transfers(
    density: Callable[[Array], Array],
    edges: Sequence[float],
    lmax: int,
    transport: Transport,
) -> Iterator[tuple[Transfer, Array]]:
    """Transfer functions and weights, a few thousand nodes at a time.

    The integral of a density times a product of two transfer functions is the sum of this product
    times the weights. (Not so for single functions, whose oscillation has another mean.)

    Parameters
    ----------
    density
        Takes x = kλ, shape (n,), to one density or several, shape (…, n), per unit of x.
    edges
        Ends of the band and breakpoints of the density, ascending, in x.
    lmax
        Largest multipole.
    transport
        Law of the free path, scatterings and frame.

    Yields
    ------
    tuple of Transfer and ndarray
        The functions at some nodes and the weights of these, shape (…, nodes).
    """
    law = transport.law
    if not isinstance(law, FixedPath | ErlangPath):
        scale = np.arange(lmax + 1.0)[:, np.newaxis]
        scale[0] = 1.0

        def functions(x: Array) -> Array:
            found = transfer(transport, x, lmax)
            return np.concatenate([found.longitudinal, scale * found.transverse])

        for part, values in resolved_panels(density, edges, functions, _CHUNK // (lmax + 2)):
            longitudinal, transverse = np.split(values, 2)
            yield Transfer(longitudinal, transverse / scale), part.weight
        return
    exact, mean = band_nodes(density, edges, lmax, law, transport.scatterings)
    for part in _chunks(exact, lmax):
        yield transfer(transport, part.x, lmax), part.weight
    for part in _chunks(mean, lmax):
        real, imaginary = _amplitude(part.x, lmax)
        for phase in 2 * np.pi * np.arange(_PHASES) / _PHASES:
            averages = np.cos(phase) * real - np.sin(phase) * imaginary
            transfers = combine(transport, part.x, averages, 1 - averages[0])
            yield transfers, part.weight / _PHASES


def _chunks(nodes: Nodes, lmax: int) -> list[Nodes]:
    size = max(_COLUMNS, _CHUNK // (lmax + 2))
    return [
        Nodes(nodes.x[start : start + size], nodes.weight[..., start : start + size])
        for start in range(0, nodes.x.size, size)
    ]


def _amplitude(x: Array, lmax: int) -> tuple[Array, Array]:
    """Real and imaginary part of h_ℓ(x) e^(−ix), the slow factor of the outgoing wave.

    j_ℓ = Re(e^(ix) × this), so that a uniform phase in the place of x averages over the oscillation
    only. The upward recurrence is stable for x > ℓ.
    """
    real, imaginary = np.empty((lmax + 2, x.size)), np.empty((lmax + 2, x.size))
    inverse = 1 / x
    real[0], imaginary[0] = 0.0, -inverse
    real[1], imaginary[1] = -inverse, -(inverse**2)
    for ell in range(1, lmax + 1):
        factor = (2 * ell + 1) * inverse
        real[ell + 1] = factor * real[ell] - real[ell - 1]
        imaginary[ell + 1] = factor * imaginary[ell] - imaginary[ell - 1]
    return real, imaginary
