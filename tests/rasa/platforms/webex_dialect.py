"""Webex: webhooks that hold ids, signed with HMAC-SHA1; messages are fetched from its API."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, ClassVar

from charley.rasa.platforms.webex import SIGNATURE_HEADER
from tests.rasa.platforms.dialect import Delivery, Dialect, Said, as_json, with_, without
from tests.rasa.platforms.fake import Call, Fake

SECRET = "w3bex-" + "w" * 16
BOT = "b0t"


class WebexDialect(Dialect):
    name = "webex"
    path = "/webex/messages"
    presses = False
    fake: ClassVar[Fake]

    @classmethod
    def environment(cls, fake: Fake) -> dict[str, str]:
        cls.fake = fake
        return {
            "WEBEX_TOKEN": "T0KEN",
            "WEBEX_SECRET": SECRET,
            "WEBEX_API": f"http://127.0.0.1:{fake.port}/webex",
        }

    def deliver(self, *said: Said) -> Delivery:
        (one,) = said
        return self.message(one.id, one.sender, text=one.text)

    def other(self, kind: str) -> Delivery:
        if kind == "media":
            return self.message("900", "5", files=["https://files.example.org/1"])
        return self.message("901", BOT, text="Which foods have magnesium?")

    def forged(self, delivery: Delivery, how: str) -> Delivery:
        if how == "unsigned":
            return without(delivery, SIGNATURE_HEADER)
        return with_(delivery, **{SIGNATURE_HEADER: "0" * 40})

    def text(self, call: Call) -> str:
        return str(call.body["text"])

    def pictures(self, call: Call) -> list[tuple[str, str]]:
        return [(url, call.body["text"]) for url in call.body.get("files", [])]

    def message(self, id_: str, person: str, **content: Any) -> Delivery:
        """What the webhook tells of a message, which is there to be fetched."""
        data = {
            "id": id_,
            "roomId": "room1",
            "roomType": "direct",
            "personId": person,
            "personEmail": "ann@example.org",
        }
        self.fake.holds[f"{self.path}/{id_}"] = {**data, **content}
        return self.event("messages", "created", data)

    def event(self, resource: str, event: str, data: dict[str, Any]) -> Delivery:
        """A signed event of the bot's webhook."""
        told = {"id": "hook1", "resource": resource, "event": event, "createdBy": BOT, "data": data}
        delivery = as_json(told)
        signature = hmac.new(SECRET.encode(), delivery.body, hashlib.sha1).hexdigest()
        return with_(delivery, **{SIGNATURE_HEADER: signature})
