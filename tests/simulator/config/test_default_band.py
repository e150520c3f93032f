"""The default band: C_ℓ of the unbounded law is reached up to lmax, by predictions that share no code with it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator import Config
from eddysky.simulator.config.default_band import MAX_BAND, MISSING, default_band
from eddysky.simulator.config.free_path import FixedPath
from eddysky.simulator.transport.response import Response
from eddysky.validation import predict

# The envelope holds to 1/ℓ, and oscillations of the highest waves in the band remain: at ℓ = 16 these are 10% of
# the part that is missing.
ENVELOPE = 0.2

CASES = [
    ("isotropic", "fixed", {}),
    ("isotropic", "exponential", {}),
    ("isotropic", "erlang", {"transport.erlang_order": 4}),
    ("parallel", "fixed", {}),
    ("parallel", "exponential", {}),
]


def converged(config):
    """C_ℓ of the same configuration, with a band twenty times as long."""
    scale = config.to_dict()["flow"]["inner_scale"].split()[0]
    return predict(config.replace({"flow.inner_scale": f"{float(scale) / 20} pc", **RANDOM}))


# Pixel centres would refuse the long band.
RANDOM = {"sky.sampling": "random"}


@pytest.mark.parametrize(("mode", "free_path", "more"), CASES)
@pytest.mark.parametrize(("index", "fraction"), [(5 / 3, 2 / 3), (1.4, 0.0), (2.2, 1.0)])
def test_the_law_is_reached_up_to_lmax(mode, free_path, more, index, fraction):
    config = Config().replace(
        {
            "transport.mode": mode,
            "transport.free_path": free_path,
            "flow.index": index,
            "flow.transverse_fraction": fraction,
            "sky.nside": 16,
            **more,
        }
    )
    c_ell, full = predict(config).c_ell[2:], converged(config).c_ell[2:]
    missing = 1 - c_ell / full
    assert max(missing) <= MISSING[mode] * (1 + ENVELOPE)
    if free_path == "fixed" and index < 2:
        # No further than needed: flatter spectra make the run dear.
        assert max(missing) >= MISSING[mode] * (1 - ENVELOPE)


def test_the_default_run_reaches_four_and_a_half_times_lmax():
    config = Config()
    band = config.flow_spectrum.k_max * config.mean_free_path
    assert band / config.lmax == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("index", [0.0, -1.0, -4.0])
@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_spectra_that_do_not_converge_end_somewhere(mode, index):
    assert 64 <= default_band(index, (0.5, 0.5), 64, mode, FixedPath()) <= MAX_BAND


def test_the_band_holds_the_peak_of_an_injection_spectrum():
    changes = {"flow.spectrum": "injection", "flow.injection_scale": "0.5 pc", "sky.nside": 16}
    config = Config().replace(changes)
    missing = 1 - predict(config).c_ell[2:] / converged(config).c_ell[2:]
    assert max(missing) <= 2 * MISSING["isotropic"]


def test_results_files_hold_the_scale_that_was_used():
    config = Config().replace({"sky.nside": 8})
    again = Config.from_text(config.to_toml())
    assert again.flow.inner_scale is not None
    assert again.flow_spectrum == config.flow_spectrum
    assert again.config_hash == config.config_hash


def test_components_each_have_a_band_of_their_own():
    parts = [{"index": 1.5}, {"spectrum": "injection", "injection_scale": "1 pc", "index": 3.0}]
    config = Config.from_dict({"flow": {"component": parts}, "sky": {"nside": 8}})
    first, second = config.flow_spectrum.parts
    assert first.k_max != second.k_max
    assert Config.from_text(config.to_toml()).flow_spectrum == config.flow_spectrum


@pytest.mark.parametrize(("strength", "band"), [("0.0054 uG", 15), ("0.108 uG", 300)])
def test_small_larmor_radii_extend_the_band(strength, band):
    transport = {"mode": "helical", "magnetic_field_strength": strength}
    config = Config(transport=transport, sky={"nside": 1})
    short = Config(transport={"mode": "isotropic", "free_path": "exponential"}, sky={"nside": 1})
    ends = [x.flow_spectrum.k_max * x.mean_free_path for x in (short, config)]
    assert ends[0] < 14
    # r_L of 10 TeV protons is 0.01081 pc μG/B, and k_max r_L = 3 as long as k_max λ is at most 300.
    assert ends[1] == pytest.approx(band, rel=2e-3)


def missing_of_responses(config):
    """Part of C_lmax beyond the band of a configuration with β = 2/3, from T_ℓ and t_ℓ on a band four times as long."""
    band, lmax = config.flow_spectrum.k_max * config.mean_free_path, config.lmax
    long = config.replace(RANDOM | {"flow.inner_scale": f"{math.pi / 2 * 10 / band!r} pc"})
    nodes, weights = np.polynomial.legendre.leggauss(8)
    edges = np.linspace(0.01, 4 * band, int(4 * band) + 1)
    half = 0.5 * np.diff(edges)[:, None]
    q = (0.5 * (edges[1:] + edges[:-1])[:, None] + half * nodes).ravel()
    w = (half * weights).ravel()
    # ∫ w T_ℓ² dk and ∫ w ℓ(ℓ+1) t_ℓ² dk, or ∫ dz T_ℓ²(z) ∫_z w dk/k along the field.
    squares = Response.from_config(long, lmax).at(q)[0][:, lmax] ** 2
    if config.transport.mode == "parallel":

        def power(end):
            shorter = np.maximum(q ** (-5 / 3) - end ** (-5 / 3), 0)
            return np.sum(w * squares[0] * shorter)
    else:

        def power(end):
            both = squares[0] + lmax * (lmax + 1) * squares[1]
            return np.sum((w * q ** (-5 / 3) * both)[q < end])

    return 1 - power(band) / power(4 * band) * (1 - beyond(config))


def beyond(config):
    """What a band four times as long misses, about."""
    return MISSING[config.transport.mode] * 4 ** (
        -5 / 3 if config.transport.mode == "parallel" else -8 / 3
    )


NUCLEI = {"charges": [1, 2, 26], "fractions": [0.5, 0.3, 0.2]}


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_shorter_mean_free_paths_need_longer_bands(mode):
    base = {"transport.mode": mode, "sky.nside": 8, "sky.sampling": "expected"}
    nuclei = Config().replace(base | {"cosmic_rays.composition": NUCLEI})
    missing = missing_of_responses(nuclei)
    assert missing == pytest.approx(MISSING[mode], rel=ENVELOPE)
    # A range of energies washes out the longest waves of each.
    more = {"cosmic_rays.energy_response": {"width": 0.4}}
    assert missing_of_responses(nuclei.replace(more)) <= MISSING[mode]
    assert missing_of_responses(Config().replace(base | more)) <= MISSING[mode]
    single = Config().replace(base)
    assert nuclei.flow_spectrum.k_max > 1.15 * single.flow_spectrum.k_max
