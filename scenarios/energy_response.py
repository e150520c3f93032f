"""What a range of energies does to the sky: C_ℓ falls and steepens, and a fit for one energy blames the turbulence.

Arrays mix energies within a factor of two and more, σ(ln E) of 0.7 or so, and with them mean free paths, λ ∝ E^(2−γ_g).
All see the same flow, so that their a_ℓm are averaged, and waves that some see in one phase and others in the opposite
one disappear. With γ_g = 5/3 and fixed paths a width of 0.7 leaves 39% of C_10 and 15% of C_30, and a slope of −3.4
near ℓ = 11 in place of −2.6.

The figure also has the σ(10 pc) and γ of fits to ℓ = 2…30 of each ensemble: with its energy response, and for one
energy. For a width of 0.7 the latter find γ = 2.4 and 15 km/s in place of 1.67 and 20 km/s. The cosmic variance of one
sky, errors of 0.09 and 0.9 km/s, hides that they describe the spectrum less well.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.captions import caption
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

__all__ = ["SCENARIO"]

WIDTHS = (0, 0.3, 0.7, 1)


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ of each width, their ratio to the first, and fits that know the energy response and that do not."""
    from eddysky.scenarios.energy_figure import FIT_COLUMNS, fit_rows, plot_responses
    from eddysky.simulator.io.tables import write_table

    title = caption(SCENARIO, outcomes, "One sky from a range of energies")
    rows = list(fit_rows(outcomes))
    return [
        plot_responses(outcomes, rows, beside(stem, ".power.png"), title),
        write_table(beside(stem, ".fits.csv"), FIT_COLUMNS, rows),
    ]


SCENARIO = Scenario(
    name="energy-response",
    summary="a range of energies: sigma(ln E) = 0.7 leaves 15% of C_30; fits that ignore it find gamma 2.4",
    figure=figure,
    files=(".power.png", ".fits.csv"),
    settings={
        # The same flows for all widths.
        "flow.inner_scale": "0.2 pc",
        "sky.sampling": "expected",
        "sky.nside": 32,
        "ensemble.realizations": 200,
    },
    variants={
        f"width-{width}": {"cosmic_rays.energy_response": {"width": width}} for width in WIDTHS
    },
)

if __name__ == "__main__":
    run_as_script()
