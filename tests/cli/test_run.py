"""`eddysky run`: results, resuming, variants, and what it prints."""

from __future__ import annotations

import re

import numpy as np
import pytest

from eddysky.scenarios import SCENARIOS
from eddysky.simulator import Config, read

PNG = b"\x89PNG\r\n\x1a\n"
DEFAULT = next(iter(SCENARIOS))


def test_settings_apply_to_files_and_to_all_variants(eddysky, here):
    (here / "my.toml").write_text('[flow]\nindex = 1.5\nmodes = 100\n[sky]\nframe = "observer"\n')
    config = Config.from_text(eddysky("show", "my.toml", "--set", "flow.modes=7").out)
    assert (config.flow.index, config.flow.modes, config.sky.frame) == (1.5, 7, "observer")
    few = ["--set", "ensemble.realizations=2", "--set", "sky.nside=4"]
    assert eddysky("run", "compton-getting", *few, "--quiet").code == 0
    for file in ("compton-getting.h5", "compton-getting-fluid.h5"):
        assert read(file).config.ensemble.realizations == 2
    assert read("compton-getting.h5").config.sky.frame == "observer"
    assert read("compton-getting-fluid.h5").config.sky.frame == "fluid"


def test_run_says_what_it_did(finished):
    file, outcome = finished
    assert outcome.code == 0
    assert re.match(
        r"isotropic-diffusion: consistent with the theory; p = [\d.]+, slope -[\d.]+ ± [\d.]+, predicted -[\d.]+\n",
        outcome.out,
    )
    assert f"results: {file}" in outcome.out
    for kind in ("map", "power"):
        picture = file.with_suffix(f".{kind}.png")
        assert str(picture) in outcome.out
        assert picture.read_bytes().startswith(PNG)
    assert len(outcome.out.splitlines()) == 4
    assert outcome.err == ""  # no bar in a pipe
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "sky.h5",
        "sky.map.png",
        "sky.power.csv",
        "sky.power.png",
    ]


def test_verbose_says_all_of_each_variant(eddysky, here):
    """And the short form no more than a screen, with all that is not consistent."""
    few = ["--set", "sky.nside=4", "--quiet"]
    long = eddysky("run", "compton-getting", "--verbose", *few).out.splitlines()
    assert long[0] == "compton-getting/observer: consistent with the theory"
    assert long[1].startswith("  nothing random; C_1 within ")
    assert "  results: compton-getting-fluid.h5" in long
    assert "  figure: compton-getting.fluid.map.png" in long
    short = eddysky("run", "compton-getting", *few).out.splitlines()
    assert re.fullmatch(
        r"compton-getting/observer: consistent with the theory; C_l within [\d.e-]+ of the prediction",
        short[0],
    )
    assert (
        short[1]
        == "compton-getting/fluid: consistent with the theory; largest C_l 0.0e+00, predicted 0"
    )
    assert short[2:] == [
        "  results: compton-getting.h5, compton-getting-fluid.h5",
        "  figures: compton-getting.observer.map.png, compton-getting.fluid.map.png",
        "  table: compton-getting.power.csv",
    ]


def test_results_are_complete(finished):
    file, _ = finished
    result = read(file)
    assert result.power.shape == (40, 17)
    np.testing.assert_array_equal(result.index, np.arange(40))
    np.testing.assert_array_equal(result.map_index, np.arange(8))
    assert result.maps.shape == (8, 12 * 16**2)
    # Every realisation has a flow of its own, and each map the power of its realisation, but for l > 24.
    assert len(np.unique(result.power[:, 2])) == 40
    variance = result.power[:8, 1:] @ (2 * result.ell[1:] + 1) / (4 * np.pi)
    np.testing.assert_allclose(np.var(result.maps, axis=1), variance, rtol=0.1)
    assert np.ptp(variance) > 0.3 * np.mean(variance)  # or any order would do
    np.testing.assert_allclose(result.power[:, 0], 4 * np.pi * result.mean**2, rtol=1e-12)


def test_saved_configuration_gives_the_same_results(
    eddysky, here, finished, options, assert_same_bits, no_figures
):
    settings = {"sky.nside": 16, "flow.modes": 512, "ensemble.realizations": 40}
    shown = eddysky("show", DEFAULT, *options(settings)).out
    (here / "saved.toml").write_text(shown)
    outcome = eddysky("run", "saved.toml", "--quiet")
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.out.startswith("saved: ")
    assert_same_bits("saved.h5", finished[0])
    other = eddysky("run", "saved.toml", "--quiet", "--set", "ensemble.seed=2", "-o", "other.h5")
    assert other.code == 0
    assert not np.any(read("other.h5").power == read(finished[0]).power)


