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

from eddysky.scenarios.scenario import Outcome, Scenario, run_as_script
from eddysky.simulator.errors import InputError
from eddysky.simulator.results.filenames import beside

if TYPE_CHECKING:
    from eddysky.validation import Comparison, Fit, MeasuredPower

__all__ = ["SCENARIO"]

# A fit needs one multipole more than it has parameters: A14 has one, AM15 two.
FEWEST = 2
# The paper shows multipoles up to this one.
HIGHEST = 30


def figure(
    outcomes: Mapping[str, Outcome], stem: Path, data: MeasuredPower | None = None
) -> list[Path]:
    """C_ℓ of the ensemble and of a measured spectrum, and the other models fitted to the latter or else the former."""
    from eddysky.simulator.io.tables import write_table
    from eddysky.validation.plots import plot_power

    outcome = outcomes[""]
    comparison = outcome.comparison.up_to(HIGHEST)
    if data is not None:
        data = data.between(None, HIGHEST)
        if len(data.ell) < FEWEST:
            raise InputError(f"{data.name}: needs {FEWEST} multipoles up to {HIGHEST} at least")
    fits = fitted(data or simulated(comparison))
    curves = {
        label: (found.spectra[0].data.ell, found.spectra[0].expected)
        for label, found in fits.items()
    }
    drawn = [plot_power(outcome.result, beside(stem, ".power.png"), comparison, curves, data)]
    rows = [
        (label, multipole, value)
        for label, curve in curves.items()
        for multipole, value in zip(*curve, strict=True)
    ]
    if rows:
        names = ("model", "ell", "c_ell")
        drawn.append(write_table(beside(stem, ".alternative-models.csv"), names, rows))
    return drawn


def simulated(comparison: Comparison) -> MeasuredPower:
    """The ensemble as a measured spectrum, with the cosmic variance of one sky."""
    from eddysky.validation import MeasuredPower

    usable = (comparison.predicted > 0) & (comparison.measured > 0)
    if comparison.above_noise is not None:
        usable &= comparison.above_noise
    ell = comparison.ell[usable]
    error = comparison.predicted[usable] * (2 / (2 * ell + 1)) ** 0.5
    return MeasuredPower(ell, comparison.measured[usable], error, "the simulated spectrum")


def fitted(data: MeasuredPower) -> dict[str, Fit]:
    """The models fitted to a spectrum, by label; as many as it has multipoles for."""
    from eddysky.validation import fit

    fits = {}
    if len(data.ell) >= FEWEST:
        fits["A14, fitted"] = fit(data, "a14")
    if len(data.ell) > FEWEST:
        am15 = fit(data, "am15")
        fits[f"AM15, fitted, p = {am15['exponent'].value:.2f}"] = am15
    return fits


SCENARIO = Scenario(
    name="zl24-fig1",
    summary="the turbulent sky against the models A14 and AM15 (ZL24 Fig. 1)",
    figure=figure,
    files=(".power.png", ".alternative-models.csv"),
)

if __name__ == "__main__":
    run_as_script()
