"""Reading a foreign HDF5 file in a process of its own, with limits of time and memory, before this one opens it.

One wrong byte can make HDF5 spin for ever, deaf to signals, or crash.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

__all__ = ["ForbiddenError", "fault_in", "report"]

# Time of a process and of its processor [s], for any file and for each byte of it; a loaded machine starts slowly.
WAITED, COMPUTED, PER_BYTE = 10.0, 3.0, 1e-7
# Address space [bytes], for any file and for each byte of it.
SPACE, SPACE_PER_BYTE = 1 << 30, 4
REFUSED = 2


class ForbiddenError(Exception):
    """Something that a file must not contain."""


def fault_in(path: Path, module: str, *words: str) -> str:
    """What is wrong with a file, found by another process; "" if nothing is.

    Parameters
    ----------
    path
        The file.
    module
        Module that is run with the path and `words`, and ends with `report`.
    """
    size = path.stat().st_size
    command = [sys.executable, "-P", "-m", module, str(path.absolute()), *words]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join(sys.path),
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, encoding="utf-8", errors="replace", env=environment,
    )  # fmt: skip
    with process:
        try:
            output, _ = process.communicate(timeout=WAITED + 3 * PER_BYTE * size)
        except subprocess.TimeoutExpired as late:
            return f"HDF5 has not read it in {late.timeout:.0f} s"
        finally:
            # Also where Ctrl-C ends the waiting.
            process.kill()
            process.wait()
    if process.returncode == 0:
        return ""
    if process.returncode == REFUSED and output:
        return output.splitlines()[0]
    if hasattr(signal, "SIGXCPU") and process.returncode == -signal.SIGXCPU:
        return f"HDF5 has not read it in {COMPUTED + PER_BYTE * size:.0f} s"
    return "HDF5 crashed"


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


def report(read: Callable[..., None], path: str, *words: str) -> int:
    """Read a file within the limits; prints what is wrong with it, and returns the code of this process."""
    limit(os.path.getsize(path))
    try:
        read(path, *words)
    except MemoryError:
        print("it needs more memory than its size allows")
    except ForbiddenError as error:
        print(error)
    # Damaged files make h5py raise nearly anything.
    except Exception as error:
        said = error.args[0] if isinstance(error, KeyError) else error
        print(" ".join((str(said) or type(error).__name__).split()))
    else:
        return 0
    return REFUSED
