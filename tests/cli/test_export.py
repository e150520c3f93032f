"""Maps as FITS, read back by healpy."""

import json

import healpy
import numpy as np
from astropy.table import Table

from eddysky.simulator import read

TINY = {"sky.nside": 8, "flow.modes": 32, "ensemble.realizations": 3}


def test_a_map_read_by_healpy(eddysky, here, options, no_figures):
    assert eddysky("run", "-o", "out.h5", "--quiet", *options(TINY)).code == 0
    outcome = eddysky("export", "out.h5", "--fits", "map.fits", "--row", 2)
    assert (outcome.code, outcome.err) == (0, "")
    sky, header = healpy.read_map(here / "map.fits", h=True)
    np.testing.assert_array_equal(sky, read("out.h5").maps[2])
    header = dict(header)
    assert (header["ORDERING"], header["COORDSYS"], header["REALIZ"]) == ("RING", "C", 2)


def test_empty_pixels_are_unseen(eddysky, here, options, no_figures):
    settings = TINY | {"sky.sampling": "random", "sky.particles": 100}
    assert eddysky("run", "-o", "out.h5", "--quiet", *options(settings)).code == 0
    assert eddysky("export", "out.h5", "--fits", "map.fits").code == 0
    sky = healpy.read_map(here / "map.fits")
    empty = read("out.h5").hits[0] == 0
    assert 0 < np.count_nonzero(empty) < len(sky)
    np.testing.assert_array_equal(sky == healpy.UNSEEN, empty)


def test_what_exists_is_not_overwritten(eddysky, here, options, no_figures):
    assert eddysky("run", "-o", "out.h5", "--quiet", *options(TINY)).code == 0
    (here / "map.fits").write_text("mine")
    outcome = eddysky("export", "out.h5", "--fits", "map.fits")
    assert outcome.code == 2
    assert "map.fits" in outcome.err
    assert (here / "map.fits").read_text() == "mine"
    outcome = eddysky("export", "out.h5", "--fits", "new.fits", "--row", 3)
    assert outcome.code == 2
    assert "3 maps" in outcome.err


def test_a_spectrum_read_by_astropy_and_by_fit(eddysky, here, options, no_figures):
    assert eddysky("run", "-o", "out.h5", "--quiet", *options(TINY)).code == 0
    outcome = eddysky("export", "out.h5", "--ecsv", "c.ecsv")
    assert (outcome.code, outcome.out, outcome.err) == (0, "c.ecsv\n", "")
    assert Table.read(here / "c.ecsv").meta["nside"] == 8
    assert eddysky("export", "out.h5", "--csv", "c.csv").code == 0
    # The comments of one state what the metadata of the other does.
    reports = [eddysky("fit", f"c.{kind}", "--json").out for kind in ("csv", "ecsv")]
    fixed = [json.loads(report)["fits"][0]["fixed"] for report in reports]
    assert fixed[0] == fixed[1]


def test_one_file_at_a_time(eddysky):
    for forms in ((), ("--csv", "a", "--ecsv", "b"), ("--fits", "a", "--csv", "b")):
        outcome = eddysky("export", "out.h5", *forms)
        assert outcome.code == 2
        assert "needs one of --fits FILE, --csv FILE and --ecsv FILE" in outcome.err
