"""What answers a person's messages goes out in the order of the messages, however slow a platform is."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from charley.rasa.assistant import ANSWER_SECONDS, Assistant
from charley.rasa.platforms.base import PUBLIC
from tests.conftest import Site
from tests.rasa.inside import served
from tests.rasa.platforms.dialect import Dialect
from tests.rasa.platforms.dialects import DIALECTS
from tests.rasa.platforms.fake import Fake
from tests.rasa.platforms.test_matrix import CHEST, Person

HOW, NEXT, LAST = "how do i massage a cramp", "what is calcium?", "hi"
SECONDS = 1.0  # that the platform takes for the first message
LONG = 4.0


@pytest.fixture
async def site(assistant: Assistant, platforms: Fake, tmp_path: Path) -> AsyncIterator[Site]:
    """All channels, with drawings: an answer of several messages."""
    platforms.reset()
    environment = {PUBLIC: "https://charley.example.org"}
    for dialect in DIALECTS:
        environment |= dialect.environment(platforms)
    async with served(assistant, tmp_path, environment) as site:
        yield site
    platforms.reset()


@pytest.fixture(params=[d for d in DIALECTS if not d.at_once], ids=lambda dialect: dialect.name)
def person(request: pytest.FixtureRequest, site: Site, platforms: Fake) -> Person:
    dialect: type[Dialect] = request.param
    return Person(dialect(), site, platforms)


def slow_at_the_first(person: Person, seconds: float) -> None:
    """Each message of the answer to HOW takes the platform so long."""
    of_the_first = ("rub", "Rub", "massage")
    person.fake.dawdles = seconds
    person.fake.dawdles_at = lambda call: (
        person.dialect.path in call.path
        and call.method == "POST"
        and (bool(person.dialect.pictures(call)) or any(w in person.dialect.text(call) for w in of_the_first))
    )


async def test_the_second_answer_neither_overtakes_nor_breaks_up_the_first(person: Person) -> None:
    slow_at_the_first(person, SECONDS)
    for text in (HOW, NEXT):
        assert (await person.send(person.dialect.deliver(person.said(text))))[0] == 200
    calls = await person.say(LAST, wanted="I am Charley")
    (second,) = (n for n, text in enumerate(person.texts(calls)) if "Hypocalcemia" in text)
    assert second == len(calls) - 2  # right before the last
    assert second >= (
        1 if person.dialect.name in ("twilio", "callback") else 2
    )  # after a text, and its drawing


async def test_an_emergency_waits_for_a_slow_answer_before_it_no_longer_than_it_may(person: Person) -> None:
    slow_at_the_first(person, LONG)
    assert (await person.send(person.dialect.deliver(person.said(HOW))))[0] == 200
    began = time.monotonic()
    (call,) = await person.say(CHEST, wanted="911")
    assert time.monotonic() - began < min(ANSWER_SECONDS, LONG)
    assert "911" in person.dialect.text(call)
