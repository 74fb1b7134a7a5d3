"""Slack: an app of a workspace, by the Events API and its buttons."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable
from typing import Any, ClassVar

from sanic.request import Request
from sanic.response import HTTPResponse, text
from slack_sdk.signature import SignatureVerifier

from charley.answers.render import Form, Message
from charley.rasa.platforms.base import Incoming, NotSent, Platform

MAX_PRESSED = 2000  # of what a pressed button sends back
IN_A_ROW = 5  # buttons of one block
MENTION = re.compile(r"<[@!#][^>]*>")
LINK = re.compile(r"<(?:[^>|]*\|)?([^>]*)>")
OF_PEOPLE = (None, "file_share", "me_message", "thread_broadcast")  # all other subtypes tell of changes
PASSING = {"fatal_error", "internal_error", "ratelimited", "request_timeout", "service_unavailable"}


def escape(text: str) -> str:
    return html.escape(text, quote=False)


def bold(text: str) -> str:
    return f"*{text}*"


def link(title: str, url: str | None) -> str:
    return f"<{escape(url)}|{title}>" if url else title


class Slack(Platform):
    """Direct messages, mentions in channels (answered in a thread), and pressed buttons."""

    name = "slack"
    form = Form(limit=3000, options=10, title=75, escape=escape, bold=bold, link=link)
    needs = ("SLACK_TOKEN", "SLACK_SIGNING_SECRET")
    may: ClassVar = {"SLACK_API": "https://slack.com/api"}
    content_type = ("application/json", "application/x-www-form-urlencoded")

    def is_authentic(self, request: Request) -> bool:
        verifier = SignatureVerifier(self.set["SLACK_SIGNING_SECRET"])
        return bool(verifier.is_valid_request(request.body, dict(request.headers)))

    def answer_at_once(self, request: Request) -> HTTPResponse | None:
        """The challenge, by which Slack makes sure of the address."""
        told = _told(request)
        return text(told["challenge"]) if told.get("type") == "url_verification" else None

    def read(self, request: Request) -> Iterable[Incoming]:
        told = _told(request)
        if told["type"] == "event_callback":
            yield from self._typed(told["event_id"], told["event"])
        elif told["type"] == "block_actions":
            yield from self._pressed(told)

    async def send(self, recipient: str, message: Message) -> None:
        channel, _, thread = recipient.partition(" ")
        body = {"channel": channel, "text": message.text, "blocks": self._blocks(message)}
        body |= {"thread_ts": thread} if thread else {}
        reply = await self.post(
            f"{self.set['SLACK_API']}/chat.postMessage",
            {**body, "unfurl_links": False, "unfurl_media": False},
            {"Authorization": f"Bearer {self.set['SLACK_TOKEN']}"},
        )
        if not reply["ok"]:
            raise NotSent(503 if reply.get("error") in PASSING else 400)

    def _typed(self, id_: str, event: dict[str, Any]) -> Iterable[Incoming]:
        direct = event["type"] == "message" and event.get("channel_type") == "im"
        mention = event["type"] == "app_mention"
        by_a_person = event.get("subtype") in OF_PEOPLE and not event.get("bot_id")
        if not (direct or mention) or not by_a_person or event.get("edited"):
            return
        said = html.unescape(LINK.sub(r"\1", MENTION.sub("", event.get("text") or ""))).strip()
        if not said and not mention:
            return  # a picture
        thread = event.get("thread_ts") or (event["ts"] if mention else "")
        yield _incoming(id_, event["user"], event["channel"], thread, said or "hello")

    def _pressed(self, told: dict[str, Any]) -> Iterable[Incoming]:
        person, channel = told["user"]["id"], told["channel"]["id"]
        turn = {"payload": self.pressed(told["actions"][0].get("value", ""))}
        yield _incoming(told["trigger_id"], person, channel, told["message"].get("thread_ts", ""), turn)

    def _blocks(self, message: Message) -> list[dict[str, Any]]:
        if message.picture:
            plain = html.unescape(message.text)
            return [{"type": "image", "image_url": self.picture(message.picture), "alt_text": plain}]
        buttons = [
            {
                "type": "button",
                "action_id": str(n),
                "text": {"type": "plain_text", "text": option.title},
                "value": self.token(option.payload, MAX_PRESSED),
            }
            for n, option in enumerate(message.options)
        ]
        rows = [buttons[at : at + IN_A_ROW] for at in range(0, len(buttons), IN_A_ROW)]
        section = {"type": "section", "text": {"type": "mrkdwn", "text": message.text}}
        return [section, *({"type": "actions", "elements": row} for row in rows)]


def _told(request: Request) -> dict[str, Any]:
    """An event (JSON), or what was pressed (a form that holds JSON)."""
    pressed = request.form.get("payload") if request.form else None
    told: dict[str, Any] = json.loads(pressed) if pressed else request.json
    return told


def _incoming(id_: str, person: str, channel: str, thread: str, turn: str | dict[str, Any]) -> Incoming:
    # A talk of its own in each channel: what was said directly is never shown where others read.
    return Incoming(id_, f"{channel} {person}", f"{channel} {thread}".strip(), turn)
