"""Which messages come into the inbox, why, and what goes together."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from charley.facts import load_table
from charley.reading.encoder import sentence_encoder
from charley.trainers.inbox import Reason, incoming
from charley.trainers.inbox.incoming import says_again
from charley.trainers.talks import Exchange, Talk
from tests.trainers.inbox.conftest import Talks

NOON = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
FINE = Exchange(
    "how do i stop a cramp",
    None,
    "ask_relief",
    0.98,
    (),
    ("leg_cramps",),
    "none",
    ("answer",),
    (),
    (),
    NOON,
    None,
)


def reasons(*turns: Exchange) -> list[frozenset[Reason]]:
    return [each.reasons for each in incoming([Talk("one", turns)], load_table())]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"kinds": ("decline",)}, Reason.DECLINED),
        ({"kinds": ("fallback",)}, Reason.NOT_UNDERSTOOD),
        ({"kinds": ("care", "clarify")}, Reason.ASKED_BACK),
        ({"confidence": 0.74}, Reason.UNSURE),
        ({"thumb": "down"}, Reason.THUMB_DOWN),
        ({"subjects": ("zinc",)}, Reason.GAP),
    ],
)
def test_what_went_wrong_comes_in_with_the_reason(change: dict[str, object], why: Reason) -> None:
    assert reasons(replace(FINE, **change)) == [frozenset({why})]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"thumb": "up"},
        {"confidence": 0.75},
        {"kinds": ("smalltalk",), "confidence": 0.3},
        {"kinds": ("decline",), "pressed": "/ask_relief"},
        {"kinds": ("fallback",), "intent": "not_english"},
    ],
)
def test_what_went_well_or_teaches_nothing_stays_out(change: dict[str, object]) -> None:
    assert reasons(replace(FINE, **change)) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "after", "again"),
    [
        ("what stops a calf cramp", "how do i make a cramp in my calf go away", True),
        ("is quinine banned", "are doctors still allowed to give quinine", True),
        ("do i need a blood test", "should my doctor check my blood", True),
        ("why do i get cramps", "how long do they last", False),
        ("is salt good", "how much water should i drink", False),
        ("thanks", "what stops a calf cramp", False),
    ],
)
def test_who_was_not_helped_says_nearly_the_same_again(one: str, after: str, again: bool) -> None:
    first = replace(FINE, said=one, confidence=0.5)
    second = replace(FINE, said=after, at=NOON + timedelta(seconds=40))
    vectors = {text: sentence_encoder().encode(text) for text in (one, after)}
    assert says_again(first, second, vectors) is again


@pytest.mark.parametrize(
    "change",
    [
        {"at": NOON + timedelta(minutes=6)},
        {"subjects": ("calcium",)},
        {"pressed": "/ask_relief"},
        {"intent": "ask_prevention", "confidence": 0.9},
    ],
    ids=["later", "another subject", "a button", "another question"],
)
def test_a_question_of_its_own_is_no_second_try(change: dict[str, object]) -> None:
    first = replace(FINE, subjects=("magnesium",))
    second = replace(first, at=NOON + timedelta(seconds=40))
    vectors = {FINE.said: sentence_encoder().encode(FINE.said)}
    assert says_again(first, second, vectors)
    assert not says_again(first, replace(second, **change), vectors)  # type: ignore[arg-type]


def test_said_again_what_was_understood_then_is_proposed(talks: Talks, trainer: Path) -> None:
    first = replace(FINE, said="what stops a calf cramp", intent="out_of_scope", kinds=("decline",))
    second = replace(
        FINE,
        said="how do i make a cramp in my calf go away",
        intent="ask_prevention",  # not what Charley itself would make of the first
        at=NOON + timedelta(seconds=40),
    )
    (group,) = talks.inbox(trainer, talks=[Talk("one", [first, second])])
    assert dict(group.reasons) == {Reason.DECLINED: 1, Reason.SAID_AGAIN: 1}
    assert group.proposal.intent == "ask_prevention"
    assert group.proposal.others[0][0] == "ask_relief"


def test_a_real_talk_comes_in_with_what_charley_proposes(talks: Talks, trainer: Path) -> None:
    talks.say("does zinc stop leg cramps")
    (group,) = talks.inbox(trainer)
    assert Reason.GAP in dict(group.reasons)
    assert group.proposal.intent is not None
    assert group.proposal.confidence > 0.3
    assert all(fact.statement for fact in group.proposal.facts)


def test_alike_messages_make_one_group_and_others_do_not(talks: Talks, trainer: Path) -> None:
    for text in (
        "does zinc stop leg cramps",
        "does zinc help with leg cramps",
        "is zinc useful against leg cramps",
    ):
        talks.say(text)
    talks.say("recommend me a thriller on netflix")
    talks.say("recommend me a thriller on netflix")
    groups = talks.inbox(trainer)
    assert sorted(group.count for group in groups) == [2, 3]
    assert groups[0].count == 3
    assert len(groups[0].items) == 3


def test_only_what_came_for_a_reason_asked_for_is_shown(talks: Talks, trainer: Path) -> None:
    talks.say("does zinc stop leg cramps")
    talks.say("recommend me a thriller on netflix")
    (group,) = talks.inbox(trainer, reasons=[Reason.GAP])
    assert "zinc" in group.text


def test_what_was_deleted_is_not_in_the_inbox(talks: Talks, trainer: Path) -> None:
    talks.say("recommend me a thriller on netflix", "forget this chat")
    assert talks.inbox(trainer) == []
