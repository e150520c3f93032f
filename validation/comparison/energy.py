"""Spectral index of C_ℓ in energy, from ensembles with the same flows (ZL24 Figs. 2-4).

For a power law of turbulence C_ℓ ∝ λ^(γ−1) ∝ E^((γ−1)(2−γ_g)).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.theory.predict import predict

if TYPE_CHECKING:
    from eddysky.simulator.results.result import Result

__all__ = ["EnergyIndex", "energy_index"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class EnergyIndex:
    """d ln C_ℓ/d ln E of each multipole, from a straight line through all energies, and its mean over multipoles.

    Parameters
    ----------
    ell
        Multipoles, shape (n,).
    measured, error, predicted
        Index, its standard error and the predicted index, each of shape (n,).
    mean, mean_error
        Index averaged over the multipoles with weights 1/error², and its standard error.
    """

    ell: NDArray[np.int64]
    measured: Array
    error: Array
    predicted: Array
    mean: float
    mean_error: float


def energy_index(results: Sequence[Result], ell: Sequence[int]) -> EnergyIndex:
    """Index of C_ℓ(E) from ensembles with the same flows at several energies.

    Standard errors are from a jackknife over realisations: C_ℓ at different energies is correlated.

    Parameters
    ----------
    results
        Ensembles that differ only in energy.
    ell
        The n multipoles.

    Returns
    -------
    EnergyIndex
        Measured and predicted index of each multipole, and their mean.

    Raises
    ------
    ValueError
        If there are fewer than two energies, the realisations are not the same, or no power is expected.
    """
    if len(results) < 2:
        raise ValueError("at least two energies are needed for an index")
    if any(not np.array_equal(result.index, results[0].index) for result in results):
        raise ValueError("the ensembles are not of the same realisations")
    indices = np.array(ell, dtype=np.int64)
    log_energy = np.log([result.config.cosmic_rays.energy for result in results])
    centred = log_energy - log_energy.mean()
    slope = centred / np.sum(centred**2)
    power = np.array([result.power[:, indices] for result in results])
    predicted = np.array([predict(result.config).c_ell[indices] for result in results])
    if not np.all(predicted > 0):
        raise ValueError(
            f"no power is expected at some of ell = {indices.tolist()}: it has no index"
        )
    count = power.shape[1]
    total = power.sum(axis=1, keepdims=True)
    # One row for each omitted realisation.
    leave_one_out = np.einsum("e,erl->rl", slope, np.log((total - power) / (count - 1)))
    measured = slope @ np.log(total[:, 0] / count)
    error = _jackknife_error(leave_one_out)
    weight = error**-2 / np.sum(error**-2)
    return EnergyIndex(
        ell=indices,
        measured=measured,
        error=error,
        predicted=slope @ np.log(predicted),
        mean=float(measured @ weight),
        mean_error=float(_jackknife_error((leave_one_out @ weight)[:, None])[0]),
    )


def _jackknife_error(leave_one_out: Array) -> Array:
    """Jackknife standard errors (n,) from estimates (R, n) that each omit one realisation."""
    count = len(leave_one_out)
    return np.asarray(np.sqrt((count - 1) * leave_one_out.var(axis=0)))
