"""Selection of the coupled multipoles that are judged, with the reason why each of the others is excluded."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from eddysky.validation.comparison.expectation import Expectation
from eddysky.validation.comparison.multipoles import MIN_MODES, NEGLIGIBLE, judged_multipoles
from eddysky.validation.comparison.realizations import NoVerdictError
from eddysky.validation.theory.predict_coupled import CoupledPrediction

__all__ = ["judged_coupled"]

Array = NDArray[np.float64]
Integers = NDArray[np.int64]


def judged_coupled(
    expected: Expectation, found: CoupledPrediction, signal: Array
) -> tuple[Integers, dict[int, str]]:
    """Coupled multipoles 1 ≤ ℓ ≤ lmax that are judged, and the reason for each of the others.

    What is not predicted of the whole sky must not reach the coupled C_ℓ by more than `NEGLIGIBLE` standard errors.

    Parameters
    ----------
    expected
        Expectation of the configuration of the skies.
    found
        Prediction of the coupled C_ℓ.
    signal
        Coupled C_ℓ of each observation, noise subtracted, shape (R, lmax + 1).

    Raises
    ------
    NoVerdictError
        If none can be judged.
    """
    matrix, count = found.coupling.matrix, len(signal)
    excluded: dict[int, str] = {}
    for ell in np.flatnonzero(~np.isfinite(found.mean)).tolist():
        excluded[ell] = "infinite in the mean"
    error = signal.std(axis=0, ddof=1) / math.sqrt(count)
    error = np.where(error > 0, error, np.inf)
    for ell in np.flatnonzero(np.isinf(error)).tolist():
        excluded.setdefault(ell, "no power is seen")
    # Multipoles of the whole sky that cannot be predicted, whatever the size of the ensemble.
    unknown = judged_multipoles(expected).excluded
    reasons = {ell: why for ell, why in unknown.items() if why != "no power is expected"}
    parts = matrix * found.c_ell
    for ell in range(1, len(matrix)):
        leak = {ell2: parts[ell, ell2] for ell2 in reasons if ell2 < matrix.shape[1]}
        if leak and sum(leak.values()) > NEGLIGIBLE * error[ell]:
            worst = max(leak, key=lambda each: leak[each])
            excluded.setdefault(ell, f"contains C_{worst}: {reasons[worst]}")
    if expected.config.turbulent and expected.config.flow.field is None:
        modes = expected.effective_modes
        inverse = np.divide(1.0, modes, out=np.zeros(len(modes)), where=modes > 0)
        whole = np.where(found.mean > 0, found.mean, np.inf)
        few = count / np.maximum((parts @ inverse) / whole, 1e-300) < MIN_MODES
        for ell in np.flatnonzero(few).tolist():
            excluded.setdefault(
                ell, f"effective number of modes below {MIN_MODES} in all skies together"
            )
    bias = (
        matrix @ np.where(np.isfinite(expected.second_order), expected.second_order, 0.0)
    ) / error
    rest = np.array([ell for ell in range(1, len(matrix)) if ell not in excluded], dtype=np.int64)
    order = rest[np.argsort(bias[rest], kind="stable")]
    for ell in order[np.cumsum(bias[order] ** 2) > NEGLIGIBLE**2].tolist():
        excluded[ell] = "second order in u/v, too much for the standard errors"
    rest = np.array([ell for ell in rest.tolist() if ell not in excluded], dtype=np.int64)
    excluded.pop(0, None)
    if not rest.size:
        raise NoVerdictError(
            f"no multipole can be judged: {'; '.join(dict.fromkeys(excluded.values()))}"
        )
    return rest, dict(sorted(excluded.items()))
