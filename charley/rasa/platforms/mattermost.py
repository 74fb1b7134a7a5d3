"""Mattermost: an outgoing webhook of a public channel, answered by a bot account."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable

from sanic.request import Request

from charley.answers.render import Form, Message
from charley.rasa.platforms.base import Incoming, Platform

MARKUP = re.compile(r"([\\`*_~#|<>\[\]])")


def escape(text: str) -> str:
    return MARKUP.sub(r"\\\1", text)


def bold(text: str) -> str:
    return f"**{text}**"


def link(title: str, url: str | None) -> str:
    return f"[{title}]({url})" if url else title


class Mattermost(Platform):
    """Messages that the webhook hands on; answers go to their channel, and to their thread if it is named."""

    name = "mattermost"
    form = Form(limit=16383, escape=escape, bold=bold, link=link)
    needs = ("MATTERMOST_API", "MATTERMOST_TOKEN", "MATTERMOST_BOT_ID", "MATTERMOST_WEBHOOK_TOKEN")

    def is_authentic(self, request: Request) -> bool:
        token = str(request.json["token"])
        return hmac.compare_digest(token.encode(), self.set["MATTERMOST_WEBHOOK_TOKEN"].encode())

    def read(self, request: Request) -> Iterable[Incoming]:
        post = request.json
        text = post["text"].strip()
        if not text or post["user_id"] == self.set["MATTERMOST_BOT_ID"]:
            return  # files alone; what the bot said
        said = text.removeprefix(post.get("trigger_word") or "").lstrip(" ,:") or "hello"
        recipient = f"{post['channel_id']} {post.get('root_id') or ''}".strip()
        yield Incoming(post["post_id"], f"{post['channel_id']} {post['user_id']}", recipient, said)

    async def send(self, recipient: str, message: Message) -> None:
        channel, _, root = recipient.partition(" ")
        text = f"![{message.text}]({self.picture(message.picture)})" if message.picture else message.text
        await self.post(
            f"{self.set['MATTERMOST_API']}/api/v4/posts",
            {"channel_id": channel, "root_id": root, "message": text},
            {"Authorization": f"Bearer {self.set['MATTERMOST_TOKEN']}"},
        )
