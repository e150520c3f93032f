"""A_ℓ for isotropic transport and a flow of any spectrum, by quadrature over the band."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.free_path import ErlangPath, FixedPath
from eddysky.simulator.config.spectrum import Spectrum, TransverseFraction
from eddysky.validation.theory.closed_form import isotropic_power_law
from eddysky.validation.theory.gauss_legendre import Nodes, adaptive_nodes, band_nodes
from eddysky.validation.theory.oscillation import PHASES
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum, UnboundedPowerLaw
from eddysky.validation.theory.scattering import ScatteringModel, ScatteringOptions
from eddysky.validation.theory.transfer import Transfer, transfer, transfers_by_phase

__all__ = [
    "CHUNK",
    "NEGLIGIBLE",
    "angular_power",
    "band_transfers",
    "check_arguments",
    "chunks",
]

Array = NDArray[np.float64]

# Elements of one work array: 2 MB stay in cache and limit the memory for any band. At least 1024 columns
# keep NumPy's cost per call small.
CHUNK = 2**18
# Part of each A_ℓ in panels that need not be resolved: short waves whose phases are averaged over.
NEGLIGIBLE = 1e-11
_COLUMNS = 1024


def angular_power(
    spectrum: Spectrum,
    mean_free_path: float,
    transverse_fraction: TransverseFraction,
    lmax: int,
    **options: Unpack[ScatteringOptions],
) -> Array:
    """A_ℓ = 4π ∫ w(k) dk {(1−β) T_ℓ² + (β/2) ℓ(ℓ+1) t_ℓ²}; C_ℓ = (D/v)² A_ℓ (ZL24 Eqs. 6, 10).

    Parameters
    ----------
    spectrum
        w(k) [km² s⁻² pc], piecewise smooth on a band 0 < k_min < k_max < ∞ [1/pc]. Kinks and jumps are
        found automatically; an attribute `breakpoints`, a tuple of k [1/pc], makes this faster and more
        accurate. An unbounded `PowerLaw` (k_min = 0, k_max = ∞) is allowed for 1 < γ < 3,
        free_path "fixed", one scattering and the fluid frame.
    mean_free_path
        λ [pc].
    transverse_fraction
        Fraction β of transverse power, 0 to 1: a number, or a piecewise smooth function of an array of wavenumbers k
        [1/pc], with an optional attribute `breakpoints`. Structure of β below 1e-11 is not resolved.
    lmax
        Largest multipole.
    **options
        free_path="fixed" (name of a law, or a `FreePathLaw`), erlang_order=1, scatterings=1 (or "stationary"),
        frame="fluid" (or "observer"), collisions=Bgk() (others with exponential paths and "stationary") and
        spread=None (or a `PathSpread` of the mean free paths).

    Returns
    -------
    ndarray
        A_ℓ [km² s⁻²] for ℓ = 0 … lmax, shape (lmax + 1,); A_0 is the power of the mean intensity.
        Relative accuracy 1e-10 or better for a smooth w, as long as A_ℓ is above 1e-300; with a spread, 1e-8.

    Raises
    ------
    ValueError
        If an argument is out of its range, or if the band is unbounded and the closed form does not apply.

    Examples
    --------
    >>> from eddysky.simulator.config.spectrum import PowerLaw
    >>> flow = PowerLaw(index=5 / 3, velocity_dispersion=20.0, reference_scale=10.0)
    >>> power = angular_power(flow, 10.0, 2 / 3, lmax=3)
    >>> print(f"{power[2]:.2f} km²/s²")
    521.89 km²/s²
    """
    model = ScatteringModel.from_options(**options)
    lmax = check_arguments(mean_free_path, lmax)
    unbounded = UnboundedPowerLaw.from_flow(spectrum, mean_free_path, transverse_fraction, model)
    if unbounded is not None:
        closed = isotropic_power_law(
            np.arange(lmax + 1), unbounded.index, unbounded.transverse_fraction
        )
        return unbounded.scale * closed
    flow = ScaledSpectrum.from_flow(spectrum, mean_free_path, transverse_fraction)

    ell = np.arange(lmax + 1)
    total = np.zeros(lmax + 1)
    for transfers, (longitudinal, transverse) in band_transfers(
        flow.components, flow.edges, lmax, model
    ):
        total += transfers.longitudinal**2 @ longitudinal
        total += ell * (ell + 1) * (transfers.transverse**2 @ transverse)
    return np.asarray(4 * np.pi * total)


def check_arguments(mean_free_path: float, lmax: int) -> int:
    """The largest multipole as an int.

    Raises
    ------
    ValueError
        If it is negative or not an integer, or if the mean free path is not positive and finite.
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
    model: ScatteringModel,
    negligible: float = NEGLIGIBLE,
) -> Iterator[tuple[Transfer, Array]]:
    """Transfer functions and weights for ∫ w T_ℓ T_ℓ' dx and ∫ w t_ℓ t_ℓ' dx, a few thousand nodes at a time.

    The weights are valid for products of two transfer functions, not for a single one, because the mean
    over the oscillation is taken of the product.

    Parameters
    ----------
    density
        w per unit of x = kλ: takes x, shape (n,), to one spectrum or several, shape (…, n).
    edges
        Ends of the band and breakpoints of w in x, ascending.
    lmax
        Largest multipole.
    model
        Free-path law, scatterings, frame, collision operator and spread.
    negligible
        As in `adaptive_nodes`, with a spread and for other laws than fixed and Erlang.

    Yields
    ------
    tuple of Transfer and ndarray
        The functions at some of the nodes, and the weights of these nodes, shape (…, nodes).
    """
    known = isinstance(model.law, FixedPath | ErlangPath)
    if model.spread is not None or not known:
        scale = np.arange(lmax + 1.0)[:, np.newaxis]
        scale[0] = 1.0

        def functions(x: Array) -> Array:
            found = transfer(model, x, lmax)
            # T_0 may grow as 1/x.
            found.longitudinal[0] *= np.minimum(x, 1.0)
            return np.concatenate([found.longitudinal, scale * found.transverse])

        def amplification(x: Array) -> Array:
            # 1 − b_0 of other laws loses digits at small x.
            return np.ones_like(x) if known else np.minimum(model.scatterings, 1 + 4 / x**2)

        size = CHUNK // (lmax + 2)
        for x, weight, values in adaptive_nodes(
            density, edges, functions, size, amplification, negligible
        ):
            longitudinal, transverse = np.split(values, 2)
            longitudinal[0] /= np.minimum(x, 1.0)
            yield Transfer(longitudinal, transverse / scale), weight
        return
    exact, mean = band_nodes(density, edges, lmax, model)
    for x, weight in chunks(exact, lmax):
        yield transfer(model, x, lmax), weight
    for x, weight in chunks(mean, lmax):
        for transfers in transfers_by_phase(model, x, lmax):
            yield transfers, weight / PHASES


def chunks(nodes: Nodes, lmax: int) -> Iterator[Nodes]:
    """The nodes in groups that keep the work arrays small."""
    x, weight = nodes
    size = max(_COLUMNS, CHUNK // (lmax + 2))
    for start in range(0, x.size, size):
        yield x[start : start + size], weight[..., start : start + size]
