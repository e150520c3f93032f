"""Which multipoles of a sky the theory, of first order in u/c, can be compared with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.predict import predict

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["compared_multipoles"]

# Bands with this k_max λ have their multipoles judged one by one (`distinct`).
LARGE_EDDIES = (0.1, 2.0)
# Second order may contribute this much to a C_l that is compared.
SECOND_ORDER = 1e-3
# Sine and cosine are good to 1e-9 of the amplitudes: a part of 1e-6 of the flow is known to 1e-3.
SINE_ERROR = 1e-12


def compared_multipoles(config: Config) -> NDArray[np.int64]:
    """Multipoles 1 ≤ ℓ ≤ lmax that the simulated band reaches, ℓ ≤ max(2, k_max λ), and an expansion of its flow.

    Beyond, C_ℓ falls faster than any power, below what single terms of second order in u/c contribute. Where all
    eddies are larger than λ it falls slowly enough for some more to stand out.
    """
    last = config.lmax
    if not config.turbulent:
        return np.arange(1, last + 1)
    band = config.flow_spectrum.k_max * config.mean_free_path
    reach = int(band)
    if LARGE_EDDIES[0] <= band < LARGE_EDDIES[1]:
        reach = distinct(config)
    elif config.sampling == "pixel-centre" and config.flow.taylor_order is None:
        reach = min(reach, resolved(config))
    last = min(last, max(2, reach))
    # Eddies much larger than λ make a quadrupole, of first order in kλ; the dipole in the fluid's frame is of
    # second order, and so are terms of second order in u/c.
    no_dipole = band < LARGE_EDDIES[0] and last == 2
    if config.flow.taylor_order is not None:
        # The polynomial of n·u has the degree n + 1; a uniform gradient has no dipole.
        last = min(last, config.flow.taylor_order + 1)
        no_dipole = no_dipole or config.flow.taylor_order == 1
    return np.arange(2 if no_dipole and config.sky.frame == "fluid" else 1, last + 1)


def distinct(config: Config) -> int:
    """Last of the multipoles from ℓ = 2 on that stand above second order in u/c and the last digits of the sine.

    Directions are those in the observer's frame, while the flow around him moves with u: this aberration lends
    C_ℓ about (ℓu/v)²/12 of C_(ℓ−1).
    """
    c_ell = predict(config).c_ell
    speed = config.turbulent_speed / config.particle_speed
    for ell in range(3, resolved(config) + 1):
        lent = (ell * speed) ** 2 / 12 * c_ell[ell - 1]
        if lent > SECOND_ORDER * c_ell[ell]:
            return ell - 1
    return resolved(config)


def resolved(config: Config) -> int:
    """Last of the multipoles from ℓ = 2 on that stand above the last digits of the sine.

    A spectrum that falls steeply leaves less at small scales than large eddies leave there by rounding.
    """
    c_ell = predict(config).c_ell
    speed = config.turbulent_speed / config.particle_speed
    lost = c_ell[3:] < SINE_ERROR * (config.momentum_index * speed) ** 2
    return 2 + int(np.argmax(lost)) if lost.any() else len(c_ell) - 1
