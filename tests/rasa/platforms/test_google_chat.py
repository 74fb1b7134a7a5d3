"""What only Google Chat has: its token's claims, mentions in spaces, and replies in one response."""

from __future__ import annotations

import asyncio
import json
from types import SimpleNamespace
from typing import Any

import pytest

from charley.answers.render import Message
from charley.answers.reply import Button
from charley.rasa.platforms.base import Incoming
from charley.rasa.platforms.google_chat import LIMIT, GoogleChat
from charley.rasa.secret import Pseudonyms
from tests.rasa.platforms.dialect import SECRET
from tests.rasa.platforms.fake import Fake
from tests.rasa.platforms.google_chat_dialect import (
    KEY_ID,
    PROJECT,
    GoogleChatDialect,
    certificate,
    key,
    token,
)


@pytest.fixture
def chat() -> GoogleChat:
    made = GoogleChat({"GOOGLE_CHAT_PROJECT_NUMBER": PROJECT}, Pseudonyms(SECRET.encode()))
    made._keys = {KEY_ID: certificate(key("Google's"))}
    return made


def read(chat: GoogleChat, **event: Any) -> list[Incoming]:
    request: Any = SimpleNamespace(json=json.loads(GoogleChatDialect().event(event, "5").body))
    return list(chat.read(request))


def test_a_good_token_is_taken(chat: GoogleChat) -> None:
    request: Any = SimpleNamespace(headers={"Authorization": f"Bearer {token()}"})
    assert chat.is_authentic(request)


@pytest.mark.parametrize("claims", [{"aud": "999"}, {"iss": "someone@example.org"}])
def test_a_token_of_google_for_something_else_is_none(chat: GoogleChat, claims: dict[str, Any]) -> None:
    request: Any = SimpleNamespace(headers={"Authorization": f"Bearer {token(**claims)}"})
    try:
        authentic = chat.is_authentic(request)
    except ValueError:  # which the server takes for a no
        authentic = False
    assert not authentic


async def test_keys_at_hand_serve_while_new_ones_do_not_come(platforms: Fake) -> None:
    platforms.reset()
    platforms.dawdles = 30
    chat = GoogleChat(GoogleChatDialect.environment(platforms), Pseudonyms(SECRET.encode()))
    chat._keys = {KEY_ID: certificate(key("Google's"))}
    await asyncio.wait_for(chat.prepare(), 1)
    request: Any = SimpleNamespace(headers={"Authorization": f"Bearer {token()}"})
    assert chat.is_authentic(request)
    await chat._caller.close()
    platforms.reset()


async def test_who_comes_while_the_first_keys_are_fetched_waits_for_them(platforms: Fake) -> None:
    platforms.reset()
    platforms.dawdles = 0.3
    chat = GoogleChat(GoogleChatDialect.environment(platforms), Pseudonyms(SECRET.encode()))
    request: Any = SimpleNamespace(headers={"Authorization": f"Bearer {token()}"})

    async def comes() -> bool:
        await chat.prepare()
        return chat.is_authentic(request)

    assert await asyncio.gather(comes(), comes()) == [True, True]
    await chat._caller.close()
    platforms.reset()


def test_a_mention_is_no_part_of_the_text(chat: GoogleChat) -> None:
    message = {"name": "m", "text": "@Charley what stops a cramp?", "argumentText": " what stops a cramp?"}
    (one,) = read(chat, type="MESSAGE", message=message, space={"name": "spaces/A", "type": "ROOM"})
    assert one.turn == "what stops a cramp?"
    (direct,) = read(chat, type="MESSAGE", message=message)
    assert direct.sender != one.sender


def test_who_adds_it_is_greeted_or_answered(chat: GoogleChat) -> None:
    (greeted,) = read(chat, type="ADDED_TO_SPACE")
    assert greeted.turn == "hello"
    (asked,) = read(chat, type="ADDED_TO_SPACE", message={"name": "m", "argumentText": "i have chest pain"})
    assert asked.turn == "i have chest pain"


def test_all_replies_stand_in_one_response(chat: GoogleChat) -> None:
    chat.set["CHARLEY_PUBLIC_URL"] = "https://example.org"
    pressed = Message("one", [Button("Go on", "/go")])
    body = json.loads(chat.response([pressed, Message("two"), Message("a calf", picture="calf")]).body)
    assert body["text"] == "one\n\ntwo"
    (section,) = body["cardsV2"][0]["card"]["sections"]
    assert [*section["widgets"][0]] == ["buttonList"]
    assert section["widgets"][1]["image"]["altText"] == "a calf"
    assert json.loads(chat.response([]).body) == {}


def test_what_is_too_long_for_a_text_stands_in_the_card_and_so_does_all_after_it(chat: GoogleChat) -> None:
    long = "x" * (LIMIT - 10)
    body = json.loads(chat.response([Message(long), Message("5 < 6\nand so on"), Message("end")]).body)
    assert body["text"] == long
    widgets = body["cardsV2"][0]["card"]["sections"][0]["widgets"]
    assert [widget["textParagraph"]["text"] for widget in widgets] == ["5 &lt; 6<br>and so on", "end"]
