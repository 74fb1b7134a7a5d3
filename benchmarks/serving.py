"""What people get from a running assistant, and how fast: over its REST channel."""

from __future__ import annotations

import asyncio
import random
import statistics
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import yaml

from benchmarks.messages import SEED, with_typos
from charley.answers.compose import SAFETY_NET
from charley.facts import Fact, load_table
from charley.rasa import bench, server
from charley.trainers.quality.messages import SMALL_TALK, Test, read

AT_ONCE = 4  # talks, while answers and not times are looked at
TURNS = 30  # of a talk, while times are looked at
TALKS = 9  # to see whether long ones are slower
PROBE = "which foods have magnesium?"
SENDERS = (1, 8, 32)
DECLINED = frozenset({"decline", "fallback"})
SETTLE = 5  # seconds at rest before memory is looked at
AT_REST_AFTER = 60  # messages


async def say(session: aiohttp.ClientSession, port: int, sender: str, text: str) -> list[dict[str, Any]]:
    """The replies to a message; none if it failed."""
    url = f"http://{server.HOST}:{port}/webhooks/rest/webhook"
    async with session.post(url, json={"sender": sender, "message": text}) as answer:
        if answer.status != 200:
            return []
        replies: list[dict[str, Any]] = await answer.json()
        return replies


async def answers(port: int) -> dict[str, float]:
    """The shares of messages that are answered with a right fact, declined, and so on."""
    questions, talks, outside = read("questions.csv"), read("talks.csv"), read("out_of_scope.csv")
    outside += [test for test in read("intents.csv") if not test.in_scope]
    clean = await _talked(port, questions)
    noisy = await _talked(port, with_typos(questions))
    followed = await _talked(port, talks)
    declined = await _talked(port, outside)
    follow_ups = [
        (test, reply)
        for at, (test, reply) in enumerate(zip(talks, followed, strict=True))
        if at and talks[at - 1].talk == test.talk and test.attributes
    ]
    health = [test.intent == "out_of_scope_health" for test in outside]
    return {
        "answered": _share([_is_right(t, r) for t, r in zip(questions, clean, strict=True)]),
        "answered_typos": _share([_is_right(t, r) for t, r in zip(questions, noisy, strict=True)]),
        "answered_follow_ups": _share([_is_right(t, r) for t, r in follow_ups]),
        "in_scope_declined": _share([_is_declined(r) for r in clean]),
        "general_declined": _share([_is_declined(r) for r, h in zip(declined, health, strict=True) if not h]),
        "health_declined": _share([_is_declined(r) for r, h in zip(declined, health, strict=True) if h]),
    }


async def times(port: int, senders: int) -> tuple[list[float], float]:
    """Milliseconds of each turn of so many talks at once, and messages per second."""
    async with aiohttp.ClientSession() as session:

        async def talk(number: int) -> list[float]:
            sender, taken = uuid4().hex, []
            for text in _texts(number):
                began = time.perf_counter()
                await say(session, port, sender, text)
                taken.append((time.perf_counter() - began) * 1000)
            return taken

        began = time.monotonic()
        found = await asyncio.gather(*(talk(number) for number in range(senders)))
        return [t for taken in found for t in taken], senders * TURNS / (time.monotonic() - began)


async def growth(port: int) -> float:
    """How many times as long the 30th turn of a talk takes as its 3rd, where both are the same question."""
    early, late = [], []
    async with aiohttp.ClientSession() as session:
        for number in range(TALKS):
            texts = _texts(number)
            texts[2] = texts[-1] = PROBE
            sender, taken = uuid4().hex, []
            for text in texts:
                began = time.perf_counter()
                await say(session, port, sender, text)
                taken.append(time.perf_counter() - began)
            early.append(taken[2])
            late.append(taken[-1])
    return statistics.median(late) / statistics.median(early)


async def memory_at_rest(port: int, pid: int) -> float:
    """Resident megabytes of the Rasa process some seconds after its first messages."""
    texts = [test.text for test in read("intents.csv")][:AT_REST_AFTER]
    async with aiohttp.ClientSession() as session:
        for text in texts:
            await say(session, port, uuid4().hex, text)
    await asyncio.sleep(SETTLE)
    return bench.memory(pid)


def _texts(number: int) -> list[str]:
    """The messages of a talk, the same in every run."""
    texts = [test.text for test in read("intents.csv") if test.intent not in SMALL_TALK]
    return random.Random(f"{SEED} {number}").sample(texts, TURNS)


async def _talked(port: int, tests: Sequence[Test]) -> list[list[dict[str, Any]]]:
    """The replies to each message; the turns of a talk in one conversation, in order."""
    replies: list[list[dict[str, Any]]] = [[] for _ in tests]
    talks: dict[str, list[int]] = {}
    for at, test in enumerate(tests):
        talks.setdefault(test.talk or f"alone {at}", []).append(at)
    gate = asyncio.Semaphore(AT_ONCE)
    async with aiohttp.ClientSession() as session:

        async def talk(turns: Sequence[int]) -> None:
            sender = uuid4().hex
            async with gate:
                for at in turns:
                    replies[at] = await say(session, port, sender, tests[at].text)

        await asyncio.gather(*(talk(turns) for turns in talks.values()))
    return replies


def _is_right(test: Test, replies: Sequence[dict[str, Any]]) -> bool:
    """Whether a fact was told of one of the subjects and attributes asked about."""
    return any(f.subject in test.subjects and f.attribute.value in test.attributes for f in _told(replies))


def _is_declined(replies: Sequence[dict[str, Any]]) -> bool:
    said = any(reply.get("text", "").startswith(_declines()) for reply in replies)
    # The line on when to see someone goes along with a decline.
    return said and not any(fact.id != SAFETY_NET for fact in _told(replies))


def _told(replies: Sequence[dict[str, Any]]) -> list[Fact]:
    """The facts that the replies tell, by their words: Rasa's own channel drops the metadata."""
    text = "\n".join(reply.get("text", "") for reply in replies)
    return [fact for fact in _facts() if fact.statement in text]


@lru_cache
def _facts() -> tuple[Fact, ...]:
    return tuple(load_table().facts.values())


@lru_cache
def _declines() -> tuple[str, ...]:
    """How the responses begin that answer nothing: their first line, as far as nothing is filled in."""
    responses = yaml.safe_load(Path("domain.yml").read_text(encoding="utf-8"))["responses"]
    return tuple(
        response["text"].splitlines()[0].split("{")[0]
        for variations in responses.values()
        for response in variations
        if (response.get("metadata") or {}).get("kind") in DECLINED
    )


def _share(found: Sequence[bool]) -> float:
    return sum(found) / len(found)
