"""Counts for each thing that trainers write the tests that would notice if it went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charley.care.flags import CARE_DIR
from charley.care.levels import CareLevel
from charley.facts.load import FACTS_DIR, load_table
from charley.facts.table import FactTable
from charley.trainers.coverage.evidence import (
    MESSAGES,
    Evidence,
    Expected,
    load,
    read_evidence,
    steps_of,
    values_in,
)

DIALOGUES, TALKS, CODE = "dialogues", "talks", "in code"
CELLS = "subjects by attribute"  # the name of the sort that the picture draws
COLUMNS = (DIALOGUES, TALKS, *MESSAGES, CODE)
RULES, STORIES, DOMAIN = Path("data/rules"), Path("data/stories"), Path("domain.yml")
CHECK_UP_FILE = CARE_DIR / "check_up.yml"  # its own module brings spaCy, which takes seconds
CHECK_UP = "check_up"  # stands in the code of tests of the check-up; its values are everyday words elsewhere
WORDS = 4  # in a row, by which a text in a test's code is known for a response's
Steps = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Item:
    """One thing that can have tests.

    Attributes:
        id: its name in the files; a cell of the fact table is "subject/attribute".
        where: the file that holds it.
        tests: how many tests of each kind look at it (see COLUMNS).
        walked: how many tests do so as they walk through everything, each thing once.
    """

    id: str
    where: str
    tests: Mapping[str, int]
    walked: int = 0

    @property
    def is_tested(self) -> bool:
        return any(self.tests.values())


@dataclass(frozen=True)
class Part:
    """All things of one sort."""

    name: str
    items: Sequence[Item]

    @property
    def tested(self) -> Sequence[Item]:
        return [item for item in self.items if item.is_tested]

    @property
    def missing(self) -> Sequence[Item]:
        """What has no test of its own."""
        return [item for item in self.items if not item.is_tested]


@dataclass(frozen=True)
class Coverage:
    """What has tests, sort by sort."""

    parts: Sequence[Part]
    subjects: Mapping[str, str]  # id → name, of those that have facts, in file order

    def part(self, name: str) -> Part:
        """One sort by its name.

        Raises:
            KeyError: if there is none of that name.
        """
        return {part.name: part for part in self.parts}[name]


def measure(root: Path = Path()) -> Coverage:
    """Read data/, domain.yml and tests/ under `root`, and count. Nothing is run; it takes a second or two.

    Raises:
        charley.facts.load.TableError, charley.trainers.files.FileProblem: if a file is broken.
    """
    domain, table, tests = load(root / DOMAIN), load_table(root / FACTS_DIR), read_evidence(root)
    parts = {
        "intents": _intents(domain, tests),
        CELLS: _cells(table, tests),
        "facts": _facts(table, tests),
        "rules": _rules(root, tests),
        "stories": _stories(root, tests),
        "warning flags": _flags(root, tests),
        "care levels": _levels(tests),
        "responses": _responses(domain, tests),
        "check-up questions": _check_up(root, tests),
    }
    of_facts = {fact.subject for fact in table.facts.values()}
    subjects = {id_: subject.name for id_, subject in table.subjects.items() if id_ in of_facts}
    return Coverage([Part(name, list(items)) for name, items in parts.items()], subjects)


def _intents(domain: Any, tests: Evidence) -> Iterator[Item]:
    in_dialogues = Counter(turn.intent for turn in _turns(tests))
    in_talks = Counter(name for talk in tests.talks.values() for kind, name in talk if kind == "intent")
    in_messages = {
        column: Counter(intent for message in messages for intent in message.intents)
        for column, messages in tests.messages.items()
    }
    for entry in domain["intents"]:
        intent = entry if isinstance(entry, str) else next(iter(entry))
        asked = {column: counts[intent] for column, counts in in_messages.items()}
        yield _item(
            intent, DOMAIN, tests, {DIALOGUES: in_dialogues[intent], TALKS: in_talks[intent], **asked}
        )


def _facts(table: FactTable, tests: Evidence) -> Iterator[Item]:
    expected = Counter(id_ for turn in _turns(tests) for id_ in turn.facts)
    for fact in table.facts:
        yield _item(fact, FACTS_DIR / "facts.csv", tests, {DIALOGUES: expected[fact]}, tests.walked[fact])


def _cells(table: FactTable, tests: Evidence) -> Iterator[Item]:
    """Subject by attribute, where there is a fact. A message counts for the first of its cells that has one."""
    cells: dict[tuple[str, str], list[str]] = {}
    for fact in table.facts.values():
        cells.setdefault((fact.subject, fact.attribute.value), []).append(fact.id)
    expected = Counter(id_ for turn in _turns(tests) for id_ in turn.facts)
    asked: dict[str, Counter[tuple[str, str]]] = {column: Counter() for column in MESSAGES}
    for column, messages in tests.messages.items():
        for message in messages:
            pairs = ((s, a) for s in message.subjects for a in message.attributes)
            asked[column].update([pair for pair in pairs if pair in cells][:1])
    for cell, facts in cells.items():
        counts = {DIALOGUES: sum(expected[id_] for id_ in facts)}
        counts |= {column: counted[cell] for column, counted in asked.items()}
        counts[CODE] = sum(len(tests.named.get(id_, ())) for id_ in facts)
        walked = sum(tests.walked[id_] for id_ in facts)
        yield Item("/".join(cell), (FACTS_DIR / "facts.csv").as_posix(), _all_columns(counts), walked)


def _rules(root: Path, tests: Evidence) -> Iterator[Item]:
    """A rule is looked at by who says its intent in a talk; Rasa's story test walks through all of them."""
    for path, rule in _blocks(root / RULES, "rules"):
        steps = steps_of(rule)
        yield Item(rule["rule"], path.relative_to(root).as_posix(), _of_steps(steps, tests), walked=1)


