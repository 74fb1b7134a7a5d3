"""Facebook Messenger: a page's inbox, through an app made at developers.facebook.com."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from sanic.request import Request
from sanic.response import HTTPResponse, text

from charley.answers.render import Form, Message, Rendered, render
from charley.rasa.platforms.base import PUBLIC, Incoming, Platform

VERSION = "v25.0"  # of the Graph API; each works for two years or more
MAX_PRESSED = 1000  # bytes of what a pressed option sends back; the limit is said in characters
SIGNATURE_HEADER = "X-Hub-Signature-256"
START = "GET_STARTED"  # what a "Get started" button sends, where the page has one


class Messenger(Platform):
    """Messages and pressed options; echoes of the bot's own, receipts and attachments are passed over."""

    name = "messenger"
    form = Form(limit=2000, options=13, title=20)
    needs = ("MESSENGER_TOKEN", "MESSENGER_APP_SECRET", "MESSENGER_VERIFY_TOKEN")
    made_up = ("MESSENGER_VERIFY_TOKEN",)
    may: ClassVar = {"MESSENGER_API": "https://graph.facebook.com"}

    def is_authentic(self, request: Request) -> bool:
        if request.method == "GET":
            return _same(request.args.get("hub.verify_token", ""), self.set["MESSENGER_VERIFY_TOKEN"])
        signature = hmac.new(self.set["MESSENGER_APP_SECRET"].encode(), request.body, hashlib.sha256)
        return _same(request.headers.get(SIGNATURE_HEADER, ""), f"sha256={signature.hexdigest()}")

    def answer_at_once(self, request: Request) -> HTTPResponse | None:
        """The challenge given back, by which Facebook learns that the address is the bot's."""
        return text(request.args.get("hub.challenge", "")) if request.method == "GET" else None

    def read(self, request: Request) -> Iterable[Incoming]:
        for entry in request.json["entry"]:
            for event in entry.get("messaging", []):
                message = event.get("message") or event.get("postback") or {}
                payload = (message.get("quick_reply") or message).get("payload")
                turn = {"payload": self.pressed(payload)} if payload else message.get("text")
                if not turn or message.get("is_echo"):
                    continue
                person = event["sender"]["id"]
                yield Incoming(message["mid"], person, person, "hello" if payload == START else turn)

    def rendered(self, replies: Sequence[Mapping[str, Any]], recipient: str) -> Rendered:
        """With what can be pressed under the last message: under any other it goes away."""
        rendered = super().rendered(replies, recipient)
        options = [option for message in rendered.messages for option in message.options]
        if len(options) > self.form.options:
            return render(replies, replace(self.form, options=0, pictures=PUBLIC in self.set))
        messages = [replace(message, options=()) for message in rendered.messages]
        if messages:
            messages[-1] = replace(messages[-1], options=options)
        return Rendered(messages, rendered.numbered)

    async def send(self, recipient: str, message: Message) -> None:
        if message.picture:  # which can hold no text
            image = {"type": "image", "payload": {"url": self.picture(message.picture)}}
            await self._send(recipient, {"attachment": image})
        body: dict[str, Any] = {"text": message.text}
        if message.options:
            body["quick_replies"] = [
                {
                    "content_type": "text",
                    "title": option.title,
                    "payload": self.token(option.payload, MAX_PRESSED),
                }
                for option in message.options
            ]
        await self._send(recipient, body)

    async def _send(self, recipient: str, body: Mapping[str, Any]) -> None:
        await self.post(
            f"{self.set['MESSENGER_API']}/{VERSION}/me/messages",
            {"recipient": {"id": recipient}, "messaging_type": "RESPONSE", "message": body},
            {"Authorization": f"Bearer {self.set['MESSENGER_TOKEN']}"},
        )


def _same(given: str, right: str) -> bool:
    """Whether they are, in constant time; a header may hold what is no character."""
    return hmac.compare_digest(given.encode(errors="replace"), right.encode())
