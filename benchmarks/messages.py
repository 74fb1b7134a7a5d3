"""The messages to measure on, from tests/held_out/, and typos for them."""

from __future__ import annotations

import csv
import random
import string
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

HELD_OUT = Path("tests/held_out")
OUT_OF_SCOPE = frozenset({"out_of_scope", "out_of_scope_health"})
SMALL_TALK = frozenset(
    {"greet", "goodbye", "thank", "acknowledge", "ask_identity", "ask_help", "ask_person", "complain", "start_again"}
)  # fmt: skip
TYPO_SHARE = 0.3  # of the words of three letters and more, as in the research on classifiers
SEED = 3
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


def with_typos(tests: Sequence[Test]) -> list[Test]:
    """The same messages with one or two slips in some words; always the same ones."""
    dice = random.Random(SEED)
    return [replace(test, text=" ".join(_slip(word, dice) for word in test.text.split())) for test in tests]


def _slip(word: str, dice: random.Random) -> str:
    if len(word) < 3 or dice.random() >= TYPO_SHARE:
        return word
    letters = list(word)
    for _ in range(dice.choice((1, 2))):
        at, kind = dice.randrange(len(letters)), dice.randrange(4)
        other = dice.choice(string.ascii_lowercase)
        if kind == 0 and len(letters) > 2:
            del letters[at]
        elif kind == 1:
            letters.insert(at, other)
        elif kind == 2 and at:
            letters[at - 1], letters[at] = letters[at], letters[at - 1]
        else:
            letters[at] = other
    return "".join(letters)
