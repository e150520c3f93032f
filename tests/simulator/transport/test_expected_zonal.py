"""Drift-kinetic and parallel skies of single waves against quadrature in path and pitch angle, and closed cases."""

import dataclasses
import math
from decimal import Decimal
from functools import cache

import healpy
import numpy as np
import pytest
from scipy.special import eval_legendre, gammaincc, poch

from eddysky.simulator import Config, read, simulate
from eddysky.simulator.config.free_path import FreePathLaw
from eddysky.simulator.flow.fields import RegularFlow
from eddysky.simulator.flow.modes import Modes
from eddysky.simulator.run.realization import Setup
from eddysky.simulator.sky.grids import GaussLegendreGrid
from eddysky.simulator.transport import expected_zonal
from eddysky.simulator.transport.drift_response import drift_response
from eddysky.simulator.transport.expected import expected_sky
from eddysky.validation import predict

LMAX = 8


@dataclasses.dataclass(frozen=True)
class UniformPath(FreePathLaw):
    name = "uniform from 0 to 2"

    def quantile(self, probability):
        return 2 * np.asarray(probability)

    def characteristic(self, q):
        q = np.asarray(q)
        return np.exp(1j * q) * np.sinc(q / np.pi)


# Free-path laws, and the probability of a path longer than s.
LAWS = {
    "fixed": ({"free_path": "fixed"}, lambda s: np.where(s < 1, 1.0, 0.0)),
    "exponential": ({"free_path": "exponential"}, lambda s: np.exp(-s)),
    "erlang": ({"free_path": "erlang", "erlang_order": 4}, lambda s: gammaincc(4, 4 * s)),
    "outside": ({"free_path": UniformPath()}, lambda s: np.maximum(1 - s / 2, 0.0)),
}
ALL_LAWS = pytest.mark.parametrize("law", LAWS)
COUNTS = pytest.mark.parametrize("scatterings", [1, 3, 20, "stationary"])
MODES = pytest.mark.parametrize("mode", ["parallel", "drift-kinetic"])
FRAMES = pytest.mark.parametrize("frame", ["fluid", "observer"])


def config(mode="drift-kinetic", law="exponential", scatterings=1, frame="fluid", **rest):
    given = {
        "transport": {"mode": mode, "scatterings": scatterings} | LAWS[law][0],
        "sky": {"sampling": "expected", "frame": frame, "nside": 8, "lmax": LMAX},
        "flow": {"outer_scale": "100 pc", "inner_scale": "2 pc"},
    }
    transport = given["transport"] | rest
    return Config.model_validate(given | {"transport": transport})


def frame_of(field):
    """Two directions across the field."""
    first = np.cross(field, [0.0, 0.0, 1.0])
    first /= np.linalg.norm(first)
    return first, np.cross(field, first)


def wave(chosen, along, across, seed):
    """A wave of k_∥λ and k_⊥λ, with random amplitudes."""
    rng, b = np.random.default_rng(seed), chosen.field_direction
    one, two = frame_of(b)
    angle = 2 * math.pi * rng.random()
    k = along * b + across * (math.cos(angle) * one + math.sin(angle) * two)
    return Modes(k[None] / chosen.mean_free_path, *rng.standard_normal((2, 1, 3)))


MU, WEIGHTS = np.polynomial.legendre.leggauss(400)


@cache
def mean_over_path(law, along):
    """∫ P(path > s) e^(i k_∥λ μ s) ds at the nodes in μ."""
    # Panels of the path, which resolve the jumps of P too; e^(−30) is left.
    nodes, weights = np.polynomial.legendre.leggauss(40)
    s = (np.arange(60)[:, None] / 2 + 0.25 + 0.25 * nodes).ravel()
    return np.exp(1j * along * np.multiply.outer(MU, s)) @ (
        np.tile(0.25 * weights, 60) * LAWS[law][1](s)
    )


def multipoles(values):
    """½ ∫ f P_ℓ dμ for ℓ = 0…LMAX."""
    return np.array(
        [0.5 * np.sum(WEIGHTS * values * eval_legendre(n, MU)) for n in range(LMAX + 1)]
    )


