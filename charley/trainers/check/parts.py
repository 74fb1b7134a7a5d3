"""What the project's files hold, piece by piece, each with its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from charley.trainers.check import nodes
from charley.trainers.files import FileProblem

MARK = re.compile(r"\[(?P<text>[^\[\]]+)\](?:\{(?P<json>[^}]*)\}|\((?P<entity>[^)]*)\))")


class Row(NamedTuple):
    """A row of a CSV file, and the line on which it begins."""

    line: int
    cells: list[str]


class Origin(Enum):
    """What a message is for."""

    EXAMPLE = auto()
    WORDING = auto()
    TEST = auto()


@dataclass(frozen=True)
class Message:
    """Something a person may say, and where it stands.

    Attributes:
        origin: whether it is an example of an intent, a wording of a warning flag, or said in a test.
        label: the intent of an example, the family of a wording; empty where there is none.
        marked: the text as it is written, with its entity annotations.
    """

    text: str
    path: Path
    line: int
    origin: Origin
    label: str = ""
    marked: str = ""


@dataclass(frozen=True)
class Step:
    """One step of a rule or story.

    Attributes:
        kind: its key (intent, action, slot_was_set …).
        alternative: whether it is a further side of an `or`.
    """

    kind: str
    name: str
    line: int
    alternative: bool = False


@dataclass(frozen=True)
class Block:
    """A rule or a story."""

    kind: str
    name: str
    path: Path
    line: int
    steps: tuple[Step, ...]


def strip_marks(text: str) -> str:
    """A message without its entity annotations: "which [nuts](subject)" -> "which nuts"."""
    return MARK.sub(lambda mark: mark["text"], text) if "[" in text else text


def example_lines(node: Any) -> Iterator[tuple[int, str]]:
    """The examples of one intent, each with its line."""
    if not isinstance(node, yaml.ScalarNode):
        return
    first = nodes.line_of(node) + (node.style in ("|", ">"))
    for offset, raw in enumerate(node.value.split("\n")):
        if raw.strip().startswith("-"):
            yield first + offset, raw.strip().removeprefix("-").strip()


def steps_of(item: Any) -> Iterator[Step]:
    """The steps of a rule or story, what its condition names and each side of an `or` among them."""
    for part in ("condition", "steps"):
        for node in nodes.members(nodes.child(item, part)):
            for number, side in enumerate(list(nodes.members(nodes.child(node, "or"))) or [node]):
                for key, value in nodes.pairs(side):
                    if key.value == "slot_was_set":
                        for slot in nodes.members(value):
                            named = next((name for name, _ in nodes.pairs(slot)), slot)
                            yield Step(key.value, nodes.scalar(named) or "", nodes.line_of(named), number > 0)
                    elif key.value in ("intent", "action", "active_loop", "checkpoint"):
                        yield Step(key.value, nodes.scalar(value) or "", nodes.line_of(key), number > 0)


def read_rows(path: Path, text: str) -> Iterator[Row]:
    """The rows of a CSV text.

    Raises:
        FileProblem: at the line where the broken row begins.
    """
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for cells in reader:
            yield Row(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise FileProblem(
            path, line, f"is not CSV from here on ({error}): is a quotation mark missing, or one too many?"
        ) from error
