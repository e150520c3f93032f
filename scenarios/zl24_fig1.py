"""Isotropic diffusion against two alternative models of the small-scale anisotropy: Zhang & Liu (2024), Fig. 1.

These models make small scales out of the dipole by pitch-angle scattering; whatever the turbulence, their spectra have
one shape. A14 is Ahlers (2014), AM15 our reading of Ahlers & Mertsch (2015) with a relative scattering rate ∝ (1−x)^p.
Their free parameters, the dipole and p, are fitted: to the simulated spectrum with the cosmic variance of one sky, or
to a measured one (`eddysky run zl24-fig1 --data FILE`) with its errors.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.errors import InputError
from eddysky.simulator.io.tables import write_table
from eddysky.simulator.results.filenames import beside
from eddysky.validation.plots import plot_power

if TYPE_CHECKING:
    from eddysky.validation.fitting.measured import MeasuredPower

__all__ = ["SCENARIO"]

# Multipoles and C_ℓ of models, by label.
Curves = dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]]

# A fit needs one multipole more than it has parameters: A14 has one, AM15 two.
FEWEST = 2
# The paper shows multipoles up to this one.
HIGHEST = 30


def figure(outcomes: Mapping[str, Outcome], stem: Path) -> list[Path]:
    """C_ℓ of the ensemble, and the other models fitted to it with the cosmic variance of one sky."""
    comparison = outcomes[""].comparison.up_to(HIGHEST)
    usable = (comparison.predicted > 0) & (comparison.measured > 0)
    if comparison.above_noise is not None:
        usable &= comparison.above_noise
    ell = comparison.ell[usable]
    if len(ell) < FEWEST:
        return draw(outcomes[""], {}, stem)
    from eddysky.validation.fitting.measured import MeasuredPower

    error = comparison.predicted[usable] * np.sqrt(2 / (2 * ell + 1))
    simulated = MeasuredPower(ell, comparison.measured[usable], error, "the simulated spectrum")
    return draw(outcomes[""], fitted(simulated), stem)


def figure_with_data(
    outcomes: Mapping[str, Outcome], stem: Path, data: MeasuredPower
) -> list[Path]:
    """C_ℓ of the ensemble and of a measured spectrum, and the other models fitted to the latter."""
    data = data.between(None, HIGHEST)
    if len(data.ell) < FEWEST:
        raise InputError(f"{data.name}: needs {FEWEST} multipoles up to {HIGHEST} at least")
    return draw(outcomes[""], fitted(data), stem, data)


def draw(
    outcome: Outcome, models: Curves, stem: Path, data: MeasuredPower | None = None
) -> list[Path]:
    """The figure, and the numbers of the fitted models if there are any."""
    comparison = outcome.comparison.up_to(HIGHEST)
    drawn = [plot_power(outcome.result, comparison, beside(stem, ".power.png"), models, data)]
    rows = [
        (label, multipole, value)
        for label, (ell, values) in models.items()
        for multipole, value in zip(ell, values, strict=True)
    ]
    if rows:
        names = ("model", "ell", "c_ell")
        drawn.append(write_table(beside(stem, ".alternative-models.csv"), names, rows))
    return drawn


def fitted(data: MeasuredPower) -> Curves:
    """Multipoles and C_ℓ of the models that suit a spectrum best, by label."""
    from eddysky.validation.fitting.fit import fit

    ell = data.ell
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
    figure_with_data=figure_with_data,
)

if __name__ == "__main__":
    run_as_script(SCENARIO)
