"""Rocket.Chat: an outgoing integration, answered by a bot user."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any

from sanic.request import Request

from charley.answers.render import Form, Message
from charley.rasa.platforms.base import Incoming, NotSent, Platform


def bold(text: str) -> str:
    return f"*{text}*"


def link(title: str, url: str | None) -> str:
    return f"[{title}]({url})" if url else title


class RocketChat(Platform):
    """Messages that the integration hands on; answers go to their channel, and to their thread if they have one."""

    name = "rocketchat"
    form = Form(limit=5000, bold=bold, link=link)
    needs = ("ROCKETCHAT_API", "ROCKETCHAT_USER_ID", "ROCKETCHAT_TOKEN", "ROCKETCHAT_WEBHOOK_TOKEN")
    made_up = ("ROCKETCHAT_WEBHOOK_TOKEN",)

    def is_authentic(self, request: Request) -> bool:
        token = str(request.json["token"])
        return hmac.compare_digest(token.encode(), self.set["ROCKETCHAT_WEBHOOK_TOKEN"].encode())

    def read(self, request: Request) -> Iterable[Incoming]:
        told = request.json
        of_a_bot = told.get("bot") or told["user_id"] == self.set["ROCKETCHAT_USER_ID"]
        text = (told.get("text") or "").strip()
        if of_a_bot or told.get("isEdited") or not text:
            return
        said = text.removeprefix(told.get("trigger_word") or "").lstrip(" ,:") or "hello"
        recipient = f"{told['channel_id']} {told.get('tmid') or ''}".strip()
        yield Incoming(told["message_id"], f"{told['channel_id']} {told['user_id']}", recipient, said)

    async def send(self, recipient: str, message: Message) -> None:
        channel, _, thread = recipient.partition(" ")
        body: dict[str, Any] = {"roomId": channel, "text": message.text}
        if thread:
            body["tmid"] = thread
        if message.picture:
            body["attachments"] = [{"image_url": self.picture(message.picture)}]
        reply = await self.post(
            f"{self.set['ROCKETCHAT_API']}/api/v1/chat.postMessage",
            body,
            {"X-Auth-Token": self.set["ROCKETCHAT_TOKEN"], "X-User-Id": self.set["ROCKETCHAT_USER_ID"]},
        )
        if not reply.get("success"):
            raise NotSent(400)
