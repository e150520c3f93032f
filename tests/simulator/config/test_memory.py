"""How soon waves are forgotten: against eigenvalues, closed forms and quadrature."""

from __future__ import annotations

import math

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.memory import (
    LEFT_OUT,
    Memory,
    depth_followed,
    scatterings_followed,
    transverse_remembered,
)
from eddysky.simulator.errors import InputError

BASE = {
    "sky.sampling": "random",
    "sky.particles": 1000,
    "flow.modes": 64,
    "transport.scatterings": "stationary",
    "flow.outer_scale": "60 pc",
    "flow.inner_scale": "6 pc",
}
SMALL_ANGLE = {"transport.collisions": "small-angle"}
PARALLEL = {"transport.mode": "parallel"}


def config(*more):
    merged = dict(BASE)
    for settings in more:
        merged |= settings
    return Config().replace(merged)


def smallest_decay_rate(q, m):
    """Of −½Δ − iqμ on the harmonics of order m."""
    ell = np.arange(m, 30 + int(8 * math.sqrt(q)))
    beside = np.sqrt((ell[1:] ** 2 - m * m) / (4 * ell[1:] ** 2 - 1))
    matrix = np.diag(ell * (ell + 1) / 2) - 1j * q * (np.diag(beside, 1) + np.diag(beside, -1))
    return np.min(np.linalg.eigvals(matrix).real)


def test_small_angle_rates_are_a_little_below_the_eigenvalues():
    q = np.array([0.11, 0.3, 0.6, 0.9, 1.2, 1.5, 1.7, 2.0, 3.0, 5.0, 10.0, 30.0, 100.0])
    wide = config(
        SMALL_ANGLE, {"flow.outer_scale": f"{20 * math.pi / 0.1} pc", "flow.inner_scale": "0.6 pc"}
    )
    rates = Memory.from_config(wide).rate(q)
    exact = np.array([smallest_decay_rate(x, 0) for x in q])
    assert np.all(rates < exact * (1 + 1e-3))  # interpolation
    assert np.all(rates > 0.5 * exact)
    for x in q:
        # A transverse wave is forgotten no earlier than it is left out.
        way = -math.log(LEFT_OUT) / smallest_decay_rate(x, 1)
        assert transverse_remembered(0.999 * way) >= x or x < 1


@pytest.mark.parametrize(
    ("law", "kept"),
    [
        ({"transport.free_path": "fixed"}, lambda q: math.sin(q) / q),
        ({"transport.free_path": "exponential"}, lambda q: math.atan(q) / q),
    ],
)
def test_number_of_scatterings(law, kept):
    settings = config(law)
    number = scatterings_followed(settings)
    least = kept(2 * math.pi * 10 / 60)
    # b_0 of exponential paths from equally likely paths is good to 1e-3.
    exact = 1 + math.log(LEFT_OUT) / math.log(least)
    assert number == pytest.approx(exact, abs=1 + 3e-3 * exact)
    assert least ** (number - 1) <= LEFT_OUT * 1.03
    assert scatterings_followed(settings.replace({"transport.scatterings": 7})) == 7


def test_oscillating_memory_counts_with_its_largest_value_beyond():
    # k_min λ = π, where sin q/q is zero; it is 0.217 at q = 4.49.
    settings = config({"transport.free_path": "fixed", "flow.outer_scale": "20 pc"})
    assert scatterings_followed(settings) == 1 + math.ceil(math.log(LEFT_OUT) / math.log(0.21723))


def test_parallel_transport_by_its_dipole():
    settings = config(
        PARALLEL,
        {
            "transport.free_path": "exponential",
            "flow.outer_scale": "7 pc",
            "flow.inner_scale": "4 pc",
        },
    )
    number = scatterings_followed(settings)
    # Dipole 3 b_1²/(1 − b_0) b_0^(N−1) of what N scatterings leave out, at the middle of the band's power.
    k = np.geomspace(2 * math.pi / 7, 2 * math.pi / 4, 41)
    y = (np.arange(20_000) + 0.5) / 20_000
    power = k ** (-5 / 3) * k
    q = k[:, None] * 10 * y
    kept = np.arctan(q) / q
    first = (1 - kept) / q
    left = (3 * first**2 / (1 - kept) * kept ** (number - 1)) ** 2
    # β = 2/3: all directions alike. End points of the band have half a weight.
    weight = power * np.where((k == k[0]) | (k == k[-1]), 0.5, 1.0)
    relative = np.sum(weight * np.mean(left, axis=1)) / np.sum(weight)
    # Bisection to 1e-3, and grids of a percent on both sides.
    assert relative == pytest.approx(LEFT_OUT, rel=0.02)


