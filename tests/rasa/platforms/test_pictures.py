"""Drawings, as each platform is sent them: with words that tell the same, or those words alone."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import aiohttp
import pytest

from charley.rasa.assistant import Assistant
from charley.rasa.platforms.base import PUBLIC
from tests.conftest import ROOT, Site
from tests.rasa.inside import served
from tests.rasa.platforms.dialect import Dialect
from tests.rasa.platforms.dialects import DIALECTS
from tests.rasa.platforms.fake import Call, Fake
from tests.rasa.platforms.test_matrix import Person
from tests.rasa.platforms.test_twilio import WhatsApp
from tests.rasa.platforms.twilio_dialect import TwilioDialect

HERE = "https://charley.example.org"
HOW = "how do i massage a cramp"
with (ROOT / "data" / "facts" / "pictures.csv").open(encoding="utf-8", newline="") as file:
    MASSAGE = next(row for row in csv.DictReader(file) if row["id"] == "massage-calf")
SHOW = [dialect for dialect in (*DIALECTS, WhatsApp) if dialect is not TwilioDialect]
SAY = [
    dialect for dialect in (*DIALECTS, WhatsApp) if dialect.name != "callback"
]  # which gets replies as they are


def name(dialect: type[Dialect]) -> str:
    return "whatsapp" if dialect is WhatsApp else dialect.name


@pytest.fixture
async def site(
    request: pytest.FixtureRequest, assistant: Assistant, platforms: Fake, tmp_path: Path
) -> AsyncIterator[Site]:
    """All channels; the parameter is whether people can reach the server."""
    platforms.reset()
    environment = {PUBLIC: f"{HERE}/"} if request.param else {}
    for dialect in DIALECTS:
        environment |= dialect.environment(platforms)
    async with served(assistant, tmp_path, environment) as site:
        yield site


async def all_that_answers(person: Person, text: str) -> list[Call]:
    """All calls that a message leads to: what answers the next one comes after them."""
    before = len(person.calls)
    calls = await person.say(text, wanted="[Cc]alf|[Mm]uscle")
    if person.dialect.at_once:
        return calls
    await person.say("hi", wanted="I am Charley")
    answers = person.calls[before:]
    end = next(n for n, call in enumerate(answers) if "I am Charley" in person.dialect.text(call))
    return answers[:end]


@pytest.mark.parametrize("site", [True], indirect=True)
@pytest.mark.parametrize("dialect", SHOW, ids=name)
async def test_a_drawing_is_sent_with_words_that_tell_the_same(
    dialect: type[Dialect], site: Site, platforms: Fake
) -> None:
    person = Person(dialect(), site, platforms)
    calls = await all_that_answers(person, HOW)
    ((address, words),) = (picture for call in calls for picture in person.dialect.pictures(call))
    assert address == f"{HERE}/widget/drawings/massage-calf.png"
    assert MASSAGE["alt"] in (words or person.dialect.text(calls[-1]))
    async with (
        aiohttp.ClientSession() as client,
        client.get(address.replace(HERE, site.url)) as image,
    ):
        assert (image.status, image.content_type) == (200, "image/png")


@pytest.mark.parametrize("site", [False], indirect=True)
@pytest.mark.parametrize("dialect", SAY, ids=name)
async def test_where_no_drawing_can_be_fetched_its_caption_is_said(
    dialect: type[Dialect], site: Site, platforms: Fake
) -> None:
    person = Person(dialect(), site, platforms)
    calls = await all_that_answers(person, HOW)
    assert not [picture for call in calls for picture in person.dialect.pictures(call)]
    assert MASSAGE["caption"] in " ".join(person.texts(calls))


@pytest.mark.parametrize("site", [True], indirect=True)
async def test_an_sms_holds_the_caption_and_no_drawing(site: Site, platforms: Fake) -> None:
    person = Person(TwilioDialect(), site, platforms)
    (call,) = await all_that_answers(person, HOW)
    assert MASSAGE["caption"] in call.body["Body"]
    assert "MediaUrl" not in call.body


@pytest.mark.parametrize("site", [True], indirect=True)
@pytest.mark.parametrize("dialect", [d for d in SHOW if not d.at_once and d.name != "callback"], ids=name)
async def test_a_drawing_that_a_platform_refuses_is_told_in_words(
    dialect: type[Dialect], site: Site, platforms: Fake
) -> None:
    person = Person(dialect(), site, platforms)
    platforms.refuses = lambda call: (
        call.method == "POST" and person.dialect.path in call.path and bool(person.dialect.pictures(call))
    )
    calls = await all_that_answers(person, HOW)
    assert unescape(person.dialect.text(calls[-1])).startswith(MASSAGE["alt"])
    assert not person.dialect.pictures(calls[-1])


@pytest.mark.parametrize("site", [True], indirect=True)
@pytest.mark.parametrize("dialect", [d for d in SHOW if d.presses and not d.at_once], ids=name)
async def test_options_that_a_platform_refuses_are_named(
    dialect: type[Dialect], site: Site, platforms: Fake
) -> None:
    if dialect.name == "callback":
        pytest.skip("it gets replies as they are")
    person = Person(dialect(), site, platforms)
    platforms.refuses = lambda call: person.dialect.path in call.path and bool(person.dialect.options(call))
    (text,) = person.texts(await person.say("hi", wanted="Charley"))
    assert '"Relief right now"' in text
    assert "stretch" in " ".join(person.texts(await person.say("Relief right now", wanted="stretch")))
