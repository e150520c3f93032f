"""The predicted mean square against pitch angle: closed forms, drawn Gaussian skies and simulated skies."""

from __future__ import annotations

import ducc0
import healpy
import numpy as np
import pytest
from scipy import integrate, special, stats

from eddysky.simulator import Config, InputError, simulate
from eddysky.simulator.config.direction import unit_vector
from eddysky.simulator.sky.frames import to_field_frame
from eddysky.simulator.sky.pitch_angle import PitchAngleBins, pitch_angle_profile
from eddysky.validation import parallel_correlation, predict
from eddysky.validation.theory.field_covariance import field_covariance
from eddysky.validation.theory.pitch_angle import predict_profile, predict_profile_at

ISOTROPIC = Config().replace({"sky.nside": 16})
PARALLEL = ISOTROPIC.replace({"transport.mode": "parallel"})
# Rounding of quadratures with a few hundred nodes.
ROUNDING = 1e-12
# Probability that a correct prediction fails one test against drawn skies; seeds are fixed.
FALSE_ALARM = 1e-4


def y_l0(ell, mu):
    """Y_ℓ0, shape (ℓ, μ)."""
    return np.sqrt((2 * ell[:, None] + 1) / (4 * np.pi)) * special.eval_legendre(ell[:, None], mu)


def correlation(config, lmax):
    """⟨a_ℓ a_ℓ'⟩ of δf/f."""
    shift = config.momentum_index / config.particle_speed
    return shift**2 * parallel_correlation(
        config.flow_spectrum, config.mean_free_path, config.flow.transverse_fraction, lmax
    )


def drawn_profiles(covariance, mean, lmin, bins, count, seed):
    """Mean squares of Gaussian zonal skies in bins, by Simpson's rule on 401 points a bin."""
    values, vectors = np.linalg.eigh(covariance)
    random = np.random.default_rng(seed).normal(size=(count, len(mean)))
    a = mean + random @ (vectors * np.sqrt(np.maximum(values, 0))).T
    edges = np.linspace(-1, 1, bins + 1)
    mu = np.linspace(edges[:-1], edges[1:], 401, axis=1)
    sky = a @ y_l0(lmin + np.arange(len(mean)), mu.ravel())
    return integrate.simpson((sky**2).reshape(count, bins, -1), dx=1 / 400, axis=-1)


def assert_drawn_from(profiles, mean, covariance):
    """Every mean and covariance agrees within a quantile times its standard error, estimated from the profiles."""
    count, bins = profiles.shape
    tests = bins + bins * (bins + 1) // 2
    limit = stats.norm.isf(FALSE_ALARM / 2 / tests)
    off = profiles - profiles.mean(axis=0)
    error = off.std(axis=0) / np.sqrt(count)
    assert np.all(np.abs(profiles.mean(axis=0) - mean) <= limit * error)
    products = off[:, :, None] * off[:, None, :]
    error = products.std(axis=0) / np.sqrt(count)
    assert np.all(np.abs(products.mean(axis=0) - covariance) <= limit * error)


class TestIsotropic:
    @pytest.mark.parametrize("lmin", [0, 2, 5])
    def test_the_mean_is_the_power_in_every_bin(self, lmin):
        c_ell = predict(ISOTROPIC, 12).c_ell
        expected = np.sum(((2 * np.arange(13) + 1) * c_ell)[lmin:]) / (4 * np.pi)
        found = predict_profile(ISOTROPIC, 7, lmin, 12).mean
        assert found == pytest.approx(np.full(7, expected), rel=ROUNDING)

    def test_the_configuration_gives_lmax(self):
        np.testing.assert_array_equal(
            predict_profile(ISOTROPIC).mean, predict_profile(ISOTROPIC, 20, 2, 16).mean
        )

    def test_a_dipole_alone(self):
        # I = d·n with independent d of variance 3 C_1/4π: over the sphere |d|²/3, of variance 2/3 of its mean squared.
        found = predict_profile(ISOTROPIC, 1, 1, 1)
        assert found.spread == pytest.approx(np.sqrt(2 / 3) * found.mean, rel=ROUNDING)

    def test_drawn_skies(self):
        lmax, bins = 6, 4
        grid = PitchAngleBins.from_lmax(lmax, bins)
        c_ell = predict(ISOTROPIC, lmax).c_ell
        ell, m = healpy.Alm.getlm(lmax)
        random = np.random.default_rng(1).normal(size=(4000, 2, len(ell)))
        # Real at m = 0; half the power in each of real and imaginary part elsewhere.
        skies = random[:, 0] + 1j * random[:, 1]
        skies = np.where(m == 0, np.sqrt(2) * skies.real, skies) * np.sqrt(c_ell[ell] / 2)
        profiles = np.array([pitch_angle_profile(alm, grid) for alm in skies])
        found = predict_profile(ISOTROPIC, bins, 2, lmax)
        assert_drawn_from(profiles, found.mean, found.covariance)

    def test_regular_patterns_are_refused_where_they_show(self):
        shear = ISOTROPIC.replace(
            {"flow.velocity_gradient": [["1 km/s/pc", "0 km/s/pc", "0 km/s/pc"]] * 3}
        )
        with pytest.raises(InputError, match="regular flow or density gradient"):
            predict_profile(shear)
        expected = predict_profile(ISOTROPIC, lmin=3).mean
        np.testing.assert_array_equal(predict_profile(shear, lmin=3).mean, expected)
        gradient = ISOTROPIC.replace(
            {"transport.density_gradient": ["0 1/pc", "1e-5 1/pc", "0 1/pc"]}
        )
        with pytest.raises(InputError, match="ell = 1…16"):
            predict_profile(gradient, lmin=1)
        expected = predict_profile(ISOTROPIC).mean
        assert predict_profile(gradient).mean == pytest.approx(expected, rel=ROUNDING)


