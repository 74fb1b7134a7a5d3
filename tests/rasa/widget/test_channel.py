"""The widget's channel, black-box: real servers, real sockets, friends and strangers."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from charley.admission import MAX_CHARACTERS
from charley.rasa.widget.channel import BURST
from tests.conftest import Site, payload
from tests.rasa.widget.conftest import SOCKETS, Client

Open = Callable[..., Awaitable[Client]]
FOODS = "which foods have magnesium?"
CHEST = "i have chest pain and can not breathe"


def stored(site: Site, word: str) -> int:
    """How many stored events hold a word."""
    with sqlite3.connect(site.home / "var" / "conversations.db") as database:
        (count,) = database.execute("select count(*) from events where data like ?", [f"%{word}%"]).fetchone()
    return int(count)


async def test_a_question_is_answered_with_its_sources(client: Open) -> None:
    talk = await client()
    (reply,) = await talk.say(FOODS)
    assert "spinach" in reply["text"]
    assert reply["metadata"]["kind"] == "answer"
    assert reply["metadata"]["sources"]
    assert reply["metadata"]["blocks"][0]["type"] == "points"
    assert "recipient_id" not in reply


async def test_a_message_is_acknowledged_before_it_is_worked_on(client: Open) -> None:
    talk = await client()
    for _ in range(5):
        await talk.say(FOODS)
    assert talk.log == ["session", *["ack", "answer"] * 5]


async def test_care_comes_first(client: Open) -> None:
    talk = await client(auth={"country": "NZ"})
    first, *_ = await talk.say(CHEST)
    assert first["metadata"]["kind"] == "care"
    assert "111" in first["text"]


@pytest.mark.parametrize(
    ("auth", "numbers"),
    [
        ({"country": "NZ"}, ["111"]),
        ({"locale": "en-IE"}, ["112", "999"]),
        ({"country": "IE", "locale": "en-US"}, ["112", "999"]),
        ({}, ["911", "999", "112"]),
        ({"country": "Narnia"}, ["911", "999", "112"]),
        ({"country": 7, "locale": ["en-US"]}, ["911", "999", "112"]),
        (None, ["911", "999", "112"]),
        ("nonsense", ["911", "999", "112"]),
    ],
    ids=str,
)
async def test_the_numbers_to_call_are_those_of_where_the_person_is(
    auth: Any, numbers: list[str], client: Open
) -> None:
    talk = await client(auth=auth)
    told = talk.got["session"][0]["emergency"]["numbers"]
    assert [number["number"] for number in told] == numbers
    assert all(number["place"] for number in told)


async def test_who_comes_back_sees_the_talk_and_goes_on_with_it(client: Open) -> None:
    first = await client()
    await first.say(FOODS, "m1")
    await first.close()
    again = await client(auth={"token": first.token})
    session = again.got["session"][0]
    assert session["resumed"]
    person, charley = session["history"]
    assert person == {"from": "person", "id": "m1", "text": FOODS}
    assert (charley["id"], charley["index"]) == ("m1", 0)
    assert charley["reply"]["text"] == (await first.replies_to("m1"))[0]["text"]
    assert charley["reply"]["metadata"]["blocks"]
    (reply,) = await again.say("and potassium?")
    assert "banana" in reply["text"].lower()


@pytest.mark.parametrize(
    "token", ["", "x", "a.1.b", "\u00e9" * 10, "x" * 5000, 7, None, ["t"], {"token": "x"}]
)
async def test_a_forged_token_begins_a_new_talk(token: Any, client: Open) -> None:
    talk = await client(auth={"token": token})
    assert talk.got["session"][0]["resumed"] is False
    assert talk.got["session"][0]["history"] == []


async def test_nobody_reads_along(client: Open) -> None:
    victim, stranger = await client(), await client()
    session = victim.token.split(".")[0]
    forged = await client(auth={"token": f"{session}.9999999999.{stranger.token.split('.')[2]}"})
    for event, data in [
        ("join", session),
        ("session_request", {"session_id": session}),
        ("enter_room", session),
    ]:
        await stranger.emit(event, data)
    await stranger.say("hi", sender=session, session_id=session, room=session)
    await victim.say(FOODS, "secret")
    await stranger.say("hi")  # whatever was meant for it has come by now
    for other in (stranger, forged):
        assert all(answer["id"] != "secret" for answer in other.got["answer"])
        assert not other.got["said"]
    assert not (await client(auth={"token": victim.token[:-2] + "AA"})).got["session"][0]["history"]


async def test_another_tab_of_the_same_person_reads_along(client: Open) -> None:
    one = await client()
    other = await client(auth={"token": one.token})
    await one.say(FOODS, "m1")
    await other.replies_to("m1")
    assert other.got["said"] == [{"id": "m1", "text": FOODS}]
    assert not one.got["said"]


async def test_a_message_sent_again_is_taken_once(client: Open) -> None:
    talk = await client()
    acks = await asyncio.gather(*(talk.ask("say", {"id": "m1", "text": FOODS}) for _ in range(3)))
    assert acks == [{"ok": True}] * 3
    await talk.wait_for(lambda: len(talk.got["answer"]) == 3)
    assert len({json.dumps(answer) for answer in talk.got["answer"]}) == 1
    history = (await client(auth={"token": talk.token})).got["session"][0]["history"]
    assert [entry["from"] for entry in history] == ["person", "charley"]


async def test_messages_are_answered_in_the_order_in_which_they_came(client: Open) -> None:
    talk = await client()
    for n in range(6):
        await talk.emit("say", {"id": str(n), "text": FOODS if n % 2 else "hi"})
    await talk.wait_for(lambda: len(talk.got["answer"]) == 6)
    assert [answer["id"] for answer in talk.got["answer"]] == list("012345")


async def test_a_danger_in_a_message_too_long_is_heard(client: Open) -> None:
    for text in ("i want to kill myself. " + "my calf " * 150, "my calf " * 150 + CHEST):
        care, notice = await (await client()).say(text)
        assert care["metadata"]["kind"] == "care"
        assert notice["metadata"]["kind"] == "notice"


async def test_no_other_channel_speaks_for_a_session(client: Open, site: Site) -> None:
    talk = await client()
    await talk.say(FOODS, "m1")
    session = talk.token.split(".")[0]
    for sender in (session, f"widget-{session}"):
        body = {"sender": sender, "message": "more", "message_id": "m1"}
        async with aiohttp.ClientSession() as program, program.post(site.webhook, json=body) as reply:
            assert "spinach" not in await reply.text()


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://["}, {"Host": "["}, {"Connection": "Upgrade", "Upgrade": "websocket"}],
    ids=str,
)
async def test_a_request_that_no_browser_makes_leaves_no_trace(headers: dict[str, str], site: Site) -> None:
    log = site.home / "var" / "rasa.log"
    before = len(log.read_text(errors="replace"))
    for transport in ("polling", "websocket"):
        address = f"{site.url}{SOCKETS}/?EIO=4&transport={transport}"
        async with aiohttp.ClientSession() as program, program.get(address, headers=headers) as reply:
            await reply.read()
    assert "Traceback" not in log.read_text(errors="replace")[before:]


async def test_a_typed_slash_is_no_button(client: Open) -> None:
    talk = await client()
    (typed,) = await talk.say("/deny_care")
    (pressed,) = await talk.say(payload="/ask_causes", title="What causes cramps?")
    assert typed["metadata"]["kind"] != "care"
    assert pressed["metadata"]["kind"] == "answer"


@pytest.mark.parametrize(
    "message",
    [
        {"payload": "/session_start"},
        {"payload": "/restart", "title": "x"},
        {"payload": '/ask_role{"subject": "unobtainium"}'},
        {"payload": 7},
        {"text": None},
        {"text": {"a": 1}},
        {"text": "x" * (MAX_CHARACTERS + 1)},
        {"text": ""},
        {},
    ],
    ids=str,
)
async def test_what_can_not_be_taken_gets_a_notice(message: dict[str, Any], client: Open) -> None:
    talk = await client()
    (reply,) = await talk.say(**message)
    assert reply["metadata"]["kind"] == "notice"


@pytest.mark.parametrize(
    "data",
    [None, 7, "hi", [], {}, {"text": "hi"}, {"id": "", "text": "hi"}, {"id": "x" * 65}, {"id": "a\nb"}],
    ids=str,
)
async def test_a_message_without_an_id_is_told_to_be_invalid(data: Any, client: Open) -> None:
    talk = await client()
    assert await talk.ask("say", data) == {"ok": False, "error": "invalid"}


async def test_too_many_messages_at_once_are_asked_to_wait_and_none_is_lost(client: Open) -> None:
    talk = await client()
    acks = [await talk.ask("say", {"id": str(n), "text": ""}) for n in range(BURST + 3)]
    taken = [str(n) for n, ack in enumerate(acks) if ack["ok"]]
    (refused, *_) = (ack for ack in acks if not ack["ok"])
    assert refused["error"] == "rate_limited"
    assert 0 < refused["retry_after"] <= 2
    await talk.wait_for(lambda: len(talk.got["answer"]) == len(taken))
    assert [answer["id"] for answer in talk.got["answer"]] == taken


async def test_one_who_floods_stops_nobody_else(client: Open) -> None:
    flood, other = await client(), await client()
    for n in range(BURST * 3):
        await flood.emit("say", {"id": str(n), "text": ""})
    assert (await other.say("hi"))[0]["metadata"]["kind"] == "smalltalk"


async def test_a_thumb_is_kept_with_the_talk(client: Open, site: Site) -> None:
    talk = await client()
    mark = uuid4().hex
    await talk.say(FOODS, mark)
    assert await talk.ask("thumb", {"id": mark, "index": 0, "value": "up"}) == {"ok": True}
    assert await talk.ask("thumb", {"id": mark, "index": 0, "value": "down"}) == {"ok": True}
    history = (await client(auth={"token": talk.token})).got["session"][0]["history"]
    assert [entry.get("thumb") for entry in history] == [None, "down"]
    with sqlite3.connect(site.home / "var" / "conversations.db") as database:
        rows = database.execute(
            "select data from events where type_name = 'slot' and data like ?", [f"%{mark}%"]
        )
        values = [json.loads(data)["value"]["value"] for (data,) in rows]
    assert values == ["up", "down"]
    (reply,) = await talk.say("and potassium?")
    assert reply["metadata"]["kind"] == "answer"


@pytest.mark.parametrize(
    "mark",
    [
        {"index": 1},
        {"index": "0"},
        {"index": -1},
        {"id": "other"},
        {"id": None},
        {"id": ["m1"]},
        {"value": "sideways"},
        {"value": {"a": 1}},
    ],
    ids=str,
)
async def test_a_thumb_on_nothing_is_not_kept(mark: dict[str, Any], client: Open) -> None:
    talk = await client()
    await talk.say(FOODS, "m1")
    assert await talk.ask("thumb", {"id": "m1", "index": 0, "value": "up", **mark}) == {"ok": False}


async def test_to_forget_deletes_the_talk_here_and_begins_a_new_one(client: Open, site: Site) -> None:
    canary = f"axolotl{uuid4().hex}"
    talk = await client()
    tab = await client(auth={"token": talk.token})
    await talk.say(f"my {canary} calf cramps at night")
    assert stored(site, canary)
    ack = await talk.ask("forget", {})
    assert ack["ok"]
    assert any("is deleted" in reply["text"] for reply in ack["replies"])
    assert not stored(site, canary)
    await tab.wait_for(lambda: tab.got["forgotten"])
    assert tab.got["forgotten"] == [{"token": ack["token"]}]
    new = await client(auth={"token": ack["token"]})
    assert new.got["session"][0]["resumed"]
    assert not new.got["session"][0]["history"]
    (reply,) = await tab.say(FOODS, "m2")  # the other tab goes on in the new talk
    assert reply["metadata"]["kind"] == "answer"
    await talk.replies_to("m2")
    assert not (await client(auth={"token": talk.token})).got["session"][0]["history"]


async def test_what_was_sent_before_is_forgotten_and_what_is_sent_after_is_not(
    client: Open, site: Site
) -> None:
    canary = f"axolotl{uuid4().hex}"
    talk = await client()
    await talk.emit("say", {"id": "before", "text": f"my {canary} calf cramps"})
    ack = await talk.ask("forget", {})
    await talk.say(FOODS, "after")
    await talk.replies_to("before")
    assert not stored(site, canary)
    history = (await client(auth={"token": ack["token"]})).got["session"][0]["history"]
    assert {entry["id"] for entry in history} == {"after"}


async def test_a_warning_in_force_is_heard_once_more_before_it_is_forgotten(client: Open) -> None:
    talk = await client()
    await talk.say(CHEST)
    ack = await talk.ask("forget", {})
    assert ack["replies"][0]["metadata"]["kind"] == "care"
    assert "911" in ack["replies"][0]["text"]
    (reply,) = await talk.say(FOODS)
    assert reply["metadata"]["care_level"] == "none"


async def test_to_ask_for_it_in_words_deletes_the_talk_too(client: Open, site: Site) -> None:
    canary = f"axolotl{uuid4().hex}"
    talk = await client()
    tab = await client(auth={"token": talk.token})
    await talk.say(f"my {canary} calf cramps at night")
    await talk.say("forget this chat")
    assert not stored(site, canary)
    assert tab.got["forgotten"]


async def test_forgetting_can_not_be_used_to_keep_the_server_busy(client: Open) -> None:
    talk = await client()
    acks = [await talk.ask("forget", {}) for _ in range(BURST + 2)]
    assert acks[0]["ok"]
    assert acks[-1] == {"ok": False}


async def test_the_check_up_goes_by_choices(client: Open) -> None:
    talk = await client()
    question = (await talk.say(payload="/start_check_up", title="Check-up"))[-1]
    choices = question["metadata"]["choices"]
    assert choices["multiple"]
    assert choices["prompt"] in question["text"]
    chosen = [choices["options"][0]["value"]]
    first, *_ = await talk.say(payload=payload(chosen, choices["question"]), title="x")
    assert first["metadata"]["care_level"] == "emergency"


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "{listed}.evil.example", "{listed}0"])
async def test_pages_of_sites_that_are_not_listed_are_refused(origin: str, site: Site, client: Open) -> None:
    origin = origin.format(listed=site.other_origin)
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await client(Origin=origin)
    async with (
        aiohttp.ClientSession() as browser,
        browser.get(f"{site.url}{SOCKETS}/?EIO=4&transport=polling", headers={"Origin": origin}) as reply,
    ):
        assert reply.status == 400


async def test_pages_of_listed_sites_and_of_its_own_are_let_in(site: Site, client: Open) -> None:
    for origin in (site.other_origin, site.url):
        assert (await (await client(Origin=origin)).say("hi"))[0]["metadata"]["kind"] == "smalltalk"


async def test_no_page_of_another_site_may_read_the_handshake(site: Site) -> None:
    address = f"{site.url}{SOCKETS}/?EIO=4&transport=polling"
    async with aiohttp.ClientSession() as browser:
        for origin, allowed in [(site.other_origin, site.other_origin), ("http://evil.example", None)]:
            async with browser.get(address, headers={"Origin": origin}) as reply:
                assert reply.headers.get("Access-Control-Allow-Origin") == allowed
                assert "Access-Control-Allow-Credentials" not in reply.headers
