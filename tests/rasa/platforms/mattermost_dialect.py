"""Mattermost: outgoing webhooks in JSON, with their token in the body; posts by its API."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from tests.rasa.platforms.dialect import Delivery, Dialect, Said, as_json
from tests.rasa.platforms.fake import Call, Fake

TOKEN = "webh00k"
BOT = "b0t"


class MattermostDialect(Dialect):
    name = "mattermost"
    path = "/mattermost/api/v4/posts"
    presses = False

    @classmethod
    def environment(cls, fake: Fake) -> dict[str, str]:
        return {
            "MATTERMOST_API": f"http://127.0.0.1:{fake.port}/mattermost",
            "MATTERMOST_TOKEN": "T0KEN",
            "MATTERMOST_BOT_ID": BOT,
            "MATTERMOST_WEBHOOK_TOKEN": TOKEN,
        }

    def deliver(self, *said: Said) -> Delivery:
        (one,) = said
        return self.post(user_id=one.sender, post_id=one.id, text=f"@charley {one.text}")

    def other(self, kind: str) -> Delivery:
        if kind == "media":
            return self.post(post_id="900", text="", trigger_word="", file_ids="f1,f2")
        return self.post(user_id=BOT, post_id="901", text="Which foods have magnesium?", trigger_word="")

    def forged(self, delivery: Delivery, how: str) -> Delivery:
        post = json.loads(delivery.body)
        del post["token"]
        given = {} if how == "unsigned" else {"token": "wrong"}
        return replace(delivery, body=json.dumps({**post, **given}).encode())

    def text(self, call: Call) -> str:
        return str(call.body["message"])

    def pictures(self, call: Call) -> list[tuple[str, str]]:
        return [(url, alt) for alt, url in re.findall(r"!\[(.+?)\]\((.+?)\)", call.body["message"])]

    def post(self, **told: Any) -> Delivery:
        """What the webhook hands on of a post."""
        return as_json(
            {
                "token": TOKEN,
                "team_id": "team1",
                "team_domain": "clinic",
                "channel_id": "channel1",
                "channel_name": "cramps",
                "timestamp": 1_700_000_000_000,
                "user_id": "5",
                "user_name": "ann",
                "trigger_word": "@charley",
                "file_ids": "",
                **told,
            }
        )
