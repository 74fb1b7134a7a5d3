"""Rocket.Chat: outgoing integrations, with their token in the body; posts by its REST API."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.rasa.platforms.dialect import Delivery, Dialect, Said, as_json
from tests.rasa.platforms.fake import Call, Fake

TOKEN = "integrati0n-" + "r" * 16
BOT = "b0t"


class RocketChatDialect(Dialect):
    name = "rocketchat"
    path = "/rocketchat/api/v1/chat.postMessage"
    presses = False

    @classmethod
    def environment(cls, fake: Fake) -> dict[str, str]:
        return {
            "ROCKETCHAT_API": f"http://127.0.0.1:{fake.port}/rocketchat",
            "ROCKETCHAT_USER_ID": BOT,
            "ROCKETCHAT_TOKEN": "T0KEN",
            "ROCKETCHAT_WEBHOOK_TOKEN": TOKEN,
        }

    def deliver(self, *said: Said) -> Delivery:
        (one,) = said
        return self.message(user_id=one.sender, message_id=one.id, text=one.text)

    def other(self, kind: str) -> Delivery:
        if kind == "media":
            return self.message(message_id="900", text="")
        return self.message(message_id="901", user_id=BOT, text="Which foods have magnesium?")

    def forged(self, delivery: Delivery, how: str) -> Delivery:
        message = json.loads(delivery.body)
        del message["token"]
        given = {} if how == "unsigned" else {"token": "wrong"}
        return replace(delivery, body=json.dumps({**message, **given}).encode())

    def text(self, call: Call) -> str:
        return str(call.body["text"])

    def pictures(self, call: Call) -> list[tuple[str, str]]:
        return [(shown["image_url"], call.body["text"]) for shown in call.body.get("attachments", [])]

    def message(self, **told: Any) -> Delivery:
        """What the integration hands on of a message."""
        return as_json(
            {
                "token": TOKEN,
                "bot": False,
                "channel_id": "room1",
                "channel_name": None,
                "timestamp": "2026-11-30T12:00:00.000Z",
                "user_id": "5",
                "user_name": "ann",
                "siteUrl": "https://chat.example.org",
                **told,
            }
        )
