"""A component that raises or does nothing takes no care reply away."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from charley.rasa.assistant import Assistant, GuardMissing
from tests.rasa.faults.world import (
    CANARY,
    COMPONENTS,
    EMERGENCY,
    LINE,
    OPENINGS,
    QUESTION,
    UNAVAILABLE,
    UNREAD,
    Overheard,
    ask,
    does_nothing,
    fails_aloud,
    names_an_emergency_number,
    node,
    text,
)


@pytest.fixture(params=COMPONENTS)
def broken(request: pytest.FixtureRequest, faulty: Assistant, monkeypatch: pytest.MonkeyPatch) -> Assistant:
    """An assistant with one component of its pipeline that raises, with the message in its error."""
    monkeypatch.setattr(node(faulty._agent, request.param), "_fn", fails_aloud)
    return faulty


async def test_with_a_broken_component_a_question_gets_the_emergency_line(broken: Assistant) -> None:
    (reply,) = await ask(broken, QUESTION)
    assert reply["text"].startswith(UNAVAILABLE)
    assert LINE in reply["text"]


@pytest.mark.parametrize("report", OPENINGS)
async def test_with_a_broken_component_a_report_gets_its_care_reply(report: str, broken: Assistant) -> None:
    care, more = await ask(broken, report)
    assert care["text"].startswith(OPENINGS[report])
    assert more["text"].startswith(UNAVAILABLE)


async def test_a_broken_component_lets_out_nothing_of_what_was_said(
    broken: Assistant, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = [reply for message in (QUESTION, EMERGENCY) for reply in await ask(broken, message)]
    monkeypatch.undo()
    others = await ask(broken, "hello")
    assert CANARY not in text([*own, *others]).lower()
    assert CANARY not in overheard.all_of_it().lower()


async def test_after_a_component_recovered_the_person_is_answered_again(
    faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = uuid4().hex
    with monkeypatch.context() as patch:
        patch.setattr(node(faulty._agent, "MessageReader"), "_fn", fails_aloud)
        await ask(faulty, "hello", sender)
    (reply,) = await ask(faulty, "hello", sender)
    assert reply["text"].startswith("Hi, I am Charley")


@pytest.mark.parametrize("message", ["hello", "how do i stop a cramp?", "i have chest pain"])
async def test_a_message_that_was_not_checked_for_danger_is_first_told_so(
    message: str, faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node(faulty._agent, "CareGuardComponent"), "_fn", does_nothing)
    replies = await ask(faulty, message)
    assert replies[0]["text"].startswith(UNREAD)
    assert names_an_emergency_number(replies[:1])


async def test_a_model_with_a_working_guard_may_talk(faulty: Assistant) -> None:
    await faulty.check()


@pytest.mark.parametrize(
    "care",
    [
        None,
        {},
        {"ok": False, "level": "emergency"},
        {"ok": True, "level": "none"},
        {"ok": True, "level": "see_doctor"},
        {"ok": True},
    ],
    ids=str,
)
async def test_a_model_whose_guard_misses_a_plain_emergency_is_refused(
    care: dict[str, Any] | None, faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def passes_on(component: Any, messages: list[Any]) -> list[Any]:
        for message in messages:
            message.set("care", care, add_to_output=True)
        return messages

    monkeypatch.setattr(node(faulty._agent, "CareGuardComponent"), "_fn", passes_on)
    with pytest.raises(GuardMissing):
        await faulty.check()


async def test_a_model_without_a_guard_is_refused(faulty: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node(faulty._agent, "CareGuardComponent"), "_fn", does_nothing)
    with pytest.raises(GuardMissing):
        await faulty.check()


@pytest.mark.parametrize("name", COMPONENTS)
async def test_a_model_whose_pipeline_fails_is_refused_without_its_error(
    name: str, faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node(faulty._agent, name), "_fn", fails_aloud)
    with pytest.raises(GuardMissing) as refused:
        await faulty.check()
    assert "chest pain" not in str(refused.value)
    assert refused.value.__suppress_context__