class TestParallel:
    def test_one_multipole(self):
        # Q_B = a² times the mean over B of Y_20²: its scatter is √2 of its mean, the same for all bins.
        found = predict_profile(PARALLEL, 4, 2, 2)
        square = np.polynomial.Polynomial([1, 0, -6, 0, 9]).integ() * (5 / (16 * np.pi))
        pattern = np.diff(square(np.linspace(-1, 1, 5))) / 0.5
        expected = correlation(PARALLEL, 2)[2, 2] * pattern
        assert found.mean == pytest.approx(expected, rel=ROUNDING)
        assert found.covariance == pytest.approx(2 * np.outer(expected, expected), rel=ROUNDING)

    def test_the_definition(self):
        lmin, lmax, bins = 2, 9, 5
        covariance = correlation(PARALLEL, lmax)[lmin:, lmin:]
        found = predict_profile(PARALLEL, bins, lmin, lmax).mean

        def at(mu):
            y = y_l0(np.arange(lmin, lmax + 1), np.array([mu]))[:, 0]
            return y @ covariance @ y

        edges = np.linspace(-1, 1, bins + 1)
        expected = [integrate.quad(at, *edges[i : i + 2])[0] / (2 / bins) for i in range(bins)]
        assert found == pytest.approx(expected, rel=1e4 * ROUNDING)
        assert found == pytest.approx(found[::-1], rel=ROUNDING)
        # It grows towards both ends of the field line, and its total is the power.
        assert found[0] > 1.5 * found[2]
        total = np.sum(np.diag(covariance)) / (4 * np.pi)
        assert np.mean(found) == pytest.approx(total, rel=ROUNDING)

    def test_drawn_skies(self):
        lmin, lmax, bins = 2, 8, 4
        covariance = correlation(PARALLEL, lmax)[lmin:, lmin:]
        profiles = drawn_profiles(covariance, np.zeros(lmax - lmin + 1), lmin, bins, 4000, 2)
        found = predict_profile(PARALLEL, bins, lmin, lmax)
        assert_drawn_from(profiles, found.mean, found.covariance)
        total = profiles.mean()
        shape = found.mean / found.mean.mean()
        residuals = profiles - shape * profiles.mean(axis=1, keepdims=True)
        scaled = found.scaled(total)
        assert scaled.mean == pytest.approx(shape * total, rel=ROUNDING)
        assert_drawn_from(
            residuals, np.zeros(bins), scaled.covariance * (found.mean.mean() / total) ** 2
        )

    @pytest.mark.parametrize(
        "settings",
        [
            {"sky.frame": "observer"},
            {"transport.free_path": "exponential", "transport.scatterings": 3},
            {"transport.free_path": "erlang", "transport.erlang_order": 4},
            {"cosmic_rays.energy": "100 TeV", "flow.index": 1.5, "flow.transverse_fraction": 0.0},
        ],
    )
    def test_every_setting_counts(self, settings):
        # The total over the sphere is that of the C_l, which test_predict.py tests.
        config = PARALLEL.replace(settings)
        c_ell = predict(config, 8).c_ell
        total = np.sum(((2 * np.arange(9) + 1) * c_ell)[1:]) / (4 * np.pi)
        found = predict_profile(config, 4, 1, 8).mean
        assert np.mean(found) == pytest.approx(total, rel=1e4 * ROUNDING)
        assert abs(np.mean(predict_profile(PARALLEL, 4, 1, 8).mean) / total - 1) > 0.01

    def test_regular_parts(self):
        """Without turbulence the pattern is known: δf/f = λ g·b μ + (D/v) (U·b μ + λ b·G b (μ² − 1/3) + mean)."""
        uniform, gradient = np.array([20.0, -15, 10]), np.array([1e-5, 3e-5, 2e-5])
        shear = np.array([[0.3, 1, -0.2], [0.1, -0.5, 0.7], [0, 0.4, 0.9]])
        regular = {
            "sky.frame": "observer",
            "flow.mean_velocity": [f"{x} km/s" for x in uniform.tolist()],
            "flow.velocity_gradient": [[f"{x} km/s/pc" for x in row] for row in shear.tolist()],
            "transport.density_gradient": [f"{x!r} 1/pc" for x in gradient.tolist()],
        }
        config = PARALLEL.replace(regular | {"flow.velocity_dispersion": "0 km/s"})
        b, path = config.field_direction, config.mean_free_path
        shift = config.momentum_index / config.particle_speed
        linear = path * gradient @ b + shift * uniform @ b
        square = shift * path * b @ shear @ b
        edges = np.linspace(-1, 1, 5)
        for lmin, pattern in (
            (0, [0, linear, square]),
            (1, [-square / 3, linear, square]),
            (2, [-square / 3, 0, square]),
        ):
            # The pattern is a function of n·b, the edges are values of −n·b.
            primitive = -((np.polynomial.Polynomial(pattern) ** 2).integ())
            expected = np.diff(primitive(-edges)) / 0.5
            found = predict_profile(config, 4, lmin)
            assert found.mean == pytest.approx(expected, rel=1e3 * ROUNDING)
            assert not found.covariance.any()
        # With turbulence the products of regular flow and turbulence add to the covariance.
        steeper = [[f"{10 * x} km/s/pc" for x in row] for row in shear.tolist()]
        config = PARALLEL.replace({"flow.velocity_gradient": steeper})
        mean = np.zeros(5)
        mean[0] = 10 * square * 2 / 3 * np.sqrt(4 * np.pi / 5)
        covariance = correlation(config, 6)[2:, 2:]
        assert 0.3 < mean[0] ** 2 / covariance[0, 0] < 3
        profiles = drawn_profiles(covariance, mean, 2, 4, 4000, 3)
        found = predict_profile(config, 4, 2, 6)
        assert_drawn_from(profiles, found.mean, found.covariance)

    @pytest.mark.parametrize(("bins", "lmin", "lmax"), [(0, 2, 8), (4, -1, 8), (4, 9, 8)])
    def test_nothing_to_predict(self, bins, lmin, lmax):
        with pytest.raises(ValueError, match="need bins >= 1"):
            predict_profile(PARALLEL, bins, lmin, lmax)


