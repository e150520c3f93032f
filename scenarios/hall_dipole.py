"""A density gradient in a magnetic field of any strength: the dipole shrinks across the field, and turns to g×b.

With w = λ/r_L, the mean free path over the Larmor radius, the dipole of a density gradient g is

    d = λ [g_∥ + (g_⊥ + w g×b)/(1 + w²)].

Without a field it points up the gradient. As the field grows it turns towards g×b: the Hall or diamagnetic dipole, the
streaming of particles that gyrate where there are more of them on one side. Both fade, as w⁻² and w⁻¹, and g_∥ alone is
left. In 3 μG and for a mean free path of 10 pc, w is 2800 at 10 TeV: only the gradient along the field makes a dipole.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.captions import caption
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

__all__ = ["SCENARIO"]

# λ/r_L, and the field strength where it is 1 [nG].
RATIOS = (0.03, 0.1, 0.3, 1, 3, 10, 30)
UNIT = 1.081
REALIZATIONS = 20


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """The dipole against λ/r_L, and its way in the plane across the field; nothing without g_⊥."""
    from eddysky.scenarios.hall_figure import COLUMNS, dipoles, plot_dipoles
    from eddysky.simulator.io.tables import write_table

    found = dipoles(outcomes)
    if not found:
        return []
    title = r"Dipole of a density gradient $\mathbf{g}$ in a magnetic field along $\mathbf{b}$"
    title = caption(SCENARIO, outcomes, title)
    return [
        plot_dipoles(found, beside(stem, ".dipole.png"), title),
        write_table(beside(stem, ".dipole.csv"), COLUMNS, [each.row for each in found]),
    ]


SCENARIO = Scenario(
    name="hall-dipole",
    summary="a density gradient across a magnetic field: its dipole turns and shrinks with the Larmor radius",
    figure=figure,
    files=(".dipole.png", ".dipole.csv"),
    alms=REALIZATIONS,
    settings={
        "flow.velocity_dispersion": "0 km/s",
        "transport.mode": "helical",
        # b = z, so that the dipole turns about the pole of the map.
        "transport.magnetic_field": [0, 90],
        "transport.density_gradient": ["0.00008 1/pc", "0 1/pc", "0.00006 1/pc"],
        "sky.nside": 8,
        "sky.sampling": "orbits",
        "sky.particles": 10_000,
        "ensemble.realizations": REALIZATIONS,
    },
    variants={
        f"w-{ratio:g}": {"transport.magnetic_field_strength": f"{ratio * UNIT:.5g} nG"}
        for ratio in RATIOS
    },
)

if __name__ == "__main__":
    run_as_script()
