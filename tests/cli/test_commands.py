"""What each command prints and with which code it ends."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest

from eddysky.scenarios.registry import SCENARIOS
from eddysky.simulator import Config, read
from eddysky.validation import compare, predict

COMMANDS = ("list", "show", "run", "predict", "validate", "plot", "info", "doctor", "scales")
PNG = b"\x89PNG\r\n\x1a\n"
DEFAULT = next(iter(SCENARIOS))


def test_list_has_one_line_for_each_scenario(eddysky):
    outcome = eddysky("list")
    assert outcome.code == 0
    assert outcome.err == ""
    lines = outcome.out.splitlines()
    assert [line.split()[0] for line in lines] == list(SCENARIOS)
    for line, scenario in zip(lines, SCENARIOS.values(), strict=True):
        assert line.endswith(scenario.summary)


@pytest.mark.parametrize("flag", ["-h", "--help"])
@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help(eddysky, command, flag):
    outcome = eddysky(*[command] * bool(command), flag)
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.out.startswith("Usage: ")
    if not command:
        assert all(re.search(rf"^  {name} ", outcome.out, re.MULTILINE) for name in COMMANDS)


def test_version(eddysky):
    outcome = eddysky("--version")
    assert outcome.code == 0
    assert version("eddysky") in outcome.out


def test_no_command_shows_the_help(eddysky):
    outcome = eddysky()
    assert "error" not in outcome.err
    assert "Usage: " in outcome.out + outcome.err


@pytest.mark.parametrize(
    "target",
    [*SCENARIOS, *(f"{s.name}/{v}" for s in SCENARIOS.values() for v in s.variants if v)],
)
def test_show_gives_the_configuration_back(eddysky, target):
    outcome = eddysky("show", target)
    assert outcome.code == 0
    assert outcome.err == ""
    name, _, variant = target.partition("/")
    shown = Config.from_text(outcome.out)
    assert shown.to_dict() == SCENARIOS[name].config(variant).to_dict()
    # What is not given is a comment: it follows other keys when these are edited.
    given = tomllib.loads(outcome.out)
    for section, values in shown.to_dict().items():
        for key, value in values.items():
            assert given[section].get(key, value) == value
            assert key in given[section] or f"# {key} = " in outcome.out
    assert shown.identity == SCENARIOS[name].config(variant).identity
    several = len(SCENARIOS[name].variants) > 1 and not variant
    assert ("# first of the variants" in outcome.out) is several


def test_the_default_target_is_the_default_configuration(eddysky):
    assert eddysky("show").out == eddysky("show", DEFAULT).out
    assert Config.from_text(eddysky("show").out).to_dict() == Config().to_dict()
    assert eddysky("predict").out == eddysky("predict", DEFAULT).out


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("flow.index=1.5", 1.5),
        ("flow.index=2", 2.0),
        ("flow.index = 1.5", 1.5),
        ("flow.outer_scale=500 pc", 500.0),
        ("flow.outer_scale='500 pc'", 500.0),
        ('flow.outer_scale="0.5 kpc"', 500.0),
        ("flow.outer_scale=500pc", 500.0),
        ("flow.amplitudes=cosine", "cosine"),
        ("sky.frame='observer'", "observer"),
        ("ensemble.seed=0", 0),
        ("sky.particles=1_000", 1000),
        ("flow.mean_velocity=['1 km/s', '2 km/s', '-3000 m/s']", (1.0, 2.0, -3.0)),
        ("cosmic_rays.energy=3 PeV", 3000.0),
    ],
)
def test_settings_of_each_type(eddysky, setting, value):
    more = ["--set", "sky.sampling=random"] if "particles" in setting else []
    outcome = eddysky("show", *more, "--set", setting)
    assert outcome.code == 0, outcome.err
    section, key = setting.partition("=")[0].strip().split(".")
    assert getattr(getattr(Config.from_text(outcome.out), section), key) == value


def test_the_last_setting_counts(eddysky):
    outcome = eddysky("show", "--set", "flow.index=1.5", "--set", "flow.index=1.7")
    assert Config.from_text(outcome.out).flow.index == 1.7


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


@pytest.mark.parametrize("arguments", [[], ["--csv"]])
@pytest.mark.parametrize(
    "target", [DEFAULT, "free-path-law/exponential", "relaxation-depth/fixed-5", "shear-flow"]
)
def test_predict_prints_the_prediction(eddysky, target, arguments):
    outcome = eddysky("predict", target, "--set", "flow.index=1.6", *arguments)
    assert outcome.code == 0
    assert outcome.err == ""
    header, *lines = outcome.out.splitlines()
    assert header == "ell,c_ell"
    name, _, variant = target.partition("/")
    expected = predict(SCENARIOS[name].config(variant, {"flow.index": 1.6}))
    table = np.array([[float(cell) for cell in line.split(",")] for line in lines])
    np.testing.assert_array_equal(table[:, 0], expected.ell)
    # Twelve digits after the point are printed.
    np.testing.assert_allclose(table[:, 1], expected.c_ell, rtol=1e-12)


def test_run_says_what_it_did(finished):
    file, outcome = finished
    assert outcome.code == 0
    assert outcome.out.startswith("isotropic-diffusion: consistent with the theory\n")
    assert f"results: {file}" in outcome.out
    for kind in ("map", "power"):
        picture = file.with_suffix(f".{kind}.png")
        assert f"figure: {picture}" in outcome.out
        assert picture.read_bytes().startswith(PNG)
    # A progress bar with rate and time left, and nothing else.
    assert "40/40" in outcome.err
    assert "realisation/s" in outcome.err
    assert sorted(path.name for path in file.parent.iterdir()) == [
        "sky.h5",
        "sky.map.png",
        "sky.power.csv",
        "sky.power.png",
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


def test_validate_table(eddysky, finished):
    file, run = finished
    outcome = eddysky("validate", file)
    assert outcome.code == 0
    assert outcome.err == ""
    header, *rows = outcome.out.splitlines()
    assert header.split() == ["l", "measured", "error", "predicted", "ratio", "pull"]
    comparison = compare(read(file))
    for row, ell in zip(rows, comparison.ell, strict=False):
        numbers = [float(cell) for cell in row.split()]
        assert numbers[0] == ell
        # As many digits as are printed.
        assert numbers[4] == pytest.approx(comparison.ratio[ell - 1], abs=0.51e-4)
        assert numbers[5] == pytest.approx(comparison.pull[ell - 1], abs=0.51e-2)
    verdict = "\n".join(rows[len(comparison.ell) :])
    assert verdict.startswith("consistent with the theory")
    for word in ("chi2 = ", "p = ", "amplitude ", "slope ", "predicted "):
        assert word in verdict
        assert word in run.out


def test_validate_json(eddysky, finished):
    outcome = eddysky("validate", finished[0], "--json")
    assert outcome.code == 0
    values = json.loads(outcome.out)
    expected = compare(read(finished[0]))
    assert values["consistent"] is True
    assert values["chi2"] == expected.chi2
    assert values["p_value"] == expected.p_value
    for name in ("ratio", "pull"):
        assert values[name] == getattr(expected, name).tolist()
    assert values["standard_error"] == expected.error.tolist()
    assert set(values["slope"]) >= {"measured", "error", "predicted", "pull"}
    assert values["slope"]["measured"] == expected.slope.measured


def test_plot_draws_what_run_draws(eddysky, here, finished):
    (here / "copy.h5").write_bytes(finished[0].read_bytes())
    outcome = eddysky("plot", "copy.h5")
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.out.split() == ["copy.map.png", "copy.power.png"]
    for name in outcome.out.split():
        assert (here / name).read_bytes().startswith(PNG)


def test_plot_in_other_formats(eddysky, here, finished):
    (here / "copy.h5").write_bytes(finished[0].read_bytes())
    outcome = eddysky("plot", "copy.h5", "--format", "pdf", "--format", "svg")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.split() == [
        "copy.map.pdf",
        "copy.power.pdf",
        "copy.map.svg",
        "copy.power.svg",
    ]
    for name in outcome.out.split():
        magic = b"%PDF" if name.endswith("pdf") else b"<?xml"
        assert (here / name).read_bytes().startswith(magic)
    assert not list(here.glob("*.png"))


def test_run_in_other_formats(eddysky, here, options):
    """Figures in each format, tables once."""
    settings = {"sky.nside": 4, "flow.modes": 32, "ensemble.realizations": 10}
    formats = ("--format", "pdf", "--format", "png", "--format", "pdf")
    outcome = eddysky("run", "zl24-fig1", "--quiet", *formats, *options(settings))
    assert (outcome.code, outcome.err) == (0, "")
    made = [line.split(": ") for line in outcome.out.splitlines() if ": zl24-fig1." in line]
    assert made == [
        ["  results", "zl24-fig1.h5"],
        ["  figure", "zl24-fig1.power.pdf"],
        ["  table", "zl24-fig1.alternative-models.csv"],
        ["  figure", "zl24-fig1.power.png"],
        ["  table", "zl24-fig1.power.csv"],
    ]
    assert sorted(path.name for path in here.iterdir()) == sorted(name for _, name in made)


def test_a_format_that_is_none(eddysky, here):
    for command in (("run", "--set", "sky.nside=4"), ("plot", "any.h5")):
        outcome = eddysky(*command, "--format", "jpg")
        assert outcome.code == 2
        assert len(outcome.err.splitlines()) == 1
        for word in ("--format", "jpg", "png", "pdf", "svg"):
            assert word in outcome.err
    assert list(here.iterdir()) == []


def test_nothing_to_draw_is_said(eddysky, here):
    closed = ("diffuse-dipole", "--set", "sky.nside=4", "--maps", 0, "--quiet")
    assert "no figure: no map was kept" in eddysky("run", *closed).out
    outcome = eddysky("plot", "diffuse-dipole.h5")
    assert (outcome.code, outcome.out) == (0, "no map figure: the file holds no maps\n")
    assert not list(here.glob("*.png"))


def test_plot_of_a_closed_case_is_quiet(eddysky, here, no_figures):
    assert eddysky("run", "diffuse-dipole", "--quiet", "--set", "sky.nside=4").code == 0
    outcome = eddysky("plot", "diffuse-dipole.h5")
    assert outcome.code == 0
    assert (here / "diffuse-dipole.map.png").exists()
    assert outcome.err == ""


def test_info(eddysky, finished):
    outcome = eddysky("info", finished[0])
    assert outcome.code == 0
    assert outcome.err == ""
    for text in ("format 1", "seed: 1", "/power: 40 x 17 float64", "/maps: 8 x 3072 float32"):
        assert text in outcome.out
    described, configuration = outcome.out.split("\n\n", 1)
    assert len(described.splitlines()) == 12
    assert Config.from_text(configuration) == read(finished[0]).config


def test_doctor(eddysky):
    outcome = eddysky("doctor")
    assert outcome.code == 0
    assert outcome.err == ""
    for text in (
        "eddysky ",
        "numba ",
        "compiled and correct",
        "compile cache: ",
        "threads: ",
        "GPU: ",
    ):
        assert text in outcome.out


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
    outcome = eddysky("run", "-o", "sky.h5", "--quiet", *options(settings))
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


def leave_after(start, options, lines):
    """A command whose output is more than the pipe holds, and a reader that goes away."""
    settings = {"sky.nside": 256, "sky.lmax": 767, "flow.inner_scale": "500 pc"}
    process = start("predict", *options(settings), pipesize=4096)
    for _ in range(lines):
        assert process.stdout.readline() == "ell,c_ell\n"
    process.stdout.close()
    return process.stderr.read(), process.wait(60)


@pytest.mark.parametrize("lines", [0, 1])
def test_a_reader_that_leaves_hears_no_complaint(start, options, lines):
    """As with `| head -1`: no traceback, no message."""
    error, _ = leave_after(start, options, lines)
    assert error == ""


def test_a_reader_that_leaves_is_no_error(start, options):
    assert leave_after(start, options, 1)[1] == 0


def test_a_full_standard_output_is_an_error():
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [Path(sys.executable).with_name("eddysky"), "list"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
        )
    assert done.returncode == 2
    assert "No space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1


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
