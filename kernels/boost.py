"""Exact Lorentz boosts, in units in which the speed of light is 1."""

from __future__ import annotations

import math

from eddysky.kernels.compilation import kernel

__all__ = ["boost"]


@kernel
def boost(
    px: float, py: float, pz: float, energy: float, ux: float, uy: float, uz: float
) -> tuple[float, float, float, float]:
    """Momentum and energy of a particle seen from a frame that moves with velocity u.

    p' = p + [γ²/(γ+1) (u·p) − γE] u and E' = γ(E − u·p); to first order p' = p − E u. A second boost with
    −u undoes the first.
    """
    gamma = 1.0 / math.sqrt(1.0 - (ux * ux + uy * uy + uz * uz))
    projection = ux * px + uy * py + uz * pz
    along = gamma * gamma / (gamma + 1.0) * projection - gamma * energy
    return (
        px + along * ux,
        py + along * uy,
        pz + along * uz,
        gamma * (energy - projection),
    )
