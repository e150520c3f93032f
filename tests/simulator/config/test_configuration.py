"""Configuration: defaults, the way through TOML, and every class of input that must be refused."""

from __future__ import annotations

import json
import math
import tomllib
from typing import ClassVar

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.quantities import PROTON_REST_ENERGY, SPEED_OF_LIGHT
from eddysky.simulator.errors import InputError

EPS = np.finfo(float).eps


class TestDefaults:
    def test_empty_file_is_the_kolmogorov_run(self):
        config = Config.from_text("")
        assert config == Config()
        assert config.flow.index == 5 / 3
        assert config.flow.velocity_dispersion == 20.0
        assert config.flow.reference_scale == 10.0
        assert config.flow.transverse_fraction == 2 / 3
        assert config.transport.mean_free_path == config.mean_free_path == 10.0
        assert (config.transport.free_path, config.transport.scatterings) == ("fixed", 1)
        assert config.momentum_index == pytest.approx(-4.7, rel=2 * EPS)
        assert config.sky.frame == "fluid"
        assert (config.sampling, config.particles, config.lmax) == ("pixel-centre", None, 64)
        assert config.path_order == 0
        assert config.turbulent

    @pytest.mark.parametrize("nside", [2, 64, 512])
    def test_band_follows_the_resolution(self, nside):
        config = Config.from_dict(
            {"sky": {"nside": nside}, "transport": {"mean_free_path": "4 pc"}}
        )
        spectrum = config.flow_spectrum
        # tests/simulator/config/test_default_band.py tests where the band ends.
        default = Config().flow_spectrum.k_max * 10 / 64
        assert spectrum.k_max * 4 == pytest.approx(default * nside, rel=8 * EPS)
        assert spectrum.k_min == pytest.approx(2 * math.pi / 1000, rel=4 * EPS)
        assert config.lmax == nside

    def test_inner_scale_sets_the_band(self):
        config = Config.from_dict({"flow": {"inner_scale": "5 pc"}})
        assert config.flow_spectrum.k_max == pytest.approx(2 * math.pi / 5, rel=4 * EPS)

    @pytest.mark.parametrize(
        ("transport", "sampling", "order"),
        [
            ({"free_path": "fixed"}, "pixel-centre", 0),
            ({"free_path": "exponential"}, "random", 1),
            ({"free_path": "erlang", "erlang_order": 7}, "random", 7),
            ({"free_path": "fixed", "scatterings": 2}, "random", 0),
        ],
    )
    def test_sampling_follows_the_free_path(self, transport, sampling, order):
        config = Config.from_dict({"transport": transport})
        assert (config.sampling, config.path_order) == (sampling, order)
        assert config.particles == (None if sampling == "pixel-centre" else 1_000_000)


class TestDerived:
    @pytest.mark.parametrize("scattering_index", [5 / 3, 3 / 2, 2.0])
    def test_mean_free_path_scales_with_energy(self, scattering_index):
        rays = {"energy": "80 TeV", "scattering_index": scattering_index}
        config = Config.from_dict(
            {"cosmic_rays": rays, "transport": {"mean_free_path": "3 pc"}, "sky": {"nside": 8}}
        )
        expected = 3 * math.exp((2 - scattering_index) * math.log(8))
        assert config.mean_free_path == pytest.approx(expected, rel=8 * EPS)

    @pytest.mark.parametrize("energy", [1e-3, 2e-3, 1.0])
    def test_particle_speed(self, energy):
        config = Config.from_dict({"cosmic_rays": {"energy": f"{energy} TeV"}, "sky": {"nside": 1}})
        lorentz = energy / PROTON_REST_ENERGY
        expected = SPEED_OF_LIGHT * math.tanh(math.acosh(lorentz))
        assert config.particle_speed == pytest.approx(expected, rel=64 * EPS)

    @pytest.mark.parametrize("alpha", [2.0, 2.7, -1.0])
    def test_momentum_index(self, alpha):
        config = Config.from_dict({"cosmic_rays": {"spectral_index": alpha}})
        assert config.momentum_index == -(alpha + 2)

    @pytest.mark.parametrize("index", [5 / 3, 1.0, -2.0])
    def test_turbulent_speed_is_the_integral_of_the_spectrum(self, index):
        config = Config.from_dict({"flow": {"index": index, "velocity_dispersion": "0.1 km/s"}})
        w = config.flow_spectrum
        low, high = w.k_min, w.k_max
        amplitude = float(w(1.0))
        if index == 1:
            integral = amplitude * math.log(high / low)
        else:
            integral = amplitude * (high ** (1 - index) - low ** (1 - index)) / (1 - index)
        # Midpoint rule in ln k: a relative (γ−1)² h²/24 with h = ln(high/low)/4096 for a power law.
        error = (index - 1) ** 2 * (math.log(high / low) / 4096) ** 2 / 24
        expected = pytest.approx(math.sqrt(integral), rel=error + 4096 * EPS)
        assert config.turbulent_speed == expected

    def test_no_dispersion_no_turbulence(self):
        config = Config.from_dict({"flow": {"velocity_dispersion": "0 km/s"}})
        assert not config.turbulent
        assert config.turbulent_speed == 0


