"""Which folder may import what: kernels nothing but kernels, predictions nothing of the simulation."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# What predictions share with the simulation: the configuration and what it holds, w(k), the reading of tables.
SHARED = {"columns", "config", "errors", "result", "spectrum"}
# These put what is measured beside the predictions, and are imported by none of them.
SIDE_BY_SIDE = {
    "compare_mean_square": {"mean_square"},
    "study": {"ensemble"},
    "calibration": {"ensemble"},
}


def is_type_checking(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def imported(path, *, inside_functions):
    """Our modules that a file imports, other than for the type checker."""
    found = set()

    def visit(node):
        if is_type_checking(node):
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not inside_functions:
            return
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("eddysky"):
            if node.module.count(".") == 1:
                found.update(f"{node.module}.{alias.name}" for alias in node.names)
            else:
                found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names if alias.name.startswith("eddysky"))
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def files(folder):
    return sorted((ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", files("kernels"), ids=lambda path: path.stem)
def test_kernels_import_kernels_alone(path):
    others = imported(path, inside_functions=True)
    assert all(name.startswith("eddysky.kernels.") for name in others), others


@pytest.mark.parametrize("path", files("validation"), ids=lambda path: path.stem)
def test_predictions_share_no_code_with_the_simulation(path):
    allowed = SHARED | SIDE_BY_SIDE.get(path.stem, set())
    for name in imported(path, inside_functions=True):
        _, room, *module = name.split(".")
        assert room == "validation" or (room == "simulator" and module[0] in allowed), name
        if room == "validation" and module[0] in SIDE_BY_SIDE:
            assert path.stem in SIDE_BY_SIDE, name


@pytest.mark.parametrize("path", files("simulator"), ids=lambda path: path.stem)
def test_the_simulator_opens_other_rooms_when_a_command_needs_them(path):
    outer = [
        name
        for name in imported(path, inside_functions=False)
        if name.startswith(("eddysky.validation", "eddysky.scenarios"))
    ]
    assert not outer
    inner = {
        name
        for name in imported(path, inside_functions=True)
        if name.startswith("eddysky.validation")
    }
    # The verdict on an ensemble belongs to the command line alone.
    assert not inner or path.parent.name == "commands", inner
