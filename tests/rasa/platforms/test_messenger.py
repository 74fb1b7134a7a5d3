"""Messenger beyond the matrix: the challenge, the button that begins a talk, and how a call looks."""

from __future__ import annotations

import pytest

from tests.conftest import Site
from tests.rasa.platforms.dialect import Delivery
from tests.rasa.platforms.fake import Fake
from tests.rasa.platforms.messenger_dialect import APP_SECRET, VERIFY_TOKEN, MessengerDialect
from tests.rasa.platforms.test_matrix import Person


@pytest.fixture
def person(site: Site, platforms: Fake) -> Person:
    platforms.reset()
    return Person(MessengerDialect(), site, platforms)


@pytest.mark.parametrize(
    ("token", "answer"),
    [(VERIFY_TOKEN, (200, "1158201444")), ("wrong", (403, "not signed")), ("", (403, "not signed"))],
)
async def test_a_challenge_is_given_back_to_who_knows_the_token(
    token: str, answer: tuple[int, str], person: Person
) -> None:
    query = f"?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token={token}"
    assert await person.send(Delivery({}, b"", "GET", query)) == answer


async def test_a_get_started_button_is_greeted(person: Person) -> None:
    about = {"sender": {"id": person.id}, "timestamp": 1}
    postback = {"mid": f"m_{person.id}", "title": "Get started", "payload": "GET_STARTED"}
    status, _ = await person.send(person.dialect.signed([{**about, "postback": postback}]))
    assert status == 200
    calls = person.fake.sent(lambda calls: bool(calls), person.dialect.path)
    assert "Charley" in person.dialect.text(calls[0])
    assert calls[0].body["recipient"] == {"id": person.id}
    assert calls[0].body["messaging_type"] == "RESPONSE"
    assert calls[0].headers["Authorization"] == "Bearer page-token"
    assert APP_SECRET not in str(calls)