def zonal_by_quadrature(chosen, modes, law, along):
    """a_ℓ0 of a wave of k_∥λ from the definition: the source along the path, which ends with 1 − P(s)."""
    path, b = chosen.mean_free_path, chosen.field_direction
    amplitude = (modes.cosines - 1j * modes.sines)[0]
    k = modes.wavevectors[0] * path
    amplitude_along = amplitude @ b
    across = (k - along * b) @ (amplitude - amplitude_along * b)
    if chosen.transport.mode == "parallel":
        across = 0.0
    mu, psi = MU, mean_over_path(law, along)
    flight = 1j * psi * (mu**2 * along * amplitude_along + 0.5 * (1 - mu**2) * across)
    # G − 1
    change = 1j * along * mu * psi
    mean, missing = (multipoles(x)[0] for x in (flight, -change))
    count = chosen.transport.scattering_count
    earlier = 1 / missing
    if math.isfinite(count):
        earlier *= 1 - (1 - missing) ** (count - 1)
    sky = (flight + (1 + change) * mean * earlier).real
    if chosen.sky.frame == "observer":
        sky += mu * (modes.cosines[0] @ b)
    shift = chosen.momentum_index / chosen.particle_speed
    ell = np.arange(LMAX + 1)
    return shift * np.sqrt(4 * math.pi * (2 * ell + 1)) * multipoles(sky)


@FRAMES
@MODES
@COUNTS
@ALL_LAWS
def test_single_waves(law, scatterings, mode, frame):
    chosen = config(mode, law, scatterings, frame)
    skies = expected_sky(chosen, LMAX)
    first = 1 if scatterings == "stationary" else 0
    for seed, wavenumbers in enumerate([(3, 5), (-20, 2), (0.4, 30), (-1e-3, 12), (5, 0)]):
        modes = wave(chosen, *wavenumbers, seed)
        found = skies.zonal(modes)
        expected = zonal_by_quadrature(chosen, modes, law, wavenumbers[0])
        # Parallel transport takes 1 − b_0 from its first two powers where q is small.
        limit = (1e-8 if first and mode == "parallel" else 1e-9) * np.max(np.abs(expected[first:]))
        # Rounding in the quadrature of terms that cancel.
        limit += 1e-10 * abs(chosen.momentum_index / chosen.particle_speed)
        assert np.max(np.abs(found - expected)[first:]) <= limit, wavenumbers
        if first:
            # The mean has no stationary limit.
            assert found[0] == 0.0


@FRAMES
@MODES
@COUNTS
def test_waves_across_the_field_are_regular_flows(mode, scatterings, frame):
    """Of two-dimensional turbulence k·b = 0, and its flow is the same along the whole field line."""
    chosen = config(mode, "exponential", scatterings, frame)
    waves = [wave(chosen, 0.0, across, seed) for seed, across in enumerate((0.8, 7.0, 30.0))]
    modes = Modes(*(np.concatenate([getattr(w, part) for w in waves]) for part in PARTS))
    # The rounding of k·b must not be taken for a wavenumber.
    assert 0 < np.max(np.abs(modes.wavevectors @ chosen.field_direction)) < 1e-14
    gradient = np.einsum("mi,mj->ij", modes.sines, modes.wavevectors)
    if scatterings == "stationary":
        # Without the compression, whose mean is left out.
        gradient -= np.trace(gradient) / 3 * np.eye(3) if mode == "drift-kinetic" else 0.0
    skies = expected_sky(chosen, LMAX)
    with np.errstate(all="raise"):
        found = skies.zonal(modes)
    expected = skies.zonal(RegularFlow(np.sum(modes.cosines, axis=0), gradient))
    np.testing.assert_allclose(
        found, expected, rtol=0, atol=1e-9 * np.max(np.abs(expected)) + 1e-18
    )


PARTS = ("wavevectors", "cosines", "sines")


