"""A link under the title of each tutorial from which its notebook is downloaded."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx


def add_link(app: Sphinx, doctree: nodes.document) -> None:
    """Add it to pages that are made of a notebook."""
    file = Path(app.env.doc2path(app.env.docname))
    title = next(doctree.findall(nodes.title), None)
    if file.suffix != ".ipynb" or title is None:
        return
    link = addnodes.download_reference(
        "", "", nodes.literal("", file.name), refdoc=app.env.docname, reftarget=file.name
    )
    text = nodes.paragraph("", "", nodes.Text("Run it yourself: "), link)
    title.parent.insert(title.parent.index(title) + 1, text)


def setup(app: Sphinx) -> dict[str, Any]:
    """Add links before Sphinx collects what is to be downloaded."""
    app.connect("doctree-read", add_link, priority=100)
    return {"parallel_read_safe": True}