def test_transverse_and_regular_flows_are_forgotten_as_directions_are():
    for settings in ({"flow.transverse_fraction": 1}, {"flow.velocity_dispersion": "0 km/s"}):
        assert depth_followed(config(SMALL_ANGLE, settings)) == pytest.approx(-math.log(LEFT_OUT))
    assert depth_followed(config({"flow.velocity_dispersion": "0 km/s"})) == 0
    # With a potential part, as heat diffuses: e^(−q²s/3).
    q = 2 * math.pi * 10 / 60
    assert depth_followed(config(SMALL_ANGLE)) == pytest.approx(
        -math.log(LEFT_OUT) * 3 / q**2, rel=0.02
    )


EXPONENTIAL = {"transport.free_path": "exponential"}
DRIFT = {"transport.mode": "drift-kinetic"} | EXPONENTIAL


def test_helices_forget_waves_across_the_field_last():
    # 0.001 µG: r_L = 1.08 λ.
    helical = {"transport.mode": "helical", "transport.magnetic_field_strength": "0.001 uG"}
    settings = config(helical)
    r = settings.larmor_radius / 10
    s = np.linspace(0, 40, 400_001)[1:]
    chord = 2 * r * np.sin(s / (2 * r)) * 2 * math.pi / 6
    kept = np.sum(np.exp(-s) * np.sinc(chord / math.pi)) * 1e-4
    assert depth_followed(settings) == pytest.approx(math.log(LEFT_OUT) / math.log(kept), rel=3e-3)
    # Waves along the field are forgotten as without one.
    slab = {"flow.anisotropy": "slab"}
    assert depth_followed(config(helical, slab)) == depth_followed(config(EXPONENTIAL))
    # A strong field: Γ ∝ (k r_L)², too slow.
    strong = {"transport.magnetic_field_strength": "0.1 uG"}
    with pytest.raises(InputError, match="until they forget waves across the magnetic field"):
        config(helical, strong)


@pytest.mark.parametrize(
    ("waves", "depth"),
    [
        ({"flow.polarization": "alfven"}, 0),
        ({"flow.anisotropy": "two-dimensional", "flow.polarization": "slow"}, 0),
    ],
)
def test_waves_that_guiding_centres_do_not_feel_need_no_depth(waves, depth):
    assert depth_followed(config(DRIFT, waves)) == depth


def test_guiding_centres_never_forget_compression_across_the_field():
    with pytest.raises(InputError, match=r'k_min λ = 1\.047; use sky\.sampling = "expected"'):
        config(DRIFT)
    # Slab waves compress along it alone: as in parallel transport.
    slab = {"flow.anisotropy": "slab"}
    along = depth_followed(config(DRIFT, slab))
    assert along == depth_followed(config(EXPONENTIAL, PARALLEL, slab)) < 20


def test_transverse_waves_leave_little_in_drift_kinetic_transport():
    """The dipole that N scatterings leave out of G Ā/(1 − b_0) b_0^(N−1), against the bound κ²."""
    nodes, weights = np.polynomial.legendre.leggauss(100)
    for kappa in (0.03, 0.1, 0.3):
        response = 1 / (1 - 1j * kappa * nodes)
        betatron = (nodes**2 - (1 - nodes**2) / 2) * response
        mean, kept = weights @ betatron / 2, weights @ response.real / 2
        dipole = 3 * (weights @ (nodes * response) / 2) * 1j * kappa * mean / (1 - kept)
        assert 0.35 * kappa**2 < abs(dipole) < kappa**2
    slow = config(DRIFT, {"flow.polarization": "slow"})
    assert 5 < depth_followed(slow) < 50
