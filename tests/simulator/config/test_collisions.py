"""Collision operators of a configuration: names, tables and files, what is refused, what follows from them."""

from __future__ import annotations

import numpy as np
import pytest

from eddysky.simulator import Config, InputError
from eddysky.simulator.config import Transport
from eddysky.simulator.config.collisions import Bgk, RateTable, SmallAngle, operator_name
from eddysky.simulator.config.default_band import MAX_SMALL_ANGLE_BAND
from eddysky.simulator.config.descriptions import config_in_words

TABLE = {"ell": [1, 2, 3], "rate": [1.0, 2.5, 4]}
RATES = RateTable((1.0, 2.5, 4.0))
SMALL = Config().replace({"transport.collisions": "small-angle"})


def test_rates():
    assert Bgk().rates(4).tolist() == [0, 1, 1, 1, 1]
    assert SmallAngle().rates(4).tolist() == [0, 1, 3, 6, 10]
    # The last holds for all higher multipoles; fewer multipoles than rates are no fault.
    assert RATES.rates(5).tolist() == [0, 1, 2.5, 4, 4, 4]
    assert RATES.rates(1).tolist() == [0, 1]
    assert [operator_name(each) for each in (Bgk(), SmallAngle(), RATES)] == [
        "bgk",
        "small-angle",
        "table",
    ]


@pytest.mark.parametrize(
    ("given", "operator"),
    [
        ("bgk", Bgk()),
        ("small-angle", SmallAngle()),
        (SmallAngle(), SmallAngle()),
        (TABLE, RATES),
        (RATES, RATES),
        ({"ell": np.arange(1, 4), "rate": np.array([1.0, 2.5, 4.0])}, RATES),
    ],
    ids=["bgk", "name", "object", "table", "rates", "arrays"],
)
def test_names_tables_and_objects(given, operator):
    config = Config(transport={"collisions": given})
    assert config.transport.collisions == operator
    again = Config.from_text(config.to_toml())
    assert again.transport.collisions == operator
    assert again == config
    assert again.config_hash == config.config_hash
    assert Config.from_text(config.to_editable_toml()) == config


def test_the_operator_is_part_of_the_hash():
    configs = [Config().replace({"transport.scatterings": "stationary", **STEPS})]
    configs += [Config().replace({"transport.collisions": each}) for each in ("small-angle", TABLE)]
    configs += [configs[-1].replace({"transport.collisions": TABLE | {"rate": [1.0, 2.5, 5.0]}})]
    assert len({config.config_hash for config in configs}) == len(configs)


STEPS = {"transport.free_path": "exponential"}


