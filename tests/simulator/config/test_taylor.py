"""Limits of the rms speed of a Taylor polynomial; simulator/flow/test_taylor.py compares it with a Monte Carlo."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.spectrum import PowerLaw
from eddysky.simulator.config.taylor import taylor_rms_speed

EPS = np.finfo(float).eps
SPECTRUM = PowerLaw(5 / 3, 20.0, 10.0, 0.01, 0.2)


def test_speed_limits():
    config = Config()
    rms = config.turbulent_speed
    assert taylor_rms_speed(config.flow_spectrum, 10.0, 0) == pytest.approx(rms, rel=4 * EPS)
    # |e^(ix)| = 1: where the expansion converges, it is as fast as the flow.
    assert taylor_rms_speed(SPECTRUM, 5.0, 20) == pytest.approx(
        taylor_rms_speed(SPECTRUM, 5.0, 0), rel=1e-12
    )
    assert taylor_rms_speed(SPECTRUM, 1e60, 20) == math.inf
