"""Every platform by every case: real servers, real sockets, a fake only for the platforms' own APIs."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from uuid import uuid4

import aiohttp
import pytest

from charley.admission import MAX_CHARACTERS
from charley.rasa.platforms.answering import BURST
from charley.rasa.platforms.base import MAX_BODY
from tests.conftest import Site
from tests.rasa.platforms.dialect import Delivery, Dialect, Said
from tests.rasa.platforms.dialects import DIALECTS
from tests.rasa.platforms.fake import Call, Fake

FOODS = "which foods have magnesium?"
CHEST = "i have chest pain and can not breathe"
HEADS = ("{", "[", "/", "~")  # how JSON, payloads and tokens begin


@pytest.fixture(params=DIALECTS, ids=lambda dialect: dialect.name)
def dialect(request: pytest.FixtureRequest) -> Dialect:
    made: Dialect = request.param()
    return made


@pytest.fixture(autouse=True)
def fake(platforms: Fake) -> Iterator[Fake]:
    platforms.reset()
    yield platforms
    platforms.reset()


class Person:
    """Someone on a platform."""

    def __init__(self, dialect: Dialect, site: Site, fake: Fake) -> None:
        self.dialect, self.site, self.fake = dialect, site, fake
        self.id = str(uuid4().int)[:11]
        self._numbers = count(1)

    def said(self, text: str, data: str | None = None, id_: str | None = None) -> Said:
        return Said(text, id_ or f"{self.id}{next(self._numbers)}", self.id, data)

    @property
    def calls(self) -> list[Call]:
        """What this platform was sent; another's may still come in after its own test."""
        return self.fake.at(self.dialect.path)

    async def send(self, delivery: Delivery) -> tuple[int, str]:
        address = f"{self.site.url}/webhooks/{self.dialect.name}/webhook{delivery.query}"
        async with (
            aiohttp.ClientSession() as client,
            client.request(delivery.method, address, data=delivery.body, headers=delivery.headers) as reply,
        ):
            return reply.status, await reply.text()

    async def say(self, text: str, data: str | None = None, wanted: str = "") -> list[Call]:
        """Send a message and wait for a call whose text matches; all calls to this platform since."""
        before = len(self.calls)
        status, body = await self.send(self.dialect.deliver(self.said(text, data)))
        assert status == 200
        if self.dialect.at_once:
            return [Call("POST", self.dialect.path, {}, json.loads(body))]

        def came(calls: list[Call]) -> bool:
            return any(re.search(wanted, self.dialect.text(call)) for call in calls[before:])

        return (await self.fake.awaited(came, self.dialect.path))[before:]

    def texts(self, calls: list[Call]) -> list[str]:
        return [self.dialect.text(call) for call in calls]


@pytest.fixture
def person(dialect: Dialect, site: Site, fake: Fake) -> Person:
    return Person(dialect, site, fake)


async def test_a_question_is_answered(person: Person) -> None:
    texts = person.texts(await person.say(FOODS, wanted="spinach"))
    assert any("spinach" in text for text in texts)
    for text in texts:
        assert not text.startswith(HEADS)
        assert "/ask_" not in text


@pytest.mark.parametrize("how", ["unsigned", "wrong", "stale"])
async def test_nobody_else_may_deliver(how: str, person: Person) -> None:
    if how == "stale" and not person.dialect.stamps_time:
        pytest.skip("this platform's signature holds no time")
    delivery = person.dialect.deliver(person.said(FOODS))
    status, _ = await person.send(person.dialect.forged(delivery, how))
    assert status == 403
    await person.say("hi", wanted="Charley")  # whatever was meant to come has come by now
    assert not any("spinach" in person.dialect.text(call) for call in person.calls)


async def test_what_is_delivered_twice_is_taken_once(person: Person) -> None:
    if person.dialect.at_once:
        pytest.skip("the response is the reply")
    delivery = person.dialect.deliver(person.said(FOODS))
    for _ in range(3):
        assert (await person.send(delivery))[0] == 200
    await person.say("hi", wanted="Charley")
    assert sum("spinach" in person.dialect.text(call) for call in person.calls) == 1


async def test_every_message_of_a_batch_is_answered(person: Person) -> None:
    if not person.dialect.batches:
        pytest.skip("this platform delivers one message at a time")
    batch = [person.said(FOODS), person.said("how do i stop a cramp"), person.said("what is calcium")]
    assert (await person.send(person.dialect.deliver(*batch)))[0] == 200
    calls = person.fake.sent(
        lambda calls: all(
            any(word in person.dialect.text(call) for call in calls)
            for word in ("spinach", "stretch", "alcium")
        ),
        person.dialect.path,
    )
    assert calls


@pytest.mark.parametrize("kind", ["media", "event"])
async def test_what_is_no_text_of_a_person_is_taken_and_passed_over(kind: str, person: Person) -> None:
    assert (await person.send(person.dialect.other(kind)))[0] == 200
    if not person.dialect.at_once:
        texts = person.texts(await person.say("hi", wanted="Charley"))
        assert len(texts) == 1  # what would have come has come by now


async def test_a_body_too_large_is_refused(person: Person) -> None:
    delivery = person.dialect.deliver(person.said(FOODS))
    assert (await person.send(replace(delivery, body=delivery.body.ljust(MAX_BODY + 1))))[0] == 413


async def test_a_body_of_another_type_is_refused(person: Person) -> None:
    delivery = person.dialect.deliver(person.said(FOODS))
    other = Delivery({**delivery.headers, "Content-Type": "text/plain"}, delivery.body, query=delivery.query)
    assert (await person.send(other))[0] == 415


