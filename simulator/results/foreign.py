"""Reading a file without a seal in a process of its own, with limits of time and memory, before this one opens it.

One wrong byte can make HDF5 spin for ever, deaf to signals, or crash.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from eddysky.simulator.errors import InputError
from eddysky.simulator.results.structure import ForbiddenError, blocks, datasets

__all__ = ["check_foreign"]

# Time of a process and of its processor [s], for any file and for each byte of it; a loaded machine starts slowly.
WAITED, COMPUTED, PER_BYTE = 10.0, 3.0, 1e-7
# Address space [bytes], for any file and for each byte of it.
SPACE, SPACE_PER_BYTE = 1 << 30, 4
REFUSED = 2


def check_foreign(path: Path) -> None:
    """Read a whole HDF5 file in another process.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    InputError
        If it is damaged, or contains what no results file does.
    """
    size = path.stat().st_size
    command = [sys.executable, "-P", "-m", __name__, str(path.absolute())]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, encoding="utf-8",
            errors="replace", env=environment, timeout=WAITED + 3 * PER_BYTE * size, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        raise InputError(
            f"{path}: damaged results file: HDF5 has not read it in {late.timeout:.0f} s"
        ) from None
    if done.returncode == 0:
        return
    words = "HDF5 crashed"
    if done.returncode == REFUSED and done.stdout:
        words = done.stdout.splitlines()[0]
    elif hasattr(signal, "SIGXCPU") and done.returncode == -signal.SIGXCPU:
        words = f"HDF5 has not read it in {COMPUTED + PER_BYTE * size:.0f} s"
    raise InputError(f"{path}: damaged results file: {words}")


def limit(size: int) -> None:
    """Limit time and memory of this process, where the system can."""
    try:
        import resource
    except ImportError:
        return
    space = SPACE + SPACE_PER_BYTE * size
    resource.setrlimit(resource.RLIMIT_AS, (space, space))
    seconds = round(COMPUTED + PER_BYTE * size)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str) -> int:
    """Read everything in a file; the first line of the output says what is wrong with it."""
    import h5py

    limit(os.path.getsize(path))
    try:
        with h5py.File(path, "r", locking=False) as file:
            list(file.attrs.values())
            for data in datasets(file).values():
                list(data.attrs.values())
                for _ in blocks(data):
                    pass
    except MemoryError:
        print("it needs more memory than its size allows")
    except ForbiddenError as error:
        print(error)
    # Damaged files make h5py raise nearly anything.
    except Exception as error:
        print(" ".join((str(error) or type(error).__name__).strip("'\"").split()))
    else:
        return 0
    return REFUSED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
