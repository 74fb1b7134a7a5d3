"""Without its action server, or with a broken or slow one, help still comes in time."""

from __future__ import annotations

import asyncio
import time
from uuid import uuid4

import pytest

from charley.rasa.assistant import Assistant
from tests.rasa.faults.world import (
    CANARY,
    CRISIS,
    DOCTOR,
    EMERGENCY,
    FAULTS,
    LINE,
    MARGIN,
    OPENINGS,
    QUESTION,
    UNAVAILABLE,
    Overheard,
    action_server,
    ask,
    late,
    names_an_emergency_number,
    text,
)


@pytest.mark.parametrize("fault", FAULTS)
async def test_without_its_actions_a_question_gets_the_emergency_line(
    fault: str, faulty: Assistant, action_port: int
) -> None:
    async with action_server(action_port, FAULTS[fault]):
        replies = await ask(faulty, QUESTION)
    assert [reply["text"].startswith(UNAVAILABLE) for reply in replies] == [True]
    assert LINE in text(replies)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("report", [EMERGENCY, CRISIS])
async def test_without_its_actions_an_emergency_gets_its_care_reply(
    report: str, fault: str, faulty: Assistant, action_port: int
) -> None:
    async with action_server(action_port, FAULTS[fault]):
        replies = await ask(faulty, report)
    assert replies[0]["text"].startswith(OPENINGS[report])
    assert names_an_emergency_number(replies)


@pytest.mark.parametrize("fault", FAULTS)
async def test_without_its_actions_a_report_with_a_question_gets_its_care_reply_first(
    fault: str, faulty: Assistant, action_port: int
) -> None:
    async with action_server(action_port, FAULTS[fault]):
        replies = await ask(faulty, f"my calf has been cramping for three weeks, {QUESTION}")
    assert replies[0]["text"].startswith(OPENINGS[DOCTOR])
    assert replies[-1]["text"].startswith(UNAVAILABLE)


async def test_an_action_server_that_is_ten_seconds_late_is_not_waited_for(
    faulty: Assistant, action_port: int
) -> None:
    async with action_server(action_port, late):
        report, question = await asyncio.gather(
            ask(faulty, f"my calf has been cramping for three weeks, {QUESTION}"), ask(faulty, QUESTION)
        )
    assert report[0]["text"].startswith(OPENINGS[DOCTOR])
    assert report[-1]["text"].startswith(UNAVAILABLE)
    assert question[0]["text"].startswith(UNAVAILABLE)
    assert LINE in text(question)


async def test_an_emergency_does_not_wait_for_a_late_action_server(
    faulty: Assistant, action_port: int
) -> None:
    sender = uuid4().hex
    async with action_server(action_port, late):
        started = time.monotonic()
        replies = await ask(faulty, EMERGENCY, sender)
        assert time.monotonic() - started < MARGIN
    assert replies[0]["text"].startswith(OPENINGS[EMERGENCY])


async def test_who_writes_while_a_late_answer_is_awaited_is_answered_in_time(
    faulty: Assistant, action_port: int
) -> None:
    sender = uuid4().hex
    async with action_server(action_port, late):
        await ask(faulty, QUESTION, sender)
        replies = await ask(faulty, EMERGENCY, sender)
    assert replies[0]["text"].startswith(OPENINGS[EMERGENCY])


@pytest.mark.parametrize("fault", ["dead", "500", "null"])
async def test_what_was_reported_while_the_actions_were_away_stays_reported(
    fault: str, faulty: Assistant, action_port: int
) -> None:
    sender = uuid4().hex
    async with action_server(action_port, FAULTS[fault]):
        await ask(faulty, EMERGENCY, sender)
        replies = await ask(faulty, QUESTION, sender)
    assert replies[0]["text"].startswith("First: from what you told me before")
    assert replies[-1]["text"].startswith(UNAVAILABLE)


@pytest.mark.parametrize("fault", FAULTS)
async def test_small_talk_needs_no_actions(fault: str, faulty: Assistant, action_port: int) -> None:
    async with action_server(action_port, FAULTS[fault]):
        (reply,) = await ask(faulty, "hello")
    assert reply["text"].startswith("Hi, I am Charley")


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_fault_of_the_actions_lets_out_what_was_said(
    fault: str, faulty: Assistant, action_port: int, overheard: Overheard
) -> None:
    async with action_server(action_port, FAULTS[fault]):
        own = [await ask(faulty, message) for message in (QUESTION, EMERGENCY, DOCTOR)]
        others = await ask(faulty, "which foods have calcium?")
    assert CANARY not in text([*others, *(reply for replies in own for reply in replies)]).lower()
    assert CANARY not in overheard.all_of_it().lower()
