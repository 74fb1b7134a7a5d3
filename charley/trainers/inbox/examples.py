"""Puts an example into the file of data/nlu/ that holds its intent, and takes it out: one line, all else as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charley.trainers.check.project import NLU
from charley.trainers.files import Draft, FileProblem, parse_yaml, read

# Metadata of a block: the care guard learns nothing of it as harmless; or all of it, since someone read each one.
NEEDS_CARE, HARMLESS = "needs_care", "harmless"


@dataclass(frozen=True)
class Block:
    """The examples of one intent in one file.

    Attributes:
        text: of the whole file.
        line: that of the key `examples`, counted from 0.
        needs_care: whether the care guard takes none of it for harmless.
        harmless: whether it takes all of it for harmless, unlooked at.
    """

    path: Path
    text: str
    intent: str
    line: int
    needs_care: bool
    harmless: bool

    def with_example(self, example: str) -> Draft:
        """The file with one example more, as the last of the block."""
        lines = self.text.splitlines(keepends=True)
        last = self._last(lines)
        end = re.search(r"\r?\n$", lines[self.line])
        newline = end[0] if end else "\n"
        if not lines[last].endswith("\n"):
            lines[last] += newline
        lines.insert(last + 1, f"{self._indent(lines)}- {example}{newline}")
        return Draft(self.path, self.text, "".join(lines))

    def without_example(self, at: int) -> Draft:
        """The file without one of its lines, counted from 0."""
        lines = self.text.splitlines(keepends=True)
        return Draft(self.path, self.text, "".join(lines[:at] + lines[at + 1 :]))

    def examples(self) -> list[tuple[int, str]]:
        """Each example with its line, counted from 0."""
        lines = self.text.splitlines(keepends=True)
        found = ((at, lines[at].strip()) for at in range(self.line + 1, self._last(lines) + 1))
        return [(at, line[1:].strip()) for at, line in found if line.startswith("-")]

    def _last(self, lines: list[str]) -> int:
        """The line of the last example."""
        outer = _indent_of(lines[self.line])
        last = self.line
        for at in range(self.line + 1, len(lines)):
            if lines[at].strip():
                if _indent_of(lines[at]) <= outer:
                    break
                last = at
        return last

    def _indent(self, lines: list[str]) -> str:
        for line in lines[self.line + 1 : self._last(lines) + 1]:
            if line.strip().startswith("-"):
                return line[: _indent_of(line)]
        return " " * (_indent_of(lines[self.line]) + 2)


def blocks(root: Path = Path()) -> list[Block]:
    """Every block of examples of data/nlu/, file by file.

    Raises:
        FileProblem: if a file is broken, or keeps its examples otherwise than the project does.
    """
    return [block for path in sorted((root / NLU).rglob("*.yml")) for block in _blocks(path)]


def _blocks(path: Path) -> list[Block]:
    text = read(path)
    held = parse_yaml(path, text)
    try:
        return [_block(path, text, item) for item in held["nlu"] if "intent" in item]
    except (TypeError, KeyError, AttributeError) as error:
        message = "does not hold examples as the other files do: `nlu:`, and below it `- intent: …` and `examples: |`."
        raise FileProblem(path, None, message) from error


def _block(path: Path, text: str, item: Any) -> Block:
    line = item.lc.key("examples")[0]
    if not re.search(r"examples:\s*\|[-+]?\s*(#.*)?$", text.splitlines()[line]):
        raise FileProblem(path, line + 1, "must be `examples: |`, with an example on each line below.")
    metadata = item.get("metadata") or {}
    return Block(
        path, text, item["intent"], line, bool(metadata.get(NEEDS_CARE)), bool(metadata.get(HARMLESS))
    )


def _indent_of(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