def test_zero_power_has_no_shape():
    calm = PARALLEL.replace({"flow.velocity_dispersion": "0 km/s"})
    with pytest.raises(ValueError, match="no shape"):
        predict_profile(calm).scaled(1.0)


@pytest.mark.parametrize("config", [ISOTROPIC, PARALLEL], ids=["isotropic", "parallel"])
def test_simulated_skies(config):
    """Maps of an ensemble, rotated into the frame of b and squared, against the prediction (Hotelling's T²)."""
    count, lmax, bins = 200, 8, 6
    config = config.replace({"ensemble.realizations": count, "flow.modes": 512, "sky.nside": 16})
    result = simulate(config, maps=count)
    grid = PitchAngleBins.from_lmax(lmax, bins)
    profiles = []
    # a_ℓm = 4π/N Σ I Y*_ℓm over pixels: good to 1e-3 for ℓ up to nside/2.
    pixels = ducc0.healpix.Healpix_Base(16, "RING").sht_info()
    for sky in result.maps.astype(float):
        sums = ducc0.sht.adjoint_synthesis(map=sky[None], spin=0, lmax=lmax, **pixels)[0]
        alm = to_field_frame(4 * np.pi / sky.size * sums, lmax, unit_vector((229.2, 11.4)))
        profiles.append(pitch_angle_profile(alm, grid))
    profiles = np.array(profiles)

    def chance(expected):
        off = profiles.mean(axis=0) - expected
        t2 = count * off @ np.linalg.solve(np.cov(profiles.T), off)
        return stats.f.sf(t2 * (count - bins) / (bins * (count - 1)), bins, count - bins)

    assert chance(predict_profile(config, bins, 2, lmax).mean) > FALSE_ALARM
    other = PARALLEL if config.transport.mode == "isotropic" else ISOTROPIC
    wrong = predict_profile(other, bins, 2, lmax).mean
    assert chance(wrong * profiles.mean() / wrong.mean()) < FALSE_ALARM**2


