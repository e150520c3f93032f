"""Spectra as ECSV with the parameters of the simulation, read by astropy, and the same in headers of FITS maps."""

from __future__ import annotations

import numpy as np
import pytest
from astropy import units
from astropy.io import fits
from astropy.table import Table

from eddysky import Config, InputError, fit, simulate
from eddysky.simulator.config.text_table import Column, read_table
from eddysky.simulator.io.fits import export_map
from eddysky.simulator.io.metadata import metadata
from eddysky.simulator.io.power_table import export_power

CONFIG = Config(
    sky={"nside": 4, "lmax": 8},
    flow={"modes": 16, "index": 1.5, "velocity_dispersion": "12 km/s", "transverse_fraction": 0.4},
    transport={
        "mode": "parallel", "magnetic_field": (40, -30), "mean_free_path": "7 pc",
        "free_path": "exponential", "scatterings": 2,
    },
    cosmic_rays={"energy": "3 TeV"},
    ensemble={"realizations": 5, "seed": 2**62 + 1},
)  # fmt: skip


@pytest.fixture(scope="module")
def result():
    return simulate(CONFIG)


def test_read_by_astropy(result, tmp_path):
    export_power(result, tmp_path / "c.ecsv", ecsv=True)
    table = Table.read(tmp_path / "c.ecsv")
    power = result.power[:, 1:]
    # To the last digit.
    np.testing.assert_array_equal(table["ell"], np.arange(1, 9))
    np.testing.assert_array_equal(table["c_ell"], power.mean(axis=0))
    np.testing.assert_array_equal(table["error"], power.std(axis=0, ddof=1) / np.sqrt(5))
    meta = table.meta
    said = {"content": "mean of 5 realisations", "realizations": 5, "seed": str(2**62 + 1), "index": 1.5,
            "transverse_fraction": 0.4, "free_path": "exponential", "scatterings": 2, "frame": "fluid",
            "transport": "parallel", "spectrum": "power-law"}  # fmt: skip
    assert {key: meta[key] for key in said} == said
    # Not what rounding in 2π/k leaves of it.
    assert meta["outer_scale"] == f"{CONFIG.flow.outer_scale:g} pc"
    for key, value in {
        "velocity_dispersion": 12 * units.km / units.s,
        "reference_scale": 10 * units.pc,
        # As given at 10 TeV, at 3 TeV.
        "mean_free_path": CONFIG.mean_free_path * units.pc,
        "energy": 3 * units.TeV,
        "field_declination": -30 * units.deg,
    }.items():
        assert units.isclose(units.Quantity(meta[key]), value, rtol=1e-12), key
    assert Config.from_text(meta["configuration"]) == CONFIG
    assert CONFIG.config_hash.startswith(meta["config_hash"])


def test_one_realisation_has_no_errors(result, tmp_path):
    export_power(result, tmp_path / "c.ecsv", 3, ecsv=True)
    table = Table.read(tmp_path / "c.ecsv")
    assert table.colnames == ["ell", "c_ell"]
    assert table.meta["content"] == "realisation 3"
    np.testing.assert_array_equal(table["c_ell"], result.power[3, 1:])


def test_maps_say_the_same(result, tmp_path):
    export_power(result, tmp_path / "c.ecsv", ecsv=True)
    meta = Table.read(tmp_path / "c.ecsv").meta
    export_map(result, tmp_path / "m.fits", 1)
    header = fits.getheader(tmp_path / "m.fits", 1)
    pairs = {
        "CREATOR": "creator", "CONFHASH": "config_hash", "SEED": "seed", "FRAME": "frame", "ENERGY": "energy",
        "CRINDEX": "spectral_index", "TRANSPRT": "transport", "FREEPATH": "mean_free_path", "LAW": "free_path",
        "SCATTERS": "scatterings", "COLLIS": "collisions", "OUTER": "outer_scale", "INNER": "inner_scale",
        "GAMMA": "index", "SIGMA": "velocity_dispersion", "REFSCALE": "reference_scale",
        "BETA": "transverse_fraction", "FIELDRA": "field_right_ascension", "FIELDDEC": "field_declination",
    }  # fmt: skip
    for card, key in pairs.items():
        value = meta[key]
        if isinstance(value, str) and not isinstance(header[card], str):
            quantity = units.Quantity(value)
            assert header.comments[card].endswith(f"[{quantity.unit}]"), card
            value = quantity.value
        assert header[card] == value, card
    assert header["REALIZ"] == 1


