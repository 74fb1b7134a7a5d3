"""What arrives in RabbitMQ: that something happened, in order, also after it was away; never what was said."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
import pytest_asyncio

from charley.rasa.services.events import QUEUE
from tests.deploy.world import BACK_SECONDS, Cluster, Person

pytestmark = pytest.mark.timeout(900)  # the first test waits for the servers


class Reader:
    """Takes all that comes."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self._news = asyncio.Event()

    async def take(self, message: Any) -> None:
        async with message.process():
            self.bodies.append(message.body)
            self._news.set()

    async def users(self, count: int) -> list[dict[str, Any]]:
        """The first `count` messages of people, each as it came first: an event may come again."""

        def found() -> list[dict[str, Any]]:
            events = [json.loads(body) for body in self.bodies]
            return list({e["timestamp"]: e for e in reversed(events) if e["event"] == "user"}.values())[::-1]

        async def enough() -> None:
            while len(found()) < count:
                self._news.clear()
                await self._news.wait()

        await asyncio.wait_for(enough(), BACK_SECONDS)
        return found()


@pytest_asyncio.fixture
async def reader(several: Cluster) -> AsyncIterator[Reader]:
    connection = await aio_pika.connect(several.rabbit.url_at(several.rabbit.port))
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(QUEUE, durable=True)
        await queue.purge()
        taking = Reader()
        await queue.consume(taking.take)
        yield taking


async def test_events_tell_what_a_message_was_taken_for_and_nothing_of_it(
    reader: Reader, person: Person
) -> None:
    canary = uuid4().hex
    await person.say(f"which foods have magnesium? asks {canary}")
    (event,) = await reader.users(1)
    assert event["intent"] == "ask_food_sources"
    everything = b"".join(reader.bodies).lower()
    assert canary.encode() not in everything
    assert b"magnesium" not in everything


@pytest.mark.parametrize("mode", ["drop", "hang"])
async def test_what_happens_while_it_is_away_arrives_later_and_in_order(
    mode: str, several: Cluster, reader: Reader, person: Person
) -> None:
    at = f"http://127.0.0.1:{several.workers[0].port}"
    await person.say("hello", at=at)
    await reader.users(1)
    with several.fault("rabbit", mode):
        for _ in range(3):
            await person.say("hello", at=at)
    events = await reader.users(4)
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
