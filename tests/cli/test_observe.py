"""`eddysky observe`, and what other commands do with an observation."""

from __future__ import annotations

import json

import healpy
import numpy as np
import pytest

from eddysky.cli.main import run_command
from eddysky.simulator.config import Config
from eddysky.simulator.observation.observation_file import read_observation, write_observation
from eddysky.simulator.observation.observe import observe
from eddysky.simulator.observation.survey import Survey
from eddysky.simulator.run.ensemble import simulate

SMALL = {"sky.nside": 16, "flow.modes": 64, "ensemble.realizations": 2}
SURVEY = ("--events", "1e10", "--field", "icecube", "--quiet")


@pytest.fixture
def skies(here):
    simulate(Config().replace(SMALL), here / "sky.h5", workers=1)
    return here


def test_from_skies_to_files(eddysky, skies):
    seen = ("--point-spread", "2deg", "--compton-getting", 20, 270, 30, "--weighting", "exposure")
    made = eddysky("observe", "sky.h5", *SURVEY, *seen, "-o", "obs.h5", "--apodise", "0.1rad")
    assert (made.code, made.err) == (0, "")
    assert "obs.h5: icecube, 1e+10 events, 2 realisations, nside 16, lmax 16, 2 maps" in made.out
    assert "field of view: 0.281 of the sky" in made.out
    assert "m = 0 multipoles in equatorial axes: removed" in made.out
    found = read_observation(skies / "obs.h5")
    assert found.survey.point_spread == 2
    assert found.survey.apodise == pytest.approx(np.degrees(0.1))
    assert found.survey.compton_getting == (20, 270, 30)
    assert (skies / "obs.sky.png").read_bytes().startswith(b"\x89PNG")
    told = eddysky("info", "obs.h5")
    assert "eddysky observation: icecube" in told.out
    assert 'weighting = "exposure"' in told.out
    assert "obs.h5: sound: SHA-256" in eddysky("verify", "obs.h5").out
    wrong = eddysky("observe", "obs.h5", *SURVEY, "-o", "other.h5")
    assert "obs.h5: an observation, not a results file" in wrong.err
    assert "needs a results file" in eddysky("verify", "obs.h5", "--recompute", 1).err
    other = eddysky("observe", "sky.h5", *SURVEY, "-o", "obs.h5")
    assert (other.code, "obs.h5: exists already" in other.err) == (2, True)


def test_one_realisation_with_m_0_kept_and_local_maps(eddysky, skies, monkeypatch):
    from eddysky.simulator.observation import local

    monkeypatch.setattr(local, "BINS", 3)
    made = eddysky(
        "observe", "sky.h5", "--field", "icecube+hawc", "--events", "2e10+1e+10", "--row", 1,
        "--keep-zonal", "--maps", 0, "--quiet", "-o", "obs.h5", "--local", "local",
    )  # fmt: skip
    assert (made.code, made.err) == (0, "")
    assert "m = 0 multipoles in equatorial axes: kept" in made.out
    assert "local coordinates: local, realisation 1" in made.out
    assert not (skies / "obs.sky.png").exists()
    found = read_observation(skies / "obs.h5")
    assert found.index.tolist() == [1]
    assert found.survey.events == (2e10, 1e10)
    assert len(list((skies / "local").glob("*.fits.gz"))) == 6
    detectors = json.loads((skies / "local" / "config.json").read_text())["detectors"]
    assert list(detectors) == ["IceCube", "HAWC"]


