"""Many people who talk at once, send again what was not acknowledged or could not be answered, and remember what was."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

import aiohttp

from tests.deploy.world import Person, told

DANGERS = ("i have chest pain and can not breathe", "my calf is swollen, red and hot since a flight")
QUESTIONS = (
    "which foods have magnesium?",
    "how much water should i drink?",
    "hello",
    "what stops a cramp now?",
)
EVERY = 5  # each so manieth message tells of a danger
AGAIN_SECONDS = 1.0  # after which a message that was not acknowledged is sent again
PROBES = 12  # messages by which a machine's pace is measured
LONGEST_PAUSE = 45.0  # seconds
CARE = "care"
SORRY = "Sorry, something went wrong"  # "… Please try again in a moment."
TRIES_MORE = 3  # of who is told so, under the same id


@dataclass
class Said:
    """One message, and what became of it."""

    id: str
    text: str
    is_danger: bool
    replies: Sequence[dict[str, object]] = ()
    tries: int = 0
    sorry: int = 0  # how often there was no answer but to try again
    seconds: float = 0.0  # of the try that was acknowledged

    @property
    def has_care(self) -> bool:
        return any(reply["metadata"]["kind"] == CARE for reply in self.replies)  # type: ignore[index]


@dataclass
class Crowd:
    """People, each from an address of its own.

    Args:
        pause: seconds between two messages of one person, on average.
    """

    url: str
    size: int
    pause: float
    acknowledged: list[Said] = field(default_factory=list)

    async def talk(self, seconds: float) -> None:
        """All talk for so long; each gets an answer to the last thing that it said."""
        end = time.monotonic() + seconds
        await self.talk_until(lambda: time.monotonic() >= end)

    async def talk_until(self, over: Callable[[], bool]) -> None:
        """As `talk`, until it is over."""
        await asyncio.gather(*(self._one(index, over) for index in range(self.size)))

    async def _one(self, index: int, over: Callable[[], bool]) -> None:
        chance = random.Random(index)
        async with Person(self.url, f"127.0.1.{index + 1}") as person:
            await asyncio.sleep(chance.uniform(0, self.pause))
            number = 0
            while not over():
                number += 1
                is_danger = number % EVERY == 1
                text = chance.choice(DANGERS if is_danger else QUESTIONS)
                said = Said(uuid4().hex, text, is_danger)
                await self._until_acknowledged(person, said)
                self.acknowledged.append(said)
                await asyncio.sleep(chance.uniform(0.5, 1.5) * self.pause)

    async def _until_acknowledged(self, person: Person, said: Said) -> None:
        while True:
            said.tries += 1
            started = time.monotonic()
            try:
                said.replies = await person.say(said.text, said.id)
            except (aiohttp.ClientError, asyncio.TimeoutError):
                await asyncio.sleep(AGAIN_SECONDS)
                continue
            said.seconds = time.monotonic() - started
            if said.is_danger:
                assert said.has_care, f"no care for {said.text!r}"
            if SORRY not in told(said.replies) or said.sorry == TRIES_MORE:
                return
            said.sorry += 1
            await asyncio.sleep(AGAIN_SECONDS * 2**said.sorry)


async def pace(url: str, size: int, pause: float) -> float:
    """The pause at which so many people leave a machine two thirds of one worker's time, now; `pause` at least.

    A slower machine is asked less, so that what fails is what is tried, and not the machine.
    """
    async with Person(url) as person:
        started = time.monotonic()
        for number in range(PROBES):
            await person.say(QUESTIONS[number % len(QUESTIONS)])
        seconds = (time.monotonic() - started) / PROBES
    return max(pause, min(3 * seconds * size, LONGEST_PAUSE))


def summary(crowd: Crowd) -> str:
    """In one line: how many, how often again, how fast."""
    seconds = sorted(said.seconds for said in crowd.acknowledged)
    again = sum(said.tries > 1 for said in crowd.acknowledged)
    sorry = sum(said.sorry > 0 for said in crowd.acknowledged)
    at = {part: seconds[int(len(seconds) * part / 100)] for part in (50, 95, 99)}
    figures = ", ".join(f"p{part} {value:.2f} s" for part, value in at.items())
    return f"{len(seconds)} acknowledged, {again} sent again, {sorry} of them as they were asked to; {figures}, most {seconds[-1]:.2f} s"
