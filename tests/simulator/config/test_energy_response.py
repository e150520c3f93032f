"""Energy response and mass composition: how they are given, what is refused, and the distribution of rigidities."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from astropy import units
from scipy.integrate import quad

from eddysky.simulator import Config, InputError
from eddysky.simulator.config.descriptions import config_in_words
from eddysky.simulator.config.energy_response import Composition, LogNormalResponse, ResponseTable

TABLE = ResponseTable((0.1, 1.0, 4.0, 20.0), (0.0, 1.0, 0.2, 0.0))
NUMBERS = {"energy": [0.1, 1, 4, 20], "response": [0, 1, 0.2, 0]}
NUCLEI = {"charges": [26, 1, 2], "fractions": [0.2, 0.5, 0.3]}
RESPONSES = [LogNormalResponse(0.7), TABLE, ResponseTable((0.5, 1, 2, 3), (1, 0, 0, 1))]


def given(**rays):
    return Config(cosmic_rays=rays)


@pytest.mark.parametrize(
    ("response", "read"),
    [
        ({"width": 0.7}, LogNormalResponse(0.7)),
        ({"width": np.float64(1)}, LogNormalResponse(1.0)),
        (LogNormalResponse(0.7), LogNormalResponse(0.7)),
        (NUMBERS, TABLE),
        ({name: np.array(values) for name, values in NUMBERS.items()}, TABLE),
        (TABLE, TABLE),
    ],
    ids=["width", "scalar", "log-normal", "numbers", "arrays", "table"],
)
def test_responses_are_kept_through_toml(response, read):
    config = given(energy_response=response)
    assert config.cosmic_rays.energy_response == read
    assert config.rigidities.response == read
    for text in (config.to_toml(), config.to_editable_toml()):
        again = Config.from_text(text)
        assert again == config
        assert again.config_hash == config.config_hash
        assert hash(again.rigidities) == hash(config.rigidities)
    assert not config.deterministic
    assert config.sampling == "expected"


def test_compositions_are_kept_through_toml():
    config = given(composition=NUCLEI)
    assert config.cosmic_rays.composition == Composition((1, 2, 26), (0.5, 0.3, 0.2))
    assert config == given(composition=config.cosmic_rays.composition)
    assert config == Config.from_text(config.to_toml())
    shifts = [(0.0, 0.5), (-math.log(2), 0.3), (-math.log(26), 0.2)]
    np.testing.assert_allclose(config.rigidities.parts, shifts, rtol=1e-15)


def test_each_is_part_of_the_hash():
    configs = [Config(), given(composition=NUCLEI)]
    configs += [given(energy_response={"width": width}) for width in (0.7, 0.8)]
    configs += [given(energy_response=TABLE)]
    assert len({config.config_hash for config in configs}) == len(configs)


def test_no_width_and_charge_one_alone_are_nothing_new():
    nothing = given(energy_response={"width": 0}, composition={"charges": [1], "fractions": [1.0]})
    assert nothing.rigidities is None
    assert nothing.config_hash == Config().config_hash
    assert nothing.to_toml() == Config().to_toml()
    assert "energy_response" not in Config().to_toml()


def test_files_are_found_from_the_folder_or_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "area.csv").write_text("response,energy\n0,0.1\n1,1\n0.2,4\n0,20\n")
    text = '[cosmic_rays]\nenergy_response = { table = "area.csv" }\n'
    (tmp_path / "runs" / "mine.toml").write_text(text)
    monkeypatch.chdir(tmp_path)
    assert Config.from_toml("runs/mine.toml") == given(energy_response=TABLE)
    key = {"cosmic_rays.energy_response": {"table": "runs/area.csv"}}
    assert Config.from_toml("runs/mine.toml", key) == given(energy_response=TABLE)
    with pytest.raises(InputError, match="results file holds the numbers"):
        Config.from_text(text, folder=None)


def test_energies_with_a_unit_are_divided_by_the_median(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "area.csv").write_text(
        "energy [GeV], response\n2000,0\n20000,1\n80000,0.2\n4e5,0\n"
    )
    config = given(energy="20 TeV", energy_response={"table": "area.csv"})
    assert config.cosmic_rays.energy_response == TABLE
    energies = {"energy": [2, 20, 80, 400] * units.TeV, "response": [0, 1, 0.2, 0]}
    assert given(energy="20 TeV", energy_response=energies) == config
    (tmp_path / "area.csv").write_text("energy [%], response\n10,0\n100,1\n400,0.2\n2000,0\n")
    assert given(energy_response={"table": "area.csv"}).cosmic_rays.energy_response == TABLE
    with pytest.raises(
        InputError, match=r"cosmic_rays\.energy = 0 TeV|cosmic_rays\.energy = \"0 TeV\""
    ):
        given(energy="0 TeV", energy_response=energies)


EXPECTED = "expected { width = 0.7 }"
REFUSED = [
    ("energy_response", {}, EXPECTED),
    ("energy_response", 0.7, EXPECTED),
    ("energy_response", "area.csv", EXPECTED),
    ("energy_response", {"width": 0.7, "table": "area.csv"}, EXPECTED),
    ("energy_response", {"sigma": 0.7}, EXPECTED),
    ("energy_response", {"width": -0.1}, "width: must be 0, or a number from 1e-06 to 3"),
    ("energy_response", {"width": 3.1}, "width: must be 0, or a number from 1e-06 to 3"),
    ("energy_response", {"width": math.nan}, "width: must be 0, or a number from 1e-06 to 3"),
    ("energy_response", {"width": math.inf}, "width: must be 0, or a number from 1e-06 to 3"),
    ("energy_response", {"width": True}, "width: must be 0, or a number from 1e-06 to 3"),
    ("energy_response", {"width": 1e-300}, "width: must be 0, or a number from 1e-06 to 3"),
    ("energy_response", {"width": 10**400}, "width: must be 0, or a number from 1e-06 to 3"),
    ("energy_response", {"table": 3}, "table: must be the name of a text file"),
    ("energy_response", {"table": "none.csv"}, "none.csv: cannot be read"),
    ("energy_response", {"energy": [1], "response": [1]}, "energy: needs from 2 to 1000 rows"),
    ("energy_response", {"energy": [1, 2], "response": [1]}, "as many numbers as energy"),
    ("energy_response", {"energy": 1, "response": [1]}, "energy: must be a list of finite"),
    ("energy_response", {"energy": [1, 1], "response": [1, 1]}, "number 2 is 1: must increase"),
    ("energy_response", {"energy": [0, 1], "response": [1, 1]}, "1 is 0: must be from 1e-09"),
    ("energy_response", {"energy": [1, 1e300], "response": [1, 1]}, "must be from 1e-09 to 1e+09"),
    ("energy_response", {"energy": [5, 5 + 1e-15], "response": [1, 1]}, "must increase, by 1e-06"),
    ("energy_response", {"energy": [1, 2], "response": [1, -1]}, "2 is -1: must not be negative"),
    ("energy_response", {"energy": [1, 2], "response": [0, 0]}, "largest value is 0; must be"),
    ("energy_response", {"energy": [1, 2], "response": [1, "x"]}, "response: must be a list"),
    ("composition", {}, "expected { charges = [1, 2, 26]"),
    ("composition", {"charges": [1, 2]}, "expected { charges = [1, 2, 26]"),
    ("composition", "iron", "expected { charges = [1, 2, 26]"),
    ("composition", {"charges": [], "fractions": []}, "charges: must be a list of numbers"),
    ("composition", {"charges": 1, "fractions": [1]}, "charges: must be a list of numbers"),
    ("composition", {"charges": [1, 2], "fractions": [1]}, "2 charges and 1 fractions: must be"),
    ("composition", {"charges": [1.0], "fractions": [1]}, "1.0 must be a whole number from 1"),
    ("composition", {"charges": [0], "fractions": [1]}, "0 must be a whole number from 1 to 118"),
    ("composition", {"charges": [119], "fractions": [1]}, "119 must be a whole number from 1"),
    ("composition", {"charges": [True], "fractions": [1]}, "charges: must be a list of numbers"),
    ("composition", {"charges": [2, 2], "fractions": [0.5, 0.5]}, "charges: must not repeat"),
    ("composition", {"charges": [1, 2], "fractions": [1.5, -0.5]}, "1.5 must be above 0 and at most 1"),
    ("composition", {"charges": [1, 2], "fractions": [1e308, 1e308]}, "must be above 0 and at"),
    ("composition", {"charges": [1, 2], "fractions": [0.5, 0.4]}, "add up to 0.9; must add up to 1"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "value", "words"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_is_refused(key, value, words):
    with pytest.raises(InputError) as caught:
        given(**{key: value})
    message = str(caught.value)
    assert message.startswith(f"cosmic_rays.{key} = ")
    assert words in message
    assert "\n" not in message


def test_faults_of_a_file_are_named_by_line_and_column(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "area.csv").write_text("energy,response\n1,1\n0.5,1\n")
    with pytest.raises(
        InputError, match=r"area\.csv: line 3, column 1 \(energy\) = 0\.5: must inc"
    ):
        given(energy_response={"table": "area.csv"})
    (tmp_path / "area.csv").write_text("energy [pc], response\n1,1\n2,1\n")
    with pytest.raises(InputError, match="unit 'pc' has another dimension"):
        given(energy_response={"table": "area.csv"})


def test_keys_that_do_not_go_together():
    with pytest.raises(InputError, match=r"charge = 2: not with composition"):
        given(charge=2, composition=NUCLEI)
    with pytest.raises(InputError, match=r"energy = 0\.1 TeV: .* slower by more than 0\.001"):
        given(energy="0.1 TeV", energy_response={"width": 0.7})
    with pytest.raises(InputError, match=r"energy = 0\.1 TeV: .* slower by more than 0\.001"):
        given(energy="0.1 TeV", composition=NUCLEI)
    assert given(energy="0.6 TeV", composition=NUCLEI).rigidities is not None
    wide = {"cosmic_rays.energy_response": {"width": 1}}
    with pytest.raises(InputError, match='pixel-centre": not with cosmic_rays'):
        Config().replace(wide | {"sky.sampling": "pixel-centre"})
    with pytest.raises(InputError, match=r"taylor_order = 2: .* without cosmic_rays\.energy_resp"):
        Config().replace(wide | {"flow.taylor_order": 2})


WIDE = {"cosmic_rays.energy_response": {"width": 0.7}}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (WIDE | {"transport.mode": "helical"}, "energy_response: not with transport.mode = \"helical\""),
        ({"cosmic_rays.composition": NUCLEI, "transport.mode": "helical"}, "cosmic_rays.composition: not"),
        (
            WIDE | {"transport.scatterings": "stationary", "sky.sampling": "random"},
            'energy_response: with sky.sampling = "random" needs a number of transport.scatterings',
        ),
        (
            WIDE | {"transport.collisions": "small-angle", "sky.sampling": "random"},
            "needs a number of transport.scatterings",
        ),
        (
            WIDE | {"cosmic_rays.scattering_index": 1, "flow.inner_scale": "0.03 pc"},
            "flow.inner_scale = 0.03 pc: at least 0.141",
        ),
        (
            WIDE | {"cosmic_rays.scattering_index": 0, "cosmic_rays.energy_response": {"width": 1}},
            "mean free paths that differ by a factor of 2.44e+12; at most 1e+06",
        ),
    ],
    ids=["helical", "composition", "stationary", "small-angle", "band", "spread"],
)  # fmt: skip
def test_skies_and_particles_that_are_refused(changes, words):
    with pytest.raises(InputError) as caught:
        Config().replace(changes)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_longest_mean_free_path_bounds_the_band():
    # The exponent 2 − γ_g may be negative: then the lowest energies have the longest.
    for index in (1, 3):
        given = WIDE | {"cosmic_rays.scattering_index": index}
        with pytest.raises(InputError, match=r"mean free paths up to 147\.\d times"):
            Config().replace(given | {"flow.inner_scale": "0.1 pc"})
        Config().replace(given | {"flow.inner_scale": "0.15 pc"})
        several = given | {"transport.scatterings": 2}
        with pytest.raises(InputError, match="at least 0\\.56"):
            Config().replace(several | {"flow.inner_scale": "0.5 pc"})


@pytest.mark.parametrize("response", RESPONSES, ids=lambda response: type(response).__name__)
def test_quantiles_are_those_of_the_density(response):
    wanted = np.array([1e-6, 0.03, 0.3, 0.5, 0.51, 0.8, 1 - 1e-6])
    x = response.quantile(wanted)
    assert np.all(np.diff(x) > 0)
    places = [response.low, *response.breakpoints, response.high]
    found = [
        sum(
            quad(response.density, a, min(b, end), epsabs=1e-13)[0]
            for a, b in itertools.pairwise(places)
            if a < end
        )
        for end in x
    ]
    np.testing.assert_allclose(found, wanted, atol=1e-10)
    assert response.density([response.low - 1e-3, response.high + 1e-3]).max() < 1e-10


def test_the_median_of_a_log_normal_is_the_energy():
    assert LogNormalResponse(0.7).quantile(0.5) == 0
    assert LogNormalResponse(0.7).quantile(0.8413447460685429) == pytest.approx(0.7)


def test_rigidities_of_charges_one_after_the_other():
    rigidities = given(energy_response={"width": 0.7}, composition=NUCLEI).rigidities
    middles = rigidities.quantile([0.25, 0.65, 0.9])
    np.testing.assert_allclose(middles, [0, -math.log(2), -math.log(26)], atol=1e-12)
    assert rigidities.low == pytest.approx(-math.log(26) - 7.131 * 0.7)
    assert rigidities.high == pytest.approx(7.131 * 0.7)
    ends = rigidities.quantile([2**-53, 0.5, 0.8, 1 - 2**-53])
    assert np.all(np.isfinite(ends))


def test_titles_name_them():
    words = config_in_words(given(energy_response={"width": 0.7}, composition=NUCLEI))
    assert r"10 TeV, $\sigma$(ln E) = 0.7, 0.5 of charge 1 + 0.3 of charge 2 + 0.2 of" in words
    assert "response of a table from 0.1 to 20 times" in config_in_words(
        given(energy_response=TABLE)
    )
