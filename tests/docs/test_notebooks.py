"""The tutorial notebooks run from top to bottom without a warning, and are kept without outputs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "docs" / "tutorials").glob("*.ipynb"))
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
# As pyproject.toml has it for all tests; warnings become errors once the kernel has started.
STRICT = """
import warnings

warnings.simplefilter("error")
for module in ("healpy", "matplotlib", "pyparsing"):
    warnings.filterwarnings("ignore", category=DeprecationWarning, module=module)
"""


def run(notebook, folder):
    """Run a notebook in a folder; gives its cells with their outputs."""
    notebook.cells.insert(0, nbformat.v4.new_code_cell(STRICT))
    client = NotebookClient(
        notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": folder}}
    )
    client.execute()
    return notebook.cells[1:]


@each_notebook
def test_notebook_runs(path, tmp_path):
    cells = run(nbformat.read(path, as_version=4), tmp_path)
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert not [o["text"] for o in outputs if o.get("name") == "stderr"]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 5


@each_notebook
def test_notebook_is_kept_without_outputs(path):
    text = path.read_text(encoding="utf-8")
    notebook = json.loads(text)
    nbformat.validate(notebook)
    for cell in notebook["cells"]:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert notebook["metadata"] == {"kernelspec": kernel, "language_info": {"name": "python"}}
    assert re.search(r"/(home|root|Users|tmp)/", text) is None


@each_notebook
def test_notebook_is_in_the_menu_and_its_links_lead_somewhere(path):
    menu = (ROOT / "docs" / "index.md").read_text(encoding="utf-8").splitlines()
    assert f"tutorials/{path.stem}" in menu
    notebook = nbformat.read(path, as_version=4)
    words = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    for target in re.findall(r"\]\(([^)#\s]+)", words):
        assert re.match(r"https?:", target) or (path.parent / target).exists(), target


def test_a_warning_is_found(tmp_path):
    source = "import warnings; warnings.warn('old')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    with pytest.raises(CellExecutionError):
        run(notebook, tmp_path)
