"""Whether a sky in a magnetic field depends on where the band of wavenumbers ends.

Compression across the field accelerates (betatron acceleration), the more the shorter a wave is. With drift-kinetic
transport waves nearly across b, of k_∥λ < 1, make A_ℓ ∝ k_max^(2−γ); with helical transport gyration averages them out
from k |r_L| ~ 1 on. Incompressible waves do not, and waves along b have nothing across it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from eddysky.simulator.config.anisotropy import TRANSVERSE_FRACTION
from eddysky.simulator.config.spectrum import FractionTable

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.config.component import Component

__all__ = ["CONVERGED", "unconverged_band"]

# k_max |r_L| from which on helical skies have converged.
CONVERGED = 3.0


def unconverged_band(config: Config) -> str | None:
    """One line that says how the sky depends on the end of the band, and what to do; None where it does not.

    Parameters
    ----------
    config
        A validated configuration.

    Examples
    --------
    >>> from eddysky.simulator.config import Config
    >>> unconverged_band(Config().replace({"transport.mode": "parallel"})) is None
    True
    """
    if config.transport.mode not in ("drift-kinetic", "helical"):
        return None
    if not any(compresses_across(part) for part in config.flow.components):
        return None
    k_max, radius = config.flow_spectrum.k_max, abs(config.larmor_radius)
    if config.transport.mode == "drift-kinetic":
        return (
            "drift-kinetic skies of compressible flows depend on the end of the band, here k_max λ = "
            f'{k_max * config.mean_free_path:.3g}: choose flow.inner_scale, or use transport.mode = "helical"'
        )
    if k_max * radius >= CONVERGED:
        return None
    return (
        f"the band ends at k_max r_L = {k_max * radius:.2g}, before gyration averages out compression across the "
        f"field: for a sky that does not depend on it, flow.inner_scale must be at most "
        f"{2 * math.pi * radius / CONVERGED:.3g} pc"
    )


def compresses_across(part: Component) -> bool:
    """Whether a component has waves that compress the flow across the field."""
    if part.empty or part.anisotropy == "slab":
        return False
    if part.polarization in TRANSVERSE_FRACTION:
        return part.polarization == "fast"
    fraction = part.fraction
    smallest = min(fraction.values) if isinstance(fraction, FractionTable) else fraction
    return smallest < 1
