"""Single precision: the error stays below 1e-5 of the flow's rms, however far the points are and however many modes."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.kernels.fourier import even_odd_sums, velocity_sums
from eddysky.kernels.single import even_odd_sums_single, sine_cosine_single, velocity_sums_single
from eddysky.simulator import Config, InputError
from eddysky.simulator.run.realization import Setup, realize


def test_sine_and_cosine():
    x = np.linspace(-0.5, 0.5, 20_001).astype(np.float32)
    found = np.array([sine_cosine_single(value) for value in x])
    turns = 2 * np.pi * x.astype(np.float64)
    assert np.max(np.abs(found - np.stack([np.sin(turns), np.cos(turns)], axis=1))) < 1e-6


@pytest.mark.parametrize("reach", [1.0, 1000.0])
@pytest.mark.parametrize("count", [32, 4096, 200_000])
def test_error_over_the_rms(count, reach):
    rng = np.random.default_rng(count)
    turns = rng.normal(size=(3, count))
    cosines, sines = rng.normal(size=(2, 3, count)) * rng.lognormal(size=count)
    points = reach * rng.normal(size=(40, 3))
    narrow = cosines.astype(np.float32), sines.astype(np.float32)
    exact, found = np.empty((2, 40, 3))
    velocity_sums(points, turns, cosines, sines, exact)
    velocity_sums_single(points, turns, *narrow, found)
    rms = np.std(exact)
    assert np.max(np.abs(found - exact)) < 1e-5 * rms
    even, odd, even_single, odd_single = np.empty((4, 40, 3))
    even_odd_sums(points, turns, cosines, sines, even, odd)
    even_odd_sums_single(points, turns, *narrow, even_single, odd_single)
    assert np.max(np.abs(even_single - even)) < 1e-5 * rms
    assert np.max(np.abs(odd_single - odd)) < 1e-5 * rms


@pytest.mark.parametrize(
    ("sampling", "amplitudes"),
    [("pixel-centre", "gaussian"), ("pixel-centre", "cosine"), ("random", "gaussian")],
)
def test_the_sky_is_the_same_to_1e_5(sampling, amplitudes):
    settings = {"sky.nside": 16, "sky.sampling": sampling, "flow.amplitudes": amplitudes}
    if sampling == "random":
        settings["sky.particles"] = 20_000
    double = Config().replace(settings)
    single = double.replace({"flow.precision": "single"})
    one, other = (realize(Setup.from_config(c), 0, keep_map=True) for c in (double, single))
    sky = one.sky.intensity
    assert np.nanmax(np.abs(other.sky.intensity - sky)) < 2e-5 * np.nanstd(sky)
    # Not the same numbers: the option does something.
    assert not np.array_equal(other.power, one.power)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"transport.mode": "parallel"}, "transport.mode"),
        ({"flow.taylor_order": 2, "flow.inner_scale": "60 pc"}, "flow.taylor_order"),
        ({"flow.inner_scale": "100 pc"}, "k_max λ = 0.628"),
        ({"flow.amplitudes": "cosine", "sky.sampling": "random"}, "flow.amplitudes"),
    ],
)
def test_where_it_would_be_ignored_or_show_it_is_refused(settings, words):
    with pytest.raises(InputError, match=r'flow\.precision = "single": ') as caught:
        Config().replace({"flow.precision": "single"} | settings)
    assert words in str(caught.value)
