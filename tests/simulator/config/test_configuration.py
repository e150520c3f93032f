"""Configuration: defaults, what follows from them, the way through TOML, changed copies, and its hash."""

from __future__ import annotations

import json
import math
import tomllib

import numpy as np
import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.config.free_path import ErlangPath, ExponentialPath, FixedPath
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
        assert config.transport.law == FixedPath()
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
        ("transport", "sampling", "law"),
        [
            ({"free_path": "fixed"}, "pixel-centre", FixedPath()),
            ({"free_path": "exponential"}, "expected", ExponentialPath()),
            ({"free_path": "erlang", "erlang_order": 7}, "expected", ErlangPath(7)),
            ({"free_path": "fixed", "scatterings": 2}, "expected", FixedPath()),
        ],
    )
    def test_sampling_follows_the_free_path(self, transport, sampling, law):
        config = Config.from_dict({"transport": transport})
        assert (config.sampling, config.transport.law) == (sampling, law)
        assert config.particles is None

    def test_particles_are_followed_on_request(self):
        paths = {"transport.free_path": "exponential"}
        number = Config().replace({**paths, "sky.particles": 5000})
        assert (number.sampling, number.particles) == ("random", 5000)
        for sampling in ("random", "stratified"):
            config = Config().replace({**paths, "sky.sampling": sampling})
            assert (config.sampling, config.particles) == (sampling, 1_000_000)


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
    "flow.anisotropy": ("goldreich-sridhar", {}),
    "flow.polarization": ("alfven", {}),
    "flow.modes": (4097, {}),
    "flow.amplitudes": ("cosine", {}),
    "flow.taylor_order": (1, {}),
    "flow.mean_velocity": (["0 km/s", "1 km/s", "0 km/s"], {}),
    "flow.velocity_gradient": ([["0 km/s/pc", "1 km/s/pc", "0 km/s/pc"]] * 3, {}),
    "transport.mode": ("parallel", {}),
    "transport.magnetic_field": ([10.0, 20.0], {"transport.mode": "parallel"}),
    "transport.magnetic_field_strength": ("4 uG", {"transport.mode": "helical"}),
    "transport.mean_free_path": ("12 pc", {}),
    "transport.free_path": ("exponential", {}),
    "transport.erlang_order": (2, {"transport.free_path": "erlang"}),
    "transport.scatterings": ("stationary", {}),
    "transport.collisions": ("small-angle", {}),
    "transport.density_gradient": (["0 1/pc", "0 1/pc", "0.001 1/pc"], {}),
    "cosmic_rays.energy": ("20 TeV", {}),
    "cosmic_rays.charge": (2, {"transport.mode": "helical"}),
    "cosmic_rays.reference_energy": ("5 TeV", {}),
    "cosmic_rays.spectral_index": (2.6, {}),
    "cosmic_rays.scattering_index": (1.5, {}),
    "cosmic_rays.energy_response": ({"width": 0.7}, {}),
    "cosmic_rays.composition": ({"charges": [1, 26], "fractions": [0.75, 0.25]}, {}),
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
        assert again.config_hash == config.config_hash
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
        assert values["sky"]["sampling"] == "expected"
        assert "erlang_order" not in values["transport"]
        assert "particles" not in values["sky"]
        drawn = tomllib.loads(Config().replace({"sky.sampling": "random"}).to_toml())
        assert drawn["sky"]["particles"] == 1_000_000

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
        assert changed.replace({"transport.free_path": "exponential"}).sampling == "expected"

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
        with pytest.raises(InputError, match=r"index = 2\.0: a configuration does not change"):
            Config().flow.index = 2.0


class TestConfigHash:
    @pytest.mark.parametrize("key", CHANGES)
    def test_depends_on_every_key_but_the_number_of_realizations(self, key):
        value, needed = CHANGES[key]
        if key == "flow.spectrum":
            # Another spectrum needs keys that this one does not allow.
            assert Config().replace({**needed, key: value}).config_hash != Config().config_hash
            return
        base = Config().replace(needed | ({"transport.erlang_order": 3} if "erlang" in key else {}))
        same = base.replace({key: value}).config_hash == base.config_hash
        assert same == (key == "ensemble.realizations")

    def test_spelling_out_a_default_keeps_it(self):
        spelt = Config().replace({"sky.lmax": 64, "sky.sampling": "pixel-centre"})
        assert spelt.config_hash == Config().config_hash
        assert (
            Config.from_dict({"flow": {"outer_scale": "1 kpc"}}).config_hash == Config().config_hash
        )
