"""One conversation over two workers, as if there were one."""

from __future__ import annotations

import asyncio
from uuid import uuid4

import pytest

from tests.deploy.world import Cluster, Person, told

pytestmark = pytest.mark.timeout(900)  # the first test waits for the servers

QUESTION = "which foods have magnesium?"
EMERGENCY = "i have chest pain and can not breathe"


def worker(several: Cluster, index: int) -> str:
    return f"http://127.0.0.1:{several.workers[index].port}"


async def test_what_one_worker_was_told_the_other_knows(several: Cluster, person: Person) -> None:
    first, second = worker(several, 0), worker(several, 1)
    await person.say(EMERGENCY, at=first)
    replies = await person.say(QUESTION, at=second)
    assert "First: from what you told me before" in told(replies)
    replies = await person.say("which foods have calcium?", at=first)
    assert "First: from what you told me before" in told(replies)


async def test_a_talk_from_worker_to_worker_is_stored_in_order(several: Cluster, person: Person) -> None:
    said = [f"hello {uuid4().hex}" for _ in range(6)]
    for index, text in enumerate(said):
        await person.say(text, at=worker(several, index % 2))
    rows = several.stored(
        "select data::json->>'text' from events where type_name = 'user' and sender_id ="
        " (select sender_id from events where data like %s limit 1) order by id",
        f"%{said[0]}%",
    )
    assert [text for (text,) in rows] == said


async def test_what_is_said_at_once_to_both_workers_is_taken_one_after_the_other(
    several: Cluster, person: Person
) -> None:
    said = [f"hello {uuid4().hex}" for _ in range(6)]
    await asyncio.gather(*(person.say(text, at=worker(several, i % 2)) for i, text in enumerate(said)))
    rows = several.stored(
        "select type_name, data::json->>'text' from events where sender_id ="
        " (select sender_id from events where data like %s limit 1) order by id",
        f"%{said[0]}%",
    )
    kinds = [kind for kind, _ in rows if kind in ("user", "bot", "session_started")]
    assert kinds == ["session_started", *["user", "bot"] * 6]
    assert {text for kind, text in rows if kind == "user"} == set(said)


async def test_a_message_that_reaches_both_workers_is_taken_once(several: Cluster, person: Person) -> None:
    text, id_ = f"hello {uuid4().hex}", uuid4().hex
    both = await asyncio.gather(*(person.say(text, id_, at=worker(several, i)) for i in (0, 1, 0, 1)))
    assert several.messages(text) == 1
    assert all(replies == both[0] for replies in both)


async def test_a_message_sent_again_to_the_other_worker_gets_the_same_replies(
    several: Cluster, person: Person
) -> None:
    await person.say("hello", at=worker(several, 1))
    first = await person.say(QUESTION, "m1", at=worker(several, 0))
    assert await person.say(QUESTION, "m1", at=worker(several, 1)) == first


async def test_what_is_forgotten_by_one_worker_is_unknown_to_the_other(
    several: Cluster, person: Person
) -> None:
    await person.say(EMERGENCY, at=worker(several, 0))
    await person.say("hello", at=worker(several, 1))
    await person.say("forget this chat", at=worker(several, 0))
    replies = await person.say(QUESTION, at=worker(several, 1))
    assert "from what you told me before" not in told(replies)
