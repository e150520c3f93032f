"""Ten thousand random inputs of each kind (`make fuzz`): none may end in a traceback, hang, or fill the memory.

Cases run in a few processes that go on after each, watched by this one, which kills those that hang and starts others.
Foreign HDF5 files are read in a fork of it with the limits of `limited_process`, which saves the start of Python.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from eddysky.simulator import limited_process

# Limits of a case: time [s] of its processor and of the clock, and memory [bytes].
COMPUTED, WAITED, MEMORY = 5, 60, 10**9
REFUSED, ACCEPTED = "refused", "accepted"


@dataclass
class Tally:
    """What came of the cases of a kind."""

    counts: Counter = field(default_factory=Counter)
    defects: list[str] = field(default_factory=list)
    worst_time: float = 0.0
    worst_memory: int = 0


def forked_fault_in(path, module, *words):
    """`fault_in` whose process is a fork of this one."""
    target = import_module(module)
    read = target.read_all if hasattr(target, "read_all") else target.read_cube
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.dup2(writer, 1)
        sys.stdout = os.fdopen(1, "w")
        # Of the address space that it uses already none counts.
        limited_process.SPACE += virtual_memory()
        code = 3
        try:
            code = limited_process.report(read, str(path), *words)
            sys.stdout.flush()
        finally:
            os._exit(code)
    os.close(writer)
    with os.fdopen(reader, "r", errors="replace") as stream:
        out = stream.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return "" if code == 0 else (out.splitlines() or [f"HDF5 crashed ({code})"])[0]


def virtual_memory():
    """Address space of this process [bytes]."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def work(kind, seed, pipe):
    """Run the cases whose numbers arrive; send what came of each, its time and its memory."""
    import fuzz_cases

    from eddysky.simulator.flow import cube_file
    from eddysky.simulator.results import foreign
    from eddysky.validation import plots

    # Drawing takes longer than all the rest.
    plots.plot_fits = lambda *_: None
    foreign.fault_in = cube_file.fault_in = forked_fault_in
    with tempfile.TemporaryDirectory(prefix="eddysky-fuzz-") as folder:
        os.chdir(folder)
        case = fuzz_cases.KINDS[kind](Path(folder))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        pipe.send("ready")
        for number in iter(pipe.recv, None):
            Path("/proc/self/clear_refs").write_text("5")
            limit = virtual_memory() + 2 * MEMORY
            resource.setrlimit(resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
            limit = round(time.process_time() + COMPUTED) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
            begin = time.process_time()
            try:
                words = REFUSED if case(random.Random(f"{kind} {seed} {number}")) == 2 else ACCEPTED
            except fuzz_cases.DefectError as defect:
                words = str(defect)
            except BaseException as error:
                import traceback

                words = "".join(traceback.format_exception(error))
            pipe.send((words, time.process_time() - begin, peak_memory()))


def peak_memory():
    """Largest resident memory of this process since it was last reset [bytes]."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) * 1024
    return 0


def start(kind, seed):
    """A process for cases of a kind, and the pipe to it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=work, args=(kind, seed, theirs), daemon=True)
    process.start()
    theirs.close()
    # It imports, compiles and makes its sound files first; an EOFError means that it failed.
    ours.recv()
    return process, ours


def watch(kind, seed, numbers, tally):
    """Give one process after another the cases; end those that hang."""
    process, pipe = start(kind, seed)
    for number in numbers:
        defect = ""
        try:
            pipe.send(number)
            if not pipe.poll(WAITED):
                raise TimeoutError
            words, seconds, memory = pipe.recv()
        except (TimeoutError, EOFError, OSError) as error:
            process.kill() if isinstance(error, TimeoutError) else None
            process.join()
            slow = isinstance(error, TimeoutError) or process.exitcode == -signal.SIGXCPU
            words, seconds, memory = ("hang" if slow else f"exit code {process.exitcode}"), 0.0, 0
            tally.counts["hangs" if slow else "tracebacks"] += 1
            defect = words
            process, pipe = start(kind, seed)
        else:
            tally.worst_time = max(tally.worst_time, seconds)
            tally.worst_memory = max(tally.worst_memory, memory)
            if words in (REFUSED, ACCEPTED):
                tally.counts[words] += 1
            else:
                tally.counts["tracebacks"] += 1
                defect = words
            if memory > MEMORY:
                defect = f"{memory / 1e6:.0f} MB"
        tally.counts["cases"] += 1
        if defect:
            tally.defects.append(f"{kind}, seed {seed}, case {number}: {defect}")
    pipe.send(None)
    process.join()


def main():
    """Run all cases and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=10_000, help="cases of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--case", type=int, help="only the case of this number")
    parser.add_argument("kinds", nargs="*", help="all by default")
    given = parser.parse_args()
    from fuzz_cases import KINDS

    print(f"seed {given.seed}; a defect is a traceback, {COMPUTED} s or {MEMORY / 1e9:g} GB")
    names = ("cases", REFUSED, ACCEPTED, "tracebacks", "hangs")
    print(
        f"{'kind':15}"
        + "".join(f"{name:>12}" for name in (*names, "worst s", "peak MB", "minutes"))
    )
    numbers = range(given.cases) if given.case is None else [given.case]
    failed = False
    for kind in given.kinds or KINDS:
        tally, begin = Tally(), time.monotonic()
        with ThreadPoolExecutor(given.workers) as threads:
            parts = [numbers[first :: given.workers] for first in range(given.workers)]
            done = [
                threads.submit(watch, kind, given.seed, part, tally) for part in parts if len(part)
            ]
            for each in done:
                each.result()
        row = [f"{tally.counts[name]:12d}" for name in names]
        row += [f"{tally.worst_time:12.2f}", f"{tally.worst_memory / 1e6:12.0f}"]
        print(f"{kind:15}" + "".join(row) + f"{(time.monotonic() - begin) / 60:12.1f}", flush=True)
        for defect in tally.defects[:20]:
            print(f"  {defect}", flush=True)
        failed |= bool(tally.defects)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
