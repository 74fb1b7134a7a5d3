"""Webex: a bot, told by a webhook that there is a message, which it then fetches."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from typing import Any, ClassVar

from sanic.request import Request

from charley.answers.render import Form, Message
from charley.rasa.platforms.base import Incoming, NotSent, Platform

SIGNATURE_HEADER = "X-Spark-Signature"
OF_BOTS = "@webex.bot"
MAX_BYTES = 7439
BYTES_OF_A_CHARACTER = 3  # at most; only emoji take four
MENTION = re.compile(r"<spark-mention[^>]*>([^<]*)</spark-mention>")


def link(title: str, url: str | None) -> str:
    return f"{title} ({url})" if url else title


class Webex(Platform):
    """Direct messages, and those of a space in which the bot is mentioned."""

    name = "webex"
    form = Form(limit=MAX_BYTES // BYTES_OF_A_CHARACTER, link=link)
    needs = ("WEBEX_TOKEN", "WEBEX_SECRET")
    made_up = ("WEBEX_SECRET",)
    may: ClassVar = {"WEBEX_API": "https://webexapis.com/v1"}

    def is_authentic(self, request: Request) -> bool:
        signature = hmac.new(self.set["WEBEX_SECRET"].encode(), request.body, hashlib.sha1).hexdigest()
        return hmac.compare_digest(request.headers.get(SIGNATURE_HEADER, "").encode(), signature.encode())

    def read(self, request: Request) -> Iterable[Incoming]:
        told = request.json
        if (told["resource"], told["event"]) != ("messages", "created"):
            return
        message = told["data"]
        person = message["personId"]
        if person == told.get("createdBy") or message.get("personEmail", "").endswith(OF_BOTS):
            return  # the bot made the webhook, and is told of its own messages too
        yield Incoming(message["id"], f"{message['roomId']} {person}", message["roomId"], "")

    async def fetched(self, message: Incoming) -> str | None:
        """The text, without the mention of the bot."""
        address = f"{self.set['WEBEX_API']}/messages/{message.id}"
        async with self.http.get(address, headers=self._headers, allow_redirects=False) as reply:
            if reply.status >= 300:
                raise NotSent(reply.status)
            content = await reply.json()
        text: str = (content.get("text") or "").strip()
        if not text:
            return None  # a file alone
        mention = MENTION.search(content.get("html") or "")
        said = text.removeprefix(mention[1]).lstrip(" ,:") if mention else text
        return said or "hello"

    async def send(self, recipient: str, message: Message) -> None:
        body: dict[str, Any] = {"roomId": recipient, "text": message.text}
        if message.picture:
            body["files"] = [self.picture(message.picture)]
        await self.post(f"{self.set['WEBEX_API']}/messages", body, self._headers)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.set['WEBEX_TOKEN']}"}