@pytest.mark.parametrize("scatterings", [1, 20])
def test_waves_nearly_across_the_field_are_like_those_across_it(scatterings):
    chosen = config(scatterings=scatterings, frame="observer")
    skies = expected_sky(chosen, LMAX)
    across = skies.zonal(wave(chosen, 0.0, 7.0, 3))
    nearly = skies.zonal(wave(chosen, 1e-9, 7.0, 3))
    np.testing.assert_allclose(nearly, across, rtol=0, atol=1e-7 * np.max(np.abs(across)))


@COUNTS
@pytest.mark.parametrize("law", ["fixed", "exponential", "erlang"])
def test_no_digits_are_lost_at_small_wavenumbers(law, scatterings):
    chosen = config("drift-kinetic", law, scatterings)
    found = drift_response(chosen, LMAX)
    q = np.geomspace(1e-7, 0.25, 60)
    values, _ = found.at(q)
    largest, _ = found.at(np.linspace(1e-6, found.edges[-1], 2000))
    # Powers of the path: Ψ(t) = Σ (it)^n ⟨s^(n+1)⟩/(n+1)!.
    n = np.arange(60)
    order = {"exponential": 1.0, "erlang": 4.0}.get(law)
    factorials = np.array([math.factorial(i + 1) for i in n], dtype=float)
    series = 1 / factorials if order is None else poch(order, n + 1) / order ** (n + 1) / factorials
    powers = series * q[:, None] ** n
    mu, weights = np.polynomial.legendre.leggauss(60)
    ell = np.arange(LMAX + 1)
    legendre = 0.5 * weights * np.array([eval_legendre(order, mu) for order in ell])
    # ∫ μ^n P_ℓ is zero for odd ℓ + n, and for n < ℓ.
    moments = np.array([legendre @ mu**i for i in range(63)])
    moments[(np.arange(63)[:, None] + ell) % 2 == 1] = 0.0
    moments[np.arange(63)[:, None] < ell] = 0.0
    # 1/i^ℓ times i^n is real.
    signs = np.where((n[:, None] - ell) % 4 < 2, 1.0, -1.0)
    along = powers @ (signs * moments[2:62])
    across = 0.5 * (powers @ (signs * moments[:60]) - along)
    averages = powers @ (np.where((n[:, None] + 1 - ell) % 4 < 2, 1.0, -1.0) * moments[1:61])
    expected = np.stack([along, across])
    mean = expected[:, :, :1].copy()
    if scatterings == "stationary":
        expected += averages * mean / -averages[:, :1]
        expected[:, :, 0] = 0.0
    else:
        base = 1 + (q * averages[:, 0])[:, None]
        earlier = sum(base**i for i in range(scatterings - 1)) + np.zeros_like(base)
        expected += averages * (mean * earlier * q[:, None])
        expected[:, :, :1] += mean * earlier
    expected[0] *= q[:, None]
    if scatterings == "stationary":
        expected[1, :, 1] *= q
    # Signs as in `Response`.
    expected *= -np.where(ell % 2 == 1, 1 - (ell - 1) % 4, ell % 4 - 1)
    error = np.max(np.abs(values - expected.swapaxes(1, 2)), axis=2)
    scale = np.max(np.abs(largest), axis=2)
    if scatterings == "stationary":
        scale[1, 1] = np.max(np.abs(values[1, 1]))
    assert np.all(error <= 1e-11 * scale + 1e-14)


def mean_power(chosen, wavenumber, longitudinal):
    """A_ℓ [(D/v)²] of one wave of unit variance, averaged over its direction; the other polarisation is along k × b."""
    b = chosen.field_direction
    across, _ = frame_of(b)
    nodes, weights = np.polynomial.legendre.leggauss(60)
    skies, total = expected_sky(chosen, LMAX), np.zeros(LMAX + 1)
    for y, weight in zip(0.5 * (nodes + 1), 0.5 * weights, strict=True):
        x = math.sqrt(1 - y**2)
        unit = y * b + x * across
        polarisation = unit if longitudinal else x * b - y * across
        zero = np.zeros((1, 3))
        for pair in ((polarisation[None], zero), (zero, polarisation[None])):
            k = wavenumber / chosen.mean_free_path * unit[None]
            power = skies.multipoles(Modes(k, *pair), False, 1).power
            total += weight * power * (1.0 if longitudinal else 0.5)
    return total / (chosen.momentum_index / chosen.particle_speed) ** 2


