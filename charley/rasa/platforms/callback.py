"""Any other program: it posts messages here, and gets each reply, as the contract has it, posted to its address."""

from __future__ import annotations

import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import uuid4

from sanic.request import Request

from charley.answers.render import Message, Rendered
from charley.rasa.channel import MAX_ID, is_id
from charley.rasa.platforms.base import PUBLIC, Incoming, NotSent, Platform


class Callback(Platform):
    """Takes `{"sender", "message", "message_id", "metadata"}`, where the last two may be left out.

    The message is a text or `{"payload", "title"}`; the same token is shown in both directions.
    """

    name = "callback"
    needs = ("CALLBACK_URL", "CALLBACK_TOKEN")
    made_up = ("CALLBACK_TOKEN",)

    def is_authentic(self, request: Request) -> bool:
        shown = request.headers.get("Authorization", "")
        return hmac.compare_digest(shown.encode(), self._bearer.encode())

    def read(self, request: Request) -> Iterable[Incoming]:
        body = request.json
        message = body.get("message")
        if message is None:
            return
        sender, metadata, number = body.get("sender"), body.get("metadata"), body.get("message_id")
        if not is_id(sender):
            return
        id_ = json.dumps(
            [sender, str(uuid4() if number is None else number)[:MAX_ID]]
        )  # each counts from one
        yield Incoming(id_, sender, sender, message, metadata if isinstance(metadata, dict) else {})

    def rendered(self, replies: Sequence[Mapping[str, Any]], recipient: str) -> Rendered:
        """The replies, unchanged but for the addresses of drawings, if people can reach this server."""
        return Rendered([Message(reply["text"], reply=self._with_addresses(reply)) for reply in replies])

    async def send(self, recipient: str, message: Message) -> None:
        body = {**(message.reply or {}), "recipient_id": recipient}
        headers = {"Authorization": self._bearer}
        async with self.http.post(
            self.set["CALLBACK_URL"], json=body, headers=headers, allow_redirects=False
        ) as answer:
            if answer.status >= 300:
                raise NotSent(answer.status)  # whatever else it answers need not be JSON

    def _with_addresses(self, reply: Mapping[str, Any]) -> Mapping[str, Any]:
        pictures = reply["metadata"].get("pictures")
        if not pictures or PUBLIC not in self.set:
            return reply
        shown = [{**picture, "url": self.picture(picture["name"])} for picture in pictures]
        return {**reply, "metadata": {**reply["metadata"], "pictures": shown}}

    @property
    def _bearer(self) -> str:
        return f"Bearer {self.set['CALLBACK_TOKEN']}"