def test_components_bring_their_own_transverse_fractions():
    """Averaged over the sky the mean square is Σ (2ℓ+1) C_ℓ/4π, for any components of the turbulence."""
    parts = [
        {"transverse_fraction": 0.0},
        {"velocity_dispersion": "10 km/s", "outer_scale": "50 pc", "transverse_fraction": 1.0},
    ]
    given = {"transport": {"mode": "parallel"}, "sky": {"nside": 8}, "flow": {"component": parts}}
    config = Config.from_dict(given)
    ell = np.arange(2, config.lmax + 1)
    total = np.sum((2 * ell + 1) * predict(config).c_ell[2:]) / (4 * np.pi)
    assert np.mean(predict_profile(config).mean) == pytest.approx(total, rel=1e-9)


@pytest.mark.parametrize("mode", ["isotropic", "parallel"])
def test_bins_are_means_of_the_profile(mode):
    config = Config().replace(
        {"transport.mode": mode, "flow.inner_scale": "3 pc", "sky.nside": 4, "sky.lmax": 6}
    )
    nodes, weights = np.polynomial.legendre.leggauss(12)
    bins = predict_profile(config, 4).mean
    for index, expected in enumerate(bins):
        mu = -1 + 0.5 * index + 0.25 * (1 + nodes)
        # The square of a sky up to ℓ = 6 is a polynomial of degree 12 in μ: the rule is exact.
        assert 0.5 * weights @ predict_profile_at(config, mu) == pytest.approx(expected, rel=1e-10)


def test_rejects_cosines_outside_the_range():
    with pytest.raises(ValueError, match="mu"):
        predict_profile_at(Config(), np.array([1.5]))


def test_profile_of_drift_kinetic_transport():
    """Even multipoles correlate: the profile is that of the intensity itself at each pitch angle (ZL25 Eq. 16).

    One flow with waves of nearly one k and β = 0: ⟨I²⟩ at μ is ∫ dy |(φ − 1)/(yμ)|² [μ² y² + ½(1−μ²)(1−y²)]².
    """
    wave = {"wavenumber": [0.1999, 0.2001], "spectrum": [4.0, 4.0]}
    config = ISOTROPIC.replace(
        {
            "transport.mode": "drift-kinetic",
            "flow.spectrum": "table",
            "flow.table": wave,
            "flow.transverse_fraction": 0.0,
            "sky.lmax": 40,
        }
    )
    y, weight = np.polynomial.legendre.leggauss(200)
    y, weight = (1 + y) / 2, weight / 2
    mu = np.array([-0.95, -0.3, 0.001, 0.6])
    t = 2.0 * y * mu[:, None]
    work = (mu**2)[:, None] * y**2 + (1 - mu[:, None] ** 2) / 2 * (1 - y**2)
    square = np.abs((np.exp(1j * t) - 1) / (y * mu[:, None])) ** 2 * work**2
    shift = config.momentum_index / config.particle_speed
    expected = (shift * config.turbulent_speed) ** 2 * square @ weight
    found = predict_profile_at(config, mu, lmin=0)
    # The band is 1e-3 wide: (1e-3)²/12.
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_infinite_variances_are_refused():
    stationary = {"transport.mode": "drift-kinetic", "transport.scatterings": "stationary"}
    config = ISOTROPIC.replace(stationary)
    for lmin in (0, 1):
        with pytest.raises(InputError, match=f"lmin = {lmin}: a_1 has no finite variance"):
            predict_profile(config, lmin=lmin)
    assert np.isfinite(predict_profile(config, lmin=2).mean).all()


HELICAL = {"transport.mode": "helical", "transport.free_path": "exponential"}
AXISYMMETRIC = [
    {"flow.anisotropy": "goldreich-sridhar", "flow.polarization": "alfven"},
    HELICAL | {"transport.magnetic_field_strength": "1e-3 uG"},
]


