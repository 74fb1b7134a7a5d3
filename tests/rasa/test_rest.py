"""The REST channel, black-box: both real servers, real sockets, whatever people may send."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import yaml
from rasa.shared.exceptions import InvalidConfigException

from charley.admission import MAX_CHARACTERS
from charley.answers import Kind
from charley.care.levels import CareLevel
from charley.care.numbers import ANYWHERE
from charley.rasa.rest import BURST, MAX_BODY, MAX_ID, RestInput
from charley.rasa.secret import Pseudonyms
from tests.conftest import Restartable, Site
from tests.rasa.platforms.dialects import SECRET

DOMAIN = yaml.safe_load((Path(__file__).resolve().parents[2] / "domain.yml").read_text(encoding="utf-8"))
FOODS = "which foods have magnesium?"
CANARY = "Quetzalcoatlus"
Replies = list[dict[str, Any]]


def said(response: str) -> str:
    """The text of a response of the domain, as a person gets it."""
    text: str = DOMAIN["responses"][response][0]["text"]
    return text.replace("{emergency_number}", ANYWHERE)


async def post(site: Site, body: Any, content_type: str = "application/json") -> tuple[int, Any]:
    """Status and JSON of one request; a body of bytes is sent as it is."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": content_type}
    async with (
        aiohttp.ClientSession() as client,
        client.post(site.webhook, data=data, headers=headers) as reply,
    ):
        return reply.status, await reply.json()


async def say(site: Site, message: Any, sender: str | None = None, **more: Any) -> Replies:
    """The replies to one message, in a conversation of its own unless a sender is given."""
    status, replies = await post(site, {"sender": sender or uuid4().hex, "message": message, **more})
    assert status == 200
    assert isinstance(replies, list)
    return replies


@pytest.mark.parametrize(
    "message",
    [
        FOODS,
        "hi",
        "my calf is swollen and red, how do i stop the cramp?",
        "i have chest pain",
        "what is the capital of france",
        "",
        "\U0001f9b5\U0001f616",
        {"payload": "/ask_causes", "title": "What causes cramps?"},
        {"payload": "/nonsense"},
        None,
        42,
        ["hi"],
    ],
    ids=str,
)
async def test_every_reply_keeps_the_contract(message: Any, site: Site) -> None:
    replies = await say(site, message, "contract" + uuid4().hex)
    assert replies
    for reply in replies:
        assert set(reply) == {"recipient_id", "text", "buttons", "metadata"}
        assert reply["text"].strip()
        assert all(set(button) == {"title", "payload"} for button in reply["buttons"])
        metadata = reply["metadata"]
        assert metadata["kind"] in {kind.value for kind in Kind}
        assert metadata["care_level"] in {level.value for level in CareLevel}
        assert all(isinstance(id_, str) for id_ in metadata["fact_ids"])
        assert all(set(source) == {"id", "title", "url"} for source in metadata["sources"])
        assert bool(metadata["fact_ids"]) == bool(metadata["sources"]) == (metadata["kind"] == "answer")


async def test_an_answer_of_several_paragraphs_is_one_message(site: Site) -> None:
    (reply,) = await say(site, FOODS)
    assert "\n\n" in reply["text"]


@pytest.mark.parametrize(
    ("message", "response"),
    [
        ("", "utter_notice_empty"),
        (" \t\n ", "utter_notice_empty"),
        ("/", "utter_notice_empty"),
        ("a" * (MAX_CHARACTERS + 1), "utter_notice_too_long"),
        ("cramp " * 6667, "utter_notice_too_long"),
        ("\x00\x01\x02 cramp \x03\x04", "utter_notice_unreadable"),
        (None, "utter_notice_unreadable"),
        (42, "utter_notice_unreadable"),
        ({"payload": "/nonsense", "title": "x"}, "utter_notice_unknown_button"),
        ({"payload": "/session_start", "title": "x"}, "utter_notice_unknown_button"),
        ({"payload": '/ask_role{"subject": "unobtainium"}'}, "utter_notice_unknown_button"),
        ({"title": "no payload"}, "utter_notice_unknown_button"),
    ],
    ids=lambda value: str(value)[:30],
)
async def test_what_can_not_be_taken_gets_the_notice_that_says_so(
    message: Any, response: str, site: Site
) -> None:
    (reply,) = await say(site, message)
    assert reply["text"] == said(response)
    assert reply["metadata"]["kind"] == "notice"


async def test_the_longest_message_is_taken(site: Site) -> None:
    (reply,) = await say(site, (FOODS + " ").ljust(MAX_CHARACTERS, "."))
    assert reply["metadata"]["kind"] != "notice"


