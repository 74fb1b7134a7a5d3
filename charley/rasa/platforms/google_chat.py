"""Google Chat: an app with an HTTP endpoint, whose replies stand in the response."""

from __future__ import annotations

import asyncio
import html
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from aiohttp import ClientError
from google.auth import jwt
from sanic.request import Request
from sanic.response import HTTPResponse, json

from charley.answers.render import Form, Message
from charley.answers.reply import Button
from charley.rasa.platforms.base import Incoming, NotSent, Platform
from charley.rasa.secret import Pseudonyms

logger = logging.getLogger(__name__)

ISSUER = "chat@system.gserviceaccount.com"
LIMIT = 4096  # characters of a response's text
MAX_PRESSED = 1000  # of what a pressed button sends back
FRESH_SECONDS, AGAIN_SECONDS = 3600.0, 30.0  # until keys are fetched anew; until it is tried again


def link(title: str, url: str | None) -> str:
    return f"{title} {url}" if url else title


class GoogleChat(Platform):
    """Direct messages, mentions in spaces, and pressed buttons."""

    name = "google_chat"
    form = Form(limit=LIMIT, options=10, title=64, link=link)
    needs = ("GOOGLE_CHAT_PROJECT_NUMBER",)
    may: ClassVar = {
        "GOOGLE_CHAT_CERTS": f"https://www.googleapis.com/service_accounts/v1/metadata/x509/{ISSUER}"
    }
    in_response = True

    def __init__(self, set_: Mapping[str, str], pseudonyms: Pseudonyms) -> None:
        super().__init__(set_, pseudonyms)
        self._keys: Mapping[str, str] = {}
        self._stale_at = 0.0
        self._fetching: asyncio.Task[None] | None = None

    async def prepare(self) -> None:
        """Fetch Google's keys, which change every few days."""
        if time.monotonic() >= self._stale_at:
            self._stale_at = time.monotonic() + AGAIN_SECONDS
            self._fetching = asyncio.create_task(self._fetch_keys())  # no turn: no stop waits for it
        if self._fetching and not self._keys:  # those at hand serve meanwhile
            await asyncio.shield(self._fetching)

    started = prepare  # so that the keys are there before the first request

    async def _fetch_keys(self) -> None:
        try:
            async with self.http.get(self.set["GOOGLE_CHAT_CERTS"], raise_for_status=True) as reply:
                self._keys = await reply.json(content_type=None)
        except (ClientError, asyncio.TimeoutError, ValueError) as error:
            logger.error("google_chat: its keys could not be fetched: %s", type(error).__name__)
            return
        self._stale_at = time.monotonic() + FRESH_SECONDS

    def is_authentic(self, request: Request) -> bool:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        project = self.set["GOOGLE_CHAT_PROJECT_NUMBER"]
        # It raises ValueError for what is forged, stale or meant for another project.
        claims = jwt.decode(token, certs=self._keys, audience=project, clock_skew_in_seconds=10)
        return scheme == "Bearer" and bool(claims["iss"] == ISSUER)

    def read(self, request: Request) -> Iterable[Incoming]:
        event = request.json
        kind, message, space = event["type"], event.get("message") or {}, event["space"]["name"]
        id_ = message.get("name") or f"{space} {event['eventTime']}"
        turn: str | dict[str, Any]
        if kind == "CARD_CLICKED":
            turn = {"payload": self.pressed(event["common"]["parameters"]["payload"])}
            id_ = f"{id_} {event['eventTime']}"
        else:
            turn = (message.get("argumentText") or "").strip()  # without the mention
            if kind not in ("MESSAGE", "ADDED_TO_SPACE") or (message.get("attachment") and not turn):
                return
        locale = (event.get("common") or {}).get("userLocale")
        # A talk of its own in each space: what was said directly is never shown where others read.
        sender = f"{space} {event['user']['name']}"
        yield Incoming(id_, sender, space, turn or "hello", {"locale": locale} if locale else {})

    async def send(self, recipient: str, message: Message) -> None:
        """Nothing is sent: replies stand in the response."""
        raise NotSent(405)

    def response(self, messages: Sequence[Message]) -> HTTPResponse:
        """One message: a text, and a card with the buttons, the drawings and what is too long for the text."""
        said: list[str] = []
        widgets: list[dict[str, Any]] = []
        full = False
        for message in messages:
            if message.picture:
                image = {"imageUrl": self.picture(message.picture), "altText": message.text}
                widgets.append({"image": image})
            elif not full and len("\n\n".join([*said, message.text])) <= LIMIT:
                said.append(message.text)
            else:
                full = True  # what follows stays after it, however short
                widgets.append({"textParagraph": {"text": html.escape(message.text).replace("\n", "<br>")}})
            if message.options:
                widgets.append({"buttonList": {"buttons": [self._button(each) for each in message.options]}})
        body: dict[str, Any] = {"text": "\n\n".join(said)} if said else {}
        if widgets:
            body["cardsV2"] = [{"cardId": "charley", "card": {"sections": [{"widgets": widgets}]}}]
        return json(body)

    def _button(self, option: Button) -> dict[str, Any]:
        pressed = {"key": "payload", "value": self.token(option.payload, MAX_PRESSED)}
        return {"text": option.title, "onClick": {"action": {"function": "press", "parameters": [pressed]}}}
