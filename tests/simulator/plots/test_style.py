"""Figures in Python: given back or saved, shown by notebooks, and without a trace in the user's matplotlib."""

from __future__ import annotations

import subprocess
import sys

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from matplotlib.figure import Figure

import eddysky

PNG = b"\x89PNG\r\n\x1a\n"
SETTINGS = {"sky.nside": 4, "flow.modes": 64, "ensemble.realizations": 12}


@pytest.fixture(scope="module")
def result():
    return eddysky.simulate(eddysky.Config().replace(SETTINGS), workers=1, maps=2)


@pytest.mark.parametrize("plot", [eddysky.plot_map, eddysky.plot_power])
def test_a_figure_or_a_file(plot, result, tmp_path):
    drawn = plot(result)
    assert isinstance(drawn, Figure)
    assert len(drawn.axes) == 2
    assert plot(result, tmp_path / "one.png").read_bytes().startswith(PNG)
    assert plot(result, str(tmp_path / "one.pdf")).read_bytes().startswith(b"%PDF")
    with pytest.raises(eddysky.InputError, match="must end in"):
        plot(result, tmp_path / "one.jpg")


def test_notebooks_show_what_is_saved(result, tmp_path):
    shown = eddysky.plot_map(result)._repr_png_()
    assert shown.startswith(PNG)
    # The user's settings do not matter, neither when it is drawn nor when it is shown.
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red", "savefig.bbox": "tight"}):
        drawn = eddysky.plot_map(result)
        assert drawn._repr_png_() == shown
    drawn.savefig(tmp_path / "shown.png", dpi=150)
    saved = pyplot.imread(eddysky.plot_map(result, tmp_path / "saved.png"))
    other = pyplot.imread(tmp_path / "shown.png")
    assert other.shape == saved.shape
    # Each time that it is laid out, its axes may move by a part of a pixel.
    assert np.mean(np.abs(other - saved)) < 0.02


def test_settings_of_the_user_stay(result):
    with mpl.rc_context({"font.size": 17, "backend": "svg"}):
        before = dict(mpl.rcParams)
        drawn = [eddysky.plot_map(result), eddysky.plot_power(result)]
        assert dict(mpl.rcParams) == before
        assert pyplot.get_fignums() == []
        # A figure can be put into the user's own files.
        assert all(len(figure._repr_png_()) > 1000 for figure in drawn)


def test_maps_that_were_not_kept(result):
    with pytest.raises(eddysky.InputError, match="row = 2: 2 maps were kept"):
        eddysky.plot_map(result, row=2)


def test_a_small_ensemble_has_no_power_figure():
    few = eddysky.simulate(eddysky.Config().replace(SETTINGS | {"ensemble.realizations": 2}))
    with pytest.raises(ValueError, match="too few realisations"):
        eddysky.plot_power(few)


def test_without_pyplot():
    """Nothing opens a window where there could be one."""
    code = """
import sys, eddysky
result = eddysky.simulate(eddysky.Config().replace({"sky.nside": 4, "flow.modes": 32}), workers=1, maps=1)
eddysky.plot_map(result)._repr_png_()
assert "matplotlib.pyplot" not in sys.modules
"""
    code = code.replace('"flow.modes": 32', '"flow.modes": 32, "ensemble.realizations": 1')
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
