"""Response to one wave against the transfer functions of the theory, which share no code, and dense solutions."""

import numpy as np
import pytest
from scipy.linalg import solve_banded

from eddysky.simulator import Config
from eddysky.simulator.config.collisions import RateTable
from eddysky.simulator.config.free_path import FixedPath
from eddysky.simulator.transport.response import Response, geometric, relaxed
from eddysky.validation.theory.relaxation import transverse_response
from eddysky.validation.theory.scattering import ScatteringModel
from eddysky.validation.theory.transfer import transfer

LMAX = 24
LAWS = {
    "fixed": {},
    "exponential": {"free_path": "exponential"},
    "erlang": {"free_path": "erlang", "erlang_order": 4},
    "nearly fixed": {"free_path": "erlang", "erlang_order": 400},
}
# Sign of the real factor of i^(ℓ−1), or of i^ℓ for even ℓ.
SIGNS = np.array([1 - (ell - 1) % 4 if ell % 2 else ell % 4 - 1 for ell in range(LMAX + 1)])


def response(transport, **sky):
    settings = {"sampling": "expected", "nside": 32, "lmax": LMAX} | sky
    return Response.from_config(Config(transport=transport, sky=settings), LMAX)


def random_places(found):
    first, last = np.log(found.edges[[0, -1]])
    return np.sort(np.exp(np.random.default_rng(5).uniform(first, last, 300)))


@pytest.mark.parametrize(
    ("scatterings", "frame"),
    [(1, "fluid"), (3, "observer"), (10_000, "fluid"), ("stationary", "observer")],
)
@pytest.mark.parametrize("law", LAWS)
def test_transfer_functions(law, scatterings, frame):
    transport = LAWS[law] | {"scatterings": scatterings}
    found = response(transport, frame=frame)
    q = random_places(found)
    values, highest = found.at(q)
    transport = Config(transport=transport).transport
    model = ScatteringModel(transport.law, transport.scattering_count, frame)
    expected = transfer(model, q, LMAX)
    assert highest <= LMAX
    # Rounding remains of terms up to 1/q; 1 − b_0 at small q has lost digits.
    for ours, theirs in zip(values, (expected.longitudinal, expected.transverse), strict=True):
        limit = 1e-10 * np.max(np.abs(theirs), axis=1, keepdims=True) + 1e-13
        assert np.all(np.abs(ours * SIGNS[:, None] - theirs) <= limit)


@pytest.mark.parametrize(
    "collisions",
    ["small-angle", {"ell": [1, 2, 3], "rate": [1.0, 2.5, 4.0]}],
    ids=["small-angle", "table"],
)
def test_collision_operators_solve_their_tridiagonal_system(collisions):
    config = Config(transport={"collisions": collisions})
    found = response({"collisions": collisions}, frame="observer")
    q = random_places(found)[::10]
    q = q[q < 100]
    values, _ = found.at(q)
    ell = np.arange(1, 4000)
    nu = config.transport.collisions.rates(4000)[1:-1]
    alpha = np.sqrt((ell**2 - 1) / (4 * ell**2 - 1))
    for i, wavenumber in enumerate(q):
        # ν_ℓ f_ℓ1 − iq [α_(ℓ+1) f_(ℓ+1),1 + α_ℓ f_(ℓ−1),1] = δ_ℓ1, from the top down.
        system = np.zeros((3, len(ell)), dtype=complex)
        system[0, 1:] = -1j * wavenumber * alpha[1:]
        system[1] = nu[: len(ell)]
        system[2, :-1] = -1j * wavenumber * alpha[1:]
        f = solve_banded((1, 1), system, np.eye(len(ell))[0])[:LMAX]
        # One wave of transverse variance 1 has C_ℓ = (4π/3)|f_ℓ1|²/(2ℓ+1) = (4π/2) ℓ(ℓ+1) t_ℓ².
        expected = np.sqrt(2 / 3 * np.abs(f) ** 2 / ((2 * ell + 1) * ell * (ell + 1))[:LMAX])
        np.testing.assert_allclose(np.abs(values[1, 1:, i]), expected, rtol=0, atol=1e-11)
        assert np.max(np.abs(values[0, 1:, i])) == 0.0
        assert values[0, 0, i] == pytest.approx(1 / wavenumber, rel=1e-10)


@pytest.mark.parametrize("tail", [1e-12, 0.01, 1.0])
def test_rare_collisions_need_no_endless_fraction(tail):
    """Also of small and large rates in turn, after which the theory goes on in closed form."""
    operator = RateTable((1.0, 1e6, 1e-9, 30.0, tail))
    q = np.geomspace(1e-3, 1e9, 200)
    expected, _ = transverse_response(operator, q, LMAX)
    np.testing.assert_allclose(relaxed(operator, q, LMAX), expected, rtol=1e-10)


@pytest.mark.parametrize("outer", ["1000 pc", "0.001 pc"])
def test_short_waves_of_fixed_paths_need_no_table(outer):
    """They oscillate as sin q: tables up to k_max λ = 1e9 would fill any memory."""
    flow = {"outer_scale": outer, "inner_scale": "6e-8 pc"}
    config = Config(flow=flow, sky={"sampling": "expected", "nside": 8, "lmax": LMAX - 1})
    found = Response.from_config(config, LMAX)
    assert len(found.edges) < 3000
    q = np.geomspace(found.edges[0], 1e9, 300)
    values, _ = found.at(q)
    expected = transfer(ScatteringModel(FixedPath(), 1, "fluid"), q, LMAX)
    # What rounding of q = 1e9 makes of sin q is 1e-7 of it.
    for ours, theirs in zip(values, (expected.longitudinal, expected.transverse), strict=True):
        limit = 1e-10 * np.max(np.abs(theirs), axis=1, keepdims=True) + 1e-13
        assert np.all(np.abs(ours * SIGNS[:, None] - theirs) <= limit)


def test_multipoles_that_waves_do_not_have_are_left_out():
    found = response({})
    assert found.last[0] < LMAX / 2
    _, highest = found.at(np.array([found.edges[0]]))
    assert highest == found.last[0]


@pytest.mark.parametrize("terms", [0, 1, 2, 7, 100])
def test_geometric_sum(terms):
    base = np.array([0.999999, 0.3, -0.8, 0.0])
    total, power = geometric(base, terms)
    np.testing.assert_allclose(total, sum((base**m for m in range(terms)), np.zeros(4)), rtol=1e-12)
    np.testing.assert_allclose(power, base**terms, rtol=1e-12)