def test_fits_files_read_alike(eddysky, skies):
    """By healpy and by astropy_healpix, which share no code, at 20 positions."""
    from astropy import units as u
    from astropy.table import Table
    from astropy_healpix import HEALPix

    found = observe(skies / "sky.h5", Survey("icecube", (1e10,), 16), [0])
    write_observation(skies / "obs.h5", found)
    made = eddysky("export", "obs.h5", "--fits", "obs.fits", "--smooth", "15deg")
    assert (made.code, made.out) == (0, "obs.fits\n")
    table = Table.read(skies / "obs.fits")
    assert table.meta["COORDSYS"] == "C"
    assert table.meta["SURVEY"] == "icecube"
    assert table.meta["SMOOTH"] == 15
    assert table.meta["LFIT"] == 3
    assert table.meta["ZONAL"] == "removed"
    grid = HEALPix(nside=table.meta["NSIDE"], order=table.meta["ORDERING"])
    rng = np.random.default_rng(1)
    longitude, latitude = rng.uniform(0, 360, 20), np.degrees(np.arcsin(rng.uniform(-1, 0, 20)))
    there = grid.lonlat_to_healpix(longitude * u.deg, latitude * u.deg)
    here = healpy.ang2pix(16, longitude, latitude, lonlat=True)
    names = ["REL_INTENSITY", "RESIDUAL", "SIGNIFICANCE", "COUNTS", "EXPOSURE", "WEIGHT"]
    assert table.colnames == names
    for field, name in enumerate(names):
        values = healpy.read_map(skies / "obs.fits", field=field, dtype=np.float64)
        np.testing.assert_array_equal(values[here], np.ravel(table[name])[there])
        seen = found.exposure > 0
        if name not in ("EXPOSURE", "WEIGHT"):
            assert np.all(values[~seen] == healpy.UNSEEN)
            assert np.all(values[seen] > -1e20)
    intensity = healpy.read_map(skies / "obs.fits", dtype=np.float64)
    np.testing.assert_array_equal(intensity[seen], found.intensity[0][seen])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--events", "1"], ["events = 1: at least"]),
        (["--events", "0"], ["--events = 0: must be from 1"]),
        (["--events", "nan"], ["--events = nan"]),
        (["--events", "1e30"], ["--events = 1e+30"]),
        (["--events", "many"], ["--events many"]),
        (
            ["--events", "1e9+1e9"],
            ["2 numbers; the field icecube has 1 part: give one number for all"],
        ),
        (["--field", "auger"], ["field auger", "icecube, hawc, lhaaso"]),
        (["--field", "dec:10,10"], ["field dec:10,10"]),
        (["--field", "broken.fits"], ["broken.fits"]),
        (["--nside", "1"], ["nside = 1", "multipoles up to 16"]),
        (["--nside", "0"], ["--nside = 0: must be a power of two"]),
        (["--survey-seed", "-1"], ["--survey-seed = -1"]),
        (["--field", "huge.fits"], ["huge.fits: as a field", "1e+300"]),
        (["--maps", "0", "--smooth", "5deg"], ["--smooth: not with --maps 0"]),
        (["--field", "full", "--acceptance", "2"], ["acceptance = 2: of detectors only"]),
        (["--nside", "12"], ["--nside = 12: must be a power of two"]),
        (["--point-spread", "3pc"], ["--point-spread 3pc: must be an angle"]),
        (["--point-spread", "nan"], ["--point-spread = nan"]),
        (["--smooth", "181"], ["smooth = 181"]),
        (["--subtract-multipoles", "11"], ["--subtract-multipoles"]),
        (["--row", "2"], ["row = 2", "2 realisations"]),
        (["--compton-getting", "20", "270", "95"], ["Dec = 95"]),
        (["--local", "maps", "--field", "full"], ["--local: field full"]),
        (["--local", "full"], ["full: exists already"]),
        (["-o", "sky.h5"], ["sky.h5: exists already"]),
        (["-o", "none/obs.h5"], ["none/obs.h5"]),
    ],
)
def test_bad_input(eddysky, skies, options, words):
    (skies / "broken.fits").write_text("SIMPLE")
    healpy.write_map(skies / "huge.fits", np.full(12, 1e300), dtype=np.float64)
    (skies / "full").mkdir()
    before = sorted(skies.iterdir())
    outcome = eddysky("observe", "sky.h5", *SURVEY, "-o", "obs.h5", *options)
    assert (outcome.code, outcome.out) == (2, "")
    lines = outcome.err.splitlines()
    assert 1 <= len(lines) <= 2
    assert lines[0].startswith("eddysky: error: ")
    for word in words:
        assert word in outcome.err
    assert sorted(skies.iterdir()) == before


