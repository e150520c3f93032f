"""Bad input: exit code 2, one or two lines that name the culprit, and nothing that existed is harmed."""

from __future__ import annotations

import os
import resource
import shutil
import signal

import h5py
import pytest

from eddysky.simulator import read

TINY = {"sky.nside": 4, "flow.modes": 16, "ensemble.realizations": 3}


def assert_refused(outcome, *words):
    """Exit code 2; at most two lines on standard error, the first marked as ours, with all the words."""
    assert outcome.code == 2
    assert outcome.out == ""
    lines = outcome.err.splitlines()
    assert 1 <= len(lines) <= 2
    assert lines[0].startswith("eddysky: error: ")
    assert "Traceback" not in outcome.err
    for word in words:
        assert word in outcome.err


SETTINGS = [
    # unknown keys and sections
    ("flow.indx=1", "flow.indx", "unknown key", "index"),
    ("flwo.index=1", "flwo", "unknown key", "flow, transport"),
    ("sky.nside.deep=1", "sky.nside.deep", "unknown key", "lmax"),
    # lengths: unit misspelt, missing, of another dimension; sign; NaN; infinity; not a number
    ("flow.outer_scale=10 parsek", "flow.outer_scale", "'parsek' is not a unit", "10 pc"),
    ("flow.outer_scale=10 pcc", "flow.outer_scale", "'pcc' is not a unit"),
    ("flow.outer_scale=10", "flow.outer_scale = 10", "a length with its unit"),
    ("flow.outer_scale='10'", 'flow.outer_scale = "10"', "a length with its unit"),
    ("flow.outer_scale=10 km/s", "flow.outer_scale", "not the unit of a length"),
    ("flow.outer_scale=-10 pc", "flow.outer_scale", "positive and finite"),
    ("flow.outer_scale=0 pc", "flow.outer_scale", "positive and finite"),
    ("flow.outer_scale=nan pc", "flow.outer_scale", ""),
    ("flow.outer_scale=inf pc", "flow.outer_scale", ""),
    ("flow.outer_scale=nan", "flow.outer_scale", "a length with its unit"),
    ("flow.outer_scale=ten pc", "flow.outer_scale", "a length with its unit"),
    ("flow.outer_scale=true", "flow.outer_scale", "a length with its unit"),
    ("flow.outer_scale=['10 pc']", "flow.outer_scale", "a length with its unit"),
    ("flow.outer_scale=", "flow.outer_scale", "a length with its unit"),
    ("flow.velocity_dispersion=-1 km/s", "flow.velocity_dispersion", "zero, or positive"),
    ("flow.velocity_dispersion=1 pc", "flow.velocity_dispersion", "not the unit of a speed"),
    ("cosmic_rays.energy=10 K", "cosmic_rays.energy", "not the unit of an energy"),
    ("cosmic_rays.energy=500 MeV", "cosmic_rays.energy", "rest energy"),
    # numbers
    ("flow.index=steep", "flow.index", "number"),
    ("flow.index=true", "flow.index", "number"),
    ("flow.index='1.5'", "flow.index", "number"),
    ("flow.index=nan", "flow.index", "finite"),
    ("flow.index=inf", "flow.index", "finite"),
    ("flow.index=[1.5]", "flow.index", "number"),
    ("flow.transverse_fraction=-0.1", "flow.transverse_fraction = -0.1", "from 0 to 1"),
    ("flow.transverse_fraction=1.01", "flow.transverse_fraction = 1.01", "from 0 to 1"),
    ("flow.modes=0", "flow.modes = 0", "greater than or equal to 1"),
    ("flow.modes=4096.0", "flow.modes", "integer"),
    ("flow.modes=true", "flow.modes", "integer"),
    ("ensemble.realizations=0", "ensemble.realizations = 0", "1"),
    ("ensemble.seed=-1", "ensemble.seed = -1", "0"),
    ("sky.nside=17", "sky.nside = 17", "power of two"),
    ("sky.nside=0", "sky.nside = 0", "1"),
    ("sky.nside=4096", "sky.nside = 4096", "2048"),
    ("sky.lmax=192", "sky.lmax = 192", "3 nside - 1 = 191"),
    ("sky.lmax=0", "sky.lmax = 0", "1"),
    # choices
    ("sky.frame=galactic", "sky.frame", "'fluid' or 'observer'"),
    ("transport.free_path=long", "transport.free_path", "'exponential'"),
    ("transport.mode=perpendicular", "transport.mode", "'parallel'"),
    # vectors
    ("flow.mean_velocity=1 km/s", "flow.mean_velocity", ""),
    ("flow.mean_velocity=['1 km/s', '2 km/s']", "flow.mean_velocity", ""),
    ("flow.mean_velocity=['1 km/s', '2 km/s', '3 pc']", "flow.mean_velocity.2", "unit of a speed"),
    ("flow.mean_velocity=[1, 2, 3]", "flow.mean_velocity.0 = 1", "a speed with its unit"),
    ("transport.density_gradient=['0.2 1/pc', '0 1/pc', '0 1/pc']", "density_gradient", "at most 0.1"),
    # combinations
    ("flow.inner_scale=1000 pc", "flow.inner_scale", "below flow.outer_scale = 1000 pc"),
    ("flow.inner_scale=2 kpc", "flow.inner_scale = 2000 pc", "below flow.outer_scale = 1000 pc"),
    ("flow.outer_scale=0.01 pc", "flow.inner_scale", "below flow.outer_scale = 0.01 pc"),
    ("flow.inner_scale=0.001 pc", "flow.inner_scale", "at least"),
    ("flow.velocity_dispersion=20000 km/s", "flow", "1.0% of the particles' speed"),
    ("transport.free_path=erlang", "transport.erlang_order", "missing"),
    ("transport.erlang_order=3", "transport.erlang_order = 3", "allowed only with"),
    ("sky.particles=1000", "sky.particles = 1000", "sky.sampling"),
    ("sky.particles=3", "sky.particles = 3", "16"),
    # expansions
    ("flow.taylor_order=-1", "flow.taylor_order = -1", "greater than or equal to 0"),
    ("flow.taylor_order=21", "flow.taylor_order = 21", "less than or equal to 20"),
    ("flow.taylor_order=2.0", "flow.taylor_order = 2.0", "integer"),
    ("flow.taylor_order=true", "flow.taylor_order = true", "integer"),
    ("flow.taylor_order=two", 'flow.taylor_order = "two"', "integer"),
    ("flow.taylor_order=0", "flow.taylor_order = 0", "nothing to see", "fluid frame"),
    ("flow.taylor_order=3", "flow.taylor_order = 3", "reaches", "k_max λ = 290.4", "at most 2998 km/s", "inner scale"),
    # not KEY=VALUE
    ("flow.index", "--set flow.index", "KEY=VALUE"),
    ("index=1", "--set index=1", "KEY=VALUE"),
    ("=1", "--set =1", "KEY=VALUE"),
    ("", "--set", "KEY=VALUE"),
    ("flow.=1", "flow.", "KEY=VALUE"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "words"), [(s, w) for s, *w in SETTINGS], ids=[s[0] for s in SETTINGS]
)
def test_settings(eddysky, here, setting, words):
    assert_refused(eddysky("run", "--quiet", "--set", setting), *words)
    assert list(here.iterdir()) == []