@pytest.mark.parametrize(
    ("mode", "scatterings", "wavenumber", "longitudinal", "first", "expected"),
    [
        ("parallel", 1, 3, True, 1, "0.226492 0.010727 0.002904 0.000922"),
        ("parallel", 1, 3, False, 1, "0.091053 0.013488 0.002120 0.000470"),
        ("drift-kinetic", 1, 3, True, 1, "0.509682 0.222912 0.021332 0.003942"),
        ("drift-kinetic", 1, 3, False, 1, "0.024287 0.086283 0.018531 0.005062"),
        ("parallel", 1, 30, True, 2, "4.8e-5"),
        ("drift-kinetic", 1, 30, True, 2, "11.2"),
        ("drift-kinetic", "stationary", 3, False, 2, "0.1301 0.02921 0.008141"),
    ],
)
def test_mean_power_of_one_wave(mode, scatterings, wavenumber, longitudinal, first, expected):
    """Values found by Monte Carlo and quadrature apart from this code, to the digits given."""
    power = mean_power(config(mode, scatterings=scatterings), wavenumber, longitudinal)
    for value, digits in zip(power[first:], expected.split(), strict=False):
        last = 10.0 ** Decimal(digits).as_tuple().exponent
        assert abs(value - float(digits)) <= 0.501 * last


def test_incompressible_flows_carry_no_flux_in_the_stationary_limit():
    """What scattering heats must flow away: without heating the dipole of each wave vanishes in the fluid frame."""
    chosen = config(scatterings="stationary")
    modes = wave(chosen, 3.0, 4.0, 1)
    k = modes.wavevectors[0] / np.linalg.norm(modes.wavevectors[0])
    across = (x - (x @ k)[:, None] * k for x in (modes.cosines, modes.sines))
    zonal = expected_sky(chosen, LMAX).zonal(Modes(modes.wavevectors, *across))
    assert abs(zonal[1]) < 1e-10 * abs(zonal[2])


@FRAMES
@pytest.mark.parametrize("scatterings", [1, 3])
def test_regular_flow_and_density_gradient(scatterings, frame):
    density = np.array([1e-5, 2e-5, -1e-5])
    gradient = np.array([[0.3, 0.2, 0.0], [0.1, -0.1, 0.2], [0.0, 0.0, 0.4]])
    mean = np.array([5.0, -3.0, 2.0])
    given = [f"{x:g} 1/pc" for x in density]
    chosen = config(scatterings=scatterings, frame=frame, density_gradient=given)
    found = expected_sky(chosen, LMAX).alm(RegularFlow(mean, gradient), 1)
    grid = GaussLegendreGrid.for_multipoles(LMAX, LMAX)
    b, path = chosen.field_direction, chosen.mean_free_path
    shift = chosen.momentum_index / chosen.particle_speed
    stretch, trace = b @ gradient @ b, np.trace(gradient)

    def intensity(n):
        mu = n @ b
        source = mu**2 * stretch + 0.5 * (1 - mu**2) * (trace - stretch)
        source = shift * path * (source + (scatterings - 1) * trace / 3)
        drift = shift * mu * (mean @ b) if frame == "observer" else 0.0
        return source + drift + path * mu * (density @ b)

    half = grid.points.half
    expected = grid.analyse(grid.points.assemble(intensity(half), intensity(-half)), LMAX)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12 * np.max(np.abs(expected)))


@MODES
def test_random_fields_have_the_sky_of_their_field(mode):
    chosen = config(mode, magnetic_field="random")
    given = chosen.for_realization(3)
    flow = Modes(*np.random.default_rng(2).standard_normal((3, 5, 3)))
    drawn = expected_sky(chosen, LMAX).for_realization(3).alm(flow, 1)
    np.testing.assert_array_equal(drawn, expected_sky(given, LMAX).alm(flow, 1))
    assert np.any(drawn != expected_sky(chosen, LMAX).for_realization(4).alm(flow, 1))