def _stories(root: Path, tests: Evidence) -> Iterator[Item]:
    """A story is looked at by the dialogue of its name, and by whatever says its intents in turn."""
    for path, story in _blocks(root / STORIES, "stories"):
        counts = _of_steps(steps_of(story), tests)
        if not counts[DIALOGUES]:
            counts[DIALOGUES] = sum(name.split(": ", 1)[1] == story["story"] for name in tests.dialogues)
        yield Item(story["story"], path.relative_to(root).as_posix(), counts, walked=1)


def _flags(root: Path, tests: Evidence) -> Iterator[Item]:
    """Those above none: the others are harmless talk that the vote learns from."""
    for path in sorted((root / CARE_DIR / "flags").glob("*.yml")):
        flag = load(path)
        if flag["level"] != CareLevel.NONE.value:
            told = {column: counts[flag["flag"]] for column, counts in tests.wordings.items()}
            yield _item(flag["flag"], path.relative_to(root), tests, told)


def _levels(tests: Evidence) -> Iterator[Item]:
    expected = Counter(turn.care_level for turn in _turns(tests))
    for level in CareLevel:
        counts = {DIALOGUES: expected[level.value]}
        yield Item(level.value, "charley/care/levels.py", _all_columns(counts), tests.levels[level.value])


def _responses(domain: Any, tests: Evidence) -> Iterator[Item]:
    """A response is looked at by a dialogue that expects words which no other response of its kind has."""
    texts = {name: forms[0]["text"] for name, forms in domain["responses"].items()}
    kinds = {name: forms[0]["metadata"]["kind"] for name, forms in domain["responses"].items()}

    def of(words: str, among: Iterable[str]) -> list[str]:
        """The one response that holds these words; none if several do."""
        found = [name for name in among if words in texts[name]]
        return found if len(found) == 1 else []

    in_dialogues = Counter(
        name
        for turn in _turns(tests)
        for words in turn.says
        for name in of(words, [n for n in texts if not turn.kinds or kinds[n] in turn.kinds])
    )
    in_code = Counter(
        name for text, paths in tests.named.items() if len(text.split()) >= WORDS
        for name in of(text, texts) for _ in paths
    )  # fmt: skip
    in_talks = Counter(name for talk in tests.talks.values() for kind, name in talk if kind == "action")
    for name in texts:
        code = in_code[name] + len(tests.named.get(name, ()))
        counts = _all_columns({DIALOGUES: in_dialogues[name], TALKS: in_talks[name], CODE: code})
        yield Item(name, DOMAIN.as_posix(), counts, walked=1)  # tests/rasa/test_domain.py renders each


def _check_up(root: Path, tests: Evidence) -> Iterator[Item]:
    about = {path for path in tests.named.get(CHECK_UP, frozenset())}
    about |= {path for paths in tests.named.values() for path in paths if CHECK_UP in path}
    for question in load(root / CHECK_UP_FILE)["questions"]:
        values = {question["id"], *(option["value"] for option in question["options"])}
        pressed = sum(bool(values_in(turn.pressed) & values) for turn in _turns(tests))
        asked = sum(any(words in question["text"] for words in turn.says) for turn in _turns(tests))
        files = {path for value in values for path in tests.named.get(value, ()) if path in about}
        counts = {DIALOGUES: pressed + asked, CODE: len(files)}
        yield Item(question["id"], CHECK_UP_FILE.as_posix(), _all_columns(counts), walked=1)


def _of_steps(steps: Steps, tests: Evidence) -> dict[str, int]:
    intents = [name for kind, name in steps if kind == "intent"]
    turns = ([turn.intent for turn in dialogue] for dialogue in tests.dialogues.values())
    in_dialogues = sum(_times(intents, said) for said in turns)
    in_talks = sum(_times(steps, talk) for talk in tests.talks.values())
    return _all_columns({DIALOGUES: in_dialogues, TALKS: in_talks})


def _times(sought: Sequence[Any], among: Sequence[Any]) -> int:
    """How often a sequence stands in another, without a gap."""
    places = range(len(among) - len(sought) + 1)
    return sum(list(among[n : n + len(sought)]) == list(sought) for n in places)


def _turns(tests: Evidence) -> Iterator[Expected]:
    return (turn for dialogue in tests.dialogues.values() for turn in dialogue)


def _blocks(folder: Path, key: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    for path in sorted(folder.glob("*.yml")):
        for block in (load(path) or {}).get(key) or []:
            yield path, block


def _item(id_: str, where: Path, tests: Evidence, counts: Mapping[str, int], walked: int = 0) -> Item:
    code = {CODE: len(tests.named.get(id_, ()))}
    return Item(id_, where.as_posix(), _all_columns({**counts, **code}), walked)


def _all_columns(counts: Mapping[str, int]) -> dict[str, int]:
    return {column: counts.get(column, 0) for column in COLUMNS}