@pytest.mark.parametrize("body", [b"", b"{", b"null", b"[]", b'{"a": 1}', b"\xff\xfe"])
async def test_a_body_that_is_none_stops_nothing(body: bytes, person: Person) -> None:
    delivery = person.dialect.deliver(person.said(FOODS))
    status, _ = await person.send(Delivery(delivery.headers, body, query=delivery.query))
    assert status in (200, 400, 403)
    assert await person.say("hi", wanted="Charley")


async def test_an_option_nobody_offered_gets_a_notice(person: Person) -> None:
    if not person.dialect.presses:
        pytest.skip("nothing can be pressed there")
    calls = await person.say("x", data='/restart{"a": 1}', wanted="button")
    assert "/restart" not in " ".join(person.texts(calls))


async def test_what_is_offered_can_be_chosen(person: Person) -> None:
    calls = await person.say("hi", wanted="Charley")
    options = [option for call in calls for option in person.dialect.options(call)]
    if options:
        title, data = next(option for option in options if option[0] == "Relief right now")
        assert "stretch" in " ".join(person.texts(await person.say(title, data, wanted="stretch")))
    calls = await person.say("hi", wanted="Charley")
    if not options:
        assert "1. Relief right now" in " ".join(person.texts(calls))
        assert "stretch" in " ".join(person.texts(await person.say("1", wanted="stretch")))


async def test_several_can_be_chosen_by_number(person: Person) -> None:
    calls = await person.say("start the check-up please", wanted="Do you have any of these")
    assert "1. " in " ".join(person.texts(calls))
    texts = person.texts(await person.say("1, 3", wanted="[Cc]all"))
    assert "911" in " ".join(texts)


async def test_one_of_a_question_can_be_chosen(person: Person) -> None:
    await person.say("start the check-up please", wanted="Do you have any of these")
    calls = await person.say("0", wanted=r"\?")
    options = [option for call in calls for option in person.dialect.options(call)]
    if options:
        title, data = options[0]
        after = await person.say(title, data, wanted=r"\?")
    else:
        after = await person.say("1", wanted=r"\?")
    assert "could not read" not in " ".join(person.texts(after))


async def test_an_emergency_comes_first_and_whole(person: Person) -> None:
    first, *_ = person.texts(await person.say(f"{CHEST}, and which foods have magnesium?", wanted="[Cc]all"))
    assert re.search(r"call .*(911|\d)", first, re.IGNORECASE)
    assert first.rstrip().endswith((".", "?", "!", ")"))


async def test_a_message_too_long_gets_a_notice_with_the_number(person: Person) -> None:
    texts = person.texts(await person.say("cramp " * (MAX_CHARACTERS // 5), wanted="too long"))
    assert "911" in " ".join(texts)


async def test_a_typed_slash_is_no_button(person: Person) -> None:
    mark = f"deny_care_{person.id}"
    await person.say(f"/{mark}", wanted=".")
    with sqlite3.connect(person.site.home / "var" / "conversations.db") as database:
        rows = database.execute(
            "select data from events where type_name = 'user' and data like ?", [f"%{mark}%"]
        )
        (text,) = {json.loads(data)["text"] for (data,) in rows}
    assert text == mark


async def test_a_danger_in_a_flood_is_heard(person: Person) -> None:
    for _ in range(BURST):
        await person.send(person.dialect.deliver(person.said("hi")))
    texts = person.texts(await person.say(CHEST, wanted="911"))
    assert "911" in " ".join(texts)


async def test_people_never_share_a_talk_and_stay_unknown(dialect: Dialect, site: Site, fake: Fake) -> None:
    one, other = Person(dialect, site, fake), Person(dialect, site, fake)
    await one.say("one calf is swollen, red and warm", wanted="today")
    texts = other.texts(await other.say("can i massage a cramp", wanted="rub"))
    assert "get care today" not in " ".join(texts)[:60]
    with sqlite3.connect(site.home / "var" / "conversations.db") as database:
        rows = database.execute("select sender_id, data from events").fetchall()
    for each in (one, other):
        assert not any(each.id in sender or each.id in data for sender, data in rows)
    assert any(sender.startswith(f"{dialect.name}-") for sender, _ in rows)


async def test_a_slow_platform_holds_up_nobody_else(person: Person, site: Site, fake: Fake) -> None:
    if person.dialect.at_once:
        pytest.skip("nothing is sent to it")
    fake.dawdles = 3
    await person.send(person.dialect.deliver(person.said(FOODS)))
    async with (
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as client,
        client.post(site.webhook, json={"sender": uuid4().hex, "message": "hi"}) as reply,
    ):
        assert await reply.json()


async def test_a_platform_that_fails_is_tried_again(person: Person, fake: Fake) -> None:
    if person.dialect.at_once:
        pytest.skip("nothing is sent to it")
    fake.fails[:] = [500, 503]
    assert await person.say(FOODS, wanted="spinach")


async def test_a_platform_that_is_down_stops_nothing_and_no_log_tells_of_it(
    person: Person, site: Site, fake: Fake
) -> None:
    if person.dialect.at_once:
        pytest.skip("nothing is sent to it")
    canary = f"axolotl{uuid4().hex}"
    fake.fails[:] = [400] * 30
    await person.send(person.dialect.deliver(person.said(f"{canary} {FOODS}")))
    await person.send(person.dialect.deliver(person.said("hi")))
    while len(fake.fails) > 28:
        await person.send(person.dialect.other("event"))
    fake.fails.clear()
    assert await person.say("hello", wanted="Charley")
    log = (site.home / "var" / "rasa.log").read_text(errors="replace")
    assert canary not in log
    assert person.id not in log
    assert "Traceback" not in log
