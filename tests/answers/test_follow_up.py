"""What a message means through what was said right before it."""

from __future__ import annotations

from typing import Any

import pytest

from charley.answers.follow_up import chosen, failed_before, offered, place
from charley.answers.reply import Button

MENU = [
    Button("Relief right now", "/ask_relief"),
    Button("What causes cramps?", "/ask_causes"),
    Button("Prevent the next one", "/ask_prevention"),
]


def user(text: str = "words") -> dict[str, Any]:
    return {"event": "user", "text": text}


def bot(kind: str, buttons: list[Button] | None = None, **metadata: Any) -> dict[str, Any]:
    return {
        "event": "bot",
        "data": {"buttons": [button.as_dict() for button in buttons or []]},
        "metadata": {"metadata": {"kind": kind, **metadata}},  # as Rasa keeps it
    }


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("which foods have the second one?", 1),
        ("tell me more about the first", 0),
        ("The latter.", -1),
        ("and the last one, does it help", -1),
        ("the former?", 0),
        ("what is the third thing", 2),
    ],
)
def test_a_place_in_a_list_is_read(text: str, index: int) -> None:
    assert place(text) == index


@pytest.mark.parametrize(
    "text",
    [
        "it came last night",
        "the second time this week",
        "first I stretched",
        "the last cramp was bad",
        "at first",
    ],
)
def test_other_uses_of_such_words_are_no_place(text: str) -> None:
    assert place(text) is None


@pytest.mark.parametrize(
    ("text", "payload"),
    [
        ("the second one", "/ask_causes"),
        ("2", "/ask_causes"),
        ("number three please", "/ask_prevention"),
        ("first", "/ask_relief"),
        ("the last one", "/ask_prevention"),
        ("1st option", "/ask_relief"),
        ("ok the first one!", "/ask_relief"),
        ("what causes cramps", "/ask_causes"),
        ("Relief right now.", "/ask_relief"),
    ],
)
def test_a_button_is_picked_by_its_place_or_its_title(text: str, payload: str) -> None:
    assert chosen(text, MENU) == payload


@pytest.mark.parametrize(
    "text", ["the second one hurts", "4", "my calf", "one leg", "2 weeks", "third degree", ""]
)
def test_what_says_more_picks_nothing(text: str) -> None:
    assert chosen(text, MENU) is None


def test_nothing_is_picked_where_nothing_is_offered() -> None:
    assert chosen("the first one", []) is None
    assert chosen("the last one", []) is None
    assert chosen("the third one", MENU[:2]) is None
    assert chosen("1", MENU[:1]) is None, "one is no choice"


def test_the_buttons_of_the_last_message_are_offered() -> None:
    assert offered([user(), bot("care", MENU[:1]), bot("answer", MENU[1:]), user()]) == MENU[1:]
    assert offered([user(), bot("care", MENU), bot("answer")]) == []
    assert offered([user()]) == []


def test_a_question_of_the_check_up_reads_its_answers_itself() -> None:
    assert offered([bot("clarify", MENU, choices={"options": []})]) == []


def test_a_failure_right_before_is_seen() -> None:
    assert failed_before([user(), bot("fallback"), user()])
    assert failed_before([user(), bot("clarify"), user(), bot("care")])
    assert failed_before([user(), bot("care"), bot("fallback"), user()])


def test_an_answer_in_between_ends_the_row() -> None:
    assert not failed_before([user(), bot("fallback"), user(), bot("answer"), user()])
    assert not failed_before([user(), bot("answer"), bot("clarify"), user()])
    assert not failed_before([user(), bot("decline"), user()])
    assert not failed_before([user()])
    assert not failed_before([])


def test_of_things_compared_a_place_means_one_of_these() -> None:
    compared = ["magnesium", "potassium"]
    assert chosen("the second one", MENU, compared) == '/inform_subject{"subject": "potassium"}'
    assert chosen("the third one", MENU, compared) is None
    assert chosen("what causes cramps", MENU, compared) == "/ask_causes"
    assert chosen("the second one", MENU, compared[:1]) == "/ask_causes"
