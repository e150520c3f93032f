"""Spread of the mean free paths of the particles that make one sky: energy response and mass composition.

Particles of e^y times the rigidity of the configuration have the mean free path ηλ, η = e^(sy) with s = 2 − γ_g. The
flow is the same for all, so that the multipoles of the sky are averaged, and with them the transfer functions (see
`spread_average`), as if the law of free paths were broader; powers of λ are multiplied by ⟨η^p⟩.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.energy_response import LogNormalResponse, Rigidities
from eddysky.validation.theory.free_path import gauss_rule

if TYPE_CHECKING:
    from eddysky.simulator.config import Config

__all__ = ["PathSpread", "mean_path", "path_factors"]

Array = NDArray[np.float64]

# Gauss–Legendre nodes for averages of smooth functions, on panels that are no longer than a piece of the response, and
# at least so many over all.
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_PANELS = 8


@dataclass(frozen=True, slots=True)
class PathSpread:
    """Distribution of η, the mean free path over that of the configuration.

    Parameters
    ----------
    rigidities
        Distribution of y, the logarithm of the rigidity over that of the configuration.
    exponent
        s = 2 − γ_g in η = e^(sy), other than 0.
    """

    rigidities: Rigidities
    exponent: float

    @classmethod
    def from_config(cls, config: Config) -> Self | None:
        """Spread of a configuration; None where all mean free paths are the same."""
        exponent = 2 - config.cosmic_rays.scattering_index
        if config.rigidities is None or exponent == 0:
            return None
        return cls(config.rigidities, exponent)

    @classmethod
    def from_width(cls, width: float, scattering_index: float = 5 / 3) -> Self | None:
        """Spread of a log-normal energy response.

        Parameters
        ----------
        width
            Standard deviation of ln E, zero or more.
        scattering_index
            γ_g.

        Returns
        -------
        PathSpread or None
            None where all mean free paths are the same.
        """
        if width == 0 or scattering_index == 2:
            return None
        return cls(Rigidities(((0.0, 1.0),), LogNormalResponse(width)), 2 - scattering_index)

    @property
    def parts(self) -> list[tuple[float, float]]:
        """For each charge η of the median energy, and the fraction of its particles."""
        return [(math.exp(self.exponent * shift), part) for shift, part in self.rigidities.parts]

    @property
    def edges(self) -> Array:
        """Ends and breakpoints of the distribution of η for particles of charge one, ascending; [1] for one energy."""
        response = self.rigidities.response
        if response is None:
            return np.ones(1)
        x = np.array([response.low, *response.breakpoints, response.high])
        return np.sort(np.exp(self.exponent * x))

    @property
    def ends(self) -> tuple[float, float]:
        """Smallest and largest η."""
        medians = [median for median, _ in self.parts]
        edges = self.edges
        return min(medians) * float(edges[0]), max(medians) * float(edges[-1])

    def density(self, eta: Array) -> Array:
        """Probability per unit of η for particles of charge one, where they have several energies."""
        response = self.rigidities.response
        assert response is not None
        x = np.log(eta) / self.exponent
        # Rounding must not put the ends of a table outside.
        x = np.clip(x, response.low, response.high)
        return np.asarray(response.density(x)) / (abs(self.exponent) * eta)

    def rule(self) -> tuple[Array, Array]:
        """Values of η and weights, of sum one, for averages of smooth functions of ln η; (n,) each."""
        edges = np.log(self.edges)
        if len(edges) == 1:
            eta, weight = np.ones(1), np.ones(1)
        else:
            places = np.union1d(edges, np.linspace(edges[0], edges[-1], _PANELS + 1))
            half = 0.5 * np.diff(places)[:, np.newaxis]
            eta = np.exp(places[:-1, np.newaxis] + half * (1 + _NODES)).ravel()
            weight = (half * _WEIGHTS).ravel() * eta * self.density(eta)
        medians, fractions = np.array(self.parts).T
        weights = np.outer(fractions, weight / np.sum(weight)).ravel()
        return np.outer(medians, eta).ravel(), weights

    def mean(self, power: int) -> float:
        """⟨η^power⟩."""
        eta, weight = self.rule()
        return float(weight @ eta**power)


def mean_path(config: Config, power: int = 1) -> float:
    """⟨(ηλ)^power⟩ [pc^power] over the particles of a configuration."""
    spread = PathSpread.from_config(config)
    return config.mean_free_path**power * (1.0 if spread is None else spread.mean(power))


def path_factors(config: Config, count: int) -> list[tuple[float, float]]:
    """At most `count` values of η and weights, of sum one, for averages of smooth functions of ln η."""
    spread = PathSpread.from_config(config)
    if spread is None:
        return [(1.0, 1.0)]
    eta, weight = spread.rule()
    nodes, weights = gauss_rule(np.log(eta), weight, count)
    return list(zip(np.exp(nodes).tolist(), (weights / weights.sum()).tolist(), strict=True))
