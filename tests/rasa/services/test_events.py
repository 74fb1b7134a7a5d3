"""What a reader of the queue may see."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, BotUttered, EntitiesAdded, Event, SlotSet, UserUttered

from charley.rasa.services.addresses import AddressError
from charley.rasa.services.events import CONTENT, wants_text, without_text

CANARY = "quetzalcoatlus"
EVENTS: list[Event] = [
    UserUttered(
        f"zinc, says {CANARY}",
        intent={"name": "ask_foods", "confidence": 0.9},
        entities=[{"entity": "subject", "value": CANARY}],
        metadata={"country": CANARY},
    ),
    EntitiesAdded([{"entity": "subject", "value": CANARY}]),
    SlotSet("last_subjects", [CANARY]),
    BotUttered(
        CANARY,
        {"buttons": [{"title": CANARY}]},
        {"kind": "answer", "care_level": "none", "fact_ids": [CANARY]},
    ),
    ActionExecuted("action_answer", action_text=CANARY),
]


def published(event: Event) -> dict[str, Any]:
    return without_text({"sender_id": "rest-abc", **event.as_dict()})


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type_name)
def test_no_event_holds_what_was_said_or_of_what(event: Event) -> None:
    assert CANARY in json.dumps(event.as_dict())
    assert CANARY not in json.dumps(published(event))
    assert published(event)["sender_id"] == "rest-abc"
    assert published(event)["event"] == event.type_name


def test_a_message_says_what_it_was_taken_for_and_a_reply_its_kind() -> None:
    assert published(EVENTS[0])["intent"] == "ask_foods"
    assert published(EVENTS[3])["kind"] == "answer"
    assert published(EVENTS[3])["care_level"] == "none"


@pytest.mark.parametrize(("value", "wanted"), [("", False), ("without-text", False), ("with-text", True)])
def test_text_is_published_only_on_demand(value: str, wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONTENT, value)
    assert wants_text() is wanted


def test_any_other_demand_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CONTENT, "yes")
    with pytest.raises(AddressError, match="with-text"):
        wants_text()
