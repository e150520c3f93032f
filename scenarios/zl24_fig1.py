"""Isotropic diffusion against two rival models of the small-scale anisotropy: Zhang & Liu (2024), Fig. 1.

The rivals make small scales out of the dipole by pitch-angle scattering; whatever the turbulence, their spectra have
one shape. A14 is Ahlers (2014), AM15 our reading of Ahlers & Mertsch (2015) with a relative scattering rate ∝ (1−x)^p.
Each is drawn with the quadrupole of the turbulent sky, since their dipole is another's.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.filenames import beside
from eddysky.simulator.plots import plot_power
from eddysky.simulator.tables import write_table

__all__ = ["SCENARIO"]

EXPONENTS = (0.1, 0.5)


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ of the ensemble and of the rivals."""
    from eddysky.validation.rivals import ahlers2014, ahlers_mertsch2015

    outcome = outcomes[""]
    ell = np.arange(2, outcome.comparison.ell[-1] + 1)
    shapes = {"A14": ahlers2014(ell)} | {
        f"AM15, p = {p:g}": ahlers_mertsch2015(ell, p) for p in EXPONENTS
    }
    if ell.size == 0:
        return [plot_power(outcome.result, outcome.comparison, beside(stem, ".power.png"))]
    quadrupole = float(outcome.comparison.predicted[outcome.comparison.ell == 2][0])
    rivals = {
        f"{label}, the same $C_2$": (ell, quadrupole * shape / shape[0])
        for label, shape in shapes.items()
    }
    rows = [
        (label, multipole, value)
        for label, (places, values) in rivals.items()
        for multipole, value in zip(places, values, strict=True)
    ]
    return [
        plot_power(outcome.result, outcome.comparison, beside(stem, ".power.png"), rivals),
        write_table(beside(stem, ".rivals.csv"), ("model", "ell", "c_ell"), rows),
    ]


SCENARIO = Scenario(
    name="zl24-fig1",
    summary="the turbulent sky against the models A14 and AM15 (ZL24 Fig. 1)",
    figure=figure,
    # Beyond what the figure shows, so that C_l has the law of the unbounded spectrum.
    settings={"flow.inner_scale": "0.25 pc"},
)

if __name__ == "__main__":
    run_as_script(SCENARIO)
