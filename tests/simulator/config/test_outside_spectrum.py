"""Spectra from outside: sampled well, kept in files, predicted and simulated like those that are built in."""

from __future__ import annotations

import itertools
import math
import pickle
from importlib.metadata import EntryPoint, EntryPoints
from typing import ClassVar

import numpy as np
import pytest
from astropy import units
from scipy.integrate import quad
from scipy.special import spherical_jn

from eddysky.simulator import Config, InputError, read, simulate
from eddysky.simulator.config import outside_spectrum
from eddysky.validation import compare, predict

SKY = {"nside": 8}
EPS = np.finfo(float).eps


class Broken:
    """Two power laws, with a kink."""

    k_min, k_max = 0.01, 10.0
    breakpoints = (0.3,)

    def __call__(self, k):
        return np.where(k < 0.3, 30 * (k / 0.3) ** 0.5, 30 * (k / 0.3) ** -2.5)


class Bump:
    """Log-normal."""

    k_min, k_max = 0.05, 8.0
    name = "bump"

    def __call__(self, k):
        return 100 * np.exp(-0.5 * (np.log(k / 0.7) / 0.4) ** 2)


class Viscous:
    """A power law that ends far below the smallest double."""

    k_min, k_max = 0.01, 300.0

    def __call__(self, k):
        return 20 * k ** (-5 / 3) * np.exp(-((k / 1.5) ** 2))


class Steps:
    """Two jumps, and nothing in between."""

    k_min, k_max = 0.1, 6.0
    breakpoints = (0.5, 2.0)

    def __call__(self, k):
        return np.where((k > 0.5) & (k < 2), 0.0, 10.0)


ALL = (Broken, Bump, Viscous, Steps)


@pytest.mark.parametrize("kind", ALL)
def test_between_the_samples(kind):
    spectrum, sampled = kind(), Config(flow={"spectrum": kind()}).flow_spectrum
    assert (sampled.k_min, sampled.k_max) == (spectrum.k_min, spectrum.k_max)
    assert sampled.breakpoints == getattr(spectrum, "breakpoints", ())
    k = np.exp(np.random.default_rng(1).uniform(np.log(0.011), np.log(5.9), 4000))
    k = k[(k > spectrum.k_min) & (k < spectrum.k_max)]
    exact = spectrum(k)
    np.testing.assert_allclose(sampled(k), exact, rtol=1e-6, atol=1e-9 * exact.max())


@pytest.mark.parametrize("kind", ALL)
def test_there_and_back(kind):
    config = Config(flow={"spectrum": kind(), "modes": 512}, sky=SKY)
    assert config.flow.spectrum == getattr(kind, "name", kind.__name__)
    again = Config.from_text(config.to_toml())
    assert again.flow_spectrum == config.flow_spectrum
    assert again.config_hash == config.config_hash
    assert (
        config
        == pickle.loads(pickle.dumps(config))
        == Config(flow={"spectrum": kind(), "modes": 512}, sky=SKY)
    )
    assert len({config, Config(sky=SKY)}) == 2
    assert len(repr(config)) < 300
    assert config.replace({"flow.modes": 64}).flow_spectrum == config.flow_spectrum


@pytest.mark.parametrize("kind", [Broken, Bump, Viscous])
def test_prediction_is_the_integral_over_the_spectrum(kind):
    """Longitudinal and transverse waves seen one mean free path away (ZL24 Eqs. 6, 10)."""
    config = Config(
        flow={"spectrum": kind(), "transverse_fraction": 0.4}, sky=SKY | {"frame": "observer"}
    )
    spectrum, beta, path = kind(), 0.4, config.mean_free_path
    factor = (config.momentum_index / config.particle_speed) ** 2
    for ell in (2, 5, 8):

        def integrand(log_k, ell=ell):
            k = math.exp(log_k)
            x = k * path
            along = spherical_jn(ell, x, derivative=True) ** 2
            across = ell * (ell + 1) / 2 * (spherical_jn(ell, x) / x) ** 2
            return float(spectrum(np.array([k]))[0]) * k * ((1 - beta) * along + beta * across)

        ends = [
            math.log(k)
            for k in (
                spectrum.k_min,
                *getattr(spectrum, "breakpoints", ()),
                min(spectrum.k_max, 12.0),
            )
        ]
        total = sum(
            quad(integrand, low, high, limit=2000, epsrel=1e-10)[0]
            for low, high in itertools.pairwise(ends)
        )
        assert predict(config).c_ell[ell] == pytest.approx(4 * math.pi * factor * total, rel=1e-6)


