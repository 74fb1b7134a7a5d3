"""What is shown of a conversation to who comes back to it."""

from __future__ import annotations

import json

from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered

from charley.rasa.widget.history import FEEDBACK, history

MENU = [{"title": "Relief right now", "payload": "/ask_relief"}]
CHOICES = {
    "question": "signs",
    "multiple": True,
    "options": [{"title": "Chest pain", "value": "chest"}, {"title": "A cold leg", "value": "cold"}],
    "none": "None of these",
}


def person(text: str, message_id: str = "m1") -> Event:
    return UserUttered(text, message_id=message_id)


def charley(text: str, **more: object) -> Event:
    return BotUttered(text, {"buttons": more.get("buttons")}, {"metadata": more.get("metadata") or {}})


def pressed(*values: str) -> str:
    return "/answer_check_up" + json.dumps({"question": "signs", "values": values})


def texts(*events: Event) -> list[str]:
    return [e["text"] for e in history("me", events) if e["from"] == "person"]


def test_messages_come_in_order_with_the_message_they_answer() -> None:
    told = history(
        "me",
        [
            ActionExecuted("action_listen"),
            person("hi"),
            charley("a"),
            charley("b"),
            person("yo", "m2"),
            charley("c"),
        ],
    )
    assert [(e["from"], e["id"], e.get("index")) for e in told] == [
        ("person", "m1", None),
        ("charley", "m1", 0),
        ("charley", "m1", 1),
        ("person", "m2", None),
        ("charley", "m2", 0),
    ]
    assert [e["reply"]["text"] for e in told if e["from"] == "charley"] == ["a", "b", "c"]


def test_a_pressed_button_is_shown_as_it_was_read() -> None:
    assert texts(charley("hi", buttons=MENU), person("/ask_relief")) == ["Relief right now"]


def test_chosen_options_are_shown_by_their_titles() -> None:
    question = charley("?", metadata={"choices": CHOICES})
    assert texts(question, person(pressed("chest", "cold"))) == ["Chest pain, A cold leg"]
    assert texts(question, person(pressed())) == ["None of these"]


def test_no_payload_is_ever_shown() -> None:
    for payload in ("/ask_relief", "/ask_role{broken", pressed("unheard_of"), '/ask_role{"subject": "zinc"}'):
        (shown,) = texts(person(payload))
        assert "/" not in shown
        assert "{" not in shown


def test_the_last_thumb_counts() -> None:
    def thumb(value: str | None) -> Event:
        return SlotSet(FEEDBACK, {"id": "m1", "index": 0, "value": value})

    events = [person("hi"), charley("a"), charley("b"), thumb("down"), thumb("up")]
    assert [e.get("thumb") for e in history("me", events)] == [None, "up", None]