def test_an_empty_section_is_named(eddysky):
    assert_refused(eddysky("show", "--set", ".index=1"), ".index")


@pytest.mark.parametrize("command", ["show", "predict", "run"])
def test_all_commands_that_take_a_configuration_check_it(eddysky, here, command):
    assert_refused(eddysky(command, "--set", "flow.indx=1"), "flow.indx")
    (here / "my.toml").write_text("[flow]\nindx = 1\n")
    assert_refused(eddysky(command, "my.toml"), "my.toml", "flow.indx", "unknown key")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"[flow\nindex = 1.5\n", ["not valid TOML", "line 1"]),
        (b"[flow]\nindex = \n", ["not valid TOML", "line 2"]),
        (b"[flow]\nindex = 1\nindex = 2\n", ["not valid TOML", "line 3"]),
        (b"flow = 3\n", ["flow"]),
        (b"[flow]\nouter_scale = 10\n", ["flow.outer_scale", "with its unit"]),
        (b"index = 1.5\n", ["index", "unknown key", "sections are"]),
        (b"\x89HDF\r\n\x1a\n\xff\xfe", ["not a TOML file"]),
        (b"[flow]\nindx = 1\nmods = 2\n", ["flow.indx", "1 more"]),
    ],
)
def test_bad_files(eddysky, here, text, words):
    (here / "bad.toml").write_bytes(text)
    assert_refused(eddysky("run", "bad.toml"), "bad.toml", *words)
    assert [path.name for path in here.iterdir()] == ["bad.toml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "missing.toml"], ["missing.toml", "No such file"]),
        (["run", "folder/missing.toml"], ["folder/missing.toml", "No such file"]),
        (["run", "."], ["."]),
        (["run", "isotropic-difusion"], ["isotropic-difusion", "did you mean isotropic-diffusion?"]),
        (["run", "freepathlaw"], ["freepathlaw", "did you mean free-path-law?"]),
        (["predict", "xyz"], ["xyz", "scenarios: isotropic-diffusion, "]),
        (["show", "free-path-law/fix"], ["free-path-law/fix", "fixed, erlang-100, exponential"]),
        (["show", "shear-flow/x"], ["shear-flow/x", "no such variant", "has no variants"]),
        (
            ["run", "zl24-energy", "--set", "sky.nside=8", "--set", "cosmic_rays.energy=5 TeV"],
            ["variants of zl24-energy are the same with --set cosmic_rays.energy", "zl24-energy/power-law-1TeV"],
        ),
        (["simulate"], ["'simulate'"]),
        (["list", "--all"], ["--all"]),
        (["list", "more"], ["more"]),
        (["run", "--outputs", "x"], ["--outputs"]),
        (["run", "-o"], ["-o"]),
        (["run", "--set"], ["--set"]),
        (["run", "--workers", "0"], ["--workers", "0"]),
        (["run", "--workers", "two"], ["--workers", "two"]),
        (["run", "--maps", "-1"], ["--maps", "-1"]),
        (["run", "shear-flow", "more"], ["more"]),
        (["validate"], ["OUT.h5"]),
        (["validate", "missing.h5"], ["missing.h5", "no such file"]),
        (["plot", "missing.h5"], ["missing.h5", "no such file"]),
        (["info", "missing.h5"], ["missing.h5", "no such file"]),
        (["info", "."], [".", "a directory"]),
    ],
    ids=" ".join,
)  # fmt: skip
def test_arguments(eddysky, here, arguments, words):
    assert_refused(eddysky(*arguments), *words)
    assert list(here.iterdir()) == []


