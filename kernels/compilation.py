"""How every kernel is compiled: without the GIL, IEEE division, and with a cache that cannot go stale.

Numba's own cache notices a change only in the file that holds the kernel itself, not in the files that it
imports from. Here the cache directory is named after a hash of all kernel sources, so a kernel never runs
with an outdated piece inside it. The environment variable EDDYSKY_CACHE names another directory, and
EDDYSKY_CACHE=off switches the cache off. The cache is executable code: it must be this user's own.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
import platformdirs
from numba.core.compiler import Compiler
from numba.core.compiler_machinery import register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import NativeLowering

from eddysky.kernels.compile_cache import KernelCache

__all__ = ["cache_directory", "kernel", "why_no_cache"]

F = TypeVar("F", bound=Callable[..., Any])

# Products may be fused with sums, but sums not reordered: their last bits would depend on the width of vectors.
FAST_MATH = {"contract", "nsz"}
# For Intel's processors with AVX-512 LLVM prefers vectors of 256 bits; full ones save mode sums 20 to 50%.
FULL_WIDTH = '"prefer-vector-width"="512"'


class FullWidthLower(Lower):
    """Numba's step from a function to LLVM, with an attribute that llvmlite's own list lacks."""

    def lower_normal_function(self, fndesc: Any) -> None:
        """Lower the function, and give it the attribute."""
        super().lower_normal_function(fndesc)  # type: ignore[no-untyped-call]
        set.add(self.function.attributes, FULL_WIDTH)


@register_pass(mutates_CFG=True, analysis_only=False)  # type: ignore[no-untyped-call]
class FullWidthLowering(NativeLowering):
    """Numba's lowering pass with `FullWidthLower`."""

    _name = "full_width_lowering"
    lowering_class = FullWidthLower


class FullWidthCompiler(Compiler):
    """Numba's compiler with `FullWidthLowering`."""

    def define_pipelines(self) -> Any:
        """Numba's passes, one of them replaced."""
        (manager,) = super().define_pipelines()  # type: ignore[no-untyped-call]
        manager.passes = [
            (FullWidthLowering if stage is NativeLowering else stage, text)
            for stage, text in manager.passes
        ]
        manager.finalize()
        return [manager]


def cache_directory() -> Path | None:
    """Directory of the compiled kernels, or None when there is no private, writable place for it."""
    return _cache_place()[0]


def why_no_cache() -> str:
    """Why compiled kernels are not kept although the cache is on, in words; "" if they are, or it is off."""
    return _cache_place()[1]


@lru_cache(maxsize=1)
def _cache_place() -> tuple[Path | None, str]:
    """Directory of the cache, else why there is none."""
    choice = os.environ.get("EDDYSKY_CACHE", "")
    if choice.lower() in ("off", "0", "no", "false"):
        return None, ""
    root = Path(choice).expanduser() if choice else Path(platformdirs.user_cache_dir("eddysky"))
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    directory = root / f"kernels-{digest.hexdigest()[:16]}"
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=stat.S_IRWXU)
        if reason := _why_not_private(directory):
            return None, f"{directory}: {reason}"
    except OSError as error:
        return None, f"{directory}: {error.strerror}"
    return (directory, "") if os.access(directory, os.W_OK) else (None, f"{directory}: read-only")


def _why_not_private(directory: Path) -> str:
    """Why others may have put files into a directory; "" if they cannot, from now on not even read it."""
    status = os.lstat(directory)
    if not stat.S_ISDIR(status.st_mode):
        return "a symbolic link or a file"
    if not hasattr(os, "geteuid"):
        return ""
    if status.st_uid != os.geteuid():
        return f"belongs to user {status.st_uid}"
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        return "writable by others"
    directory.chmod(stat.S_IRWXU)
    return ""


def kernel(function: F) -> F:
    """Compile `function` on its first call, with the settings that all kernels share."""
    directory = cache_directory()
    # Numba asks for its cache directory while it decorates; the user's own setting is put back at once.
    settings: Any = numba.config
    previous = settings.CACHE_DIR
    if directory is not None:
        settings.CACHE_DIR = str(directory)
    try:
        compiled: Any = numba.njit(
            nogil=True,
            error_model="numpy",
            fastmath=FAST_MATH,
            pipeline_class=FullWidthCompiler,
        )(function)
        if directory is not None:
            compiled._cache = KernelCache(function)
    finally:
        settings.CACHE_DIR = previous
    return cast("F", compiled)
