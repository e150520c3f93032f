"""A model of C_ℓ fitted to measured spectra."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eddysky.simulator.config.descriptions import as_html
from eddysky.validation.fitting.estimates import Estimate, finite
from eddysky.validation.fitting.likelihood import Goodness, Likelihood
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.parameters import Value
from eddysky.validation.fitting.report import paragraph
from eddysky.validation.fitting.spectral_models import Model

__all__ = ["Fit", "FittedSpectrum"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class FittedSpectrum:
    """One of the spectra that a model is fitted to.

    Parameters
    ----------
    data
        Measured spectrum, n values.
    likelihood
        Its likelihood.
    fixed
        Values of the fixed parameters by name, at the energy of this spectrum.
    c_ell
        Fitted C_ℓ, with noise, at the multipoles `likelihood.window.ell`, shape (k,).
    """

    data: MeasuredPower
    likelihood: Likelihood
    fixed: dict[str, Value]
    c_ell: Array

    @property
    def expected(self) -> Array:
        """Fitted values of the data, shape (n,)."""
        return self.likelihood.window.mean(self.c_ell)

    @property
    def deviates(self) -> Array:
        """Residuals as standard normal deviates, shape (n,)."""
        return self.likelihood.deviates(self.c_ell)

    @property
    def interval(self) -> tuple[Array, Array]:
        """Ends of the central 68.27% of data that the model expects, each (n,)."""
        return self.likelihood.interval(self.c_ell)

    @property
    def minus_two_log_likelihood(self) -> float:
        """−2 ln L of this spectrum at the best fit."""
        return self.likelihood.cost(self.c_ell) + self.likelihood.offset

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        edges = self.data.edges
        return {
            "data": self.data.name,
            "ell": self.data.ell.tolist(),
            "bands": None if edges is None else edges.tolist(),
            "measured": self.data.c_ell.tolist(),
            "fitted": self.expected.tolist(),
            "deviate": self.deviates.tolist(),
        }


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Fit:
    """A model fitted to one spectrum or to several of different energies.

    Parameters
    ----------
    model
        The model.
    spectra
        The spectra, each with its likelihood and what is fixed.
    estimates
        The p fitted parameters.
    correlation
        Correlation matrix of the fitted parameters, shape (p, p).
    goodness
        Goodness of fit.
    remarks
        Properties of the data that the model does not describe, as their sources state them.
    """

    model: Model
    spectra: tuple[FittedSpectrum, ...]
    estimates: tuple[Estimate, ...]
    correlation: Array
    goodness: Goodness
    remarks: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Estimate:
        """The estimate of a parameter."""
        return {estimate.name: estimate for estimate in self.estimates}[name]

    def __str__(self) -> str:
        """Goodness of fit, parameters with errors or limits, fixed parameters, and remarks."""
        return "\n".join([paragraph(self), *(f"note: {remark}" for remark in self.remarks)])

    def __repr__(self) -> str:
        """Model, parameters with errors and p-value in one line."""
        found = ", ".join(f"{e.name} = {e.value:.4g} ± {e.error:.2g}" for e in self.estimates)
        return (
            f"<Fit: {self.model.name}, {found or 'nothing free'}, p = {self.goodness.p_value:.2g}>"
        )

    def _repr_html_(self) -> str:
        """The same as `str`, for notebooks."""
        return as_html(str(self))

    @property
    def fixed(self) -> dict[str, Value]:
        """Values of the fixed parameters that all spectra share."""
        first, *others = (spectrum.fixed for spectrum in self.spectra)
        return {
            name: value
            for name, value in first.items()
            if all(other.get(name) == value for other in others)
        }

    @property
    def minus_two_log_likelihood(self) -> float:
        """−2 ln L at the best fit; models of the same data are compared by its differences."""
        return sum(spectrum.minus_two_log_likelihood for spectrum in self.spectra)

    def curve(self, ell: NDArray[np.int64], spectrum: int = 0) -> Array:
        """Evaluate the fitted C_ℓ of the sky, with noise.

        Parameters
        ----------
        ell
            Ascending multipoles ℓ ≥ 1, shape (k,).
        spectrum
            Number of the spectrum whose energy it is for, from 0.

        Returns
        -------
        ndarray
            C_ℓ, shape (k,).
        """
        found = {estimate.name: estimate.value for estimate in self.estimates}
        return self.model.expected(ell, {**self.spectra[spectrum].fixed, **found})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; infinite and unknown values, and open sides of intervals, become None."""
        shared = self.fixed

        def plain(values: dict[str, Value]) -> dict[str, Any]:
            return {
                name: {
                    "value": finite(value) if isinstance(value, int | float) else str(value),
                    "unit": self.model[name].unit,
                }
                for name, value in values.items()
            }

        return {
            "model": self.model.name,
            "parameters": {estimate.name: estimate.to_dict() for estimate in self.estimates},
            "correlation": [[finite(value) for value in row] for row in self.correlation.tolist()],
            "fixed": plain(shared),
            "statistic": self.goodness.statistic,
            "dof": self.goodness.dof,
            "expected_statistic": self.goodness.expected,
            "p_value": self.goodness.p_value,
            "minus_two_log_likelihood": self.minus_two_log_likelihood,
            "spectra": [
                spectrum.to_dict()
                | {"fixed": plain({k: v for k, v in spectrum.fixed.items() if k not in shared})}
                for spectrum in self.spectra
            ],
        }