# Every key with a value that differs from the default, and what else must be set for it.
CHANGES = {
    "flow.spectrum": ("injection", {"flow.injection_scale": "100 pc"}),
    "flow.injection_scale": (
        "100 pc",
        {"flow.spectrum": "injection", "flow.injection_scale": "90 pc"},
    ),
    "flow.table": (
        {"wavenumber": [0.01, 0.1, 30.0], "spectrum": [0.0, 2.5, 0.1]},
        {
            "flow.spectrum": "table",
            "flow.table": {"wavenumber": [0.01, 0.1, 30.0], "spectrum": [0.0, 2.4, 0.1]},
        },
    ),
    "flow.component": (
        [{"velocity_dispersion": "5 km/s"}, {"index": 1.5, "transverse_fraction": 0.0}],
        {},
    ),
    "flow.field": ({"name": "waves", "version": "1"}, {}),
    "flow.index": (1.5, {}),
    "flow.velocity_dispersion": ("19 km/s", {}),
    "flow.reference_scale": ("11 pc", {}),
    "flow.outer_scale": ("900 pc", {}),
    "flow.inner_scale": ("1 pc", {}),
    "flow.transverse_fraction": (0.5, {}),
    "flow.modes": (4097, {}),
    "flow.amplitudes": ("cosine", {}),
    "flow.taylor_order": (1, {}),
    "flow.precision": ("single", {}),
    "flow.mean_velocity": (["0 km/s", "1 km/s", "0 km/s"], {}),
    "flow.velocity_gradient": ([["0 km/s/pc", "1 km/s/pc", "0 km/s/pc"]] * 3, {}),
    "transport.mode": ("parallel", {}),
    "transport.magnetic_field": ([10.0, 20.0], {"transport.mode": "parallel"}),
    "transport.mean_free_path": ("12 pc", {}),
    "transport.free_path": ("exponential", {}),
    "transport.erlang_order": (2, {"transport.free_path": "erlang"}),
    "transport.scatterings": (2, {}),
    "transport.density_gradient": (["0 1/pc", "0 1/pc", "0.001 1/pc"], {}),
    "cosmic_rays.energy": ("20 TeV", {}),
    "cosmic_rays.reference_energy": ("5 TeV", {}),
    "cosmic_rays.spectral_index": (2.6, {}),
    "cosmic_rays.scattering_index": (1.5, {}),
    "sky.nside": (32, {}),
    "sky.lmax": (17, {}),
    "sky.sampling": ("random", {}),
    "sky.particles": (5000, {"sky.sampling": "random"}),
    "sky.frame": ("observer", {}),
    "sky.evaluation": ("bands", {}),
    "ensemble.realizations": (7, {}),
    "ensemble.seed": (2, {}),
}


def test_the_table_above_is_complete():
    fields = Config.model_fields
    keys = {f"{name}.{key}" for name in fields for key in fields[name].annotation.model_fields}
    assert keys == set(CHANGES)


