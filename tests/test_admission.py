"""What may go on to Rasa, and why the rest is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from charley.admission import MAX_CHARACTERS, Admitted, Buttons, Refusal, admit

BUTTONS = Buttons.of(
    ["ask_relief", "ask_more", "answer_check_up"],
    ["magnesium", "leg_cramps"],
    ["statin", "water_tablet"],
    ["signs"],
)


def pressed(payload: Any) -> dict[str, Any]:
    return {"payload": payload, "title": "A button"}


@pytest.mark.parametrize(
    "text",
    ["how do I stop a cramp?", "\U0001f9b5 hurts", "Wadenkrämpfe", "\U0001f468\u200d\U0001f469 hi", "?"],
)
def test_a_typed_message_is_let_in_as_written(text: str) -> None:
    assert admit(text, BUTTONS) == Admitted(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [("  hello \n", "hello"), ("a\tb\nc", "a b. c"), ("/restart", "restart"), ("//ask_more", "ask_more")],
)
def test_a_typed_message_is_tidied(text: str, read: str) -> None:
    assert admit(text, BUTTONS) == Admitted(read)


@pytest.mark.parametrize(
    "text", ["/ask_relief", " /ask_relief", '/ask_relief{"subject": "magnesium"}', "\x1f/x y z a b"]
)
def test_a_typed_slash_never_makes_a_payload(text: str) -> None:
    admitted = admit(text, BUTTONS)
    assert isinstance(admitted, Admitted)
    assert not admitted.text.startswith("/")


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "/", " // ", "\u200b"])
def test_an_empty_message_is_refused(text: str) -> None:
    assert admit(text, BUTTONS) is Refusal.EMPTY


def test_a_message_of_a_thousand_characters_is_let_in_and_one_more_is_too_long() -> None:
    assert admit("a" * MAX_CHARACTERS, BUTTONS) == Admitted("a" * MAX_CHARACTERS)
    assert admit("a" * (MAX_CHARACTERS + 1), BUTTONS) is Refusal.TOO_LONG


@pytest.mark.parametrize(
    "text", ["hello\x00", "\x01\x02\x03", "\ufffd\ufffd hello", "\ud800\udc00", "\ue000 abc"]
)
def test_binary_is_refused(text: str) -> None:
    assert admit(text, BUTTONS) is Refusal.UNREADABLE


def test_a_stray_control_character_becomes_a_space() -> None:
    assert admit("how do I stop\x07a cramp", BUTTONS) == Admitted("how do I stop a cramp")


@pytest.mark.parametrize("turn", [None, 5, True, ["hello"], b"hello"])
def test_what_is_neither_typed_nor_pressed_is_refused(turn: Any) -> None:
    assert admit(turn, BUTTONS) is Refusal.UNREADABLE


@pytest.mark.parametrize(
    "payload",
    [
        "/ask_more",
        "/ask_relief",
        '/ask_relief{"subject": "magnesium"}',
        '/ask_more{"subject":"leg_cramps"}',
        '/answer_check_up{"values": []}',
        '/answer_check_up{"question": "signs", "values": []}',
        '/answer_check_up{"values": ["statin"]}',
        '/answer_check_up{"values": ["statin", "water_tablet"]}',
    ],
)
def test_a_button_that_charley_offers_is_let_in(payload: str) -> None:
    assert admit(pressed(payload), BUTTONS) == Admitted(payload)


@pytest.mark.parametrize(
    "payload",
    [
        "/restart",
        "/session_start",
        "ask_relief",
        "//ask_relief",
        "/ask_relief ",
        "/ask_relief and more",
        "/ask_relief@0.5",
        "/EXTERNAL: x",
        '/ask_relief{"subject": "moonlight"}',
        '/ask_relief{"subject": 5}',
        '/ask_relief{"subject": null}',
        '/ask_relief{"emergency_number": "1"}',
        '/ask_relief{"subject": "magnesium", "emergency_number": "1"}',
        "/ask_relief{}",
        "/ask_relief{broken}",
        '/ask_relief{"subject": "magnesium"',
        '/answer_check_up{"values": ["moonlight"]}',
        '/answer_check_up{"question": "moonlight", "values": []}',
        '/answer_check_up{"question": ["signs"], "values": []}',
        '/answer_check_up{"question": "signs"}',
        '/answer_check_up["values"]',
        '/answer_check_up{"values": ["statin", "moonlight"]}',
        '/answer_check_up{"values": "statin"}',
        '/answer_check_up{"values": {"statin": 1}}',
        '/answer_check_up{"values": [["statin"]]}',
        '/answer_check_up{"values": [null]}',
        '/answer_check_up{"values": null}',
        '/answer_check_up{"values": ["statin"], "subject": "magnesium"}',
        '/answer_check_up{"subject": "statin"}',
        '/ask_relief{"subject": ["magnesium"]}',
        '/ask_relief{"subject": {}}',
        "/answer_check_up[]",
        "",
        None,
        7,
    ],
)
def test_a_button_that_charley_never_offered_is_refused(payload: Any) -> None:
    assert admit(pressed(payload), BUTTONS) is Refusal.UNKNOWN_BUTTON


def test_without_values_no_answer_is_let_in() -> None:
    plain = Buttons.of(["answer_check_up"], [])
    assert admit(pressed('/answer_check_up{"values": ["statin"]}'), plain) is Refusal.UNKNOWN_BUTTON


def test_a_press_without_a_payload_is_refused() -> None:
    assert admit({"title": "Relief"}, BUTTONS) is Refusal.UNKNOWN_BUTTON


def test_a_very_long_payload_is_refused() -> None:
    padded = "/ask_relief" + json.dumps({"subject": "magnesium"}).replace(" ", " " * MAX_CHARACTERS)
    assert admit(pressed(padded), BUTTONS) is Refusal.UNKNOWN_BUTTON