@MODES
def test_alfven_waves_make_no_sky(mode):
    chosen = config(mode)
    modes = wave(chosen, 3.0, 5.0, 1)
    normal = np.cross(modes.wavevectors[0], chosen.field_direction)
    alfven = Modes(modes.wavevectors, normal[None], -2 * normal[None])
    skies = expected_sky(chosen, LMAX)
    assert np.max(np.abs(skies.zonal(alfven))) < 1e-13 * np.max(np.abs(skies.zonal(modes)))


@MODES
def test_bits_do_not_depend_on_the_size_of_groups(mode, monkeypatch):
    chosen = config(mode)
    modes = Modes(*np.random.default_rng(2).standard_normal((3, 9000, 3)) * [[[0.1]], [[1]], [[1]]])
    skies = expected_sky(chosen, LMAX)
    found = skies.zonal(modes)
    monkeypatch.setattr(expected_zonal, "GROUP", 10_000)
    alone = skies.zonal(modes)
    if mode == "parallel":
        np.testing.assert_array_equal(found, alone)
    np.testing.assert_allclose(found, alone, rtol=1e-11)


def test_results_have_the_zonal_multipoles(tmp_path):
    chosen = config().replace({"ensemble.realizations": 2})
    simulate(chosen, tmp_path / "out.h5", maps=1)
    result = read(tmp_path / "out.h5")
    skies = expected_sky(chosen, LMAX)
    flow = Setup.from_config(chosen, maps=False).flow(1)
    np.testing.assert_array_equal(result.zonal[1, 0], skies.zonal(flow))
    expected = result.zonal[:, 0] ** 2 / (2 * np.arange(LMAX + 1) + 1)
    np.testing.assert_array_equal(result.power, expected)
    # The map depends on the pitch angle alone.
    nside = chosen.sky.nside
    pixels = np.stack(healpy.pix2vec(nside, np.arange(12 * nside**2)), axis=-1)
    order = np.argsort(pixels @ chosen.field_direction)
    profile = result.maps[0][order]
    assert np.std(np.diff(profile)) < 0.1 * np.std(profile)


@pytest.mark.parametrize(
    ("law", "beta", "scatterings"),
    [("exponential", 0.0, 1), ("exponential", 1.0, "stationary"), ("fixed", 0.0, 20)],
)
def test_power_averaged_over_waves_is_the_prediction(law, beta, scatterings):
    """⟨C_ℓ⟩ by quadrature over wavenumbers and angles: no flow is drawn."""
    chosen = config("drift-kinetic", law, scatterings).replace({"flow.transverse_fraction": beta})
    spectrum, path, response = (
        chosen.flow_spectrum,
        chosen.mean_free_path,
        drift_response(chosen, LMAX),
    )
    nodes, weights = np.polynomial.legendre.leggauss(8)

    def quadrature(edges):
        half = 0.5 * np.diff(edges)[:, None]
        return (edges[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()

    log_k, k_weights = quadrature(np.linspace(*np.log([spectrum.k_min, spectrum.k_max]), 21))
    y, y_weights = quadrature(np.concatenate([[0], np.geomspace(1e-4, 1, 30)]))
    total = np.zeros(LMAX + 1)
    for k, weight in zip(np.exp(log_k), k_weights, strict=True):
        along, across = response.at(k * path * y)[0]
        longitudinal = y * along + k * path * (1 - y**2) * across
        transverse = np.sqrt(1 - y**2) * (along - k * path * y * across)
        power = ((1 - beta) * longitudinal**2 + 0.5 * beta * transverse**2) @ y_weights
        total += weight * k * spectrum(np.array([k]))[0] * power
    total *= 4 * math.pi * (chosen.momentum_index / chosen.particle_speed) ** 2
    np.testing.assert_allclose(total[2:], predict(chosen).c_ell[2:], rtol=1e-7)
