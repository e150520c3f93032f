"""The directive `commands`: a section for each command of eddysky, written from what click knows of it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

import click
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from eddysky.cli.main import cli


class Commands(SphinxDirective):
    """Sections with usage, help and a list of the options of each command."""

    def run(self) -> list[nodes.Node]:
        """The sections."""
        context = cli.make_context("eddysky", ["list"])
        lines = list(described(cli, context))
        for name in cli.list_commands(context):
            command = cli.get_command(context, name)
            assert command is not None
            lines += described(command, click.Context(command, context, name))
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def described(command: click.Command, context: click.Context) -> Iterator[str]:
    """Lines of MyST for one command."""
    yield f"## {context.info_name}\n"
    yield f"```text\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield f"{escaped(paragraph)}\n"
    for option in command.params:
        record = option.get_help_record(context)
        if record is not None and record[1]:
            yield f"- `{record[0]}`: {escaped(record[1])}"
    yield ""


def escaped(text: str) -> str:
    """Plain text, in which only backticks keep their meaning."""
    parts = text.split("`")
    for i in range(0, len(parts), 2):
        parts[i] = "".join("\\" + c if c in "*_<>[]|#$~" else c for c in parts[i])
    return "`".join(parts)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive."""
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True}
