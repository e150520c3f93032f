"""Spectra with injection, from tables, and sums of them: configuration, flow and theory agree."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator import Config, InputError, simulate
from eddysky.simulator.config.spectrum import (
    FractionTable,
    Injection,
    Mixture,
    PowerLaw,
    SpectrumTable,
    Tabulated,
    mean_square_velocity,
)
from eddysky.simulator.flow.modes import draw_modes
from eddysky.validation import angular_power, compare, parallel_power, predict

SPECTRUM = "# some turbulence\n# spectrum [km2 kpc / s2], wavenumber [1/kpc]\n2e-3 10\n0.02, 100\n1e-4 1e5\n"
FRACTION = "wavenumber [1/pc] transverse_fraction\n0.05 0   # acoustic\n5 1\n"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "w.txt").write_text(SPECTRUM)
    (tmp_path / "beta.txt").write_text(FRACTION)
    return tmp_path


def test_a_table_is_narrowed_by_scales(folder):
    settings = {"flow.spectrum": "table", "flow.table": str(folder / "w.txt")}
    config = Config().replace(settings | {"flow.outer_scale": "100 pc", "flow.inner_scale": "1 pc"})
    assert config.flow_spectrum.k_min == pytest.approx(2 * math.pi / 100)
    assert config.flow_spectrum.k_max == pytest.approx(2 * math.pi)
    assert Config.from_text(config.to_toml()).flow_spectrum == config.flow_spectrum


def test_a_power_law_as_a_table_is_that_power_law():
    law = PowerLaw(5 / 3, 20.0, 10.0, 0.01, 10.0)
    k = np.geomspace(0.01, 10.0, 7)
    table = Tabulated(SpectrumTable(tuple(k), tuple(law(k))), 0.01, 10.0)
    wanted = np.geomspace(0.011, 9.9, 50)
    assert np.allclose(table(wanted), law(wanted), rtol=1e-12, atol=0)
    expected = angular_power(law, 10.0, 2 / 3, 30)
    assert np.allclose(angular_power(table, 10.0, 2 / 3, 30), expected, rtol=1e-9, atol=0)


def test_two_equal_halves_are_the_whole():
    whole = Config().replace({"sky.nside": 16, "flow.velocity_dispersion": "20 km/s"})
    half = {"velocity_dispersion": f"{20 / math.sqrt(2)!r} km/s"}
    sum_of_two = Config().replace({"sky.nside": 16, "flow.component": [half, half]})
    assert np.allclose(predict(sum_of_two).c_ell, predict(whole).c_ell, rtol=1e-9, atol=0)


def test_mean_square_of_the_spectra():
    peak = Injection(5 / 3, 20.0, 10.0, 100.0, 2 * math.pi / 1000, 2 * math.pi / 0.5)
    k_i = 2 * math.pi / 100
    w_i = float(peak(k_i))
    # ∫ (k/k_i)² below and ∫ (k/k_i)^(−5/3) above.
    below = w_i * k_i / 3 * (1 - 0.1**3)
    above = w_i * k_i * 1.5 * (1 - 200 ** (-2 / 3))
    assert mean_square_velocity(peak) == pytest.approx(below + above, rel=1e-4)
    both = Mixture((peak, peak), (0.0, 1.0))
    assert mean_square_velocity(both) == pytest.approx(2 * (below + above), rel=1e-4)


def test_fraction_of_a_sum_is_weighted_with_power():
    steep, flat = PowerLaw(2.0, 20.0, 10.0, 0.1, 10.0), PowerLaw(1.0, 20.0, 10.0, 0.01, 1.0)
    varying = FractionTable((0.1, 1.0), (0.2, 0.8))
    mixture = Mixture((steep, flat), (1.0, varying))
    k = np.array([0.05, 0.3, 3.0])
    w = steep(k[1]), flat(k[1])
    beta = 0.2 + 0.6 * math.log10(3)
    middle = (w[0] + beta * w[1]) / (w[0] + w[1])
    assert np.allclose(mixture.transverse_fraction(k), [0.2, middle, 1.0], rtol=1e-13)
    assert set(mixture.breakpoints) == {0.1, 1.0}


@pytest.mark.parametrize("amplitudes", ["gaussian", "cosine"])
def test_modes_follow_the_fraction_at_their_wavenumber(amplitudes):
    law = PowerLaw(1.0, 20.0, 10.0, 0.01, 10.0)
    beta = FractionTable((0.01, 10.0), (0.0, 1.0))
    modes = draw_modes(law, beta, 40_000, amplitudes, 5, 0)
    k = np.linalg.norm(modes.wavevectors, axis=1)
    direction = modes.wavevectors / k[:, None]
    total = np.sum(modes.cosines**2 + modes.sines**2, axis=1)
    along = sum(np.sum(a * direction, axis=1) ** 2 for a in (modes.cosines, modes.sines))
    for low, high in ((0.01, 0.1), (0.1, 1.0), (1.0, 10.0)):
        here = (k >= low) & (k < high)
        # 1 − β in the middle of a third of the logarithmic band, over which β is linear; each mode's share of
        # longitudinal power has a variance below 1/4, weighted with powers of mean 1 and mean square at most 2.
        share = along[here].sum() / total[here].sum()
        middle = 1 - float(beta(math.sqrt(low * high)))
        error = math.sqrt(2 * 0.25 / here.sum())
        assert abs(share - middle) < 4 * error  # false alarm below 6e-5 each


MIXED = [
    {"spectrum": "injection", "injection_scale": "60 pc", "transverse_fraction": 1.0},
    {
        "spectrum": "table",
        "table": {"wavenumber": [0.2, 1.0, 8.0], "spectrum": [1.0, 60.0, 0.5]},
        "transverse_fraction": {"wavenumber": [0.2, 8.0], "transverse_fraction": [0.0, 1.0]},
    },
    {"index": 1.5, "velocity_dispersion": "5 km/s", "inner_scale": "3 pc"},
]


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_simulated_and_predicted_agree_for_a_sum(mode):
    config = Config().replace(
        {
            "flow.component": MIXED,
            "flow.modes": 1024,
            "transport.mode": mode,
            "sky.nside": 16,
            "ensemble.realizations": 60 if mode == "isotropic" else 400,
            "ensemble.seed": 3,
        }
    )
    result = compare(simulate(config, maps=0))
    # Three tests at 1e-3 each.
    assert result.consistent
    assert result.amplitude_error < 0.05


def test_prediction_of_a_sum_is_the_sum_of_predictions():
    config = Config().replace({"flow.component": MIXED, "sky.nside": 16})
    parts = [Config().replace({"flow.component": [part], "sky.nside": 16}) for part in MIXED]
    total = sum(predict(part).c_ell for part in parts)
    assert np.allclose(predict(config).c_ell, total, rtol=1e-8, atol=0)
    fraction = config.transverse_fraction
    parallel = parallel_power(config.flow_spectrum, 10.0, fraction, 20)
    alone = sum(parallel_power(p.flow_spectrum, 10.0, p.transverse_fraction, 20) for p in parts)
    assert np.allclose(parallel, alone, rtol=1e-8, atol=0)


BAD = [
    ({"flow.spectrum": "injection"}, "flow.injection_scale: missing"),
    ({"flow.injection_scale": "3 pc"}, "flow.injection_scale: allowed only with spectrum = \"injection\""),
    ({"flow.spectrum": "table"}, "flow.table: missing"),
    ({"flow.table": {"wavenumber": [1, 2], "spectrum": [1, 1]}}, "flow.table: allowed only with"),
    ({"flow.table": 3, "flow.spectrum": "table"}, "flow.table = 3: expected the name of a text file"),
    ({"flow.table": "/nowhere/w.txt", "flow.spectrum": "table"}, "/nowhere/w.txt: cannot be read"),
    ({"flow.transverse_fraction": "/nowhere/b.txt"}, "/nowhere/b.txt: cannot be read"),
    ({"flow.transverse_fraction": True}, "flow.transverse_fraction = true"),
    ({"flow.transverse_fraction": {"wavenumber": [1, 2], "transverse_fraction": [0, 2]}}, "number 2 is 2"),
    ({"flow.transverse_fraction": {"wavenumber": [1, 2], "beta": [0, 1]}}, "expected the keys wavenumber and"),
    ({"flow.component": [{"index": 1.5}], "flow.index": 1.5}, "flow.index: not beside [[flow.component]]"),
    ({"flow.component": [{}, {"spectrum": "injection"}]}, "flow.component.1.injection_scale: missing"),
    ({"flow.component": [{"modes": 3}]}, "flow.component.0.modes: unknown key; [[flow.component]] has"),
    ({"flow.component": [{}, {"outer_scale": "0.01 pc"}]}, "must be below flow.component.1.outer_scale = 0.01"),
    ({"flow.component": 3}, "flow.component = 3: must be one or more"),
]  # fmt: skip


@pytest.mark.parametrize(("settings", "words"), BAD, ids=[words for _, words in BAD])
def test_keys_that_do_not_fit_together(settings, words):
    with pytest.raises(InputError) as caught:
        Config().replace(settings)
    assert words in str(caught.value)


def test_keys_that_a_table_makes_meaningless():
    table = {"wavenumber": [0.1, 2.0], "spectrum": [1, 1]}
    for key, value in (
        ("index", 1.5),
        ("velocity_dispersion", "3 km/s"),
        ("reference_scale", "3 pc"),
    ):
        with pytest.raises(InputError, match=f"flow.{key}: not with spectrum"):
            Config.from_dict({"flow": {"spectrum": "table", "table": table, key: value}})
    with pytest.raises(InputError, match=r"flow\.inner_scale = 1 pc: the table reaches from 3\.14"):
        Config.from_dict({"flow": {"spectrum": "table", "table": table, "inner_scale": "1 pc"}})
