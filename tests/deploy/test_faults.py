"""One service at a time is cut off or hangs: people are told the truth, nothing is lost, nothing said twice."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from uuid import uuid4

import pytest

from charley.care.numbers import ANYWHERE
from charley.rasa.assistant import ANSWER_SECONDS, NOT_KEPT
from tests.conftest import Site
from tests.deploy.world import BACK_SECONDS, Cluster, Person, told, until
from tests.rasa.widget.conftest import Client

pytestmark = pytest.mark.timeout(900)  # the first test waits for the servers

EMERGENCY = "i have chest pain and can not breathe"
CARE = f"Call {ANYWHERE} now"
QUESTION = "which foods have magnesium?"
ANSWER = "magnesium"
UNAVAILABLE = "Sorry, something went wrong and I could not answer."
FAULTS = [
    (service, mode) for service in ("postgres", "redis", "rabbit", "actions") for mode in ("drop", "hang")
]
cases = pytest.mark.parametrize(("service", "mode"), FAULTS, ids=lambda value: str(value))


async def until_as_before(several: Cluster, person: Person) -> None:
    """Until questions are answered, and what is said is stored, as if nothing had been."""

    async def is_so() -> bool:
        replies = await person.say(QUESTION)
        return (
            ANSWER in told(replies).lower()
            and NOT_KEPT not in told(replies)
            and UNAVAILABLE not in told(replies)
        )

    end = time.monotonic() + BACK_SECONDS
    while not await is_so():
        assert time.monotonic() < end, "it did not come back"
        await asyncio.sleep(0.5)


@cases
async def test_an_emergency_gets_its_care_reply_within_five_seconds(
    service: str, mode: str, several: Cluster, person: Person
) -> None:
    with several.fault(service, mode):
        started = time.monotonic()
        replies = await person.say(EMERGENCY)
        assert time.monotonic() - started < ANSWER_SECONDS
    assert replies[0]["text"].startswith(CARE)
    await until_as_before(several, person)


@cases
async def test_an_emergency_in_the_widget_gets_its_care_reply_within_five_seconds(
    service: str, mode: str, several: Cluster, person: Person
) -> None:
    with several.fault(service, mode):
        started = time.monotonic()
        client = await Client().open(Site(several.url, Path()), {})
        replies = await client.say(EMERGENCY)
        assert time.monotonic() - started < ANSWER_SECONDS
        await client.close()
    assert replies[0]["text"].startswith(CARE)
    await until_as_before(several, person)


@cases
async def test_what_is_said_meanwhile_is_kept_and_answered_once(
    service: str, mode: str, several: Cluster, person: Person
) -> None:
    before, meanwhile = uuid4().hex, uuid4().hex
    await person.say("hello", before)
    with several.fault(service, mode):
        replies = await person.say("hello", meanwhile)
        assert any(reply["metadata"]["kind"] == "smalltalk" for reply in replies)
        if service == "postgres":
            assert told(replies).endswith(NOT_KEPT)
            assert several.taken(meanwhile) == 0
    await until(lambda: several.taken(meanwhile) == 1)
    await until_as_before(several, person)
    again = await person.say("hello", meanwhile)
    assert [reply["text"] for reply in again] == [r["text"] for r in replies if r["text"] != NOT_KEPT]
    assert [several.taken(id_) for id_ in (before, meanwhile)] == [1, 1]


@cases
async def test_a_danger_told_meanwhile_stays_told(
    service: str, mode: str, several: Cluster, person: Person
) -> None:
    text = f"i have chest pain and can not breathe {uuid4().hex}"
    with several.fault(service, mode):
        assert "care" in [reply["metadata"]["kind"] for reply in await person.say(text)]
    await until(lambda: several.messages(text) == 1)
    await until_as_before(several, person)
    replies = await person.say(QUESTION)
    assert replies[0]["text"].startswith("First: from what you told me before")


@pytest.mark.parametrize("mode", ["drop", "hang"])
async def test_without_actions_a_question_is_owned_up_to(mode: str, several: Cluster, person: Person) -> None:
    with several.fault("actions", mode):
        replies = await person.say(QUESTION)
    assert replies[-1]["text"].startswith(UNAVAILABLE)
    await until_as_before(several, person)


async def test_one_action_server_that_dies_is_not_noticed(several: Cluster, person: Person) -> None:
    first = several.actions[0]
    first.kill()
    try:
        for _ in range(4):
            assert ANSWER in told(await person.say(QUESTION)).lower()
    finally:
        first.start()


async def test_a_session_that_only_seemed_new_goes_on(several: Cluster, person: Person) -> None:
    """The worker asked meanwhile does not know the talk, and can not look it up."""
    first, second = (f"http://127.0.0.1:{worker.port}" for worker in several.workers)
    text = f"hello {uuid4().hex}"
    await person.say(EMERGENCY, at=first)
    with several.fault("postgres", "drop"):
        await person.say(text, at=second)
    await until(lambda: several.messages(text) == 1)
    await until_as_before(several, person)
    replies = await person.say(QUESTION, at=second)
    assert replies[0]["text"].startswith("First: from what you told me before")
