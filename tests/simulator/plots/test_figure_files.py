"""Files of figures: formats, the same bytes each time, and no dependence on the user's matplotlib."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from eddysky.simulator.errors import InputError
from eddysky.simulator.plots.style import check_figure, figure, save
from eddysky.simulator.results.filenames import FORMATS

MAGIC = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml"}
JUPYTER = "module://matplotlib_inline.backend_inline"


def draw(path):
    with figure(4.0, 3.0) as fig:
        axes = fig.add_subplot()
        axes.plot([1, 2], [1, 4], label=r"$\ell$ of words")
        axes.legend()
        return save(fig, path)


@pytest.mark.parametrize("kind", [*FORMATS, "PDF"])
def test_formats_are_reproducible(tmp_path, monkeypatch, kind):
    first = draw(tmp_path / f"a.{kind}").read_bytes()
    # A clock of another year would show in a time stamp.
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000000000")
    assert draw(tmp_path / f"b.{kind}").read_bytes() == first
    assert first.startswith(MAGIC[kind.lower()])
    for stamp in (b"CreationDate", b"dc:date"):
        assert stamp not in first


def test_fonts(tmp_path):
    pdf = draw(tmp_path / "a.pdf").read_bytes()
    assert b"/FontFile2" in pdf  # TrueType, embedded
    assert b"/Type3" not in pdf
    assert b"<text" not in draw(tmp_path / "a.svg").read_bytes()  # outlines


def test_other_formats_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"a\.jpg: .* \.png, \.pdf, \.svg") as caught:
        draw(tmp_path / "a.jpg")
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "a.jpg").exists()


@pytest.mark.parametrize("kind", FORMATS)
def test_only_figures_of_eddysky_are_overwritten(tmp_path, kind):
    from matplotlib.figure import Figure

    path = tmp_path / f"a.{kind}"
    first = draw(path).read_bytes()
    check_figure(path)
    assert draw(path).read_bytes() == first
    # Another program's figure, that shows the word.
    mine = Figure()
    mine.suptitle("eddysky")
    mine.savefig(path)
    content = path.read_bytes()
    for write in (draw, check_figure):
        with pytest.raises(InputError, match=rf"a\.{kind}: exists already and was not written by"):
            write(path)
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_a_matplotlibrc_changes_nothing(tmp_path):
    import matplotlib as mpl

    plain = draw(tmp_path / "a.png").read_bytes()
    with mpl.rc_context({"font.size": 20, "savefig.bbox": "tight", "axes.facecolor": "black"}):
        assert draw(tmp_path / "b.png").read_bytes() == plain


def run(*command, folder, backend):
    return subprocess.run(
        command, cwd=folder, env=os.environ | {"MPLBACKEND": backend}, capture_output=True,
        text=True, timeout=120, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("backend", [JUPYTER, "no-such-backend"])
def test_a_backend_that_is_not_installed(tmp_path, backend):
    """Jupyter names its own for all processes; figures need none."""
    small = ("--set", "sky.nside=4", "--set", "flow.modes=8", "--set", "ensemble.realizations=10")
    done = run(
        Path(sys.executable).with_name("eddysky"), "run", "-o", "out.h5", "--quiet", *small,
        folder=tmp_path, backend=backend,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "out.map.png").exists()
    # healpy imports matplotlib too.
    done = run(
        Path(sys.executable).with_name("eddysky"), "export", "out.h5", "--fits", "out.fits",
        folder=tmp_path, backend=backend,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    script = (
        "from pathlib import Path; import os\n"
        "from eddysky.simulator import read\n"
        "from eddysky.simulator.plots import plot_map\n"
        "plot_map(read(Path('out.h5')), Path('again.png'))\n"
        "print(os.environ['MPLBACKEND'])\n"
    )
    done = run(sys.executable, "-c", script, folder=tmp_path, backend=backend)
    assert (done.returncode, done.stderr, done.stdout.strip()) == (0, "", backend)
    assert (tmp_path / "again.png").read_bytes() == (tmp_path / "out.map.png").read_bytes()


def test_a_backend_that_is_installed_stays_chosen(tmp_path):
    script = (
        "from eddysky.simulator.plots.style import figure\n"
        "with figure(2, 2): pass\n"
        "import matplotlib; print(matplotlib.get_backend())\n"
    )
    done = run(sys.executable, "-c", script, folder=tmp_path, backend="svg")
    assert (done.stderr, done.stdout.strip()) == ("", "svg")
