"""Analytic predictions that share no code with the simulation, and comparisons against them."""

from __future__ import annotations

from eddysky.validation.closed_form import isotropic_power_law
from eddysky.validation.compare import Comparison, compare
from eddysky.validation.fit import Fit, fit
from eddysky.validation.measured import MeasuredPower, read_measured
from eddysky.validation.parallel import parallel_correlation, parallel_power
from eddysky.validation.parallel_closed_form import (
    parallel_power_law,
    parallel_power_law_correlation,
)
from eddysky.validation.predict import Prediction, predict
from eddysky.validation.quadrature import angular_power

__all__ = [
    "Comparison",
    "Fit",
    "MeasuredPower",
    "Prediction",
    "angular_power",
    "compare",
    "fit",
    "isotropic_power_law",
    "parallel_correlation",
    "parallel_power",
    "parallel_power_law",
    "parallel_power_law_correlation",
    "predict",
    "read_measured",
]
