"""Analytic predictions that share no code with the simulation, comparisons with them, and fits to measured spectra."""

from __future__ import annotations

from eddysky.validation.comparison.compare import compare
from eddysky.validation.comparison.correlation import Correlation, correlate, predict_correlation
from eddysky.validation.comparison.observation import ObservedComparison, compare_observation
from eddysky.validation.comparison.observed_bands import observed_bands
from eddysky.validation.comparison.observed_square import observed_square
from eddysky.validation.comparison.verdict import Comparison
from eddysky.validation.fitting.coverage import Coverage
from eddysky.validation.fitting.fit import fit
from eddysky.validation.fitting.fitted import Fit
from eddysky.validation.fitting.measured import MeasuredPower
from eddysky.validation.fitting.measured_table import read_measured
from eddysky.validation.forecasting.forecast import Forecast, forecast
from eddysky.validation.scans.scan import scan
from eddysky.validation.theory.alternative_models import ahlers2014, ahlers_mertsch2015
from eddysky.validation.theory.band_powers import BandPowers
from eddysky.validation.theory.closed_form import isotropic_power_law
from eddysky.validation.theory.field_covariance import degrees_of_freedom, field_covariance
from eddysky.validation.theory.mode_coupling import ZonalCoupling, coupling_matrix
from eddysky.validation.theory.parallel import parallel_correlation, parallel_power
from eddysky.validation.theory.parallel_closed_form import (
    parallel_power_law,
    parallel_power_law_correlation,
)
from eddysky.validation.theory.particle_noise import particle_noise
from eddysky.validation.theory.predict import Prediction, predict
from eddysky.validation.theory.predict_coupled import predict_coupled
from eddysky.validation.theory.quadrature import angular_power

__all__ = [
    "BandPowers",
    "Comparison",
    "Correlation",
    "Coverage",
    "Fit",
    "Forecast",
    "MeasuredPower",
    "ObservedComparison",
    "Prediction",
    "ZonalCoupling",
    "ahlers2014",
    "ahlers_mertsch2015",
    "angular_power",
    "compare",
    "compare_observation",
    "correlate",
    "coupling_matrix",
    "degrees_of_freedom",
    "field_covariance",
    "fit",
    "forecast",
    "isotropic_power_law",
    "observed_bands",
    "observed_square",
    "parallel_correlation",
    "parallel_power",
    "parallel_power_law",
    "parallel_power_law_correlation",
    "particle_noise",
    "predict",
    "predict_correlation",
    "predict_coupled",
    "read_measured",
    "scan",
]