def test_an_ensemble_is_stored_continued_and_judged_without_the_object(tmp_path):
    config = Config(
        flow={"spectrum": Broken(), "modes": 512}, sky=SKY, ensemble={"realizations": 20}
    )
    simulate(config, tmp_path / "out.h5")
    again = read(tmp_path / "out.h5")
    longer = simulate(again.config.replace({"ensemble.realizations": 40}), tmp_path / "out.h5")
    whole = simulate(config.replace({"ensemble.realizations": 40}))
    np.testing.assert_array_equal(longer.power, whole.power)
    # Contradicts a true theory once in 300 times; the seed is fixed.
    assert compare(longer).consistent


def test_components_and_narrower_bands():
    config = Config(
        flow={"component": [{"spectrum": Bump(), "outer_scale": "30 pc"}, {"index": 2}]}
    )
    part = config.flow_spectrum.parts[0]
    assert (part.k_min, part.k_max) == (pytest.approx(2 * math.pi / 30, rel=4 * EPS), Bump.k_max)


class Wild(Bump):
    def __call__(self, k):
        return 1 + np.sign(np.sin(40 * k))


class Negative(Bump):
    def __call__(self, k):
        return -k


class Failing(Bump):
    def __call__(self, k):
        raise ZeroDivisionError("of its own")


class Complex(Bump):
    def __call__(self, k):
        return k + 1j


class Scalar(Bump):
    def __call__(self, k):
        return 1.0


class Endless(Bump):
    k_max = math.inf


class Known(Bump):
    name = "table"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Wild(), "flow.spectrum: bump: changes too fast near k ="),
        (Negative(), "must be finite and not negative"),
        (Scalar(), "has the shape ()"),
        (Failing(), "ZeroDivisionError: of its own"),
        (Complex(), "complex or masked"),
        (Endless(), "band from k_min = 0.05 to k_max = inf"),
        (Known(), "must be a text other than"),
        (object(), "must be arrays (k, w), a function w(k), or an object with k_min, k_max"),
        (3, "must be arrays (k, w), a function w(k), or an object with k_min, k_max"),
        (lambda k: k, "spectrum: function: a function without k_max: give the end of its band"),
        (([1, 2],), "spectrum: arrays must be two, (k, w)"),
        (np.ones((2, 2, 2)), "spectrum: arrays must be two, (k, w)"),
        (([1, 2], [1, 2, 3]), "must have as many numbers as wavenumber"),
        (([2, 1], [1, 2]), "must increase from row to row"),
        (([1, 2], [1, -2]), "must not be negative"),
        (([1, 2], np.ma.masked_equal([1.0, 2.0], 2.0)), "must be a list of finite numbers"),
        (([1, 2] * units.pc, [1, 2]), "pc is not convertible to 1/pc"),
        (
            "kolmogorov",
            'flow.spectrum = "kolmogorov": must be one of "power-law", "injection", "table"',
        ),
    ],
)
def test_refused(given, words):
    with pytest.raises(InputError) as caught:
        Config(flow={"spectrum": given})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "key", ["index", "velocity_dispersion", "reference_scale", "injection_scale", "table"]
)
def test_keys_that_would_be_ignored(key):
    value = {
        "index": 1.5,
        "velocity_dispersion": "3 km/s",
        "table": {"wavenumber": [1, 2], "spectrum": [1, 1]},
    }
    with pytest.raises(InputError, match=rf"flow\.{key}: not "):
        Config(flow={"spectrum": Bump(), key: value.get(key, "3 pc")})


def test_installed_packages_name_spectra(monkeypatch):
    entry = EntryPoint("viscous", f"{__name__}:Viscous", outside_spectrum.ENTRY_POINTS)
    broken = EntryPoint("broken", "no_such_module:x", outside_spectrum.ENTRY_POINTS)
    monkeypatch.setattr(
        outside_spectrum,
        "entry_points",
        lambda group: EntryPoints([entry, broken]).select(group=group),
    )
    monkeypatch.setattr(
        EntryPoint,
        "load",
        lambda self: Viscous if self.name == "viscous" else __import__("no_such"),
    )
    config = Config.from_text('[flow]\nspectrum = "viscous"\n')
    assert config.flow_spectrum.k_max == 300.0
    with pytest.raises(InputError, match=r"broken.*no_such"):
        Config.from_text('[flow]\nspectrum = "broken"\n')
    with pytest.raises(InputError, match='"table", "broken", "viscous"'):
        Config.from_text('[flow]\nspectrum = "other"\n')


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("{ breakpoints = [1, 2], spectrum = [1, 2] }", "32 at least"),
        ("{ breakpoints = [2, 1], spectrum = [1, 2] }", "increase from above zero"),
        ("{ breakpoints = [1, 2], values = [1, 2] }", "expected the keys breakpoints and spectrum"),
        ("{ wavenumber = [1, 2], spectrum = [1, 2] }", "samples between breakpoints"),
    ],
)
def test_samples_in_a_file_are_checked(table, words):
    with pytest.raises(InputError, match=words):
        Config.from_text(f'[flow]\nspectrum = "mine"\ntable = {table}\n')


