"""A_ℓ and the correlation of multipoles for field-aligned transport and a flow of any spectrum.

The sky depends on the pitch angle only: in the frame whose pole is the field b only m = 0 is non-zero.
With the cosine y between a wave and b, x = kλ, and the longitudinal transfer function T_ℓ of `transfer`
(j_ℓ' in ZL25 Eqs. 7–11: fixed paths, one scattering),

    ⟨a_ℓ a_ℓ'⟩ = 4π √((2ℓ+1)(2ℓ'+1)) i^(ℓ−ℓ') ∫ w dk ∫₀¹ dy [β/2 + (1−3β/2) y²] T_ℓ(xy) T_ℓ'(xy)

for even ℓ + ℓ', zero otherwise, and A_ℓ = ⟨a_ℓ²⟩/(2ℓ+1). The two integrals become one over the
spectrum on a field line (`field_line`).

In the stationary limit T_0 → −2λ²/(t⟨s²⟩) for t = xy → 0: the density is the flow integrated along the line. Transverse
waves nearly across b, which compress the flow along it over any distance, then make A_0 infinite.
"""

from __future__ import annotations

from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.spectrum import Spectrum, TransverseFraction
from eddysky.validation.theory.field_line import FieldLineSpectrum
from eddysky.validation.theory.parallel_closed_form import (
    parallel_power_law,
    parallel_power_law_correlation,
)
from eddysky.validation.theory.quadrature import check_arguments
from eddysky.validation.theory.scaled_spectrum import ScaledSpectrum, UnboundedPowerLaw
from eddysky.validation.theory.scattering import ScatteringModel, ScatteringOptions
from eddysky.validation.theory.zonal import zonal_matrix, zonal_power

__all__ = ["parallel_correlation", "parallel_power"]

Array = NDArray[np.float64]


def parallel_power(
    spectrum: Spectrum,
    mean_free_path: float,
    transverse_fraction: TransverseFraction,
    lmax: int,
    **options: Unpack[ScatteringOptions],
) -> Array:
    """A_ℓ = 4π ∫ w dk ∫₀¹ dy [β/2 + (1−3β/2) y²] T_ℓ(kλy)²; C_ℓ = (D/v)² A_ℓ (ZL25 Eqs. 7–11).

    Parameters
    ----------
    spectrum
        w(k) [km² s⁻² pc], as in `angular_power`.
    mean_free_path
        λ along the field [pc].
    transverse_fraction
        Fraction β of transverse power, 0 to 1, as in `angular_power`.
    lmax
        Largest multipole.
    **options
        As in `angular_power`. The frame "fluid" moves with the field-aligned part of the flow at the observer.

    Returns
    -------
    ndarray
        A_ℓ [km² s⁻²] for ℓ = 0 … lmax, shape (lmax + 1,); A_0 is the power of the mean intensity, infinite in the
        stationary limit of flows with transverse waves. Relative accuracy 1e-10 or better for a smooth w, as long as
        A_ℓ is above 1e-300. The average over directions of b has the same A_ℓ (ZL25 Eq. 12).

    Raises
    ------
    ValueError
        If an argument is out of its range, or if the band is unbounded and the closed form does not apply.
    """
    model = ScatteringModel.from_options(**options)
    lmax = check_arguments(mean_free_path, lmax)
    unbounded = UnboundedPowerLaw.from_flow(spectrum, mean_free_path, transverse_fraction, model)
    if unbounded is not None:
        return unbounded.scale * parallel_power_law(
            np.arange(lmax + 1), unbounded.index, unbounded.transverse_fraction
        )
    flow = ScaledSpectrum.from_flow(spectrum, mean_free_path, transverse_fraction)
    return zonal_power((FieldLineSpectrum.from_flow(flow),), lmax, model, betatron=False)


def parallel_correlation(
    spectrum: Spectrum,
    mean_free_path: float,
    transverse_fraction: TransverseFraction,
    lmax: int,
    **options: Unpack[ScatteringOptions],
) -> Array:
    """⟨a_ℓ a_ℓ'⟩ of m = 0 in the frame whose pole is b (ZL25 Eq. 10); times (D/v)² for δf/f.

    Parameters
    ----------
    spectrum, mean_free_path, transverse_fraction, lmax, **options
        As in `parallel_power`.

    Returns
    -------
    ndarray
        Symmetric and positive semidefinite [km² s⁻²], shape (lmax + 1, lmax + 1), zero for odd
        ℓ + ℓ'; the diagonal is (2ℓ+1) A_ℓ, of which A_0 may be infinite. Accurate to 1e-10 of √(⟨a_ℓ²⟩⟨a_ℓ'²⟩) or
        better.

    Raises
    ------
    ValueError
        As `parallel_power`.
    """
    model = ScatteringModel.from_options(**options)
    lmax = check_arguments(mean_free_path, lmax)
    ell = np.arange(lmax + 1)
    unbounded = UnboundedPowerLaw.from_flow(spectrum, mean_free_path, transverse_fraction, model)
    if unbounded is not None:
        return unbounded.scale * parallel_power_law_correlation(
            ell[:, np.newaxis], ell, unbounded.index, unbounded.transverse_fraction
        )
    flow = ScaledSpectrum.from_flow(spectrum, mean_free_path, transverse_fraction)
    return zonal_matrix((FieldLineSpectrum.from_flow(flow),), lmax, model, betatron=False)