@pytest.mark.parametrize("message", ["\U0001f9b5\U0001f616\U0001f62d", "???", "\u200b1234"])
async def test_what_holds_no_words_is_not_understood(message: str, site: Site) -> None:
    (reply,) = await say(site, message)
    assert reply["text"] == said("utter_not_understood")


async def test_html_is_never_echoed(site: Site) -> None:
    replies = await say(site, "<script>alert('cramp')</script><img src=x onerror=alert(1)>")
    assert replies
    assert all("<" not in reply["text"] for reply in replies)


async def test_a_typed_slash_is_no_button(site: Site) -> None:
    sender = uuid4().hex
    await say(site, "i have chest pain", sender)
    for typed in ("/session_start", "/restart", "//session_start"):
        replies = await say(site, typed, sender)
        assert {reply["metadata"]["care_level"] for reply in replies} == {"emergency"}


async def test_a_pressed_button_is_answered(site: Site) -> None:
    (reply,) = await say(site, {"payload": '/ask_food_sources{"subject": "magnesium"}', "title": "Foods"})
    assert reply["text"] == (await say(site, FOODS))[0]["text"]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"sender": "a", "message": ', "application/json", 400),
        (b"\xff\xfe\x00\x01", "application/json", 400),
        (b"", "application/json", 400),
        (b"[" * 20_000, "application/json", 400),
        ([{"sender": "a", "message": "hi"}], "application/json", 400),
        ("hi", "application/json", 400),
        ({"sender": "a"}, "application/json", 400),
        ({"sender": 7, "message": "hi"}, "application/json", 400),
        ({"sender": "a" * (MAX_ID + 1), "message": "hi"}, "application/json", 400),
        ({"sender": "a\nb", "message": "hi"}, "application/json", 400),
        ({"sender": "a", "message": "hi", "message_id": 7}, "application/json", 400),
        ({"sender": "a", "message": "x" * MAX_BODY}, "application/json", 413),
        ({"sender": "a", "message": "hi"}, "text/plain", 415),
        ({"sender": "a", "message": "hi"}, "application/x-www-form-urlencoded", 415),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_bad_request_is_refused_with_its_reason(
    body: Any, content_type: str, status: int, site: Site
) -> None:
    got, answer = await post(site, body, content_type)
    assert got == status
    assert set(answer) == {"error"}


@pytest.mark.parametrize("sender", [{}, {"sender": ""}, {"sender": None}], ids=str)
async def test_who_gives_no_sender_gets_an_id_of_their_own(sender: dict[str, Any], site: Site) -> None:
    ids = set()
    for _ in range(2):
        status, (reply,) = await post(site, {"message": FOODS, **sender})
        assert status == 200
        ids.add(reply["recipient_id"])
    assert len(ids) == 2
    assert all(len(id_) > 20 for id_ in ids)


async def test_a_repeated_message_gets_the_same_replies_and_is_taken_once(site: Site) -> None:
    sender = uuid4().hex
    first = await say(site, "why do legs cramp?", sender, message_id="m1")
    again = await say(site, "why do legs cramp?", sender, message_id="m1")
    assert again == first
    (more,) = await say(site, "more", sender, message_id="m2")
    assert await say(site, "more", sender, message_id="m2") == [more]
    assert messages_kept(site, sender) == ["why do legs cramp?", "more"]


async def test_a_message_delivered_twice_at_once_is_taken_once(site: Site) -> None:
    sender = uuid4().hex
    one, two = await asyncio.gather(*(say(site, FOODS, sender, message_id="m1") for _ in range(2)))
    assert one == two
    assert messages_kept(site, sender) == [FOODS]


async def test_two_senders_at_once_never_see_each_others_answers(site: Site) -> None:
    asked = {uuid4().hex: subject for subject in ("magnesium", "potassium", "calcium") * 4}
    answers = await asyncio.gather(
        *(say(site, f"what does {subject} do?", sender) for sender, subject in asked.items())
    )
    for (sender, subject), (reply,) in zip(asked.items(), answers, strict=True):
        assert reply["recipient_id"] == sender
        assert any(id_.startswith(subject) for id_ in reply["metadata"]["fact_ids"])
    follow_ups = await asyncio.gather(*(say(site, "which foods have it?", sender) for sender in asked))
    for subject, (reply,) in zip(asked.values(), follow_ups, strict=True):
        assert any(id_.startswith(subject) for id_ in reply["metadata"]["fact_ids"])