def test_values_with_units():
    class InMetres(Bump):
        k_min, k_max = 50 / units.kpc, 8 / units.pc

        def __call__(self, k):
            return 1e6 * super().__call__(k) * units.Unit("m2 pc / s2")

    values = Config(flow={"spectrum": InMetres()}).flow.table.values
    np.testing.assert_allclose(
        values, Config(flow={"spectrum": Bump()}).flow.table.values, rtol=1e-14
    )


def test_a_spectrum_is_replaced_by_another():
    config = Config(flow={"spectrum": Bump()})
    assert config.replace({"flow.spectrum": Broken()}) == Config(flow={"spectrum": Broken()})
    assert config.replace({"flow.spectrum": "power-law"}) == Config()


class TestFunctions:
    """Functions w(k) on the band of outer_scale and inner_scale."""

    BAND: ClassVar[dict] = {"outer_scale": "600 pc", "inner_scale": 1 * units.pc}

    @staticmethod
    def kolmogorov(k):
        return 25.0 * k ** (-5 / 3)

    def test_sampled_on_the_band_of_the_scales(self):
        config = Config(flow={"spectrum": self.kolmogorov} | self.BAND)
        spectrum = config.flow_spectrum
        assert config.flow.spectrum == "kolmogorov"
        assert (spectrum.k_min, spectrum.k_max) == (2 * math.pi / 600, 2 * math.pi)
        k = np.geomspace(spectrum.k_min, spectrum.k_max, 3001)
        np.testing.assert_allclose(spectrum(k), self.kolmogorov(k), rtol=1e-6)
        assert Config.from_text(config.to_toml()) == config

    def test_the_default_outer_scale(self):
        config = Config(flow={"spectrum": lambda k: 1 / k, "inner_scale": "1 pc"})
        assert config.flow.spectrum == "function"
        assert config.flow_spectrum.k_min == 2 * math.pi / Config().flow.outer_scale

    def test_functions_of_quantities(self):
        """As with k = 2π/L: w = σ² L/2π (kL/2π)^(−5/3)."""
        scale, speed = 10 * units.pc, 20 * units.km / units.s

        def with_units(k):
            return speed**2 * scale / (2 * math.pi) * (k * scale / (2 * math.pi)) ** (-5 / 3)

        given = Config(flow={"spectrum": with_units} | self.BAND).flow_spectrum
        built_in = Config(flow=self.BAND).flow_spectrum
        k = np.geomspace(built_in.k_min, built_in.k_max, 301)
        np.testing.assert_allclose(given(k), built_in(k), rtol=1e-6)

    def test_kinks_of_a_function(self):
        def kinked(k):
            return np.where(k < 0.3, 1.0, (k / 0.3) ** -2)

        kinked.breakpoints = (0.3 / units.pc,)
        spectrum = Config(flow={"spectrum": kinked} | self.BAND).flow_spectrum
        assert spectrum.breakpoints == (0.3,)

    @pytest.mark.parametrize("scale", ["1 km/s", "none", 3, "0 pc"])
    def test_scales_that_are_none(self, scale):
        with pytest.raises(InputError, match=r"inner_scale = .*: must be a positive length"):
            Config(flow={"spectrum": self.kolmogorov, "inner_scale": scale})


class TestArrays:
    """Arrays (k, w) are a table, as a file with these columns is."""

    K = np.geomspace(0.01, 10, 40)
    W = 25.0 * K ** (-5 / 3)

    @pytest.mark.parametrize(
        "arrays",
        [
            (K, W),
            [list(K), list(W)],
            np.array([K, W]),
            ((K / units.pc).to("1 / kpc"), (W * units.Unit("km2 pc / s2")).to("m2 kpc / s2")),
        ],
    )
    def test_the_table(self, arrays):
        config = Config(flow={"spectrum": arrays})
        expected = Config(
            flow={
                "spectrum": "table",
                "table": {"wavenumber": self.K.tolist(), "spectrum": self.W.tolist()},
            }
        )
        np.testing.assert_allclose(config.flow.table.values, expected.flow.table.values, rtol=1e-14)
        assert config.flow.spectrum == "table"
        assert Config.from_text(config.to_toml()).flow_spectrum == config.flow_spectrum

    def test_replaced(self):
        config = Config().replace({"flow.spectrum": (self.K, self.W)})
        assert config == Config(flow={"spectrum": (self.K, self.W)})
        again = config.replace({"flow.spectrum": (self.K, 2 * self.W)})
        assert again.flow.table.values == tuple(2 * self.W)
        with pytest.raises(InputError, match=r"flow\.table: not beside arrays"):
            config.replace({"flow.spectrum": (self.K, self.W), "flow.table": "w.csv"})
