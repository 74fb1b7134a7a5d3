"""Twilio beyond the matrix: two forms on one webhook, numbers of the country, the cheap alphabet."""

from __future__ import annotations

import pytest

from charley.rasa.platforms.twilio import in_sms_alphabet
from tests.conftest import Site
from tests.rasa.platforms.fake import Fake
from tests.rasa.platforms.test_matrix import CHEST, FOODS, Person
from tests.rasa.platforms.twilio_dialect import TwilioDialect


class NewZealand(TwilioDialect):
    country = "+6421"


class WhatsApp(NewZealand):
    prefix = "whatsapp:"


@pytest.fixture(params=[NewZealand, WhatsApp], ids=["sms", "whatsapp"])
def person(request: pytest.FixtureRequest, site: Site, platforms: Fake) -> Person:
    platforms.reset()
    return Person(request.param(), site, platforms)


async def test_the_reply_goes_back_the_way_the_message_came(person: Person) -> None:
    whatsapp = isinstance(person.dialect, WhatsApp)
    calls = await person.say(FOODS, wanted="spinach")
    assert {(call.body["From"], call.body["To"]) for call in calls} == {
        (person.dialect.prefix + person.dialect.number, f"{person.dialect.prefix}+6421{person.id}")
    }
    assert ("Sources: " in " ".join(person.texts(calls))) == whatsapp
    assert all(text.isascii() and len(text) <= 1600 for text in person.texts(calls)) or whatsapp


async def test_the_emergency_number_is_the_country_s(person: Person) -> None:
    text = " ".join(person.texts(await person.say(CHEST, wanted="[Cc]all")))
    assert "111" in text
    assert "911" not in text


def test_typographic_characters_leave_the_dear_alphabet() -> None:
    assert in_sms_alphabet("“Don’t” – wait… • 1\u00a0g") == '"Don\'t" - wait... - 1 g'  # noqa: RUF001
    assert in_sms_alphabet("£5, é") == "£5, é"
