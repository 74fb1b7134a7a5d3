"""Forty conversations come to the same facts and care levels on every channel."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections import defaultdict
from itertools import islice
from uuid import uuid4

import pytest
import yaml

from charley.rasa.secret import Pseudonyms
from tests.conftest import ROOT, Site
from tests.rasa.platforms.dialect import SECRET, Dialect
from tests.rasa.platforms.dialects import DIALECTS
from tests.rasa.platforms.fake import SECONDS, Fake
from tests.rasa.platforms.test_matrix import Person
from tests.rasa.test_rest import say

CONVERSATIONS = 40
Course = list[tuple[str, list[str], str]]  # of each bot message: kind, facts, level


def conversations() -> list[list[str]]:
    """What people type in the first forty dialogues in which nothing is pressed, spread over all topics."""
    found: list[list[list[str]]] = []
    for path in sorted((ROOT / "tests" / "conversations" / "dialogues").glob("*.yml")):
        dialogues = yaml.safe_load(path.read_text(encoding="utf-8"))
        typed = [
            [turn["user"] for turn in d["turns"]] for d in dialogues if all("user" in t for t in d["turns"])
        ]
        found.append([turns for turns in typed if all(turn.strip() for turn in turns)])
    by_turns = (topic[n] for n in range(max(map(len, found))) for topic in found if n < len(topic))
    return list(islice(by_turns, CONVERSATIONS))


TALKS = conversations()


def courses(site: Site) -> dict[str, Course]:
    """What was said in every stored conversation, by sender."""
    told: dict[str, Course] = defaultdict(list)
    with sqlite3.connect(site.home / "var" / "conversations.db") as database:
        rows = database.execute(
            "select sender_id, data from events where type_name = 'bot' order by id"
        ).fetchall()
    for sender, data in rows:
        metadata = json.loads(data)["metadata"]
        metadata = metadata.get("metadata", metadata)
        told[sender].append((metadata["kind"], metadata["fact_ids"], metadata["care_level"]))
    return told


@pytest.fixture(scope="module")
def expected(site: Site) -> list[Course]:
    """What they come to over REST."""
    senders = [uuid4().hex for _ in TALKS]

    async def talk() -> None:
        for sender, turns in zip(senders, TALKS, strict=True):
            for turn in turns:
                await say(site, turn, sender)

    asyncio.run(talk())
    told = courses(site)
    keys = [Pseudonyms(SECRET.encode()).of("rest", sender) for sender in senders]
    return [told[key] for key in keys if key in told]  # of one that ends with being forgotten nothing is left


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
async def test_forty_conversations_come_to_the_same(
    dialect: type[Dialect], expected: list[Course], site: Site, platforms: Fake
) -> None:
    before = set(courses(site))
    for turns in TALKS:
        platforms.reset()
        person = Person(dialect(), site, platforms)
        for turn in turns:
            await person.say(turn)
    deadline = time.monotonic() + SECONDS
    while sorted(map(repr, new := new_courses(site, before))) != sorted(map(repr, expected)):
        # The last replies may still be on their way: `say` waits for the first of a turn alone.
        assert time.monotonic() < deadline, f"{new}\n\nand not\n\n{expected}"
        time.sleep(0.1)  # noqa: ASYNC251  (nothing else runs here)
    assert len(new) >= CONVERSATIONS - 1


def new_courses(site: Site, before: set[str]) -> list[Course]:
    return [course for sender, course in courses(site).items() if sender not in before]
