"""Turbulence that knows the magnetic field, against its spectrum P(k, k̂·b).

The tensor w(k) g(y; k)/(4πk²) Σ_p s_p e_p e_p is Fourier-transformed here by quadrature over k, y and the azimuth.
Statistical tests: fixed seeds; the false-alarm probability stands beside each limit.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pytest
from scipy import integrate, stats

from eddysky.kernels.wavevectors import goldreich_sridhar_cosines, triads
from eddysky.simulator.config import Config
from eddysky.simulator.config.anisotropy import TurbulentPart
from eddysky.simulator.config.spectrum import Mixture, PowerLaw
from eddysky.simulator.flow.axisymmetric import draw_axisymmetric_modes
from eddysky.simulator.run.realization import Setup

KINDS = ["gaussian", "cosine"]
BAND = (0.2, 6.0)
SPECTRUM = PowerLaw(5 / 3, 20.0, 10.0, *BAND)
FIELD = np.array([0.6, -0.48, 0.64])
# Two axes across b.
ACROSS = np.linalg.svd(FIELD[None])[2][1:]


def part(anisotropy="isotropic", polarization="isotropic", beta=2 / 3, spectrum=SPECTRUM):
    return TurbulentPart(spectrum, beta, anisotropy, polarization)


def draw(*parts, count=64, kind="gaussian", seed=4, realization=0, field=FIELD):
    spectrum = parts[0].spectrum
    if len(parts) > 1:
        spectrum = Mixture(
            tuple(p.spectrum for p in parts), tuple(p.transverse_fraction for p in parts)
        )
    return draw_axisymmetric_modes(spectrum, parts, field, count, kind, seed, realization)


def cosines_of(stretch, count=100_000):
    y = np.empty(count)
    goldreich_sridhar_cosines(np.full(count, stretch), np.arange(count), 3, 1, y)
    return y


@pytest.mark.parametrize("outer", [2 * math.pi, 300.0, 1e6, 1e12])
def test_cosines_follow_their_density_at_any_wavenumber(outer):
    """KL = 1e6 has its waves at y near 0.01."""
    stretch = outer ** (1 / 3)
    top = min(1.0, 60 / stretch)
    fractions = np.linspace(0, 1, 20_001)
    # Nodes dense at both ends, where g changes fastest.
    y = top * fractions**2 if top < 1 else np.sin(np.pi / 2 * fractions) ** 2
    with np.errstate(under="ignore"):
        across = np.maximum(1 - y * y, 1e-150)
        density = across ** (-5 / 3) * np.exp(-stretch * y / np.cbrt(across))
    total = np.append(0.0, integrate.cumulative_trapezoid(density, y))
    drawn = cosines_of(stretch)
    assert 0 < drawn.min() < drawn.max() < 1

    # Kolmogorov–Smirnov, four cases at 1e-4: false alarm 4e-4.
    def law(given):
        return np.interp(given, y, total / total[-1])

    assert stats.kstest(drawn, law).pvalue > 1e-4


def test_triads_are_orthonormal_and_about_the_field():
    rng = np.random.default_rng(2)
    for field in (FIELD, np.array([0.0, 0.0, -1.0]), np.array([0.0, 1.0, 0.0])):
        vectors = np.empty((500, 3, 3))
        cosines = rng.uniform(-1, 1, 500)
        cosines[:3] = 0.0, 1.0, -1.0
        triads(cosines, rng.random(500), field, vectors)
        product = np.einsum("nij,nkj->nik", vectors, vectors)
        assert np.max(np.abs(product - np.eye(3))) < 1e-14
        assert np.max(np.abs(vectors[:, 0] @ field - cosines)) < 1e-15
        # Across both k and b; the second vector lies in their plane.
        assert np.max(np.abs(vectors[:, 2] @ field)) < 1e-15


ANGLES = 2 * math.pi * (np.arange(48) + 0.5) / 48
SEPARATIONS = {
    "here": np.zeros(3),
    "along": 1.1 * FIELD,
    "across": 1.1 * ACROSS[0],
    "oblique": 0.9 * FIELD - 0.5 * ACROSS[0] + 0.6 * ACROSS[1],
}


def nodes_of_cosine(given, k):
    """Nodes and weights of ∫₀¹ g(y; k) … dy."""
    if given.cosine is not None:
        return np.array([given.cosine]), np.ones(1)
    x, weight = np.polynomial.legendre.leggauss(64)
    y = ((x + 1) / 2) ** 2
    weight = weight * (x + 1) / 2
    if given.anisotropy == "goldreich-sridhar":
        across = np.maximum(1 - y * y, 1e-150)
        stretch = (2 * math.pi * k / given.spectrum.k_min) ** (1 / 3)
        weight = weight * across ** (-5 / 3) * np.exp(-stretch * y / np.cbrt(across))
    return y, weight / np.sum(weight)


@lru_cache
def covariance(given, where):
    """⟨u_i(0) u_j(r)⟩ of a component, shape (3, 3)."""
    x, weight = np.polynomial.legendre.leggauss(60)
    low, high = np.log((given.spectrum.k_min, given.spectrum.k_max))
    radial = np.cos(ANGLES)[:, None] * ACROSS[0] + np.sin(ANGLES)[:, None] * ACROSS[1]
    total = np.zeros((3, 3))
    for place, size in zip(x, weight, strict=True):
        k = math.exp(low + (high - low) * (place + 1) / 2)
        power = float(given.spectrum(k)) * k * size * (high - low) / 2
        y, share = (values[:, None, None] for values in nodes_of_cosine(given, k))
        sine = np.sqrt(1 - y * y)
        n, slow = y * FIELD + sine * radial, y * radial - sine * FIELD
        alfven = np.broadcast_to(np.cross(FIELD, radial), n.shape)
        cosine = power * share[..., 0] * np.cos(k * n @ SEPARATIONS[where]) / len(ANGLES)
        shares = np.ravel(given.polarizations(np.array([k])))
        for variance, e in zip(shares, (n, slow, alfven), strict=True):
            rows = e.reshape(-1, 3)
            total += variance * (rows.T * cosine.ravel()) @ rows
    return total


def spatial_covariance(modes, separation):
    """Mean over all origins of u_i(r) u_j(r + separation)."""
    a, b = modes.cosines, modes.sines
    phase = modes.wavevectors @ separation
    cosine, sine = np.cos(phase), np.sin(phase)
    return ((a.T * cosine) @ a + (b.T * cosine) @ b + (a.T * sine) @ b - (b.T * sine) @ a) / 2


CASES = {
    "isotropic": (part("isotropic", "slow"),),
    "slab": (part("slab", "alfven"),),
    "slab, β": (part("slab", beta=0.4),),
    "two-dimensional": (part("two-dimensional", "slow"),),
    "two-dimensional, fast": (part("two-dimensional", "fast"),),
    "goldreich-sridhar": (part("goldreich-sridhar", "alfven"),),
    "goldreich-sridhar, β": (part("goldreich-sridhar", beta=0.4),),
    "mixture": (
        part("two-dimensional", "alfven"),
        part("slab", "fast", spectrum=PowerLaw(1.5, 15.0, 10.0, 0.5, 4.0)),
        part(beta=0.3, spectrum=PowerLaw(1.0, 10.0, 10.0, 0.2, 2.0)),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", CASES)
def test_covariance_for_any_number_of_modes(name, kind):
    parts = CASES[name]
    flows = [draw(*parts, count=20, kind=kind, realization=i) for i in range(600)]
    for where, separation in SEPARATIONS.items():
        expected = sum(covariance(one, where) for one in parts)
        sample = np.array([spatial_covariance(modes, separation) for modes in flows])
        error = np.std(sample, axis=0, ddof=1) / math.sqrt(len(sample))
        # Components that vanish in each flow have rounding errors alone.
        pull = (np.mean(sample, axis=0) - expected) / np.maximum(error, 1e-9)
        # Four standard errors (6e-5): nine components, four separations, 16 cases: false alarm 4%.
        assert np.max(np.abs(pull)) < 4, where


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "anisotropy", ["isotropic", "slab", "two-dimensional", "goldreich-sridhar"]
)
class TestPolarizations:
    def rows(self, anisotropy, polarization, kind):
        modes = draw(part(anisotropy, polarization), count=3000, kind=kind)
        k = np.linalg.norm(modes.wavevectors, axis=1, keepdims=True)
        a = modes.cosines / np.linalg.norm(modes.cosines, axis=1, keepdims=True)
        return modes.wavevectors / k, a

    def test_alfven_is_across_both(self, anisotropy, kind):
        n, a = self.rows(anisotropy, "alfven", kind)
        assert np.max(np.abs(np.sum(n * a, axis=1))) < 1e-15
        assert np.max(np.abs(a @ FIELD)) < 1e-15

    def test_slow_is_in_the_plane_across_k(self, anisotropy, kind):
        n, a = self.rows(anisotropy, "slow", kind)
        assert np.max(np.abs(np.sum(n * a, axis=1))) < 1e-15
        # Where k is along b every direction across k lies in the plane.
        if anisotropy != "slab":
            assert np.max(np.abs(np.sum(np.cross(n, FIELD) * a, axis=1))) < 1e-15

    def test_fast_is_along_k(self, anisotropy, kind):
        n, a = self.rows(anisotropy, "fast", kind)
        assert np.max(np.abs(np.cross(n, a))) < 1e-15


def test_slab_and_two_dimensional_wavevectors():
    """Directions across b have a uniform azimuth; of slab Alfvén waves, that of the velocity."""
    slab, flat = draw(part("slab", "alfven"), count=3000), draw(part("two-dimensional"), count=3000)
    k = np.linalg.norm(slab.wavevectors, axis=1)
    assert np.max(np.abs(np.abs(slab.wavevectors @ FIELD) / k - 1)) < 1e-15
    assert 0.4 < np.mean(slab.wavevectors @ FIELD > 0) < 0.6
    assert np.max(np.abs(flat.wavevectors @ FIELD)) < 2e-15
    for vectors in (slab.cosines, flat.wavevectors):
        azimuth = np.arctan2(vectors @ ACROSS[0], vectors @ ACROSS[1])
        # Two tests at 1e-4.
        law = stats.uniform(-math.pi, 2 * math.pi)
        assert stats.kstest(azimuth, law.cdf).pvalue > 1e-4


@pytest.mark.parametrize("kind", KINDS)
def test_omnidirectional_spectrum_is_kept(kind):
    modes = draw(part("goldreich-sridhar", beta=0.4), count=400, kind=kind)
    k = np.linalg.norm(modes.wavevectors, axis=1)
    stratum = np.floor(np.log(k / BAND[0]) / math.log(BAND[1] / BAND[0]) * 400)
    assert np.array_equal(stratum, np.arange(400))
    if kind == "cosine":
        # The wave's power is that of its stratum, to rounding.
        power = np.sum(modes.cosines**2 + modes.sines**2, axis=1) / 2
        expected = SPECTRUM(k) * k * math.log(BAND[1] / BAND[0]) / 400
        np.testing.assert_allclose(power, expected, rtol=1e-13)


def test_a_realisation_draws_about_its_own_field():
    config = Config().replace(
        {
            "flow.anisotropy": "slab",
            "flow.modes": 20,
            "transport.magnetic_field": "random",
            "sky.sampling": "random",
        }
    )
    setup = Setup.from_config(config, maps=False)
    fields = []
    for index in range(3):
        modes = setup.flow(index).parts[0]
        field = config.for_realization(index).field_direction
        k = np.linalg.norm(modes.wavevectors, axis=1)
        assert np.max(np.abs(np.abs(modes.wavevectors @ field) / k - 1)) < 1e-14
        fields.append(field)
    assert not np.allclose(fields[0], fields[1])