def test_as_a_process(finish, here):
    """The same from outside: code and streams of a real process."""
    outcome = finish("run", "--set", "sky.nside=17")
    assert_refused(outcome, "sky.nside = 17", "power of two")
    assert list(here.iterdir()) == []


def not_ours(path, finished, resealing):
    whole = finished.read_bytes()
    kind = path.stem
    if kind == "text":
        path.write_text("Sky of last night\n")
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "other":
        with h5py.File(path, "w") as file:
            file["power"] = [1.0, 2.0]
    elif kind == "later":
        shutil.copyfile(finished, path)
        with resealing(path) as file:
            file.attrs["format_version"] = 2
    elif kind == "altered":
        shutil.copyfile(finished, path)
        with resealing(path) as file:
            text = file.attrs["configuration"]
            file.attrs["configuration"] = text.replace("seed = 1", "seed = 2")
    elif kind.startswith("cut"):
        path.write_bytes(whole[: int(kind[3:])])
    elif kind == "directory":
        path.mkdir()


FOREIGN = {
    "text": "not an eddysky results file",
    "empty": "not an eddysky results file",
    "other": "not an eddysky results file",
    "later": "format 2",
    "altered": "configuration was altered",
    "cut50000": "altered after eddysky wrote it, or cut short",
    "cut600": "truncated file",
    "directory": "a directory",
}


@pytest.mark.parametrize("command", ["validate", "plot", "info", "run"])
@pytest.mark.parametrize("kind", FOREIGN)
def test_files_that_are_not_results(eddysky, here, finished, options, resealing, kind, command):
    path = here / f"{kind}.h5"
    not_ours(path, finished[0], resealing)
    before = path.read_bytes() if path.is_file() else None
    if command == "run":
        outcome = eddysky("run", "-o", path.name, "--quiet", *options(TINY))
    else:
        outcome = eddysky(command, path.name)
    assert_refused(outcome, path.name, FOREIGN[kind])
    assert [p.name for p in here.iterdir()] == [path.name]
    assert before is None or path.read_bytes() == before


def flip_power(source, path):
    """A byte of /power changed on disk, as by a failing disk."""
    content = bytearray(source.read_bytes())
    with h5py.File(source) as file:
        content[file["power"].id.get_chunk_info(0).byte_offset + 40] ^= 0xFF
    path.write_bytes(content)


@pytest.mark.parametrize("command", ["validate", "plot"])
def test_changed_bytes_are_noticed(eddysky, here, finished, command):
    flip_power(finished[0], here / "flipped.h5")
    assert_refused(eddysky(command, "flipped.h5"), "flipped.h5", "damaged")


