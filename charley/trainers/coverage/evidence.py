"""What the files of tests/ hold: dialogues, talks, messages with their meaning, and names in code."""

from __future__ import annotations

import ast
import csv
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from charley.trainers.files import FileProblem, parse_yaml, read

DIALOGUES = Path("tests/conversations/dialogues")
FACT_QUESTIONS = Path("tests/conversations/fact_questions.csv")
TALKS = Path("tests/stories")
MESSAGES = {"held out": Path("tests/held_out"), "development": Path("tests/development")}
SAFETY = Path("tests/safety")
CODE = Path("tests")
OWN_CODE = Path("charley")


@dataclass(frozen=True)
class Expected:
    """A turn of a test dialogue: what it is taken for, as far as the file says so, and what it expects."""

    intent: str | None
    pressed: str
    facts: Sequence[str]
    says: Sequence[str]
    kinds: Sequence[str]
    care_level: str | None


@dataclass(frozen=True)
class Message:
    """A message to measure on: what it asks, and which facts would answer it (of these subjects, these attributes)."""

    intents: Sequence[str]
    subjects: Sequence[str]
    attributes: Sequence[str]


@dataclass(frozen=True)
class Evidence:
    """All of it.

    Attributes:
        dialogues: by "file: name".
        talks: Rasa's test stories by name, each as ("intent" or "action", its name) in turn.
        messages: by column ("held out", "development").
        wordings: by column, how many messages tell of each warning flag.
        levels: how many messages of the safety suite call for each level of care.
        walked: how often each fact is said by the test that says every fact.
        named: for each string in the code of a test, the files that hold it.
    """

    dialogues: Mapping[str, Sequence[Expected]]
    talks: Mapping[str, Sequence[tuple[str, str]]]
    messages: Mapping[str, Sequence[Message]]
    wordings: Mapping[str, Counter[str]]
    levels: Counter[str]
    walked: Counter[str]
    named: Mapping[str, frozenset[str]] = field(default_factory=dict)


def read_evidence(root: Path) -> Evidence:
    """Read tests/ under `root`; a folder that is missing holds no tests.

    Raises:
        FileProblem: if a file is broken.
    """
    return Evidence(
        dialogues=dict(_dialogues(root / DIALOGUES)),
        talks=dict(_talks(root / TALKS)),
        messages={column: list(_messages(root / folder)) for column, folder in MESSAGES.items()},
        wordings={column: _wordings(root / folder / "care") for column, folder in MESSAGES.items()},
        levels=Counter(row["level"] for path in _files(root / SAFETY, "csv") for row in rows(path)),
        walked=Counter(row["fact_id"] for row in rows(root / FACT_QUESTIONS)),
        named=_named(root),
    )


def load(path: Path) -> Any:
    """What a YAML file holds.

    Raises:
        FileProblem: at the line where it is broken.
    """
    text = read(path)
    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except yaml.YAMLError:
        return parse_yaml(path, text)  # says where


def rows(path: Path) -> Iterator[dict[str, str]]:
    """The rows of a CSV file; none if it is missing."""
    if path.exists():
        yield from csv.DictReader(read(path).splitlines(keepends=True))


def steps_of(block: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Intents and actions of a rule or story in turn."""
    return [
        (kind, step[kind])
        for step in block.get("steps") or []
        for kind in ("intent", "action")
        if kind in step
    ]


def intent_of(payload: str) -> str:
    """The intent that a button sends: "/ask_intake{…}" is "ask_intake"."""
    return payload.removeprefix("/").split("{", 1)[0]


def _files(folder: Path, kind: str) -> list[Path]:
    return sorted(folder.glob(f"*.{kind}"))


def _dialogues(folder: Path) -> Iterator[tuple[str, list[Expected]]]:
    for path in _files(folder, "yml"):
        try:
            for dialogue in load(path) or []:
                turns = [_expected(turn) for turn in dialogue["turns"]]
                yield f"{path.stem}: {dialogue['name']}", turns
        except (TypeError, KeyError, AttributeError) as error:
            raise FileProblem(path, None, "is no list of dialogues with `name` and `turns`") from error


def _expected(turn: Mapping[str, Any]) -> Expected:
    facts = turn.get("facts") or []
    pressed = turn.get("press") or ""
    return Expected(
        intent=turn.get("intent") or (intent_of(pressed) if pressed else None),
        pressed=pressed,
        facts=[] if facts == "none" else facts,
        says=turn.get("says") or [],
        kinds=turn.get("kinds") or [],
        care_level=turn.get("care_level"),
    )


def _talks(folder: Path) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for path in _files(folder, "yml"):
        for talk in (load(path) or {}).get("stories") or []:
            yield talk["story"], steps_of(talk)


def _messages(folder: Path) -> Iterator[Message]:
    for path in _files(folder, "csv"):
        for row in rows(path):
            asks = row.get("asks") or row.get("intent") or ""
            yield Message(
                asks.split(), (row.get("subjects") or "").split(), (row.get("attributes") or "").split()
            )


def _wordings(folder: Path) -> Counter[str]:
    counts = Counter[str]()
    for path in _files(folder, "yml"):
        held = load(path) or {}
        counts[held.get("flag", "")] += sum(len(f["wordings"]) for f in held.get("families") or [])
    return counts


def _named(root: Path) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for path in sorted((root / CODE).rglob("*.py")):
        for name in set(_strings(root, path)):
            found.setdefault(name, set()).add(path.relative_to(root).as_posix())
    return {name: frozenset(paths) for name, paths in found.items()}


def _strings(root: Path, path: Path) -> Iterator[str]:
    """Every string in a test's code, and those of the constants that it takes from the project's own."""
    for node in ast.walk(ast.parse(read(path))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
            if node.value.startswith("/"):
                yield intent_of(node.value)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OWN_CODE.name):
            constants = _constants(root / f"{(node.module or '').replace('.', '/')}.py")
            yield from (constants[each.name] for each in node.names if each.name in constants)


@cache
def _constants(module: Path) -> Mapping[str, str]:
    """The strings that a module gives a name to."""
    body = ast.parse(read(module)).body if module.exists() else []
    return {
        target.id: value
        for node in body
        if isinstance(node, ast.Assign)
        for targets, values in [(node.targets[0], node.value)]
        for target, value in _pairs(targets, values)
    }


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.Name, str]]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        for one, other in zip(target.elts, value.elts, strict=False):
            yield from _pairs(one, other)
    elif isinstance(target, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield target, value.value


def values_in(payload: str) -> set[str]:
    """The question and the values that a pressed answer of the check-up names."""
    try:
        given = json.loads(payload[payload.index("{") :])
    except ValueError:
        return set()
    return {str(given.get("question")), *map(str, given.get("values") or [])}
