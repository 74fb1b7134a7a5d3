"""Each fact can be asked for: fact_questions.csv holds a question for every one."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from charley.facts import FactTable, Subject
from charley.facts.load import FACTS_DIR, load_table

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from charley.rasa.assistant import Assistant

QUESTIONS = Path(__file__).parent / "fact_questions.csv"
MORE = {"payload": "/ask_more"}
MAX_MORE = 8
RUN = 4  # words in a row, names not counted, that a question may not take from its fact


def questions() -> list[tuple[str, str]]:
    with QUESTIONS.open(encoding="utf-8", newline="") as file:
        return [(row["fact_id"], row["question"]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def written(root: Path) -> FactTable:
    """The table as it stands in data/."""
    return load_table(root / FACTS_DIR)


@pytest.mark.parametrize(("fact_id", "question"), questions(), ids=[fact_id for fact_id, _ in questions()])
async def test_a_fact_is_said_to_who_asks_for_it_and_presses_more(
    fact_id: str, question: str, assistant: Assistant
) -> None:
    sender = uuid4().hex
    said: list[str] = []
    for turn in (question, *[MORE] * MAX_MORE):
        replies = (await assistant.turn(sender, turn)).replies
        new = [id_ for reply in replies for id_ in reply["metadata"]["fact_ids"]]
        said += new
        if fact_id in said or (turn is MORE and not new):
            break
    assert fact_id in said, f"{question!r} gets {said}"


def test_every_fact_has_exactly_one_question(written: FactTable) -> None:
    ids = [fact_id for fact_id, _ in questions()]
    assert sorted(ids) == sorted(written.facts)


def test_no_question_is_asked_twice() -> None:
    wordings = [question.casefold() for _, question in questions()]
    assert sorted(wordings) == sorted(set(wordings))


def test_no_question_is_worded_like_the_fact_it_asks_for(written: FactTable) -> None:
    taken = {
        fact_id: run
        for fact_id, question in questions()
        for run in shared_runs(question, written.facts[fact_id].statement)
        if len(without_names(run, written.subjects[written.facts[fact_id].subject])) >= RUN
    }
    assert taken == {}


@pytest.mark.parametrize(
    ("one", "other", "runs"),
    [
        ("why do calves cramp", "Calves cramp at night", [["calves", "cramp"]]),
        ("does it hurt a lot at night", "It hurt. A lot!", [["it", "hurt", "a", "lot"]]),
        ("what is tetany", "Muscles that cramp", []),
    ],
)
def test_a_shared_run_is_found_whatever_its_case_and_punctuation(
    one: str, other: str, runs: list[list[str]]
) -> None:
    assert list(shared_runs(one, other)) == runs


def shared_runs(one: str, other: str) -> Iterator[list[str]]:
    """The longest runs of two words or more that stand in both texts."""
    a, b = words(one), words(other)
    for i in range(len(a)):
        for j in range(len(b)):
            if i and j and a[i - 1] == b[j - 1]:
                continue  # a part of a run found already
            length = 0
            while i + length < len(a) and j + length < len(b) and a[i + length] == b[j + length]:
                length += 1
            if length > 1:
                yield a[i : i + length]


def words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9']+", text.lower())


def without_names(run: list[str], subject: Subject) -> list[str]:
    names = {word for name in (subject.name, *subject.names) for word in words(name)}
    return [word for word in run if word not in names]