@pytest.mark.parametrize("settings", AXISYMMETRIC, ids=["goldreich-sridhar", "helical"])
def test_skies_with_all_orders_about_the_field(settings):
    """Mean and covariance of bins against Gaussian skies of the a_ℓm, on a grid of pitch angles and azimuths."""
    config = ISOTROPIC.replace(settings | {"flow.inner_scale": "10 pc"})
    lmin, lmax, bins, count = 2, 4, 4, 4000
    profile = predict_profile(config, bins, lmin, lmax)
    correlations = field_covariance(config, lmax)
    whole = np.sum((2 * np.arange(lmax + 1) + 1)[lmin:] * predict(config, lmax).c_ell[lmin:])
    assert profile.mean.mean() == pytest.approx(whole / (4 * np.pi), rel=1e-8)
    assert np.ptp(profile.mean) > 0.1 * profile.mean.mean()
    random = np.random.default_rng(7)
    nodes, weight = np.polynomial.legendre.leggauss(6)
    mu = (profile.edges[:-1, None] + np.diff(profile.edges)[:, None] * (1 + nodes) / 2).ravel()
    azimuth = 2 * np.pi * np.arange(12) / 12
    sky = np.zeros((count, len(mu), len(azimuth)))
    for m, covariance in enumerate(correlations):
        own = covariance[lmin:, lmin:]
        size, vectors = np.linalg.eigh(own)
        root = vectors * np.sqrt(np.maximum(size, 0))
        normal = random.standard_normal((2, count, len(own)))
        alm = (normal[0] if m == 0 else (normal[0] + 1j * normal[1]) / np.sqrt(2)) @ root.T
        ell = np.arange(lmin, lmax + 1)
        # At n·b = −μ.
        harmonics = special.sph_harm_y(ell[:, None], m, np.arccos(-mu), 0.0).real
        wave = np.einsum("sl,li,j->sij", alm, harmonics, np.exp(1j * m * azimuth))
        sky += (1 if m == 0 else 2) * wave.real
    drawn = (sky**2).mean(axis=2).reshape(count, bins, -1) @ weight / 2
    # False-alarm probabilities: 4 and 10 values at 4.5 standard errors, 7e-6 each.
    error = np.sqrt(np.diag(profile.covariance) / count)
    assert np.all(np.abs(drawn.mean(axis=0) - profile.mean) < 4.5 * error)
    centred = drawn - profile.mean
    products = centred[:, :, None] * centred[:, None, :]
    error = products.std(axis=0) / np.sqrt(count)
    assert np.all(np.abs(products.mean(axis=0) - profile.covariance) < 4.5 * error)
    places = np.linspace(-1, 1, 801)
    fine = predict_profile_at(config, places, lmin, lmax).reshape(-1)
    expected = [integrate.simpson(fine[i * 200 : i * 200 + 201]) / 200 for i in range(bins)]
    np.testing.assert_allclose(profile.mean, expected, rtol=1e-8)


def test_helical_profiles_between_their_limits():
    """Without a field every bin is alike; in a strong one the profile is that of drift-kinetic transport."""
    settings = HELICAL | {"flow.inner_scale": "10 pc", "flow.transverse_fraction": 0.5}
    weak, strong = (
        predict_profile(
            ISOTROPIC.replace(settings | {"transport.magnetic_field_strength": strength}), 5, 2, 6
        )
        for strength in ("1e-8 uG", "10 uG")
    )
    still = {key: value for key, value in settings.items() if key != "transport.mode"}
    isotropic = predict_profile(ISOTROPIC.replace(still), 5, 2, 6)
    drift = predict_profile(ISOTROPIC.replace(still | {"transport.mode": "drift-kinetic"}), 5, 2, 6)
    # r_L is 1e5 and 1e-4 free paths.
    np.testing.assert_allclose(weak.mean, isotropic.mean, rtol=1e-4)
    np.testing.assert_allclose(weak.covariance, isotropic.covariance, rtol=1e-3)
    np.testing.assert_allclose(strong.mean, drift.mean, rtol=1e-3)
    np.testing.assert_allclose(
        strong.covariance, drift.covariance, rtol=0, atol=1e-3 * drift.covariance.max()
    )


@pytest.mark.parametrize("settings", AXISYMMETRIC, ids=["goldreich-sridhar", "helical"])
def test_regular_flows_are_no_function_of_the_pitch_angle(settings):
    shear = {
        "flow.velocity_gradient": [["0 km/s/pc", "1 km/s/pc", "0 km/s/pc"]]
        + [["0 km/s/pc"] * 3] * 2
    }
    config = ISOTROPIC.replace(settings | shear | {"flow.inner_scale": "10 pc"})
    with pytest.raises(InputError, match="its pattern has its own axes"):
        predict_profile(config, lmin=2, lmax=4)
    with pytest.raises(InputError, match="its pattern has its own axes"):
        predict_profile_at(config, np.zeros(1), lmin=2, lmax=4)
