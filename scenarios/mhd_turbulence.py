"""Turbulence that knows the magnetic field: which of its waves each kind of transport sees.

In Alfvén waves the velocity is across the wavevector and across the field b, in slow waves across the wavevector in the
plane of both, and in fast waves along it. Here they have the wavevectors of Goldreich and Sridhar (1995), nearly across
b for short waves, and Alfvén waves also those of slab and two-dimensional turbulence.

Isotropic transport makes the mean C_ℓ of w(k) and β alone: Alfvén and slow waves have the same, whatever their
wavevectors. But the sky is no longer isotropic in the mean, so that C_ℓ scatters more than by 2/(2ℓ+1). Guiding centres
(drift-kinetic transport) do not feel Alfvén waves, which neither move along b nor compress: without a Larmor radius
there is no sky of them. With one as long as the mean free path they make as large a sky as without a field.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.captions import caption
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

__all__ = ["SCENARIO"]

# 1.081 nG: a Larmor radius of one mean free path.
TRANSPORTS = {
    "isotropic": {"transport.mode": "isotropic"},
    "helical": {"transport.mode": "helical", "transport.magnetic_field_strength": "1.081 nG"},
    "drift-kinetic": {"transport.mode": "drift-kinetic"},
}
FLOWS = {
    f"{polarization}-{anisotropy}": {
        "flow.polarization": polarization,
        "flow.anisotropy": anisotropy,
    }
    for polarization, anisotropy in (
        ("alfven", "goldreich-sridhar"),
        ("slow", "goldreich-sridhar"),
        ("fast", "goldreich-sridhar"),
        ("alfven", "slab"),
        ("alfven", "two-dimensional"),
    )
}


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ and its degrees of freedom, a column for each transport, and a table of the latter."""
    from eddysky.scenarios.mhd_figure import COLUMNS, plot_waves, rows
    from eddysky.simulator.io.tables import write_table

    columns = {
        transport: {
            flow: outcomes[name] for flow in FLOWS if (name := f"{transport}-{flow}") in outcomes
        }
        for transport in TRANSPORTS
    }
    shown = {transport: flows for transport, flows in columns.items() if flows}
    if not shown:
        return []
    title = caption(SCENARIO, outcomes, "Skies of MHD waves, by the transport of particles")
    return [
        plot_waves(shown, beside(stem, ".waves.png"), title),
        write_table(beside(stem, ".freedom.csv"), COLUMNS, rows(shown)),
    ]


SCENARIO = Scenario(
    name="mhd-turbulence",
    summary="Alfvén, slow and fast waves: which of them isotropic, helical and drift-kinetic transport see",
    figure=figure,
    files=(".waves.png", ".freedom.csv"),
    settings={
        "transport.free_path": "exponential",
        # b = z.
        "transport.magnetic_field": [0, 90],
        "flow.outer_scale": "60 pc",
        "flow.inner_scale": "3.14 pc",
        "flow.modes": 1024,
        "sky.sampling": "expected",
        "sky.nside": 16,
        "ensemble.realizations": 200,
    },
    variants={
        f"{transport}-{flow}": {**settings, **waves}
        for transport, settings in TRANSPORTS.items()
        for flow, waves in FLOWS.items()
    },
)

if __name__ == "__main__":
    run_as_script()