class TestRoundTrip:
    @pytest.mark.parametrize("key", CHANGES)
    def test_every_key_goes_through_toml(self, key):
        value, needed = CHANGES[key]
        config = Config().replace({**needed, key: value})
        again = Config.from_text(config.to_toml())
        assert again.to_dict() == config.to_dict()
        assert again.identity == config.identity
        assert tomllib.loads(again.to_toml()) == tomllib.loads(config.to_toml())
        section, _, name = key.partition(".")
        assert getattr(getattr(config, section), name) != getattr(getattr(Config(), section), name)
        if key == "flow.component":
            assert again.flow_spectrum == config.flow_spectrum
        else:
            assert getattr(getattr(again, section), name) == getattr(getattr(config, section), name)

    def test_values_survive_to_the_bit(self):
        flow = {
            "index": 0.1 + 0.2,
            "velocity_dispersion": f"{1 / 3!r} km/s",
            "outer_scale": "3 kpc",
        }
        config = Config.from_dict({"flow": flow, "sky": {"nside": 16, "lmax": 47}})
        again = Config.from_text(config.to_toml())
        assert again.flow_spectrum == config.flow_spectrum
        assert again.flow.velocity_dispersion == 1 / 3
        assert again.flow.outer_scale == pytest.approx(3000, rel=2 * EPS)

    def test_derived_defaults_are_filled_in(self):
        values = tomllib.loads(Config().replace({"transport.free_path": "exponential"}).to_toml())
        assert values["sky"]["lmax"] == 64
        assert values["sky"]["sampling"] == "random"
        assert values["sky"]["particles"] == 1_000_000
        assert "erlang_order" not in values["transport"]
        assert "particles" not in tomllib.loads(Config().to_toml())["sky"]

    def test_json_ready(self):
        assert json.loads(json.dumps(Config().to_dict())) == Config().to_dict()

    def test_file(self, tmp_path):
        path = tmp_path / "run.toml"
        path.write_text('[flow]\nindex = 1.5\nouter_scale = "0.5 kpc"\n')
        config = Config.from_toml(path, {"flow.index": 1.25, "sky.nside": 8})
        assert (config.flow.index, config.flow.outer_scale, config.sky.nside) == (1.25, 500.0, 8)


class TestReplace:
    def test_changes_only_what_is_named(self):
        base = Config().replace({"flow.index": 1.5})
        changed = base.replace({"sky.nside": 32, "ensemble.seed": 9})
        assert changed.flow == base.flow
        assert (changed.sky.nside, changed.ensemble.seed) == (32, 9)
        assert (base.sky.nside, base.ensemble.seed) == (64, 1)

    def test_derived_defaults_stay_derived(self):
        changed = Config().replace({"sky.nside": 16})
        assert changed.lmax == 16
        assert changed.replace({"transport.free_path": "exponential"}).sampling == "random"

    @pytest.mark.parametrize(
        "key",
        [
            "nside",
            "sky.",
            ".nside",
            "sky",
            "",
        ],
    )
    def test_keys_need_a_section(self, key):
        with pytest.raises(InputError) as caught:
            Config().replace({key: 8})
        assert key in str(caught.value)

    def test_frozen(self):
        with pytest.raises(ValueError, match="frozen"):
            Config().flow.index = 2.0


class TestIdentity:
    @pytest.mark.parametrize("key", CHANGES)
    def test_depends_on_every_key_but_the_number_of_realizations(self, key):
        value, needed = CHANGES[key]
        if key == "flow.spectrum":
            # Another spectrum needs keys that this one does not allow.
            assert Config().replace({**needed, key: value}).identity != Config().identity
            return
        base = Config().replace(needed | ({"transport.erlang_order": 3} if "erlang" in key else {}))
        same = base.replace({key: value}).identity == base.identity
        assert same == (key == "ensemble.realizations")

    def test_spelling_out_a_default_keeps_it(self):
        spelt = Config().replace({"sky.lmax": 64, "sky.sampling": "pixel-centre"})
        assert spelt.identity == Config().identity
        assert Config.from_dict({"flow": {"outer_scale": "1 kpc"}}).identity == Config().identity


def refused(text):
    with pytest.raises(InputError) as caught:
        Config.from_text(text, "run.toml")
    message = str(caught.value)
    assert message.startswith("run.toml: ")
    assert message.count("\n") <= 1
    return message


