"""The public names of the package: each exists, and importing the package imports nothing else."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
from pathlib import Path

import pytest

import eddysky
from eddysky.simulator.run.ensemble import simulate
from eddysky.validation.comparison.compare import compare

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", eddysky.__all__)
def test_each_name_exists(name):
    assert getattr(eddysky, name) is not None
    assert name in dir(eddysky)


def test_names_are_the_objects_of_their_modules():
    assert eddysky.simulate is simulate
    assert eddysky.compare is compare
    assert eddysky.__version__ == importlib.metadata.version("eddysky")
    with pytest.raises(AttributeError, match="nonsense"):
        _ = eddysky.nonsense


@pytest.mark.parametrize("folder", [ROOT, "/"], ids=["in a checkout", "anywhere"])
def test_import_loads_nothing_else(folder):
    code = "import json, sys; before = {*sys.modules}; import eddysky; print(json.dumps([*{*sys.modules} - before]))"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
    )
    loaded = set(json.loads(done.stdout))
    # Python's own modules, and the package itself.
    assert {name.split(".")[0] for name in loaded} - sys.stdlib_module_names == {"eddysky"}
    assert not loaded & {"eddysky.simulator", "eddysky.scenarios", "eddysky.validation"}


def test_types_are_installed():
    assert "eddysky/py.typed" in map(str, importlib.metadata.files("eddysky"))


def test_the_package_is_a_command():
    done = subprocess.run(
        [sys.executable, "-m", "eddysky", "list"], check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("isotropic-diffusion")


@pytest.mark.parametrize("name", ["predict", "compare", "plot_map", "simulate"])
def test_what_is_no_configuration_or_result_is_refused(name):
    for given in ({"flow.index": 2}, "mine.toml", None):
        with pytest.raises(eddysky.InputError, match=r"must be a (Config|Result)"):
            getattr(eddysky, name)(given)
