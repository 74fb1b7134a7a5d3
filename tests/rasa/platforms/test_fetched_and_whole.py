"""What only Mattermost, Rocket.Chat, Webex and the callback have: threads, trigger words, fetching, whole replies."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from charley.answers.render import Message
from charley.care.numbers import ANYWHERE
from charley.rasa.assistant import ANSWER_SECONDS, Assistant
from charley.rasa.platforms.base import Incoming, NotSent, Platform
from charley.rasa.platforms.callback import Callback
from charley.rasa.platforms.mattermost import Mattermost
from charley.rasa.platforms.rocketchat import RocketChat
from charley.rasa.platforms.webex import Webex
from charley.rasa.secret import Pseudonyms
from tests.rasa.inside import served
from tests.rasa.platforms.callback_dialect import TOKEN, CallbackDialect
from tests.rasa.platforms.dialect import SECRET, Delivery, Dialect
from tests.rasa.platforms.fake import Fake
from tests.rasa.platforms.mattermost_dialect import MattermostDialect
from tests.rasa.platforms.rocketchat_dialect import RocketChatDialect
from tests.rasa.platforms.test_matrix import CHEST, Person
from tests.rasa.platforms.webex_dialect import BOT, WebexDialect


def opened(platform: type[Platform], dialect: type[Dialect], fake: Fake) -> Platform:
    fake.reset()
    return platform(dialect.environment(fake), Pseudonyms(SECRET.encode()))


def read(platform: Platform, delivery: Delivery) -> list[Incoming]:
    """What a platform reads of a delivery, which must be authentic."""

    class Request:
        headers, body, json = delivery.headers, delivery.body, json_of(delivery)

    request: Any = Request()
    assert platform.is_authentic(request)
    return list(platform.read(request))


def json_of(delivery: Delivery) -> Any:
    return json.loads(delivery.body)


@pytest.mark.parametrize(
    ("said", "read_as"),
    [
        ("@charley, what is calcium?", "what is calcium?"),
        ("@charley", "hello"),
        ("what is @charley", "what is @charley"),
    ],
)
def test_mattermost_takes_the_trigger_word_off(said: str, read_as: str, platforms: Fake) -> None:
    mattermost = opened(Mattermost, MattermostDialect, platforms)
    (message,) = read(mattermost, MattermostDialect().post(post_id="1", text=said))
    assert message.turn == read_as


async def test_mattermost_answers_into_a_thread_that_is_named(platforms: Fake) -> None:
    mattermost = opened(Mattermost, MattermostDialect, platforms)
    for root in ("", "root1"):
        (message,) = read(mattermost, MattermostDialect().post(post_id="1", text="hi", root_id=root))
        await mattermost.send(message.recipient, Message("*hi*"))
        body = platforms.calls[-1].body
        assert body == {"channel_id": "channel1", "root_id": root, "message": "*hi*"}
    assert platforms.calls[-1].headers["Authorization"] == "Bearer T0KEN"


async def test_rocketchat_answers_into_the_thread_and_the_room(platforms: Fake) -> None:
    rocketchat = opened(RocketChat, RocketChatDialect, platforms)
    for thread in ({}, {"tmid": "thread1"}):
        (message,) = read(rocketchat, RocketChatDialect().message(message_id="1", text="hi", **thread))
        assert message.sender == "room1 5"
        await rocketchat.send(message.recipient, Message("hi"))
        assert platforms.calls[-1].body == {"roomId": "room1", "text": "hi", **thread}
    headers = platforms.calls[-1].headers
    assert (headers["X-Auth-Token"], headers["X-User-Id"]) == ("T0KEN", "b0t")


@pytest.mark.parametrize("told", [{"bot": {"i": "x"}}, {"bot": True}, {"isEdited": True}, {"text": None}])
def test_rocketchat_passes_over_bots_and_edits(told: dict[str, Any], platforms: Fake) -> None:
    rocketchat = opened(RocketChat, RocketChatDialect, platforms)
    assert not read(rocketchat, RocketChatDialect().message(**{"message_id": "1", "text": "hi", **told}))


async def test_rocketchat_may_fail_with_a_200(platforms: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    rocketchat = opened(RocketChat, RocketChatDialect, platforms)

    async def post(*_: Any) -> Any:
        return {"success": False}

    monkeypatch.setattr(rocketchat, "post", post)
    with pytest.raises(NotSent):
        await rocketchat.send("room1", Message("hi"))


async def test_the_callback_gets_replies_whole(platforms: Fake) -> None:
    callback = opened(Callback, CallbackDialect, platforms)
    reply = {
        "recipient_id": "callback-x",
        "text": "hi",
        "buttons": [{"title": "t", "payload": "/p"}],
        "metadata": {"kind": "care"},
    }
    (message,) = callback.rendered([reply], "ann").messages
    await callback.send("ann", message)
    assert platforms.calls[-1].body == {**reply, "recipient_id": "ann"}
    assert platforms.calls[-1].headers["Authorization"] == f"Bearer {TOKEN}"


def test_callback_ids_are_each_senders_own(platforms: Fake) -> None:
    callback, dialect = opened(Callback, CallbackDialect, platforms), CallbackDialect()
    bodies = [{"sender": s, "message": "hi", "message_id": "1"} for s in ("ann", "bob", "ann")]
    ann, bob, again = (read(callback, dialect.signed(body))[0].id for body in bodies)
    assert ann == again != bob
    one, other = (read(callback, dialect.signed({"sender": "ann", "message": "hi"}))[0].id for _ in range(2))
    assert one != other


async def test_webex_fetches_and_takes_the_mention_off(platforms: Fake) -> None:
    webex, dialect = opened(Webex, WebexDialect, platforms), WebexDialect()
    html = '<p><spark-mention data-object-type="person" data-object-id="b0t">Charley</spark-mention> hi</p>'
    (message,) = read(webex, dialect.message("m1", "ann", text="Charley what is calcium", html=html))
    assert (message.sender, message.recipient) == ("room1 ann", "room1")
    assert await webex.fetched(message) == "what is calcium"
    (file,) = read(webex, dialect.message("m2", "ann", files=["https://files.example.org/1"]))
    assert await webex.fetched(file) is None
    with pytest.raises(NotSent):
        await webex.fetched(Incoming("gone", "ann", "room1", ""))


@pytest.fixture
async def ann(assistant: Assistant, platforms: Fake, tmp_path: Path) -> AsyncIterator[Person]:
    """Someone on Webex."""
    platforms.reset()
    async with served(assistant, tmp_path, WebexDialect.environment(platforms)) as site:
        yield Person(WebexDialect(), site, platforms)
    platforms.reset()


@pytest.mark.parametrize("failures", [[500, 503, 500], [404], "hangs"], ids=str)
async def test_a_message_that_webex_does_not_give_gets_an_honest_line_and_the_number_in_time(
    failures: Any, ann: Person
) -> None:
    if failures == "hangs":
        ann.fake.dawdles, ann.fake.dawdles_at = 30, lambda call: call.method == "GET"
    else:
        ann.fake.fails[:] = failures
    began = time.monotonic()
    (text,) = ann.texts(await ann.say(CHEST, wanted="."))
    assert time.monotonic() - began < ANSWER_SECONDS
    assert text.startswith("Sorry, something went wrong and I could not answer.")
    assert f"If you feel seriously unwell, call {ANYWHERE}" in text
    ann.fake.reset()
    assert "Charley" in ann.texts(await ann.say("hi", wanted="Charley"))[-1]  # it goes on


async def test_a_message_that_webex_gives_at_the_third_try_is_answered(ann: Person) -> None:
    ann.fake.fails[:] = [500, 429]
    (text,) = ann.texts(await ann.say(CHEST, wanted="."))
    assert text.startswith(f"Call {ANYWHERE} now")


async def test_a_file_alone_gets_no_line(ann: Person) -> None:
    assert (await ann.send(ann.dialect.other("media")))[0] == 200
    assert len(await ann.say("hi", wanted="Charley")) == 1
    assert len(ann.calls) == 1


def test_webex_passes_over_bots_and_other_events(platforms: Fake) -> None:
    webex, dialect = opened(Webex, WebexDialect, platforms), WebexDialect()
    data = {"id": "1", "roomId": "room1", "personId": "other", "personEmail": "other@webex.bot"}
    assert not read(webex, dialect.event("messages", "created", data))
    assert not read(webex, dialect.event("messages", "deleted", {**data, "personEmail": "a@example.org"}))
    assert not read(webex, dialect.event("memberships", "created", {**data, "personId": BOT}))
