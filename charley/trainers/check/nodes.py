"""YAML with the lines on which things stand, read fast (PyYAML's C parser)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from charley.trainers.files import FileProblem, parse_yaml


def compose(path: Path, text: str) -> Node | None:
    """The tree of a YAML text; None if it holds nothing.

    Raises:
        FileProblem: at the line where it is broken.
    """
    try:
        return yaml.compose(text, Loader=yaml.CSafeLoader)  # type: ignore[no-any-return]
    except yaml.YAMLError as error:
        parse_yaml(path, text)  # says it in better words
        mark = getattr(error, "problem_mark", None)
        raise FileProblem(path, mark.line + 1 if mark else None, "is not YAML") from error


def plain(node: Node | None) -> Any:
    """What a tree holds, as YAML loads it."""
    return None if node is None else SafeConstructor().construct_document(node)


def line_of(node: Node) -> int:
    """The line on which it begins, counted from 1."""
    return int(node.start_mark.line) + 1


def pairs(node: Node | None) -> Iterator[tuple[Node, Node]]:
    """Keys and values of a mapping; none of anything else."""
    if isinstance(node, MappingNode):
        yield from node.value


def members(node: Node | None) -> Iterator[Node]:
    """The members of a list; none of anything else."""
    if isinstance(node, SequenceNode):
        yield from node.value


def child(node: Node | None, key: str) -> Node | None:
    """The value under a key, None if there is none."""
    return next((value for name, value in pairs(node) if name.value == key), None)


def scalar(node: Node | None) -> str | None:
    """The text of a scalar, None of anything else."""
    return str(node.value) if isinstance(node, ScalarNode) else None


def walk(node: Node | None) -> Iterator[Node]:
    """The node and all below it."""
    if node is None:
        return
    yield node
    for key, value in pairs(node):
        yield key
        yield from walk(value)
    for member in members(node):
        yield from walk(member)


def place(node: Node, path: Sequence[str]) -> int:
    """The line of what lies deepest on a path such as ("questions", "0", "multiple")."""
    line = line_of(node)
    for step in path:
        found: tuple[Node, Node] | None = None
        if isinstance(node, SequenceNode) and step.isdigit() and int(step) < len(node.value):
            found = (node.value[int(step)], node.value[int(step)])
        else:
            found = next(((key, value) for key, value in pairs(node) if key.value == step), None)
        if found is None:
            break
        line, node = line_of(found[0]), found[1]
    return line


def repeated_keys(node: Node) -> Iterator[tuple[Node, int]]:
    """Keys that stand in the same mapping before, and the line where; the earlier value is lost."""
    for mapping in walk(node):
        seen: dict[str, int] = {}
        for key, _ in pairs(mapping):
            if not isinstance(key, ScalarNode):
                continue
            if key.value in seen:
                yield key, seen[key.value]
            seen.setdefault(key.value, line_of(key))
