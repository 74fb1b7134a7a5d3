"""What arrives in RabbitMQ: that something happened, in order, also after it was away; never what was said."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
import pytest_asyncio

from charley.rasa.retention import DAYS
from charley.rasa.services.events import MOST_DAYS, QUEUE
from tests.deploy.world import BACK_SECONDS, Cluster, Person

pytestmark = pytest.mark.timeout(900)  # the first test waits for the servers


class Reader:
    """Takes all that comes."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.expirations: set[float] = set()
        self._news = asyncio.Event()

    async def take(self, message: Any) -> None:
        async with message.process():
            self.bodies.append(message.body)
            self.expirations.add(message.expiration)
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


async def test_rabbitmq_keeps_an_event_no_longer_than_its_talk_is_kept(
    reader: Reader, person: Person
) -> None:
    await person.say("hello")
    await reader.users(1)
    assert reader.expirations == {DAYS * 86_400}


@pytest.mark.parametrize("seconds", [1, MOST_DAYS * 86_400])
async def test_rabbitmq_takes_the_time_that_it_is_told(several: Cluster, seconds: int) -> None:
    """And deletes what is past it: the longer one is there still, when the shorter is gone."""
    connection = await aio_pika.connect(several.rabbit.url_at(several.rabbit.port))
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue(exclusive=True)
        await channel.default_exchange.publish(aio_pika.Message(b"", expiration=seconds), queue.name)

        async def left() -> int:
            return int(
                (await channel.declare_queue(queue.name, passive=True)).declaration_result.message_count
            )

        if seconds == 1:
            end = time.monotonic() + BACK_SECONDS
            while await left():
                assert time.monotonic() < end
                await asyncio.sleep(0.1)
        else:
            assert await left() == 1


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
