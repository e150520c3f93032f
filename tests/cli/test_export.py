"""Maps as FITS, read back by healpy."""

import healpy
import numpy as np

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
