"""From no magnetic field to a strong one: the same turbulence seen with Larmor radii r_L from infinity to zero.

Without a field (isotropic transport) each C_ℓ has 2ℓ+1 degrees of freedom ν_ℓ. Guiding centres (drift-kinetic
transport) see a zonal sky, with one. Helical transport goes from one to the other, small scales first. With
k_max λ = 60 and β = 2/3, ν_8 is 10 of 17 at r_L = 0.3 λ, where ν_2 is 3.7 of 5. Only below r_L = 0.045 λ is ν_2 less
than two. The dipole is the last: ν_1 is 2.7 of 3 at r_L = 0.03 λ.

On the way C_ℓ grow, because guiding centres are heated by compression across the field. Parallel transport (ZL25),
which leaves that out, is zonal too, but its sky is much weaker.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.captions import caption
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

__all__ = ["SCENARIO"]

# r_L/λ, and the field strength where it is 1 [nG].
RATIOS = (10, 1, 0.3, 0.1, 0.03)
UNIT = 1.081


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ and its degrees of freedom from r_L = ∞ to 0, and a table of the latter."""
    from eddysky.scenarios.magnetised_figure import COLUMNS, plot_strengths, rows
    from eddysky.simulator.io.tables import write_table

    if not outcomes:
        return []
    title = caption(SCENARIO, outcomes, "From no magnetic field to a strong one")
    return [
        plot_strengths(outcomes, beside(stem, ".strengths.png"), title),
        write_table(beside(stem, ".freedom.csv"), COLUMNS, rows(outcomes)),
    ]


SCENARIO = Scenario(
    name="magnetised",
    summary="C_ℓ and its degrees of freedom for Larmor radii from infinity to zero: skies become zonal",
    figure=figure,
    files=(".strengths.png", ".freedom.csv"),
    settings={
        "transport.free_path": "exponential",
        "flow.inner_scale": "1.05 pc",
        # Few waves scatter more than Gaussian fields: with 128 ν_ℓ is 12% smaller at r_L = 0.1 λ.
        "flow.modes": 512,
        "sky.sampling": "expected",
        "sky.nside": 16,
        "sky.lmax": 16,
        "ensemble.realizations": 200,
    },
    variants={
        "isotropic": {"transport.mode": "isotropic"},
        **{
            f"helical-{ratio:g}": {
                "transport.mode": "helical",
                "transport.magnetic_field_strength": f"{UNIT / ratio:.5g} nG",
            }
            for ratio in RATIOS
        },
        "drift-kinetic": {"transport.mode": "drift-kinetic"},
        "parallel": {"transport.mode": "parallel"},
    },
)

if __name__ == "__main__":
    run_as_script()
