"""Messages written apart from the training examples, and what answers them rightly: tests/held_out/."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from charley.facts import Fact
from charley.rasa.inputs import SHORT

HELD_OUT = Path("tests/held_out")
OUT_OF_SCOPE = frozenset({"out_of_scope", "out_of_scope_health"})
SMALL_TALK = frozenset(
    {"greet", "goodbye", "thank", "acknowledge", "ask_identity", "ask_help", "ask_person", "complain", "start_again"}
)  # fmt: skip
DECLINED = frozenset({"decline", "fallback"})  # kinds of a reply
UNMARKED = "?"  # in the column `names`


@dataclass(frozen=True)
class Test:
    """A message: what it means, and what answers it.

    `subjects` and `attributes`: a fact of one of the former and one of the latter is a right answer;
    none are given where no fact is (small talk, out of scope). `names`: the subjects that it names
    (cramps in general apart); None where nobody marked them. `talk`: the turns of one talk share it, in order.
    """

    text: str
    intent: str
    subjects: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    names: frozenset[str] | None = None
    talk: str | None = None

    @property
    def in_scope(self) -> bool:
        return self.intent not in OUT_OF_SCOPE


def read(name: str, folder: Path = HELD_OUT) -> list[Test]:
    """The rows of one of the files."""
    with (folder / name).open(encoding="utf-8", newline="") as file:
        return [
            Test(
                row["text"],
                row["intent"],
                frozenset((row.get("subjects") or "").split()),
                frozenset((row.get("attributes") or "").split()),
                frozenset(row["names"].split()) if row.get("names", UNMARKED) != UNMARKED else None,
                row.get("talk"),
            )
            for row in csv.DictReader(file)
        ]


def is_right(test: Test, replies: Iterable[Mapping[str, Any]], facts: Mapping[str, Fact]) -> bool:
    """Whether a fact was told of one of the subjects and attributes asked about.

    Args:
        facts: by id, all that may have been told.
    """
    told = [facts[id_] for reply in replies for id_ in reply["metadata"]["fact_ids"]]
    return any(f.subject in test.subjects and f.attribute.value in test.attributes for f in told)


def is_declined(replies: Iterable[Mapping[str, Any]]) -> bool:
    """Whether they say that it is not Charley's matter, or was not understood."""
    return any(reply["metadata"]["kind"] in DECLINED for reply in replies)


def fingerprint(folder: Path = HELD_OUT) -> str:
    """A short hash over all messages that a training is measured on."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.csv"), *(folder / "care").glob("*.yml")]):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:SHORT]