def test_a_variant_runs_alone(eddysky, here):
    outcome = eddysky(
        "run", "compton-getting/fluid", "--quiet", "--maps", 0, "--set", "sky.nside=4"
    )
    assert outcome.code == 0
    assert sorted(path.name for path in here.iterdir()) == [
        "compton-getting-fluid.h5",
        "compton-getting-fluid.power.csv",
    ]
    assert read("compton-getting-fluid.h5").config.sky.frame == "fluid"
    assert "consistent" in outcome.out


def test_a_variant_is_named_as_it_was_asked_for(eddysky):
    outcome = eddysky("run", "compton-getting/fluid", "--quiet", "--set", "sky.nside=4")
    assert outcome.out.startswith("compton-getting/fluid: ")


def test_a_finished_run_is_not_repeated(eddysky, here, finished, options, no_figures):
    (here / "sky.h5").write_bytes(finished[0].read_bytes())
    before = (here / "sky.h5").stat().st_mtime_ns
    settings = {"sky.nside": 16, "flow.modes": 512, "ensemble.realizations": 40}
    outcome = eddysky("run", "-o", "sky.h5", "-v", *options(settings))
    assert outcome.code == 0
    assert "40 realisations" in outcome.out
    assert (here / "sky.h5").read_bytes() == finished[0].read_bytes()
    assert (here / "sky.h5").stat().st_mtime_ns == before


def test_a_run_grows(eddysky, here, finished, options, assert_same_bits, no_figures):
    """More realisations or maps under the same name add to what is there; the bits are those of one go."""
    settings = {"sky.nside": 16, "flow.modes": 512, "ensemble.realizations": 9}
    assert eddysky("run", "-o", "a.h5", "--quiet", "--maps", 2, *options(settings)).code == 0
    settings["ensemble.realizations"] = 40
    assert eddysky("run", "-o", "a.h5", "--quiet", *options(settings)).code == 0
    assert_same_bits("a.h5", finished[0])
    assert not (here / "a.h5.parts").exists()


def test_number_of_maps(eddysky, here, options):
    settings = {"sky.nside": 4, "flow.modes": 16, "ensemble.realizations": 3}
    for maps in (0, 2, 8):
        assert (
            eddysky("run", "-o", f"{maps}.h5", "--quiet", "--maps", maps, *options(settings)).code
            == 0
        )
        assert read(f"{maps}.h5").maps.shape == (min(maps, 3), 192)


@pytest.mark.parametrize("realizations", [1, 5])  # threads share one; each has its own
@pytest.mark.parametrize("sampling", ["pixel-centre", "random"])
def test_same_bits_for_any_number_of_workers(
    eddysky, options, assert_same_bits, sampling, realizations
):
    settings = {
        "sky.nside": 32,
        "flow.modes": 64,
        "ensemble.realizations": realizations,
        "sky.sampling": sampling,
    }
    if sampling == "random":
        # Not a multiple of the block size, and several blocks.
        settings |= {"sky.nside": 8, "sky.particles": 150_001, "transport.scatterings": 2}
    for workers in (1, 2, 3):
        outcome = eddysky(
            "run", "-o", f"{workers}.h5", "--quiet", "--workers", workers, *options(settings)
        )
        assert outcome.code == 0
    assert_same_bits("1.h5", "2.h5")
    assert_same_bits("1.h5", "3.h5")


def test_the_map_of_an_ensemble_that_is_too_small_is_the_one_its_name_says(eddysky, here):
    """Two variants, neither comparable: OUT.map.png belongs to OUT.h5, and stands as `plot` draws it."""
    settings = ("--set", "ensemble.realizations=2", "--set", "sky.nside=2", "--set", "flow.modes=8")
    small = ("--set", "flow.inner_scale=10 pc", "--set", "sky.lmax=3")
    assert (
        eddysky("run", "zl25-fig3-spectra", "-o", "out.h5", "--quiet", *settings, *small).code == 0
    )
    drawn = (here / "out.map.png").read_bytes()
    assert eddysky("plot", "out.h5").code == 0
    assert (here / "out.map.png").read_bytes() == drawn
    assert (here / "out-parallel.h5").exists()


def test_scattered_beyond_the_smallest_double(eddysky, here, options, no_figures):
    """A potential flow after many scatterings on exponential paths leaves nothing at ℓ > 2."""
    settings = {
        "flow.transverse_fraction": 0.0,
        "flow.modes": 32,
        "flow.outer_scale": "50 pc",
        "transport.free_path": "exponential",
        "transport.scatterings": 600,
        "sky.nside": 8,
        "sky.particles": 40,
        "ensemble.realizations": 10,
    }
    run = eddysky("run", "-o", "out.h5", "--quiet", *options(settings))
    assert (run.code, run.err) == (0, "")
    outcome = eddysky("validate", "out.h5", "--json")
    assert outcome.code == 0
    assert "NaN" not in outcome.out
