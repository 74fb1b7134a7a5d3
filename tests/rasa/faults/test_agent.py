"""An agent that raises, hangs or says nothing is answered for."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from charley.rasa.assistant import Assistant

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which collecting tests must not wait for
    from rasa.core.channels.channel import UserMessage

from tests.rasa.faults.world import (
    CANARY,
    EMERGENCY,
    LINE,
    OPENINGS,
    QUESTION,
    UNAVAILABLE,
    Overheard,
    ask,
    names_an_emergency_number,
    text,
)


async def hangs(message: UserMessage) -> None:
    await asyncio.Event().wait()


async def raises(message: UserMessage) -> None:
    raise RuntimeError(f"can not handle {message.text}")


async def is_cancelled(message: UserMessage) -> None:
    raise asyncio.CancelledError


async def says_nothing(message: UserMessage) -> None:
    return None


AGENTS = [hangs, raises, is_cancelled, says_nothing]
by_name = {"ids": lambda handler: handler.__name__}


@pytest.fixture(scope="module")
def hasty(faulty: Assistant) -> Assistant:
    """The same, but with a limit that a test can wait for."""
    return Assistant(faulty._agent, seconds=0.2)


@pytest.mark.parametrize("handler", AGENTS, **by_name)
async def test_an_agent_that_fails_leaves_a_question_with_the_emergency_line(
    handler: Any, hasty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hasty._agent, "handle_message", handler)
    (reply,) = await ask(hasty, QUESTION)
    assert reply["text"].startswith(UNAVAILABLE)
    assert LINE in reply["text"]


@pytest.mark.parametrize("handler", AGENTS, **by_name)
@pytest.mark.parametrize("report", OPENINGS)
async def test_an_agent_that_fails_leaves_a_report_with_its_care_reply(
    report: str, handler: Any, hasty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hasty._agent, "handle_message", handler)
    care, more = await ask(hasty, report)
    assert care["text"].startswith(OPENINGS[report])
    assert more["text"].startswith(UNAVAILABLE)
    assert names_an_emergency_number([care, more])


@pytest.mark.parametrize("handler", AGENTS, **by_name)
async def test_an_agent_that_fails_leaves_a_pressed_danger_with_its_care_reply(
    handler: Any, hasty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hasty._agent, "handle_message", handler)
    payload = '/answer_check_up{"question": "signs", "values": ["fever", "chest_or_breath"]}'
    care, more = await hasty.reply(uuid4().hex, {"payload": payload, "title": "pressed"})
    assert care["text"].startswith(OPENINGS[EMERGENCY])
    assert more["text"].startswith(UNAVAILABLE)


async def test_a_guard_of_the_channel_that_fails_takes_no_answer_away(
    faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(reading: Any) -> None:
        raise UnicodeEncodeError("utf-8", CANARY, 0, 1, "surrogates not allowed")

    monkeypatch.setattr(faulty._rescue._guard, "read", fails)
    (reply,) = await ask(faulty, "hello")
    assert reply["metadata"]["kind"] == "smalltalk"


@pytest.mark.parametrize("text", ["hello \ud83d", "\ud83d chest pain and can not breathe"])
async def test_half_an_emoji_is_no_fault(text: str, faulty: Assistant) -> None:
    replies = await ask(faulty, text)
    assert UNAVAILABLE not in replies[0]["text"]


async def test_an_agent_that_hangs_is_left_after_five_seconds(
    faulty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(faulty._agent, "handle_message", hangs)
    replies = await ask(faulty, EMERGENCY)
    assert replies[0]["text"].startswith(OPENINGS[EMERGENCY])


async def test_what_was_said_before_the_agent_hung_is_not_lost_nor_said_twice(
    hasty: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def says_and_hangs(message: UserMessage) -> None:
        care = {"text": "Call now.", "metadata": {"kind": "care"}}
        await message.output_channel.send_response(message.sender_id, care)
        await asyncio.Event().wait()

    monkeypatch.setattr(hasty._agent, "handle_message", says_and_hangs)
    first, last = await ask(hasty, EMERGENCY)
    assert first["text"] == "Call now."
    assert last["text"].startswith(UNAVAILABLE)


@pytest.mark.parametrize("handler", [hangs, raises, says_nothing], **by_name)
async def test_an_agent_that_fails_lets_out_nothing_of_what_was_said(
    handler: Any, hasty: Assistant, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(hasty._agent, "handle_message", handler)
        own = [reply for message in (QUESTION, EMERGENCY) for reply in await ask(hasty, message)]
    others = await ask(Assistant(hasty._agent), "hello")
    assert CANARY not in text([*own, *others]).lower()
    assert CANARY not in overheard.all_of_it().lower()


async def test_an_agent_that_fails_after_it_was_given_up_lets_out_nothing_either(
    hasty: Assistant, overheard: Overheard, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_up, failed = asyncio.Event(), asyncio.Event()

    async def fails_late(message: UserMessage) -> None:
        await given_up.wait()
        failed.set()
        raise RuntimeError(f"can not handle {message.text}")

    monkeypatch.setattr(hasty._agent, "handle_message", fails_late)
    await ask(hasty, QUESTION)
    given_up.set()
    await failed.wait()
    await asyncio.sleep(0)  # the task ends
    gc.collect()  # asyncio tells of a failure that nobody looked at when its task goes
    assert CANARY not in overheard.all_of_it().lower()
