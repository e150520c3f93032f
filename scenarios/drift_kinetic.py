"""What parallel transport leaves out: in a strong magnetic field, compression across it heats particles as well.

Zhang & Liu (2025) let particles slide along the field and feel the velocity along it. A guiding centre also gains
energy where the flow compresses the field (betatron acceleration), to the same order in u/v; `transport.mode =
"drift-kinetic"` has both. In the same flows with k_max λ = 100, with free paths of one length as in ZL25, it makes C_2
five times larger for incompressible turbulence (β = 1) and 48 times for acoustic turbulence (β = 0). With exponential
paths these are 9 and 86 times; of a single acoustic wave with kλ = 3, averaged over its direction, 21 times.

Waves nearly across the field compress it all along a flight, and short ones compress most. The sky of a compressible
flow therefore depends on the end of the band: C_ℓ grows as k_max^(2−γ). The Larmor radius r_L, which is zero here, ends
that at k r_L ~ 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.captions import caption
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

__all__ = ["SCENARIO"]

MODES = ("drift-kinetic", "parallel")
FRACTIONS = {"acoustic": 0.0, "equipartition": 2 / 3, "incompressible": 1.0}
# Bands that end at k_max λ = 10 and 1000; the others end at 100.
BANDS = {"acoustic-10": "6.28 pc", "acoustic-1000": "0.0628 pc"}
FLOWS = {
    name: {"flow.transverse_fraction": fraction, "flow.inner_scale": "0.628 pc"}
    for name, fraction in FRACTIONS.items()
} | {
    name: {"flow.transverse_fraction": 0.0, "flow.inner_scale": scale}
    for name, scale in BANDS.items()
}
# Flows in the columns of the figure.
COLUMNS = {
    "kinds of turbulence": tuple(FRACTIONS),
    "acoustic turbulence, by the end of its band": ("acoustic-10", "acoustic", "acoustic-1000"),
}


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ of both kinds of transport, by β and by the end of the band, and their ratio."""
    from eddysky.scenarios.drift_figure import RATIO_COLUMNS, plot_pairs, ratio_rows
    from eddysky.simulator.io.tables import write_table

    pairs = {
        flow: (outcomes[first], outcomes[second])
        for flow in FLOWS
        if (first := f"{MODES[0]}-{flow}") in outcomes
        and (second := f"{MODES[1]}-{flow}") in outcomes
    }
    if not pairs:
        return []
    columns = {
        words: {flow: pairs[flow] for flow in flows if flow in pairs}
        for words, flows in COLUMNS.items()
    }
    title = caption(SCENARIO, outcomes, "Drift-kinetic and parallel transport in the same flows")
    return [
        plot_pairs(columns, beside(stem, ".power.png"), title),
        write_table(beside(stem, ".ratio.csv"), RATIO_COLUMNS, ratio_rows(pairs)),
    ]


SCENARIO = Scenario(
    name="drift-kinetic",
    summary="betatron acceleration, which parallel transport leaves out: C_2 5 to 48 times larger",
    figure=figure,
    files=(".power.png", ".ratio.csv"),
    settings={
        "transport.free_path": "fixed",
        "flow.modes": 2048,
        "sky.sampling": "expected",
        "sky.nside": 32,
        "ensemble.realizations": 500,
    },
    variants={
        f"{mode}-{flow}": {"transport.mode": mode, **settings}
        for flow, settings in FLOWS.items()
        for mode in MODES
    },
)

if __name__ == "__main__":
    run_as_script()
