"""Messages written apart from the training examples, by someone who did not see them.

The floors guard against a step back; they are no target, and the figures printed (-s) are what
docs/benchmarks.md reports. Nothing here may be trained or tuned on.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from benchmarks.messages import with_typos
from charley.facts import load_table
from charley.trainers.quality import messages
from charley.trainers.quality.messages import OUT_OF_SCOPE, SMALL_TALK, is_declined, is_right

if TYPE_CHECKING:
    from charley.rasa.assistant import Assistant, Turn

HERE = Path(__file__).parent


def rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kinds(turn: Turn) -> set[str]:
    return {reply["metadata"]["kind"] for reply in turn.replies}


@pytest.mark.parametrize("name", ["intents.csv", "several.csv", "questions.csv", "out_of_scope.csv"])
def test_no_message_stands_twice(name: str) -> None:
    texts = [row["text"].lower() for row in rows(name)]
    assert len(set(texts)) == len(texts)


async def test_intents_are_understood(assistant: Assistant) -> None:
    right, answered = Counter[str](), Counter[bool]()
    for row in rows("intents.csv"):
        turn = await assistant.turn(uuid4().hex, row["text"])
        assert turn.intent is not None
        right[row["intent"]] += turn.intent["name"] == row["intent"]
        if row["intent"] not in OUT_OF_SCOPE | SMALL_TALK:
            answered[bool(kinds(turn) & {"answer", "care"})] += 1
    accuracy = right.total() / len(rows("intents.csv"))
    print(f"\nintents right {right.total()} of {len(rows('intents.csv'))} ({accuracy:.1%})")
    print(f"in-scope questions answered {answered[True]} of {answered.total()}")
    assert accuracy >= 0.90
    assert answered[True] / answered.total() >= 0.95


@pytest.mark.parametrize(("intent", "floor"), [("out_of_scope", 0.88), ("out_of_scope_health", 0.75)])
async def test_what_is_out_of_scope_is_declined(assistant: Assistant, intent: str, floor: float) -> None:
    declined = Counter[bool]()
    for row in [*rows("intents.csv"), *rows("out_of_scope.csv")]:
        if row["intent"] == intent:
            turn = await assistant.turn(uuid4().hex, row["text"])
            declined[is_declined(turn.replies)] += 1
    print(f"\n{intent} declined {declined[True]} of {declined.total()}")
    assert declined[True] / declined.total() >= floor


@pytest.mark.parametrize("typed", ["as written", "with typos"])
async def test_questions_are_answered_with_a_right_fact(assistant: Assistant, typed: str) -> None:
    tests = messages.read("questions.csv")
    right = await rightly_answered(assistant, with_typos(tests) if typed == "with typos" else tests)
    print(f"\nquestions answered with a right fact, {typed}: {right[True]} of {right.total()}")
    assert right[True] / right.total() >= 0.7


async def test_follow_ups_are_answered_with_a_right_fact(assistant: Assistant) -> None:
    right = await rightly_followed(assistant, messages.read("talks.csv"))
    print(f"\nfollow-ups answered with a right fact: {right[True]} of {right.total()}")
    assert right[True] / right.total() >= 0.6


async def rightly_answered(assistant: Assistant, tests: Sequence[messages.Test]) -> Counter[bool]:
    """How many of these, each asked by itself, got a right fact, and how many did not."""
    right, facts = Counter[bool](), load_table().facts
    for test in tests:
        right[is_right(test, (await assistant.turn(uuid4().hex, test.text)).replies, facts)] += 1
    return right


async def rightly_followed(assistant: Assistant, tests: Sequence[messages.Test]) -> Counter[bool]:
    """The same of the later turns of talks."""
    right, senders, facts = Counter[bool](), dict[str, str](), load_table().facts
    for test in tests:
        assert test.talk is not None
        opened = test.talk in senders
        turn = await assistant.turn(senders.setdefault(test.talk, uuid4().hex), test.text)
        if opened:
            right[is_right(test, turn.replies, facts)] += 1
    return right


async def test_several_questions_of_one_message_are_told_apart(assistant: Assistant) -> None:
    """And one question is not taken for several."""
    whole, found, asked, single = Counter[bool](), 0, 0, Counter[bool]()
    for row in rows("several.csv"):
        parsed = await assistant.parse(row["text"])
        wanted = row["asks"].split()
        seen = [
            part["intent"]
            for part in parsed.get("questions") or [parsed["intent"] | {"intent": parsed["intent"]["name"]}]
        ]
        if len(wanted) > 1:
            whole[seen == wanted] += 1
            found, asked = found + len(set(seen) & set(wanted)), asked + len(wanted)
        else:
            single[len(seen) == 1] += 1
    print(
        f"\nof messages that ask several things, understood whole and in order: {whole[True]} of {whole.total()}"
    )
    print(f"of their questions understood: {found} of {asked}")
    print(f"of messages that ask one thing, not split: {single[True]} of {single.total()}")
    assert found / asked >= 0.6
    assert single[True] / single.total() >= 0.9