def test_an_interrupted_observation_leaves_nothing(skies, monkeypatch):
    from eddysky.simulator.observation import observe as observing

    def interrupted(*_):
        raise KeyboardInterrupt

    before = sorted(skies.iterdir())
    monkeypatch.setattr(observing, "draw_counts", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_command(["observe", "sky.h5", *SURVEY, "-o", "obs.h5", "--local", "maps"])
    assert sorted(skies.iterdir()) == before


def test_skies_that_cannot_be_made_again(eddysky, here):
    from eddysky.simulator.flow.fields import RegularFlow

    flow = RegularFlow(np.array([10.0, 0, 0]), np.eye(3))
    config = Config().replace({"sky.nside": 16, "ensemble.realizations": 2})
    simulate(config, here / "sky.h5", flow=flow, alms=1, workers=1)
    refused = eddysky("observe", "sky.h5", *SURVEY, "-o", "obs.h5")
    assert refused.code == 2
    assert "eddysky run --alms" in refused.err
    assert eddysky("observe", "sky.h5", *SURVEY, "-o", "obs.h5", "--row", 0, "--maps", 0).code == 0


def test_skies_without_turbulence(eddysky, here):
    config = Config().replace(
        SMALL | {"flow.velocity_dispersion": "0 km/s", "flow.mean_velocity": ["0 km/s"] * 3}
    )
    simulate(config, here / "sky.h5", workers=1)
    made = eddysky(
        "observe", "sky.h5", *SURVEY[:2], "--field", "full", "-o", "obs.h5", "--maps", 0, "--quiet"
    )
    assert (made.code, made.err) == (0, "")
    found = read_observation(here / "obs.h5")
    # Nothing but noise: five standard errors, false-alarm probability 6e-7.
    ratio = found.power[:, 2:] / found.noise[:, 2:]
    degrees = 2 * np.arange(2, 17)
    assert abs(np.sum((ratio - 1) * degrees)) < 5 * np.sqrt(2 * 2 * np.sum(degrees))


def test_too_few_pixels_for_the_figure(eddysky, here):
    """Nothing is left where the multipoles cannot be fitted; with fewer of them it works."""
    config = Config().replace({"sky.nside": 1, "flow.modes": 16, "ensemble.realizations": 1})
    simulate(config, here / "sky.h5", workers=1)
    survey = ("--events", "1e9", "--field", "full", "--quiet", "-o", "obs.h5")
    refused = eddysky("observe", "sky.h5", *survey)
    assert (refused.code, refused.out) == (2, "")
    assert "16 coefficients, and 12 pixels" in refused.err
    assert [path.name for path in here.iterdir()] == ["sky.h5"]
    assert eddysky("observe", "sky.h5", *survey, "--maps", 0).code == 0
    found = read_observation(here / "obs.h5")
    assert found.power.shape == (1, 2)


def test_particles_are_said(eddysky, here):
    config = Config().replace(SMALL | {"sky.sampling": "random", "sky.particles": 2000})
    simulate(config, here / "sky.h5", workers=1)
    made = eddysky("observe", "sky.h5", *SURVEY, "--maps", 0, "-o", "obs.h5")
    assert made.code == 0
    assert "the skies hold the shot noise of 2000 particles" in made.out


def test_leftovers_of_a_killed_observation_are_removed(eddysky, skies, start):
    from eddysky.simulator.results import writing

    gone = start("list")
    gone.wait()
    words = (writing.platform.node(), gone.pid, 1, writing.machine_id(), "0")
    folder = skies / (writing.PREFIX + "-".join(map(str, words)))
    folder.mkdir()
    (folder / "map.fits.gz").touch()
    assert eddysky("observe", "sky.h5", *SURVEY, "--maps", 0, "-o", "obs.h5").code == 0
    assert not folder.exists()


def test_what_is_wrong_with_a_field_is_said_before_a_bar(eddysky, skies):
    survey = [option for option in SURVEY if option != "--quiet"]
    refused = eddysky("observe", "sky.h5", *survey, "--field", "mars", "-o", "obs.h5")
    assert len(refused.err.splitlines()) == 1
    assert refused.err.startswith("eddysky: error: field mars")


def test_a_field_that_cannot_be_read_is_named(eddysky, skies):
    name = "x" * 300 + ".fits"
    outcome = eddysky("observe", "sky.h5", *SURVEY, "-o", "obs.h5", "--field", name)
    assert outcome.code == 2
    assert outcome.err.startswith(f"eddysky: error: {name}: ")