BAD = [
    # text, and what the message must name: the key, the value, what is allowed
    ("[flow]\nindx = 2", ["flow.indx", "unknown key", "index"]),
    ("[transport]\nfreepath = 'fixed'", ["transport.freepath", "free_path"]),
    ("[cosmic_rays]\nEnergy = '1 TeV'", ["cosmic_rays.Energy", "reference_energy"]),
    ("[sky]\nnsides = 8", ["sky.nsides", "nside"]),
    ("[ensemble]\nrealisations = 8", ["ensemble.realisations", "realizations"]),
    ("[flows]\nindex = 2", ["flows", "unknown key", "flow, transport, cosmic_rays"]),
    ("nside = 8", ["nside", "unknown key"]),
    ("flow = 3", ["flow", "3"]),
    ("[flow\nindex = 2", ["not valid TOML"]),
    ("[flow]\nindex = 2\nindex = 3", ["not valid TOML"]),
    ("[flow]\nindex = '2'", ["flow.index", '"2"']),
    ("[flow]\nindex = true", ["flow.index", "true"]),
    ("[flow]\nindex = nan", ["flow.index", "nan", "finite"]),
    ("[flow]\nindex = inf", ["flow.index", "inf"]),
    ("[flow]\nindex = 9", ["flow.index", "9", "8"]),
    ("[flow]\nindex = -4.5", ["flow.index", "-4.5", "-4"]),
    ("[flow]\nspectrum = 'powerlaw'", ["flow.spectrum", "powerlaw", "power-law"]),
    ("[flow]\namplitudes = 'Gaussian'", ["flow.amplitudes", "Gaussian", "gaussian"]),
    ("[flow]\nvelocity_dispersion = 20", ["flow.velocity_dispersion", "20", "unit"]),
    ("[flow]\nvelocity_dispersion = '20'", ["flow.velocity_dispersion", '"20"', "unit"]),
    ("[flow]\nvelocity_dispersion = '20 kms'", ["flow.velocity_dispersion", "kms", "km/s"]),
    ("[flow]\nvelocity_dispersion = '20 pc'", ["flow.velocity_dispersion", "20 pc", "km/s"]),
    ("[flow]\nvelocity_dispersion = '-1 km/s'", ["flow.velocity_dispersion", "-1 km/s", "zero"]),
    ("[flow]\nouter_scale = '-1 pc'", ["flow.outer_scale", "-1 pc", "positive"]),
    ("[flow]\nouter_scale = '0 pc'", ["flow.outer_scale", "0 pc", "positive"]),
    ("[flow]\nouter_scale = 'nan pc'", ["flow.outer_scale", "nan pc", "finite"]),
    ("[flow]\nouter_scale = 'inf pc'", ["flow.outer_scale", "inf pc", "finite"]),
    ("[flow]\nouter_scale = '10 parsec2'", ["flow.outer_scale", "parsec2"]),
    ("[flow]\nreference_scale = '10 TeV'", ["flow.reference_scale", "10 TeV", "length"]),
    ("[flow]\ntransverse_fraction = 1.01", ["flow.transverse_fraction", "1.01", "1"]),
    ("[flow]\ntransverse_fraction = -0.01", ["flow.transverse_fraction", "-0.01", "0"]),
    ("[flow]\ntransverse_fraction = nan", ["flow.transverse_fraction", "nan"]),
    ("[flow]\nmodes = 0", ["flow.modes", "0", "1"]),
    ("[flow]\nmodes = 100.0", ["flow.modes", "100.0", "integer"]),
    ("[flow]\nmodes = '100'", ["flow.modes", '"100"', "integer"]),
    ("[flow]\nmodes = true", ["flow.modes", "true", "integer"]),
    ("[flow]\nmodes = 10000001", ["flow.modes", "10000001", "10000000"]),
    ("[flow]\ninner_scale = '1000 pc'", ["flow.inner_scale", "1000 pc", "flow.outer_scale"]),
    ("[flow]\ninner_scale = '2 kpc'", ["flow.inner_scale", "2000 pc", "flow.outer_scale"]),
    ("[flow]\nouter_scale = '0.01 pc'", ["flow.inner_scale", "not given", "outer_scale = 0.01 pc"]),
    ("[flow]\ninner_scale = '0.001 pc'", ["flow.inner_scale", "0.001", "4096", "random"]),
    ("[flow]\nmean_velocity = '20 km/s'", ["flow.mean_velocity", "20 km/s"]),
    ("[flow]\nmean_velocity = ['1 km/s', '2 km/s']", ["flow.mean_velocity"]),
    (
        "[flow]\nmean_velocity = ['1 km/s', '2 km/s', '3 pc']",
        ["flow.mean_velocity.2", "3 pc", "speed"],
    ),
    (
        "[flow]\nmean_velocity = ['3001 km/s', '0 km/s', '0 km/s']",
        ["flow", "3003 km/s", "2998 km/s"],
    ),
    ("[flow]\nvelocity_dispersion = '2000 km/s'", ["flow", "2998 km/s", "particles' speed"]),
    (
        "[flow]\nvelocity_gradient = [['400 km/s/pc', '0 km/s/pc', '0 km/s/pc'],"
        "['0 km/s/pc', '0 km/s/pc', '0 km/s/pc'], ['0 km/s/pc', '0 km/s/pc', '0 km/s/pc']]",
        ["flow", "4002 km/s", "2998 km/s"],
    ),
    ("[flow]\nvelocity_gradient = ['0 km/s/pc', '0 km/s/pc']", ["flow.velocity_gradient"]),
    ("[transport]\nmode = 'perpendicular'", ["transport.mode", "perpendicular", "parallel"]),
    ("[transport]\nmagnetic_field = [229.2, 11.4]", ["transport.magnetic_field", "parallel"]),
    (
        "[transport]\nmode = 'parallel'\nmagnetic_field = [229.2, 91.0]",
        ["transport.magnetic_field", "91", "declination must be from -90 to 90"],
    ),
    (
        "[transport]\nmode = 'parallel'\nmagnetic_field = [360.0, 0.0]",
        ["transport.magnetic_field", "360", "right ascension must be from 0 to below 360"],
    ),
    ("[transport]\nmode = 'parallel'\nmagnetic_field = [10.0]", ["transport.magnetic_field"]),
    ("[transport]\nmean_free_path = '0 pc'", ["transport.mean_free_path", "0 pc", "positive"]),
    ("[transport]\nmean_free_path = 10", ["transport.mean_free_path", "10", "unit"]),
    ("[transport]\nfree_path = 'gamma'", ["transport.free_path", "gamma", "erlang"]),
    ("[transport]\nfree_path = 'erlang'", ["transport.erlang_order", "missing", "erlang"]),
    ("[transport]\nerlang_order = 3", ["transport.erlang_order", "3", "fixed"]),
    (
        "[transport]\nfree_path = 'exponential'\nerlang_order = 3",
        ["transport.erlang_order", "3", "exponential"],
    ),
    (
        "[transport]\nfree_path = 'erlang'\nerlang_order = 0",
        ["transport.erlang_order", "0", "1"],
    ),
    ("[transport]\nscatterings = 0", ["transport.scatterings", "0", "1"]),
    ("[transport]\nscatterings = 1.0", ["transport.scatterings", "1.0", "integer"]),
    (
        "[transport]\ndensity_gradient = ['0.2 1/pc', '0 1/pc', '0 1/pc']",
        ["transport.density_gradient", "1", "at most 0.1"],
    ),
    (
        "[transport]\ndensity_gradient = ['0.1 pc', '0 1/pc', '0 1/pc']",
        ["transport.density_gradient.0", "0.1 pc", "inverse length"],
    ),
    ("[cosmic_rays]\nenergy = '900 MeV'", ["cosmic_rays.energy", "0.0009", "rest energy"]),
    ("[cosmic_rays]\nenergy = '0 TeV'", ["cosmic_rays.energy", "0 TeV", "positive"]),
    ("[cosmic_rays]\nenergy = '10 km'", ["cosmic_rays.energy", "10 km", "energy"]),
    ("[cosmic_rays]\nspectral_index = 11", ["cosmic_rays.spectral_index", "11", "10"]),
    ("[cosmic_rays]\nscattering_index = -1", ["cosmic_rays.scattering_index", "-1", "0"]),
    ("[sky]\nnside = 12", ["sky.nside", "12", "power of two"]),
    ("[sky]\nnside = 0", ["sky.nside", "0", "1"]),
    ("[sky]\nnside = 4096", ["sky.nside", "4096", "2048"]),
    ("[sky]\nnside = -8", ["sky.nside", "-8"]),
    ("[sky]\nnside = 8.0", ["sky.nside", "8.0", "integer"]),
    ("[sky]\nnside = 8\nlmax = 24", ["sky.lmax", "24", "23"]),
    ("[sky]\nlmax = 0", ["sky.lmax", "0", "1"]),
    ("[sky]\nframe = 'galaxy'", ["sky.frame", "galaxy", "observer"]),
    ("[sky]\nsampling = 'centre'", ["sky.sampling", "centre", "pixel-centre"]),
    ("[sky]\nsampling = 'random'\nparticles = 15", ["sky.particles", "15", "16"]),
    (
        "[sky]\nsampling = 'pixel-centre'\n[transport]\nfree_path = 'exponential'",
        ["sky.sampling", "pixel-centre", "transport.free_path", "random"],
    ),
    (
        "[sky]\nsampling = 'pixel-centre'\n[transport]\nscatterings = 2",
        ["sky.sampling", "pixel-centre", "transport.scatterings", "random"],
    ),
    (
        "[sky]\nsampling = 'pixel-centre'\nparticles = 1000",
        ["sky.particles", "1000", "random"],
    ),
    ("[sky]\nparticles = 1000", ["sky.particles", "1000", "random"]),
    ("[ensemble]\nrealizations = 0", ["ensemble.realizations", "0", "1"]),
    ("[ensemble]\nrealizations = 4294967296", ["ensemble.realizations", "4294967295"]),
    ("[ensemble]\nseed = -1", ["ensemble.seed", "-1", "0"]),
    ("[ensemble]\nseed = 9223372036854775808", ["ensemble.seed", "9223372036854775807"]),
    ("[ensemble]\nseed = 1.5", ["ensemble.seed", "1.5", "integer"]),
]


