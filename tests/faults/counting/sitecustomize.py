"""Read by every Python process of the fault tests at its start: notes each realisation that is begun and finished.

A line in the file EDDYSKY_NOTES is written at once and survives SIGKILL of its writer. Parts are written every
EDDYSKY_PART_SECONDS, so that short runs have many.
"""

import os
import sys
from importlib.machinery import PathFinder


def note(word, number):
    line = f"{word} {number} {os.getpid()}\n".encode()
    descriptor = os.open(os.environ["EDDYSKY_NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, line)
    os.close(descriptor)


def note_realizations(module):
    original = module.realize

    def realize(setup, index, **keywords):
        note("begun", index)
        result = original(setup, index, **keywords)
        note("finished", index)
        return result

    module.realize = realize


def note_tasks(module):
    original = module.make_realizations

    def make_realizations(packed, indices, versions):
        note("task", len(indices))
        return original(packed, indices, versions)

    # Dask sends functions by name, which is this one in the worker.
    make_realizations.__module__ = module.__name__
    make_realizations.__qualname__ = "make_realizations"
    module.make_realizations = make_realizations


def write_often(module):
    module.SECONDS_PER_PART = float(os.environ["EDDYSKY_PART_SECONDS"])


CHANGES = {
    "eddysky.simulator.run.realization": note_realizations,
    "eddysky.simulator.run.cluster": note_tasks,
    "eddysky.simulator.run.ensemble": write_often,
}


class Changing:
    """Finds the modules above as Python does, and changes them when they have been read."""

    @staticmethod
    def find_spec(name, path, target=None):
        if name not in CHANGES:
            return None
        spec = PathFinder.find_spec(name, path)
        read = spec.loader.exec_module

        def read_and_change(module):
            read(module)
            CHANGES[name](module)

        spec.loader.exec_module = read_and_change
        return spec


if "EDDYSKY_NOTES" in os.environ:
    sys.meta_path.insert(0, Changing)
