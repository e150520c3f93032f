"""Isotropic diffusion in Kolmogorov turbulence: the model of Zhang & Liu (2024), Fig. 1.

A fluid with σ(10 pc) = 20 km/s and a mean free path of 10 pc, the particles' at 10 TeV. The sky is an image of
the turbulence one mean free path away, and C_ℓ falls as ℓ^(−γ−1) = ℓ^(−8/3) until the band ends.
"""

from __future__ import annotations

from eddysky.scenarios.scenario import Scenario, run_as_script

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="isotropic-diffusion",
    summary="the sky of Kolmogorov turbulence, C_l falling as l^(-gamma-1) (ZL24 Fig. 1); the default",
)

if __name__ == "__main__":
    run_as_script()
