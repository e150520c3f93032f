"""Every class of input that must be refused: the message names the key, the value and what is allowed."""

from __future__ import annotations

import pytest

from eddysky.simulator.config import Config
from eddysky.simulator.errors import InputError


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
    (
        "[transport]\nscatterings = 1.0",
        ["transport.scatterings", "1.0", "whole number", "stationary"],
    ),
    (
        "[transport]\ndensity_gradient = ['0.2 1/pc', '0 1/pc', '0 1/pc']",
        ["transport.density_gradient", "1", "at most 0.1"],
    ),
    (
        "[transport]\ndensity_gradient = ['0.1 pc', '0 1/pc', '0 1/pc']",
        ["transport.density_gradient.0", "0.1 pc", "inverse length"],
    ),
    *(
        (
            f"[transport]\nmode = 'helical'\nmagnetic_field_strength = '{strength}'",
            ["transport.magnetic_field_strength", strength, words],
        )
        for strength, words in (("0 uG", "positive"), ("-3 uG", "positive"), ("3 pc", "strength"))
    ),
    (
        "[transport]\nmode = 'parallel'\nmagnetic_field_strength = '3 uG'",
        ["transport.magnetic_field_strength", "3", "helical"],
    ),
    (
        "[transport]\nmode = 'helical'\nfree_path = 'fixed'",
        ["transport.free_path", "fixed", "gyrophase", "exponential", "erlang"],
    ),
    (
        "[transport]\nmode = 'helical'\nfree_path = 'erlang'\nerlang_order = 101",
        ["transport.erlang_order", "101", "at most 100"],
    ),
    (
        "[transport]\nmode = 'helical'\n[sky]\nnside = 512",
        ["sky.lmax", "512", "at most 256"],
    ),
    (
        "[transport]\nmode = 'drift-kinetic'\ncollisions = 'small-angle'",
        ["transport.collisions", "bgk", "drift-kinetic"],
    ),
    (
        "[transport]\nmode = 'helical'\n[flow]\ntaylor_order = 2",
        ["flow.taylor_order", "2", "isotropic", "parallel"],
    ),
    (
        "[flow]\npolarization = 'alfven'\ntransverse_fraction = 0.5",
        ["flow.transverse_fraction", "alfven", "1"],
    ),
    ("[flow]\nanisotropy = 'slabs'", ["flow.anisotropy", "slabs", "goldreich-sridhar"]),
    ("[cosmic_rays]\ncharge = 0", ["cosmic_rays.charge", "0", "other than 0"]),
    ("[cosmic_rays]\ncharge = 2", ["cosmic_rays.charge", "2", "helical"]),
    ("[sky]\nsampling = 'orbits'", ["sky.sampling", "orbits", "helical", "isotropic"]),
    (
        "[sky]\nsampling = 'stratified'\n[transport]\nmode = 'helical'",
        ["sky.sampling", "stratified", "helical", "expected"],
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
