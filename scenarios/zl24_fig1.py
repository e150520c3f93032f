"""Isotropic diffusion against two rival models of the small-scale anisotropy: Zhang & Liu (2024), Fig. 1.

The rivals make small scales out of the dipole by pitch-angle scattering; whatever the turbulence, their spectra have
one shape. A14 is Ahlers (2014), AM15 our reading of Ahlers & Mertsch (2015) with a relative scattering rate ∝ (1−x)^p.
Their free parameters, the dipole and p, are fitted to the simulated spectrum with the cosmic variance of one sky.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.filenames import beside
from eddysky.simulator.plots import PowerComparison, plot_power
from eddysky.simulator.tables import write_table

__all__ = ["SCENARIO"]

# A fit needs one multipole more than it has parameters: A14 has one, AM15 two.
FEWEST = 2
# The paper shows multipoles up to this one.
HIGHEST = 30


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ of the ensemble and of the rivals."""
    outcome = outcomes[""]
    comparison = outcome.comparison
    usable = (comparison.predicted > 0) & (comparison.measured > 0) & (comparison.ell <= HIGHEST)
    if comparison.seen is not None:
        usable &= comparison.seen
    if np.count_nonzero(usable) < FEWEST:
        return [plot_power(outcome.result, comparison, beside(stem, ".power.png"))]
    rivals = fitted(comparison, usable)
    rows = [
        (label, multipole, value)
        for label, (places, values) in rivals.items()
        for multipole, value in zip(places, values, strict=True)
    ]
    return [
        plot_power(outcome.result, outcome.comparison, beside(stem, ".power.png"), rivals),
        write_table(beside(stem, ".rivals.csv"), ("model", "ell", "c_ell"), rows),
    ]


def fitted(
    comparison: PowerComparison, usable: NDArray[np.bool_]
) -> dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Multipoles and C_ℓ of the rivals that suit the simulated spectrum best, by label."""
    from eddysky.validation.fit import fit
    from eddysky.validation.measured import MeasuredPower

    ell = comparison.ell[usable]
    error = comparison.predicted[usable] * np.sqrt(2 / (2 * ell + 1))
    data = MeasuredPower(ell, comparison.measured[usable], error, "the simulated spectrum")
    found = {"A14, fitted": (ell, fit(data, "a14").curve(ell))}
    if len(ell) > FEWEST:
        am15 = fit(data, "am15")
        label = f"AM15, fitted, p = {am15['exponent'].value:.2f}"
        found[label] = (ell, am15.curve(ell))
    return found


SCENARIO = Scenario(
    name="zl24-fig1",
    summary="the turbulent sky against the models A14 and AM15 (ZL24 Fig. 1)",
    figure=figure,
)

if __name__ == "__main__":
    run_as_script(SCENARIO)