@pytest.mark.parametrize(("text", "words"), BAD, ids=[words[0] + ":" + t[-24:] for t, words in BAD])
def test_bad_input_is_refused_by_key_and_value(text, words):
    message = refused(text)
    for word in words:
        assert word in message


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[flow]\nvelocity_dispersion = '1e200 km/s'", "flow"),
        ("[cosmic_rays]\nenergy = '1e300 TeV'\nscattering_index = 0", "cosmic_rays"),
    ],
)
def test_absurdly_large_values_are_refused_too(text, key):
    assert key in refused(text)


def test_several_faults_are_counted():
    assert "(and 2 more)" in refused("[sky]\nnside = 0\nframe = 'x'\n[flow]\nmodes = 0")


def test_long_values_are_cut():
    message = refused(f"[sky]\nframe = '{'x' * 5000}'")
    assert len(message) < 300


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (lambda path: None, ["No such file"]),
        (lambda path: path.mkdir(), ["cannot be read"]),
        (lambda path: path.write_bytes(b"\xff\xfe\x00"), ["not UTF-8"]),
    ],
)
def test_files_that_cannot_be_read(tmp_path, prepare, words):
    path = tmp_path / "run.toml"
    prepare(path)
    with pytest.raises(InputError) as caught:
        Config.from_toml(path)
    for word in [str(path), *words]:
        assert word in str(caught.value)


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize(
    ("flow", "words"),
    [
        (
            {"index": 8, "reference_scale": "1e6 pc", "outer_scale": "10 pc"},
            ["flow.velocity_dispersion = 20 km/s", "to 10 pc", "at least 1e-06 km/s"],
        ),
        ({"velocity_dispersion": "1e-6 km/s", "outer_scale": "1 pc", "index": 2}, ["1e-06 km/s"]),
        (
            {
                "spectrum": "table",
                "table": {"wavenumber": [0.1, 1, 2, 3], "spectrum": [1, 1e-20, 0, 0]},
                "outer_scale": "5 pc",
            },
            ["flow.table", "at least 1e-06 km/s"],
        ),
        (
            {
                "component": [
                    {},
                    {"index": 8, "reference_scale": "1e6 pc", "outer_scale": "10 pc"},
                ]
            },
            ["flow.component.1.velocity_dispersion = 20 km/s"],
        ),
        # Powers that overflow are fast flows.
        ({"index": 8, "reference_scale": "1e-30 pc", "outer_scale": "1e30 pc"}, ["at most"]),
        ({"velocity_dispersion": "1e200 km/s", "index": -4}, ["inf km/s", "at most"]),
        (
            {
                "spectrum": "injection",
                "injection_scale": "1e30 pc",
                "reference_scale": "1e-30 pc",
                "index": 8,
            },
            ["at most"],
        ),
    ],
)
def test_bands_without_power_are_refused(flow, words):
    with pytest.raises(InputError) as caught:
        Config.from_dict({"flow": flow})
    for word in words:
        assert word in str(caught.value)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_no_turbulence_has_no_power_whatever_its_index():
    flow = {"velocity_dispersion": "0 km/s", "index": 8, "outer_scale": "1e30 pc"}
    config = Config.from_dict({"flow": flow, "sky": {"nside": 4}})
    assert not config.turbulent
    assert config.turbulent_speed == 0


