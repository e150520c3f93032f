"""How many modes carry a flow's power: closed forms, and what a verdict does with too few."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator import Config, Result
from eddysky.validation import compare
from eddysky.validation.carrying import LEAST, carrying_modes
from eddysky.validation.realizations import TooFewRealizationsError, require_realizations

MODES = 1000
# The share is found on a grid of 4096 points in ln k, fewer between kinks.
GRID = 2 / 1024


def with_table(k, w):
    return Config().replace(
        {
            "flow.spectrum": "table",
            "flow.table": {"wavenumber": k, "spectrum": w},
            "flow.modes": MODES,
            "sky.nside": 8,
        }
    )


@pytest.mark.parametrize("index", [5 / 3, 3.0, 8.0])
def test_a_power_law_carries_while_k_w_is_large(index):
    settings = {"flow.modes": MODES, "flow.index": index, "flow.velocity_dispersion": "1e-5 km/s"}
    config = Config().replace(settings)
    spectrum = config.flow_spectrum
    band = math.log(spectrum.k_max / spectrum.k_min)
    carried = min(band, -math.log(LEAST) / (index - 1))
    assert carrying_modes(config) == pytest.approx(MODES * carried / band, abs=MODES * GRID)


def test_empty_stretches_do_not_count():
    config = with_table([0.1, 1.0, 1.01, 1.02, 10.0], [0.0, 4.0, 4.0, 0.0, 0.0])
    assert carrying_modes(config) == pytest.approx(MODES * math.log(1.01) / math.log(100))


def test_modes_that_miss_the_power_give_no_verdict():
    """A line that one mode in 100 000 falls on leaves nearly every sky empty, though nothing is wrong."""
    line = with_table([0.1, 1.0, 1.0001, 10.0], [0.0, 4.0, 4.0, 0.0])
    for count in (10, 100):
        with pytest.raises(TooFewRealizationsError, match=r"0\.022 fall where .* at least 1473"):
            require_realizations(line, count)
    # Of a line on which some modes fall, many skies are enough, as with few modes.
    line = with_table([0.1, 1.0, 1.1, 10.0], [0.0, 4.0, 4.0, 0.0]).replace({"flow.modes": 500})
    with pytest.raises(TooFewRealizationsError, match=r"about 10 fall where.*at least 100"):
        require_realizations(line, 99)
    require_realizations(line, 100)


def test_an_ensemble_of_empty_skies_is_not_judged():
    config = with_table([0.1, 1.0, 1.0001, 10.0], [0.0, 4.0, 4.0, 0.0])
    power = np.zeros((12, config.lmax + 1))
    none = np.empty(0, dtype=np.int64)
    empty = Result(config, np.arange(12), power, np.zeros(12), none, np.empty((0, 768), np.float32))
    with pytest.raises(TooFewRealizationsError):
        compare(empty)