def messages_kept(site: Site, sender: str) -> list[str]:
    """What a sender said, as it stands in the SQLite file."""
    with sqlite3.connect(site.home / "var" / "conversations.db") as store:
        rows = store.execute(
            "SELECT data FROM events WHERE sender_id = ? AND type_name = 'user' ORDER BY id",
            [Pseudonyms(SECRET.encode()).of("rest", sender)],
        ).fetchall()
    return [json.loads(data)["text"] for (data,) in rows]


async def test_a_conversation_is_kept_on_this_machine(site: Site) -> None:
    sender = uuid4().hex
    await say(site, FOODS, sender)
    await say(site, "and potassium?", sender)
    assert messages_kept(site, sender) == [FOODS, "and potassium?"]


async def test_no_log_holds_what_was_said(site: Site) -> None:
    sender = uuid4().hex
    for message in (f"my {CANARY} cramps", {"payload": f"/{CANARY}"}, f"{CANARY}\x00", CANARY * 100):
        await say(site, message, sender)
    await post(site, f'{{"message": "{CANARY}'.encode())
    await post(site, {"message": CANARY}, "text/plain")
    logs = [path for path in (site.home / "var").iterdir() if path.suffix == ".log"]
    assert {log.name for log in logs} == {"action-server.log", "rasa.log"}
    assert [log.name for log in logs if CANARY.encode() in log.read_bytes()] == []
    assert f"my {CANARY} cramps" in messages_kept(site, sender), "it did reach the assistant"


async def test_a_message_repeated_while_it_waits_for_its_turn_is_taken_once(site: Site) -> None:
    sender = uuid4().hex

    async def again() -> None:
        await first
        await asyncio.gather(*(say(site, FOODS, sender, message_id="m1") for _ in range(3)))

    first = asyncio.create_task(say(site, "why do legs cramp?", sender, message_id="m0"))
    await asyncio.gather(say(site, FOODS, sender, message_id="m1"), again())
    assert sorted(messages_kept(site, sender)) == sorted(["why do legs cramp?", FOODS])


async def test_where_tokens_are_set_only_who_has_one_speaks_and_each_has_its_own_senders(
    restartable: Restartable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHARLEY_REST_TOKENS", f"clinic={'c' * 20}, club={'d' * 20}")
    restartable.start()
    sender = uuid4().hex

    async def post_as(token: str | None, message: str) -> tuple[int, Any]:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        body = {"sender": sender, "message": message}
        async with (
            aiohttp.ClientSession() as client,
            client.post(restartable.site.webhook, json=body, headers=headers) as reply,
        ):
            return reply.status, await reply.json()

    for wrong in (None, "", "x", "c" * 19):
        assert (await post_as(wrong, "hi"))[0] == 401
    _, (care, *_) = await post_as("c" * 20, "one calf is swollen, red and warm")
    assert care["metadata"]["care_level"] == "urgent_same_day"
    _, (reply, *_) = await post_as("d" * 20, FOODS)
    assert reply["metadata"]["care_level"] == "none"
    assert reply["recipient_id"] == sender


def test_tokens_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARLEY_SECRET", SECRET)
    monkeypatch.setenv("CHARLEY_REST_TOKENS_FILE", str(tmp_path / "tokens"))
    (tmp_path / "tokens").write_text("clinic=short\n", encoding="utf-8")
    with pytest.raises(InvalidConfigException, match="each token has"):
        RestInput.from_credentials(None)
    (tmp_path / "tokens").write_text(f"clinic={'c' * 20}\n", encoding="utf-8")
    assert RestInput.from_credentials(None)


@pytest.mark.parametrize(
    "tokens",
    [
        "abc",
        "clinic=",
        "=" + "c" * 20,
        "clinic=short",
        "a=" + "c" * 20 + ",b=",
        "a=" + "c" * 20 + " c",
        "a=" + "c" * 257,
    ],
)
def test_a_token_that_is_none_stops_the_start(tokens: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARLEY_REST_TOKENS", tokens)
    monkeypatch.setenv("CHARLEY_SECRET", SECRET)
    with pytest.raises(InvalidConfigException, match="name=token"):
        RestInput.from_credentials(None)


async def test_who_floods_is_asked_to_wait_and_a_danger_is_heard(site: Site) -> None:
    sender = uuid4().hex
    await asyncio.gather(*(say(site, "", sender) for _ in range(BURST)))
    while (await say(site, "", sender))[0]["text"] != said("utter_notice_too_fast"):
        pass
    first, *_ = await say(site, "i have chest pain and can not breathe", sender)
    assert ANYWHERE in first["text"]
