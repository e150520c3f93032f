"""Which multipoles of a sky of parallel diffusion are correlated: Zhang & Liu (2025), Fig. 1.

Transport along the field makes m = 0 alone, in the frame whose pole is the field, and there the multipoles of even
ℓ + ℓ' are correlated. (With isotropic diffusion, nothing is but each a_ℓm with itself.)
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from eddysky.scenarios.captions import caption
from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.results.filenames import beside

__all__ = ["SCENARIO"]


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """Correlation matrix, simulated and predicted."""
    from eddysky.simulator.io.tables import write_table
    from eddysky.validation.comparison.correlation import correlate
    from eddysky.validation.comparison.tables import correlation_columns, correlation_rows
    from eddysky.validation.plots import plot_correlation

    found = correlate(outcomes[""].result)
    title = "Multipoles of parallel diffusion; ℓ = 1 holds the flow at the observer"
    title = caption(SCENARIO, outcomes, title, "ZL25 Fig. 1")
    return [
        plot_correlation(found, beside(stem, ".correlation.png"), title),
        write_table(
            beside(stem, ".correlation.csv"), correlation_columns(found), correlation_rows(found)
        ),
    ]


SCENARIO = Scenario(
    name="zl25-fig1",
    summary="correlated multipoles of parallel diffusion (ZL25 Fig. 1)",
    figure=figure,
    files=(".correlation.png", ".correlation.csv"),
    settings={
        "transport.mode": "parallel",
        "flow.inner_scale": "0.15 pc",
        "sky.nside": 32,
        "sky.lmax": 30,
        "ensemble.realizations": 1000,
    },
)

if __name__ == "__main__":
    run_as_script()
