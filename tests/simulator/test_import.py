"""Importing the simulator is light: nothing is compiled, and nothing heavy comes along."""

from __future__ import annotations

import json
import subprocess
import sys

SCRIPT = """
import json, pkgutil, sys
import numba
from numba.core import event
from numba.core.dispatcher import Dispatcher
numba_brings = set(sys.modules)
with event.install_recorder("numba:compile") as recorder:
    from eddysky.simulator import simulate
    import eddysky.kernels
    loaded = sorted(set(sys.modules) - numba_brings)
    kernels = {}
    for module in [m for name, m in sys.modules.items() if name.startswith("eddysky.kernels.")]:
        for name, item in vars(module).items():
            if isinstance(item, Dispatcher):
                kernels[name] = len(item.signatures)
    compiled = len(recorder.buffer)
    eddysky.kernels.trigonometry.sine_cosine_turns(0.1)
    used = len(eddysky.kernels.trigonometry.sine_cosine_turns.signatures)
print(json.dumps([loaded, kernels, compiled, used]))
"""


def test_import_compiles_nothing_and_loads_nothing_heavy():
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], check=True, capture_output=True, text=True
    )
    loaded, kernels, compiled, used = json.loads(run.stdout)
    heavy = {"healpy", "matplotlib", "scipy", "h5py", "pandas", "eddysky.validation"}
    # Numba itself looks at scipy's version; what it brings is not counted.
    found = {name for name in loaded if name.split(".")[0] in heavy or name in heavy}
    assert not found
    assert len(kernels) >= 10
    assert not any(kernels.values())
    assert compiled == 0
    # The count of signatures does see a kernel that is used.
    assert used == 1


def test_import_prints_nothing():
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", "import eddysky.simulator"],
        check=True,
        capture_output=True,
    )
    assert run.stdout == run.stderr == b""