@pytest.mark.parametrize(
    "text",
    [
        "[flow]\ntransverse_fraction = 0",
        "[flow]\ntransverse_fraction = 1",
        "[flow]\nindex = 2",
        "[sky]\nnside = 8\nlmax = 23",
        "[sky]\nnside = 2048",
        "[sky]\nsampling = 'random'\nparticles = 16",
        "[transport]\ndensity_gradient = ['0.00999 1/pc', '0 1/pc', '0 1/pc']",
        "[flow]\nvelocity_dispersion = '0 km/s'\n"
        "[transport]\ndensity_gradient = ['0.0999 1/pc', '0 1/pc', '0 1/pc']",
        "[flow]\nvelocity_dispersion = '0 km/s'\nmean_velocity = ['2997 km/s', '0 km/s', '0 km/s']",
        "[transport]\nfree_path = 'erlang'\nerlang_order = 1",
        "[ensemble]\nseed = 0",
        "[cosmic_rays]\nenergy = '1 GeV'\n[sky]\nnside = 1",
    ],
)
def test_values_at_the_limits_are_accepted(text):
    Config.from_text(text)


class TestTaylorOrder:
    LARGE: ClassVar = {"flow.outer_scale": "1000 pc", "flow.inner_scale": "100 pc"}

    @staticmethod
    def complaint(settings):
        try:
            Config().replace(settings)
        except InputError as error:
            return str(error)
        return None

    def test_absent_is_the_full_flow(self):
        assert Config().flow.taylor_order is None
        assert "taylor_order" not in Config().to_toml()

    def test_is_part_of_the_identity(self):
        expanded = Config().replace({**self.LARGE, "flow.taylor_order": 3})
        assert Config.from_text(expanded.to_toml()).identity == expanded.identity
        assert expanded.identity != Config().replace(self.LARGE).identity

    @pytest.mark.parametrize(
        "settings",
        [
            {"transport.free_path": "exponential"},
            {"transport.free_path": "erlang", "transport.erlang_order": 3},
            {"transport.scatterings": 2},
        ],
    )
    def test_needs_one_fixed_path(self, settings):
        with pytest.raises(
            InputError, match=r'flow\.taylor_order = 2: allowed only with .*"fixed"'
        ):
            Config().replace({**self.LARGE, "flow.taylor_order": 2, **settings})

    def test_needs_turbulence(self):
        settings = {"flow.taylor_order": 2, "flow.velocity_dispersion": "0 km/s"}
        with pytest.raises(InputError, match=r"flow\.taylor_order = 2: there is no turbulence"):
            Config().replace({**self.LARGE, **settings})

    def test_must_leave_something_to_see(self):
        for settings in ({"flow.taylor_order": 0}, {"flow.taylor_order": 1, "sky.lmax": 1}):
            with pytest.raises(InputError, match=r"flow\.taylor_order = .: leaves nothing to see"):
                Config().replace({**self.LARGE, **settings})
            Config().replace({**self.LARGE, **settings, "sky.frame": "observer"})
        Config().replace({**self.LARGE, "flow.taylor_order": 1, "sky.lmax": 2})

    def test_reach(self):
        """At large x = k_max λ the highest order counts: ⟨u²⟩ = w k x^(2n)/[n!² (2n+1)(2n+1−γ)] at k_max."""
        for order in (2, 4):
            allowed = []
            for band in np.geomspace(5, 100, 61):
                inner = f"{20 * math.pi / band} pc"
                if self.complaint({"flow.taylor_order": order, "flow.inner_scale": inner}) is None:
                    allowed.append(band)
            last = max(allowed)
            assert len(allowed) == np.sum(np.geomspace(5, 100, 61) <= last)
            power = 400 * (last / (2 * math.pi)) ** (-2 / 3) * last ** (2 * order)
            power /= math.factorial(order) ** 2 * (2 * order + 1) * (2 * order - 2 / 3)
            # Steps of 5% in the band are of 5n% in speed; lower orders take some percent off.
            assert math.sqrt(power) == pytest.approx(0.01 * SPEED_OF_LIGHT, rel=0.3)

    def test_reach_follows_the_frame(self):
        settings = {"flow.taylor_order": 4, "flow.inner_scale": "5 pc"}
        assert self.complaint(settings) is None
        assert "at most 899.4 km/s" in self.complaint({**settings, "sky.frame": "observer"})