def test_growing_a_damaged_file_names_it(eddysky, here, finished, options):
    flip_power(finished[0], here / "flipped.h5")
    before = (here / "flipped.h5").read_bytes()
    settings = {"sky.nside": 16, "flow.modes": 512, "ensemble.realizations": 41}
    outcome = eddysky("run", "-o", "flipped.h5", "--quiet", *options(settings))
    assert (here / "flipped.h5").read_bytes() == before
    assert_refused(outcome, "flipped.h5")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"flow.modes": 17}, ["flow.modes was 16, now 17"]),
        ({"ensemble.seed": 2}, ["ensemble.seed was 1, now 2"]),
        ({"flow.outer_scale": "999 pc"}, ["flow.outer_scale was 1000 pc, now 999 pc"]),
        ({"flow.inner_scale": "10 pc"}, ["flow.inner_scale was ", "now 10 pc"]),
    ],
)
def test_results_of_another_configuration_are_kept(eddysky, here, options, change, words):
    assert eddysky("run", "-o", "out.h5", "--quiet", *options(TINY)).code == 0
    before = (here / "out.h5").read_bytes()
    outcome = eddysky("run", "-o", "out.h5", "--quiet", *options(TINY | change))
    assert_refused(outcome, "out.h5", "another configuration", "-o", *words)
    assert (here / "out.h5").read_bytes() == before
    assert [path.name for path in here.glob("out.h5*")] == ["out.h5"]


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("missing/out.h5", ["missing is not a directory"]),
        ("file/out.h5", ["file is not a directory"]),
        ("/proc/out.h5", ["No such file or directory"]),
        ("/dev/null/out.h5", ["/dev/null is not a directory"]),
        ("blocked.h5", ["a file where the folder of finished realisations belongs"]),
    ],
)
def test_places_that_cannot_be_written(eddysky, here, options, output, words):
    (here / "file").write_text("mine")
    (here / "blocked.h5.parts").write_text("mine")
    outcome = eddysky("run", "-o", output, "--quiet", *options(TINY))
    assert_refused(outcome, output, *words)
    assert (here / "file").read_text() == "mine"
    assert (here / "blocked.h5.parts").read_text() == "mine"
    assert sorted(path.name for path in here.iterdir()) == ["blocked.h5.parts", "file"]


@pytest.mark.parametrize("output", [".", "/", ""])
@pytest.mark.parametrize(
    "command",
    [["run"], ["run", "--dry-run"], ["run", "--slice", "1/2"], ["merge", "out.h5"]],
    ids=" ".join,
)
def test_a_folder_is_no_results_file(eddysky, here, finished, options, command, output):
    more = [] if command[0] == "merge" else options(TINY)
    outcome = eddysky(*command, "-o", output, *more)
    assert outcome.code == 2
    assert "a directory" in outcome.err or "not a file" in outcome.err


def test_a_dry_run_refuses_what_the_run_would(eddysky, here, options):
    (here / "out.h5.parts").write_text("mine")
    outcome = eddysky("run", "-o", "out.h5", "--dry-run", *options(TINY))
    assert "it does not fit" in outcome.out
    assert outcome.code == 2
    assert "a file where the folder of finished realisations belongs" in outcome.err
    (here / "mine.power.png").write_text("mine")
    outcome = eddysky("run", "-o", "mine.h5", "--dry-run", *options(TINY))
    assert_refused(outcome, "mine.power.png: exists already and was not written by eddysky")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_without_permission(eddysky, here, options):
    (here / "locked").mkdir(mode=0o555)
    outcome = eddysky("run", "-o", "locked/out.h5", "--quiet", *options(TINY))
    assert_refused(outcome, "locked/out.h5", "Permission denied")


@pytest.mark.parametrize("limit", [1000, 100_000])
def test_a_full_disk(finish, eddysky, here, finished, options, assert_same_bits, limit):
    """No file may exceed the limit: as on a full disk, the part or the merged file cannot be written."""
    settings = {"sky.nside": 16, "flow.modes": 512, "ensemble.realizations": 40}

    def restrict():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    outcome = finish("run", "-o", "out.h5", "--quiet", *options(settings), preexec_fn=restrict)
    assert_refused(outcome)
    assert not (here / "out.h5").exists()
    assert eddysky("run", "-o", "out.h5", "--quiet", *options(settings)).code == 0
    assert_same_bits("out.h5", finished[0])


def test_too_small_an_ensemble_is_said(eddysky, here, options):
    """A run of 9 is fine; a verdict about it is not to be had."""
    settings = TINY | {"ensemble.realizations": 9}
    run = eddysky("run", "-o", "out.h5", "--quiet", *options(settings))
    assert run.code == 0
    assert "not compared with the theory: too few realisations for standard errors, 9" in run.out
    assert "consistent" not in run.out
    assert_refused(eddysky("validate", "out.h5"), "out.h5", "standard errors, 9", "at least 10")
    assert len(read("out.h5").power) == 9
