"""People who talk without a pause: a closed loop of so many senders, over REST."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import count
from uuid import uuid4

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from charley.trainers.quality.messages import read

GREETING, THANKS = "hello", "thanks, that helps"
DANGERS = ("i have chest pain and can not breathe", "my calf is swollen, red and hot since a flight")
IN_DANGER = 0.05  # of the talks: what a warning costs is measured too
SINGLE = 2  # questions of their own in a talk, besides the follow-ups
SECONDS = 30  # of patience


@dataclass
class Heard:
    """What came back.

    Attributes:
        seconds: of each message that was answered.
        failed: messages that were not.
        sent, received: bytes of bodies.
    """

    seconds: list[float] = field(default_factory=list)
    failed: int = 0
    sent: int = 0
    received: int = 0


async def talk(url: str, senders: int, seconds: float, heard: Heard, seed: int) -> None:
    """So many senders, each from an address of its own (nginx counts by address), one talk after the other."""
    end = time.monotonic() + seconds
    await asyncio.gather(*(_sender(url, number, end, heard, seed) for number in range(senders)))


async def _sender(url: str, number: int, end: float, heard: Heard, seed: int) -> None:
    connector = TCPConnector(local_addr=(f"127.0.2.{number + 1}", 0))
    async with ClientSession(connector=connector, timeout=ClientTimeout(total=SECONDS)) as session:
        for talk_number in count():
            person = uuid4().hex
            for text in texts(f"{seed} {number} {talk_number}"):
                if time.monotonic() > end:
                    return
                await _say(session, url, {"sender": person, "message": text}, heard)


async def _say(session: ClientSession, url: str, message: dict[str, str], heard: Heard) -> None:
    body = json.dumps({**message, "message_id": uuid4().hex}).encode()
    began = time.perf_counter()
    try:
        async with session.post(
            f"{url}/webhooks/rest/webhook", data=body, headers={"Content-Type": "application/json"}
        ) as answer:
            answer.raise_for_status()
            received = await answer.read()
    except (ClientError, asyncio.TimeoutError):
        heard.failed += 1
        return
    heard.seconds.append(time.perf_counter() - began)
    heard.sent += len(body)
    heard.received += len(received)


def texts(seed: str) -> Iterator[str]:
    """The messages of one talk, the same for the same seed: seven on average.

    A greeting, two messages of any kind that people write (some have nothing to do with cramps), a
    question with its follow-ups, thanks; in one talk of twenty a danger before the thanks.
    """
    dice = random.Random(seed)
    yield GREETING
    yield from dice.sample(_single(), SINGLE)
    yield from dice.choice(_followed())
    if dice.random() < IN_DANGER:
        yield dice.choice(DANGERS)
    yield THANKS


@lru_cache
def _single() -> list[str]:
    return [test.text for test in read("intents.csv")]


@lru_cache
def _followed() -> list[list[str]]:
    """Questions with their follow-ups."""
    talks: dict[str, list[str]] = {}
    for test in read("talks.csv"):
        talks.setdefault(test.talk or "", []).append(test.text)
    return list(talks.values())
