"""A turn that hangs goes on after its person was answered: what it may not do meanwhile, and later."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest
from aiohttp import web
from rasa.shared.core.events import SlotSet, UserUttered

from charley.rasa.assistant import ANSWER_SECONDS, Assistant
from charley.rasa.channel import Turns
from charley.rasa.widget.history import FEEDBACK
from tests.rasa.faults.world import QUESTION, UNAVAILABLE, action_server

NOTHING = {"events": [], "responses": []}


class Hanging:
    """An action that answers when it is let go."""

    def __init__(self) -> None:
        self.go, self.called = asyncio.Event(), asyncio.Event()

    async def __call__(self, _: web.Request) -> web.Response:
        self.called.set()
        await self.go.wait()
        return web.json_response(NOTHING)


async def messages(assistant: Assistant, sender: str) -> list[str | None]:
    return [event.message_id for event in await assistant.events(sender) if isinstance(event, UserUttered)]


@pytest.fixture(autouse=True)
async def no_connection_is_kept(faulty: Assistant) -> None:
    """Of the test before, whose action server is gone."""
    await faulty.close()


@pytest.mark.parametrize("ids", [("m1", "m2"), (None, None)], ids=str)
async def test_what_is_forgotten_stays_so_when_its_turns_end(
    ids: tuple[str | None, str | None], faulty: Assistant, action_port: int
) -> None:
    sender, hanging = uuid4().hex, Hanging()
    async with action_server(action_port, hanging):
        (first,) = await faulty.reply(sender, QUESTION, ids[0])
        await faulty.reply(sender, QUESTION, ids[1])
        assert first["text"].startswith(UNAVAILABLE)
        last_words = await Turns(faulty).forget(sender, {})
        assert last_words
        hanging.go.set()
        await faulty.reply(uuid4().hex, "hi")  # a turn of someone else: the hanging one has had its time
        assert not await faulty.events(sender)


async def test_a_message_sent_again_while_it_hangs_is_taken_once(faulty: Assistant, action_port: int) -> None:
    sender, hanging = uuid4().hex, Hanging()
    async with action_server(action_port, hanging):
        await faulty.reply(sender, QUESTION, "m1")
        again = asyncio.create_task(faulty.reply(sender, QUESTION, "m1"))
        await asyncio.sleep(0)
        hanging.go.set()
        await again
        await faulty.reply(sender, QUESTION, "m1")
        assert await messages(faulty, sender) == ["m1"]


async def test_a_thumb_waits_for_the_turn_under_way(faulty: Assistant, action_port: int) -> None:
    sender, hanging = uuid4().hex, Hanging()
    mark = {"id": "m0", "index": 0, "value": "up"}
    async with action_server(action_port, hanging):
        await faulty.reply(sender, "hi", "m0")
        turn = asyncio.create_task(faulty.reply(sender, QUESTION, "m1"))
        await asyncio.wait_for(hanging.called.wait(), ANSWER_SECONDS)
        note = asyncio.create_task(faulty.note(sender, FEEDBACK, mark))
        await asyncio.sleep(0)
        hanging.go.set()
        await asyncio.gather(turn, note)
    assert await messages(faulty, sender) == ["m0", "m1"]
    kept = [
        event.value
        for event in await faulty.events(sender)
        if isinstance(event, SlotSet) and event.key == FEEDBACK
    ]
    assert kept == [mark]
