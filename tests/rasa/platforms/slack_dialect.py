"""Slack's Events API and interactivity: signed by an HMAC over the time and the body."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import urlencode

from slack_sdk.signature import SignatureVerifier

from tests.rasa.platforms.dialect import Delivery, Dialect, Said, with_, without
from tests.rasa.platforms.fake import Call, Fake

SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
JSON, FORM = "application/json; charset=utf-8", "application/x-www-form-urlencoded"


class SlackDialect(Dialect):
    name = "slack"
    path = "/slack/chat.postMessage"
    stamps_time = True

    @classmethod
    def environment(cls, fake: Fake) -> dict[str, str]:
        return {
            "SLACK_TOKEN": "xoxb-1",
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API": f"http://127.0.0.1:{fake.port}/slack",
        }

    def deliver(self, *said: Said) -> Delivery:
        (one,) = said
        if one.data is None:
            return self.event({"type": "message", "text": one.text}, one.id, one.sender)
        pressed = {
            "type": "block_actions",
            "trigger_id": one.id,
            "user": {"id": f"U{one.sender}", "username": "ann"},
            "channel": {"id": f"D{one.sender}", "name": "directmessage"},
            "message": {"type": "message", "ts": "1715600000.001500", "bot_id": "B1", "text": "…"},
            "actions": [{"type": "button", "action_id": "0", "value": one.data}],
        }
        return _signed(urlencode({"payload": json.dumps(pressed)}), FORM)

    def other(self, kind: str) -> Delivery:
        if kind == "media":
            shared = {"type": "message", "subtype": "file_share", "text": "", "files": [{"id": "F1"}]}
            return self.event(shared, "Ev900")
        return self.event({"type": "message", "text": "which foods have magnesium?", "bot_id": "B1"}, "Ev901")

    def forged(self, delivery: Delivery, how: str) -> Delivery:
        if how == "unsigned":
            return without(delivery, "X-Slack-Signature")
        if how == "stale":
            body, content_type = delivery.body.decode(), delivery.headers["Content-Type"]
            return _signed(body, content_type, age=301)
        return with_(delivery, X_Slack_Signature="v0=" + "0" * 64)

    def text(self, call: Call) -> str:
        first = call.body["blocks"][0]
        return str(first["text"]["text"] if first["type"] == "section" else first["alt_text"])

    def pictures(self, call: Call) -> list[tuple[str, str]]:
        images = [block for block in call.body["blocks"] if block["type"] == "image"]
        return [(image["image_url"], image["alt_text"]) for image in images]

    def options(self, call: Call) -> list[tuple[str, str]]:
        rows = [block["elements"] for block in call.body["blocks"] if block["type"] == "actions"]
        return [(button["text"]["text"], button["value"]) for row in rows for button in row]

    def event(self, event: dict[str, Any], id_: str, sender: str = "5") -> Delivery:
        """A signed delivery of an event, in a direct message unless it says otherwise."""
        told = {
            "user": f"U{sender}",
            "channel": f"D{sender}",
            "channel_type": "im",
            "ts": "1715600000.001500",
        }
        body = {"type": "event_callback", "team_id": "T1", "event_id": id_, "event": {**told, **event}}
        return _signed(json.dumps(body), JSON)


def _signed(body: str, content_type: str, age: int = 0) -> Delivery:
    at = str(int(time.time()) - age)
    signature = SignatureVerifier(SIGNING_SECRET).generate_signature(timestamp=at, body=body)
    headers = {"Content-Type": content_type, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": signature}
    return Delivery({name: str(value) for name, value in headers.items()}, body.encode())
