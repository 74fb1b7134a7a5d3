"""Without what fills in the responses people still get help."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from charley.rasa.assistant import Assistant
from tests.rasa.faults.world import (
    CANARY,
    CRISIS,
    DOCTOR,
    EMERGENCY,
    OPENINGS,
    QUESTION,
    Overheard,
    ask,
    names_an_emergency_number,
    text,
)


@pytest.fixture
def speechless(faulty: Assistant, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    """An assistant whose generator of responses raises, with the message in its error."""

    async def generate(response: str, tracker: Any, *_: Any, **__: Any) -> None:
        message = tracker.latest_message
        raise RuntimeError(f"can not say {response} to {message and message.text}")

    monkeypatch.setattr(faulty._agent.nlg, "generate", generate)
    return faulty


@pytest.mark.parametrize(
    "message", [QUESTION, "hello", "", "/", None, {"payload": "/ask_causes", "title": "x"}]
)
async def test_without_its_generator_every_turn_gets_an_emergency_number_or_a_notice(
    message: Any, speechless: Assistant
) -> None:
    replies = await speechless.reply(uuid4().hex, message)
    assert text(replies).strip()
    assert "{" not in text(replies)
    if message and message != "/":
        assert names_an_emergency_number(replies)


@pytest.mark.parametrize("report", OPENINGS)
async def test_without_its_generator_a_report_gets_its_care_reply(report: str, speechless: Assistant) -> None:
    replies = await ask(speechless, report)
    assert replies[0]["text"].startswith(OPENINGS[report])
    assert names_an_emergency_number(replies)
    assert "{" not in text(replies)


@pytest.mark.parametrize(
    ("message", "response", "opening"),
    [
        (EMERGENCY, "utter_care_emergency", OPENINGS[EMERGENCY]),
        (CRISIS, "utter_care_crisis", OPENINGS[CRISIS]),
        (f"my calf has been cramping for three weeks, {QUESTION}", "utter_care_see_doctor", OPENINGS[DOCTOR]),
    ],
    ids=["emergency", "crisis", "doctor, and a question"],
)
async def test_a_care_reply_that_can_not_be_generated_is_said_as_it_stands(
    message: str, response: str, opening: str, faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = faulty._agent.nlg.generate

    async def fails_once(name: str, *rest: Any, **more: Any) -> Any:
        if name == response:
            raise RuntimeError("no")
        return await generate(name, *rest, **more)

    monkeypatch.setattr(faulty._agent.nlg, "generate", fails_once)
    replies = await ask(faulty, message)
    assert any(reply["text"].startswith(opening) for reply in replies)


async def test_without_what_fills_them_in_the_care_replies_are_whole(
    faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise RuntimeError("no model")

    monkeypatch.setattr("charley.rasa.responses.knowledge_at_hand", fails)
    (reply,) = await ask(faulty, EMERGENCY)
    assert reply["text"].startswith(OPENINGS[EMERGENCY])
    assert reply["metadata"]["care_level"] == "emergency"


async def test_a_generator_that_fails_lets_out_nothing_of_what_was_said(
    speechless: Assistant, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = [reply for message in (QUESTION, EMERGENCY) for reply in await ask(speechless, message)]
    monkeypatch.undo()
    others = await ask(speechless, "hello")
    assert CANARY not in text([*own, *others]).lower()
    assert CANARY not in overheard.all_of_it().lower()
