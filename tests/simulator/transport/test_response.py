"""Response to one wave against the transfer functions of the theory, which share no code, and dense solutions."""

import numpy as np
import pytest
from scipy.linalg import solve_banded

from eddysky.simulator import Config
from eddysky.simulator.config.collisions import RateTable
from eddysky.simulator.transport.path_averages import geometric
from eddysky.simulator.transport.response import Response
from eddysky.simulator.transport.stationary import relaxed
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
# i^(ℓ−1) for odd ℓ, i^(ℓ−2) for even ℓ.
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


@pytest.mark.parametrize("law", ["fixed", "erlang"])
def test_long_waves_in_the_stationary_limit(law):
    """T_0 ∝ 1/q, T_1 → 1/3 − 2/(3⟨s²⟩) and T_3 ∝ q, through the place from which 1 − b_0 is a series."""
    transport = LAWS[law] | {"scatterings": "stationary"}
    config = Config(
        transport=transport,
        flow={"outer_scale": "100 kpc", "inner_scale": "100 pc"},
        sky={"frame": "observer", "lmax": 3},
    )
    q = np.array([1e-3, 5e-3, 0.0099, 0.0101, 0.02])
    found = Response.from_config(config, 3).at(q)[0][0] * SIGNS[:4, None]
    expected = transfer(ScatteringModel.from_config(config), q, 3).longitudinal
    # The series ends at q⁴: 1e-8/840 is left. Rounding of 1 − b_0 = 2e-5, where it begins, is 1e-11 to 1e-9.
    np.testing.assert_allclose(found[[0, 1, 3]], expected[[0, 1, 3]], rtol=1e-8)


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


def test_erlang_paths_of_order_one_are_exponential():
    """Of potential waves they leave ℓ = 0 alone in the stationary limit, not what cancellation leaves."""
    one = {"free_path": "erlang", "erlang_order": 1, "scatterings": "stationary"}
    same = {"free_path": "exponential", "scatterings": "stationary"}
    found = response(one, frame="observer").coefficients
    np.testing.assert_array_equal(found[:, 0], response(same, frame="observer").coefficients[:, 0])
    assert not np.any(found[:, 0, 1:])


@pytest.mark.parametrize("tail", [1e-12, 0.01, 1.0])
def test_rare_collisions_need_no_endless_fraction(tail):
    """Also of small and large rates in turn, after which the theory goes on in closed form."""
    operator = RateTable((1.0, 1e6, 1e-9, 30.0, tail))
    q = np.geomspace(1e-3, 1e9, 200)
    expected, _ = transverse_response(operator, q, LMAX)
    np.testing.assert_allclose(relaxed(operator, q, LMAX), expected, rtol=1e-10)


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


@pytest.mark.parametrize("wavenumber", [0.5, 5.0, 60.0])
def test_small_angle_scattering_is_a_diffusion_of_directions(wavenumber):
    # n·A_T R solves −½∇²(n·A_T R) − iqμ n·A_T R = n·A_T on the sphere: an equation for R(μ), by collocation.
    count = 120
    mu = np.cos(np.pi * np.arange(count + 1) / count)
    ends = np.where(np.arange(count + 1) % count == 0, 2.0, 1.0) * (-1.0) ** np.arange(count + 1)
    distance = mu[:, None] - mu + np.eye(count + 1)
    first = np.outer(ends, 1 / ends) / distance
    first -= np.diag(first.sum(axis=1))
    operator = np.diag(1 - mu**2) @ first @ first - np.diag(4 * mu) @ first - 2 * np.eye(count + 1)
    response_in_angle = np.linalg.solve(
        -0.5 * operator - 1j * wavenumber * np.diag(mu), np.ones(count + 1)
    )
    nodes, weights = np.polynomial.legendre.leggauss(80)
    series = np.polynomial.chebyshev.chebfit(mu, response_in_angle, count)
    values = np.polynomial.chebyshev.chebval(nodes, series)
    ell = np.arange(1, LMAX + 1)
    slopes = np.array(
        [np.polynomial.legendre.Legendre.basis(n).deriv()(nodes) for n in ell.tolist()]
    )
    # R = Σ i^(ℓ−1) (2ℓ+1) t_ℓ P_ℓ', and the P_ℓ' are orthogonal with weight 1 − μ².
    expected = (
        slopes @ (weights * (1 - nodes**2) * values) / (2 * ell * (ell + 1)) / 1j ** (ell - 1)
    )
    found, _ = response({"collisions": "small-angle"}, frame="observer").at(np.array([wavenumber]))
    np.testing.assert_allclose(found[1, 1:, 0] * SIGNS[1:], expected, rtol=0, atol=1e-9)
