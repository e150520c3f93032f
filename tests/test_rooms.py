"""Which folder may import which: imports run downwards, and there are no cycles."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("eddysky", "scenarios", "validation", "simulator", "kernels")  # from the top down

# What each subfolder of simulator and validation may import of these, besides itself; "" is the __init__ of the folder.
BASE = {"errors", "config", "limited_process"}
MIDDLE = BASE | {"flow", "sky", "machine"}
INNER = MIDDLE | {"transport", "results"}
SIMULATOR = {
    "": INNER | {"run"}, "errors": set(), "machine": set(), "limited_process": set(), "config": BASE,
    "flow": BASE, "sky": BASE, "transport": MIDDLE, "results": MIDDLE, "run": INNER, "io": INNER,
    "observation": INNER | {"run", "io"}, "plots": INNER | {"observation"},
}  # fmt: skip
VALIDATION = {
    "record": set(), "theory": set(), "comparison": {"theory", "record"}, "fitting": {"theory"},
    "forecasting": {"theory"},
    "plots": {"theory", "comparison", "fitting", "forecasting", "scans"},
    "study": {"theory", "comparison", "fitting", "record"}, "particle_study": {"record"},
    "scans": {"theory", "comparison"}, "report": {"theory", "comparison", "plots"},
    "": {"theory", "comparison", "fitting", "forecasting", "scans"},
}  # fmt: skip


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    names = parts if parts[0] == "eddysky" else ("eddysky", *parts)
    return ".".join(name for name in names if name != "__init__")


MODULES = {module_name(path): path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")}


def imported(node):
    """Modules of eddysky that a piece of code imports, also inside functions, except for type checking."""
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names if alias.name in MODULES)
    elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
        inner = (f"{node.module}.{alias.name}" for alias in node.names)
        yield from (name if name in MODULES else node.module for name in inner)
    for child in ast.iter_child_nodes(node):
        yield from imported(child)


GRAPH = {name: set(imported(ast.parse(path.read_text("utf-8")))) for name, path in MODULES.items()}


def folders_of(name):
    """Folder and subfolder of a module."""
    folder, *inner = MODULES[name].relative_to(ROOT).with_suffix("").parts
    return folder, "" if inner[0] == "__init__" else inner[0]


def test_there_are_no_import_cycles():
    TopologicalSorter(GRAPH).prepare()


@pytest.mark.parametrize("name", sorted(GRAPH))
def test_imports_run_downwards(name):
    folder, subfolder = folders_of(name)
    for other in GRAPH[name]:
        below, inner = folders_of(other)
        assert FOLDERS.index(below) >= FOLDERS.index(folder), other
        subfolders = {"simulator": SIMULATOR, "validation": VALIDATION}.get(folder)
        assert (
            below != folder or subfolders is None or inner in {subfolder} | subfolders[subfolder]
        ), other
        # Predictions share only the configuration, w(k) and the free-path law with the simulation.
        assert subfolder != "theory" or below == "validation" or inner in BASE, other


def test_the_simulator_has_no_more_than_four_flat_files():
    assert len(list((ROOT / "simulator").glob("*.py"))) <= 4
