"""Analytic predictions that share no code with the simulation, and comparisons against them."""

from __future__ import annotations

from eddysky.validation.closed_form import isotropic_power_law
from eddysky.validation.compare import compare
from eddysky.validation.comparison import Comparison
from eddysky.validation.correlation import Correlation, correlate, predict_correlation
from eddysky.validation.fit import Fit, fit
from eddysky.validation.measured import MeasuredPower, read_measured
from eddysky.validation.parallel import parallel_correlation, parallel_power
from eddysky.validation.parallel_closed_form import (
    parallel_power_law,
    parallel_power_law_correlation,
)
from eddysky.validation.predict import Prediction, predict
from eddysky.validation.quadrature import angular_power
from eddysky.validation.rivals import ahlers2014, ahlers_mertsch2015

__all__ = [
    "Comparison",
    "Correlation",
    "Fit",
    "MeasuredPower",
    "Prediction",
    "ahlers2014",
    "ahlers_mertsch2015",
    "angular_power",
    "compare",
    "correlate",
    "fit",
    "isotropic_power_law",
    "parallel_correlation",
    "parallel_power",
    "parallel_power_law",
    "parallel_power_law_correlation",
    "predict",
    "predict_correlation",
    "read_measured",
]