def test_operators_act_all_the_time():
    """They come with the stationary limit and expected skies; BGK has its steps, as before."""
    assert SMALL.transport == Transport(
        collisions="small-angle", free_path="exponential", scatterings="stationary"
    )
    assert SMALL.sampling == "expected"
    assert Config().replace({"transport.collisions": "bgk"}) == Config()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A TOML file in a folder of its own, with a table of the same name as one in the working directory."""
    (tmp_path / "runs").mkdir()
    (tmp_path / "rates.txt").write_text("# any order\nrate ell\n1 1\n2.5 2\n4 3\n")
    (tmp_path / "runs" / "rates.txt").write_text("# ell, rate\n1, 1\n2, 7\n")
    (tmp_path / "runs" / "mine.toml").write_text('[transport]\ncollisions = "rates.txt"\n')
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_file_is_found_beside_the_configuration_and_kept_in_it(folder):
    config = Config.from_toml("runs/mine.toml")
    assert config.transport.collisions == RateTable((1.0, 7.0))
    (folder / "runs" / "rates.txt").unlink()
    assert Config.from_text(config.to_toml()) == config


@pytest.mark.parametrize("name", ["rates.txt", "./rates.txt"])
def test_a_file_of_the_command_line_is_found_from_here(folder, name):
    config = Config.from_toml("runs/mine.toml", {"transport.collisions": name})
    assert config.transport.collisions == RATES
    assert Config().replace({"transport.collisions": name}) == config


@pytest.mark.parametrize("name", ["bgk", "small-angle"])
def test_a_name_of_the_command_line_is_no_file(folder, name):
    config = Config.from_toml("runs/mine.toml", {"transport.collisions": name})
    assert operator_name(config.transport.collisions) == name


ONLY = 'collisions other than "bgk" act all the time; allowed is only'
EXPECTED = 'expected "bgk", "small-angle", or rates: a table'
REFUSED = [
    ("smallangle", f'transport.collisions = "smallangle": {EXPECTED}'),
    ("", f'transport.collisions = "": {EXPECTED}'),
    (3, f"transport.collisions = 3: {EXPECTED}"),
    ([1.0, 2.0], f"transport.collisions = [1.0, 2.0]: {EXPECTED}"),
    ({}, f"empty table: {EXPECTED}"),
    ({"l": [1], "rate": [1]}, f"l, rate: {EXPECTED}"),
    ("none.txt", "none.txt: cannot be read: No such file or directory"),
    ({"ell": 1, "rate": 1}, "ell and rate: must be lists of numbers"),
    ({"ell": [1], "rate": "1"}, "ell and rate: must be lists of numbers"),
    ({"ell": [], "rate": []}, "0 values of ell and 0 of rate: must be equally many, from 1"),
    ({"ell": [1, 2], "rate": [1.0]}, "2 values of ell and 1 of rate: must be equally many"),
    ({"ell": [1, 3], "rate": [1, 2]}, "ell: must be 1, 2, 3, ... without gaps"),
    ({"ell": [2, 1], "rate": [1, 1]}, "ell: must be 1, 2, 3, ... without gaps"),
    ({"ell": [True], "rate": [1]}, "ell: must be 1, 2, 3, ... without gaps"),
    ({"ell": ["1"], "rate": [1]}, "ell: must be 1, 2, 3, ... without gaps"),
    (
        {"ell": [1, 2], "rate": [1, -2]},
        "rate: that of ell = 2 is -2; must be a number from 1e-12 to 1e+12",
    ),
    ({"ell": [1, 2], "rate": [1, 0]}, "rate: that of ell = 2 is 0; must be a number from"),
    ({"ell": [1, 2], "rate": [1, "x"]}, "rate: that of ell = 2 is 'x'; must be a number"),
    ({"ell": [1, 2], "rate": [1, float("nan")]}, "rate: that of ell = 2 is nan; must be"),
    ({"ell": [1, 2], "rate": [1, 1e-300]}, "is 1e-300; must be a number from 1e-12 to 1e+12"),
    ({"ell": [1, 2], "rate": [2, 2]}, "rate: that of ell = 1 is 2; must be 1, as the unit is v/λ"),
    (RateTable((3.0,)), "rate: that of ell = 1 is 3; must be 1, as the unit is v/λ"),
]


@pytest.mark.parametrize(("given", "words"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_is_refused(tmp_path, monkeypatch, given, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        Config().replace({"transport.collisions": given})
    message = str(caught.value)
    assert message.startswith("configuration: transport.collisions = ")
    assert words in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ell rate\n1 1\n2 x\n", "rates.txt: line 3, column 2 (rate) = 'x': must be a finite number"),
        ("ell rate\n1.5 1\n", "rates.txt: line 2, column 1 (ell) = '1.5': must be a whole number"),
        ("ell rates\n1 1\n", "rates.txt: line 1: no column rate"),
        ("ell rate\n", "rates.txt: no rows of ell, rate"),
        ("ell rate\n0 0\n1 1\n", "ell: must be 1, 2, 3, ... without gaps"),
    ],
)  # fmt: skip
def test_files_that_are_refused(folder, text, words):
    (folder / "rates.txt").write_text(text)
    with pytest.raises(InputError) as caught:
        Config().replace({"transport.collisions": "rates.txt"})
    assert words in str(caught.value)
    assert 'transport.collisions = "rates.txt": ' in str(caught.value)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ({"transport.free_path": "fixed"}, f'transport.free_path = "fixed": {ONLY} "exponential"'),
        ({"transport.scatterings": 3}, f'transport.scatterings = 3: {ONLY} "stationary"'),
        ({"sky.sampling": "pixel-centre"}, 'sky.sampling = "pixel-centre": needs'),
    ],
)
@pytest.mark.parametrize("collisions", ["small-angle", TABLE], ids=["name", "table"])
def test_steps_are_refused(collisions, overrides, words):
    with pytest.raises(InputError) as caught:
        Config().replace({"transport.collisions": collisions, **overrides})
    assert words in str(caught.value)


def test_default_bands():
    """Waves reach multipoles ℓ ~ kλ/ν_∞ with bounded rates, and ℓ ~ (kλ)^(1/3) with small-angle scattering."""

    def end(config, **overrides):
        config = config.replace({"sky.nside": 16, **overrides})
        return config.flow_spectrum.k_max * config.mean_free_path

    steady = Config().replace({"transport.scatterings": "stationary", **STEPS})
    assert end(Config().replace({"transport.collisions": {"ell": [1], "rate": [1]}})) == end(steady)
    assert end(Config().replace({"transport.collisions": TABLE})) == pytest.approx(4 * end(steady))
    # λ = 10 pc, so that the longest wave, kλ = 0.06, does not count.
    reach = end(SMALL) / 16**3
    assert 1 < reach < 1.3
    assert end(SMALL, **{"sky.lmax": 32}) / 32**3 == pytest.approx(reach)
    assert end(SMALL, **{"sky.nside": 512}) == MAX_SMALL_ANGLE_BAND


def test_in_words():
    def words(given):
        return config_in_words(Config().replace({"transport.collisions": given}))

    assert "10 pc (small-angle scattering), stationary" in words("small-angle")
    assert "10 pc (collision rates of a table up to ℓ = 3), stationary" in words(TABLE)
    assert "collision" not in words("bgk")


def test_bands_whose_response_takes_minutes_are_refused():
    settings = {"transport.collisions": "small-angle", "flow.inner_scale": "1e-9 pc"}
    with pytest.raises(
        InputError,
        match=r"flow\.inner_scale = 1e-09 pc: at least 6.28319e-09 pc with .*small-angle",
    ):
        Config().replace(settings)
    Config().replace(settings | {"flow.inner_scale": "1e-8 pc"})


def test_gradients_are_felt_as_long_as_collisions_are_rare():
    """A uniform gradient makes (D/v) λG/ν_2: as large as that of a larger gradient with BGK collisions."""
    gradient = [["0 km/s/pc", "10 km/s/pc", "0 km/s/pc"], ["0 km/s/pc"] * 3, ["0 km/s/pc"] * 3]
    settings = {"flow.velocity_dispersion": "0 km/s", "flow.velocity_gradient": gradient}
    rare = {"ell": [1, 2, 3], "rate": [1.0, 0.01, 1.0]}
    with pytest.raises(InputError, match="make a flow of 1e\\+04 km/s"):
        Config().replace(settings | {"transport.collisions": rare})
    Config().replace(settings | {"transport.collisions": "small-angle"})
