"""Which room may open which: arrows between folders run downwards, and no modules import each other."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = ("eddysky", "scenarios", "validation", "simulator", "kernels")  # from the top down

# What each room may open of the simulator, or of validation, besides itself; "" is a folder's own __init__.
BASE = {"errors", "config"}
MIDDLE = BASE | {"flow", "sky"}
INNER = MIDDLE | {"transport", "results"}
SIMULATOR = {
    "": INNER | {"run"}, "errors": set(), "config": BASE, "flow": BASE, "sky": BASE,
    "transport": MIDDLE, "results": MIDDLE, "run": INNER, "io": INNER, "plots": INNER,
}  # fmt: skip
VALIDATION = {
    "theory": set(), "comparison": {"theory"}, "fitting": {"theory"},
    "plots": {"theory", "comparison", "fitting"}, "study": {"theory", "comparison", "fitting"},
    "": {"theory", "comparison", "fitting"},
}  # fmt: skip


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    names = parts if parts[0] == "eddysky" else ("eddysky", *parts)
    return ".".join(name for name in names if name != "__init__")


MODULES = {module_name(path): path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")}


def imported(node):
    """Our modules that a piece of code imports, also inside functions, other than for the type checker."""
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


def place(name):
    """Folder and room of a module."""
    folder, *inner = MODULES[name].relative_to(ROOT).with_suffix("").parts
    return folder, "" if inner[0] == "__init__" else inner[0]


def test_no_modules_import_each_other():
    TopologicalSorter(GRAPH).prepare()


@pytest.mark.parametrize("name", sorted(GRAPH))
def test_arrows_run_downwards(name):
    folder, room = place(name)
    for other in GRAPH[name]:
        below, inner = place(other)
        assert FOLDERS.index(below) >= FOLDERS.index(folder), other
        rooms = {"simulator": SIMULATOR, "validation": VALIDATION}.get(folder)
        assert below != folder or rooms is None or inner in {room} | rooms[room], other
        # Predictions share with the simulation what is configured, and w(k), alone.
        assert room != "theory" or below == "validation" or inner in BASE, other


def test_the_simulator_has_no_more_than_four_flat_files():
    assert len(list((ROOT / "simulator").glob("*.py"))) <= 4
