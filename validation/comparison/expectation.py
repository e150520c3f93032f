"""What the theory says of the ensembles of one configuration: each part is computed once and handed on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.errors import InputError
from eddysky.validation.theory.effective_modes import effective_modes
from eddysky.validation.theory.predict import Prediction, predict
from eddysky.validation.theory.second_order import second_order

if TYPE_CHECKING:
    from eddysky.simulator.config import Config
    from eddysky.simulator.results.result import Result

__all__ = ["Expectation"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """Prediction of a configuration up to its lmax, and what limits a comparison with it.

    Parameters
    ----------
    config
        The configuration.
    prediction
        ⟨C_ℓ⟩ to first order in u/v, and the deterministic part of it.
    second_order
        Bound on what the first order leaves out of ⟨C_ℓ⟩, shape (lmax + 1,).
    effective_modes
        Effective number of modes that carry the power of each multipole of one realisation, shape (lmax + 1,);
        zero without turbulence.
    """

    config: Config
    prediction: Prediction
    second_order: NDArray[np.float64]
    effective_modes: NDArray[np.float64]

    @classmethod
    def from_config(cls, config: Config) -> Self:
        """Compute all parts for a configuration."""
        prediction = predict(config)
        return cls(
            config,
            prediction,
            second_order(config, prediction),
            effective_modes(config, config.lmax) if config.turbulent else np.zeros(config.lmax + 1),
        )

    @classmethod
    def from_result(cls, result: Result, known: Self | None = None) -> Self:
        """The expectation of an ensemble: the one that is known, or else computed.

        Raises
        ------
        InputError
            If the one that is known is that of another configuration.
        """
        if known is None:
            return cls.from_config(result.config)
        if known.config != result.config:
            raise InputError("expected: is of another configuration than the ensemble's")
        return known
