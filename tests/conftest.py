"""What tests in several folders share."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

# There are as many test processes as cores. With as many BLAS threads in each, these wait for one another in busy
# loops: 600 Gauss–Legendre nodes took 2.6 s of processor time instead of 0.02 s. Read when NumPy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from eddysky.simulator.results.sealing import seal


@contextmanager
def resealing(path):
    """Open a results file for changes, as somebody who knows the seal does."""
    import h5py

    with h5py.File(path, "r+") as file:
        yield file
    seal(Path(path))


@pytest.fixture(name="resealing")
def resealing_fixture():
    return resealing


@pytest.fixture
def drawn(monkeypatch):
    """The figure of a plotting function, laid out, with the box of each of its texts in pixels."""
    # Here, as most tests need no matplotlib.
    from matplotlib.text import Text

    from eddysky.simulator.plots import style
    from eddysky.validation.plots import power

    def call(plot, *arguments):
        kept = {}

        def keep(fig, path):
            fig.draw_without_rendering()
            # A legend gives its words twice.
            texts = dict.fromkeys(fig.findobj(Text))
            kept["texts"] = [
                (t.get_text(), t.get_window_extent())
                for t in texts
                if t.get_text() and t.get_visible()
            ]
            kept["figure"] = fig
            return path

        for module in (power, style):
            monkeypatch.setattr(module, "save", keep)
        plot(*arguments)
        return SimpleNamespace(**kept)

    return call
