"""What tells who wrote a message goes; what it asks stays.

anonymous.csv was written before the rules. Its rows `seen` were used while they were made; `apart`, by the same
hand, were tried once at the end (0 of 90 leaked), and `later`, harder ones written after that, once more: 3 of
43 leaked, 0 of 46 were lost. What those taught has been mended since.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from charley.trainers.anonymous import NOT_ENGLISH, PLACEHOLDER, anonymous, has_placeholder
from tests.conftest import ROOT

MESSAGES = Path(__file__).with_name("anonymous.csv")


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def rows() -> Iterator[dict[str, str]]:
    with MESSAGES.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def parts(cell: str) -> list[str]:
    return [part for part in cell.split("|") if part]


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["message"][:60])
def test_what_tells_of_a_person_goes_and_the_question_stays(row: dict[str, str]) -> None:
    told = anonymous(row["message"])
    gone = [p for p in parts(row["gone"]) if re.search(rf"(?<!\w){re.escape(p)}(?!\w)", told, re.IGNORECASE)]
    assert gone == [], told
    assert [p for p in parts(row["stay"]) if p.lower() not in told.lower()] == [], told


def test_there_are_rows_in_which_much_must_go_and_much_must_stay() -> None:
    assert sum(len(parts(row["gone"])) for row in rows()) > 200
    assert sum(len(parts(row["stay"])) for row in rows()) > 200


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["message"][:60])
def test_what_is_anonymous_stays_as_it_is(row: dict[str, str]) -> None:
    once = anonymous(row["message"])
    assert anonymous(once) in (once, NOT_ENGLISH)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("my nan is 94 years old and cramps", "my nan is [age] years old and cramps"),
        ("my nan is 84 years old and cramps", "my nan is 84 years old and cramps"),
        ("call 07700 900123", "call [number]"),
        ("does b12 help, 500mg at 3am, 2-3 times a week", "does b12 help, 500mg at 3am, 2-3 times a week"),
        ("i ran 3 miles on the road", "i ran 3 miles on the road"),
        ("does a strecth help", "does a stretch help"),
        ("vitamin B12 3mg a day", "vitamin B12 3mg a day"),
    ],
)
def test_numbers_that_tell_how_much_stay_and_slips_are_mended(message: str, told: str) -> None:
    assert anonymous(message) == told


def test_most_harmless_messages_are_left_whole(root: Path) -> None:
    with (root / "tests/development/questions.csv").open(encoding="utf-8", newline="") as file:
        messages = [row["text"] for row in csv.DictReader(file)]
    whole = [message for message in messages if not has_placeholder(anonymous(message))]
    assert len(whole) > 0.93 * len(messages)  # measured: 95 %; the others name places, ages and rare words


def test_a_word_that_nobody_knows_goes() -> None:
    assert anonymous("qzxwvy has cramps in both legs") == "[word] has cramps in both legs"


def test_an_empty_message_stays_empty() -> None:
    assert anonymous("") == ""
    assert not PLACEHOLDER.search(anonymous("?!  …"))
