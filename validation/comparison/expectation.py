"""Everything predicted for the ensembles of one configuration, computed once and shared by comparisons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.theory.effective_modes import effective_modes
from eddysky.validation.theory.field_covariance import (
    field_covariance,
    has_field_axis,
    order_variances,
)
from eddysky.validation.theory.predict import Prediction, predict
from eddysky.validation.theory.second_order import second_order

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.observation.observation import Observation
    from eddysky.simulator.results.result import Result

__all__ = ["Expectation"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Prediction for a configuration up to its lmax, and the limits of a comparison with it.

    Parameters
    ----------
    config
        The configuration.
    prediction
        ⟨C_ℓ⟩ to first order in u/v, and the deterministic part of it.
    second_order
        Bound on the contribution of the neglected orders in u/v to ⟨C_ℓ⟩, shape (lmax + 1,).
    effective_modes
        Effective number of modes that contribute to each multipole of one realisation, shape (lmax + 1,); zero without
        turbulence.
    covariance
        Covariance of the a_ℓm about the magnetic field (`field_covariance`), where the sky is neither statistically
        isotropic nor a function of the pitch angle alone.
    """

    config: Config
    prediction: Prediction
    second_order: NDArray[np.float64]
    effective_modes: NDArray[np.float64]
    covariance: NDArray[Any] | None = None

    @property
    def concentration(self) -> NDArray[np.float64]:
        """Means over m of V_m² and V_m³ of the variances of a_ℓm, over those powers of their mean; (2, lmax + 1).

        1 in isotropic skies, 2ℓ+1 and (2ℓ+1)² where m = 0 alone has power.
        """
        size = 2 * np.arange(self.config.lmax + 1) + 1.0
        if self.config.transport.zonal:
            return np.stack([size, size**2])
        if self.covariance is None:
            return np.ones((2, len(size)))
        variances = order_variances(self.covariance)
        weights = np.where(np.arange(len(size)) == 0, 1.0, 2.0)
        mean = variances @ weights / size
        ratios = variances / np.where(mean > 0, mean, 1.0)[:, np.newaxis]
        powers = np.stack([ratios**2 @ weights, ratios**3 @ weights]) / size
        return np.where(mean > 0, powers, 1.0)

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Compute the expectation of a configuration."""
        prediction = predict(config)
        turned = config.turbulent and has_field_axis(config)
        return cls(
            config,
            prediction,
            second_order(config, prediction),
            effective_modes(config, config.lmax) if config.turbulent else np.zeros(config.lmax + 1),
            field_covariance(config, config.lmax) if turned else None,
        )

    @classmethod
    def from_result(cls, result: Result | Observation, known: Self | None = None) -> Self:
        """Return the known expectation of an ensemble or an observation, or compute it.

        Raises
        ------
        InputError
            If the known expectation is of another configuration.
        """
        if known is None:
            return cls.from_config(result.config)
        if known.config != result.config:
            raise InputError("expected: is of another configuration than the ensemble's")
        return known
