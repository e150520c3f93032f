"""Python scripts in processes of their own that need not import the libraries first, which takes a second.

One server process imports the libraries and forks a child for each script. The libraries start no threads when
they are imported. eddysky itself is not imported there: each child does so anew, as a new interpreter would.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path

LIBRARIES = [
    "astropy.units", "click", "ducc0", "h5py", "healpy", "iminuit", "matplotlib.figure", "numba",
    "numpy", "pydantic", "scipy.optimize", "scipy.special", "tqdm",
]  # fmt: skip


def run(script, arguments, folder, environment, timeout):
    """Run a Python script in a folder, as `subprocess.run` would."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    with tempfile.TemporaryDirectory() as place:
        streams = [os.path.join(place, name) for name in ("out", "err")]
        words = [str(script), *map(str, arguments)]
        process = context.Process(target=child, args=(words, folder, environment, streams))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(words, timeout)
        out, err = (Path(stream).read_text(encoding="utf-8") for stream in streams)
    return subprocess.CompletedProcess(words, process.exitcode, out, err)


def child(words, folder, environment, streams):
    """Run the script here, with its own arguments, environment, folder and standard streams."""
    for number, stream in enumerate(streams, start=1):
        os.dup2(os.open(stream, os.O_WRONLY | os.O_CREAT, 0o600), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = words
    sys.path.insert(0, "")
    runpy.run_path(words[0], run_name="__main__")