def test_a_random_field_and_a_long_name(tmp_path):
    """The field of the realisation that is shown; names that fit no card are cut."""

    def extraordinarily_long_name_of_a_spectrum_from_outside_that_fits_no_card_of_a_header(k):
        return 1 / k

    spectrum = {
        "spectrum": extraordinarily_long_name_of_a_spectrum_from_outside_that_fits_no_card_of_a_header,
        "inner_scale": "2 pc", "modes": 16,
    }  # fmt: skip
    config = Config(
        sky={"nside": 2}, flow=spectrum, ensemble={"realizations": 2},
        transport={"mode": "parallel", "magnetic_field": "random"},
    )  # fmt: skip
    result = simulate(config)
    export_map(result, tmp_path / "m.fits", 1)
    header = fits.getheader(tmp_path / "m.fits", 1)
    there = config.for_realization(1).magnetic_field
    assert (header["FIELDRA"], header["FIELDDEC"]) == there
    assert header["SPECTRUM"].startswith("extraordinarily_long")
    assert "GAMMA" not in header
    export_power(result, tmp_path / "c.ecsv", ecsv=True)
    assert "field_declination" not in Table.read(tmp_path / "c.ecsv").meta


def test_energy_response_and_composition_are_said(tmp_path):
    rays = {
        "energy_response": {"width": 0.7},
        "composition": {"charges": [1, 26], "fractions": [0.75, 0.25]},
    }
    entries = {entry.card: entry.text for entry in metadata(Config(cosmic_rays=rays))}
    assert (entries["EWIDTH"], entries["COMPOS"]) == (0.7, "0.75 of charge 1 + 0.25 of charge 26")
    (tmp_path / "r.csv").write_text("energy,response\n0.5,1\n1,2\n2,1\n")
    rays = {"energy_response": {"table": str(tmp_path / "r.csv")}}
    entries = {entry.card: entry.text for entry in metadata(Config(cosmic_rays=rays))}
    assert entries["ERESP"].startswith("response of a table from 0.5")


def test_fits_read_the_configuration(result, tmp_path):
    """As those of the results themselves do."""
    from_results = fit(result, "parallel", lmin=2)
    export_power(result, tmp_path / "c.ecsv", ecsv=True)
    from_table = fit(tmp_path / "c.ecsv", "parallel", lmin=2)
    assert from_table.fixed == from_results.fixed
    assert from_table.fixed["free_path"] == "exponential"
    for name in ("velocity_dispersion", "index"):
        assert from_table[name].value == pytest.approx(from_results[name].value, rel=1e-9)


class TestEcsvOfOthers:
    def write(self, path, meta=None, scale=1e-12):
        ell = np.arange(2, 20)
        columns = {
            "who": ["x y"] * 18,
            "ell": ell,
            "c_ell": 1e5 * ell**-2.7,
            "error": 1e4 * ell**-2.7,
        }
        table = Table(columns, meta=meta)
        for name in ("c_ell", "error"):
            table[name].unit = units.Unit(scale)
        table.write(path, format="ascii.ecsv")
        return path

    def test_units_and_foreign_metadata(self, tmp_path):
        path = self.write(tmp_path / "c.ecsv", {"index": 3.0, "comments": ["ell, c_ell, error"]})
        found = read_table(path, [Column("ell", whole=True), Column("c_ell"), Column("error")])
        np.testing.assert_allclose(found["c_ell"], 1e-7 * found["ell"] ** -2.7, rtol=1e-14)
        # What others call an index fixes nothing.
        assert "index" not in fit(path).fixed

    @pytest.mark.parametrize(
        ("meta", "words"),
        [
            ({"configuration": "[flow"}, "not valid TOML"),
            ({"configuration": "[flow]\nindx = 1\n"}, r"c.ecsv: flow.indx"),
            ({"configuration": 3}, "must be a text in TOML"),
            ({"configuration": "", "realizations": 0}, "must be a whole number >= 1"),
            ({"configuration": "", "realizations": "many"}, "must be a whole number >= 1"),
        ],
    )
    def test_metadata_that_are_no_configuration(self, tmp_path, meta, words):
        with pytest.raises(InputError, match=words):
            fit(self.write(tmp_path / "c.ecsv", meta))

    @pytest.mark.parametrize("damage", ["# - {name: ell", "# - !!python/object:os.system {}"])
    def test_damaged_headers(self, tmp_path, damage):
        text = self.write(tmp_path / "c.ecsv").read_text()
        (tmp_path / "c.ecsv").write_text(text.replace("# - {name: ell, datatype: int64}", damage))
        with pytest.raises(InputError, match="its ECSV header cannot be read") as caught:
            fit(tmp_path / "c.ecsv")
        assert "\n" not in str(caught.value)
