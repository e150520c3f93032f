"""The code blocks of a document in Markdown, and the commands in them."""

from __future__ import annotations

import re
from dataclasses import dataclass

LANGUAGES = ("console", "sh", "bash", "python")
FENCE = re.compile(
    r"(?P<mark><!-- (?:slow|cluster) -->[ \t]*\n\s*)?^(?P<indent> *)```(?P<language>\w+)[^\n]*\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)
NAMED = re.compile(r"# ([\w-]+\.\w+)\n")


@dataclass(frozen=True)
class Block:
    """A fenced block that is run, saved as a file, or both."""

    line: int
    section: str
    language: str
    text: str
    slow: bool

    @property
    def file(self) -> str | None:
        """Name under which the reader saves it, of one that begins with `# NAME`."""
        named = NAMED.match(self.text)
        return named[1] if named else None


def blocks(markdown: str) -> list[Block]:
    """Blocks to run or to save, in order, without those for a cluster."""
    found = []
    for match in FENCE.finditer(markdown):
        mark = match["mark"] or ""
        text = re.sub(rf"^{match['indent']}", "", match["text"], flags=re.MULTILINE)
        if (match["language"] in LANGUAGES or NAMED.match(text)) and "cluster" not in mark:
            sections = re.findall(r"^## (.*)$", markdown[: match.start()], re.MULTILINE)
            found.append(
                Block(
                    line=markdown.count("\n", 0, match.start("language")) + 1,
                    section=sections[-1] if sections else "",
                    language=match["language"],
                    text=text,
                    slow="slow" in mark,
                )
            )
    return found


def commands(block: Block) -> list[str]:
    """The commands of a block, continued lines joined; none if it is Python or only a file."""
    if block.language not in ("console", "sh", "bash"):
        return []
    lines = block.text.replace("\\\n", " ").splitlines()
    if block.language == "console" and any(line.startswith("$ ") for line in lines):
        lines = [line[2:] for line in lines if line.startswith("$ ")]
    return [line for line in map(str.strip, lines) if line and not line.startswith("#")]
