"""What differs between two models, or between a model and the files at hand: facts by id, examples, files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from charley.facts import Fact, load_table
from charley.facts.load import FACTS_DIR
from charley.knowledge import read_model
from charley.rasa.inputs import MadeFrom, made_from, read_label

FACTS_FILE = "data/facts/facts.csv"


@dataclass(frozen=True)
class Changes:
    """What came in, what changed, what went.

    Attributes:
        added, changed, withdrawn: ids of facts.
        examples: intent -> number of examples before and now, where it differs.
        files: other files than data/facts/facts.csv that differ.
    """

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    examples: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    files: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.withdrawn or self.files)

    def lines(self) -> Iterator[str]:
        """What a trainer is told, a line each."""
        for what, ids in (("added", self.added), ("changed", self.changed), ("withdrawn", self.withdrawn)):
            if ids:
                yield f"facts {what}: {', '.join(ids)}"
        for intent, (before, now) in self.examples.items():
            yield f"examples of {intent}: {before} -> {now}"
        if self.files:
            yield f"other files: {', '.join(self.files)}"


def between(before: Path, now: Path) -> Changes:
    """What a model has that the one before had not.

    Raises:
        charley.knowledge.KnowledgeError: if one of them is no model of Charley's.
    """
    facts = read_model(before).table.facts, read_model(now).table.facts
    return _changes(*facts, read_label(before), read_label(now))


def since_training(facts: Mapping[str, Fact], made: MadeFrom | None, root: Path = Path()) -> Changes:
    """What the files at hand have that a model with these facts, made from that, has not.

    Raises:
        charley.facts.load.TableError: if data/facts/ is broken.
    """
    return _changes(facts, load_table(root / FACTS_DIR).facts, made, made_from(root))


def _changes(
    before: Mapping[str, Fact],
    now: Mapping[str, Fact],
    made_before: MadeFrom | None,
    made_now: MadeFrom | None,
) -> Changes:
    added = tuple(id_ for id_ in now if id_ not in before)
    withdrawn = tuple(id_ for id_ in before if id_ not in now)
    changed = tuple(id_ for id_, fact in now.items() if id_ in before and before[id_] != fact)
    examples: dict[str, tuple[int, int]] = {}
    files: tuple[str, ...] = ()
    if made_before and made_now:
        counts = made_before.examples, made_now.examples
        for intent in sorted({*counts[0], *counts[1]}):
            pair = counts[0].get(intent, 0), counts[1].get(intent, 0)
            examples |= {intent: pair} if pair[0] != pair[1] else {}
        kept = made_before.files, made_now.files
        paths = sorted({*kept[0], *kept[1]} - {FACTS_FILE})
        files = tuple(path for path in paths if kept[0].get(path) != kept[1].get(path))
    return Changes(added, changed, withdrawn, examples, files)
