"""Facebook Messenger: batches of events, signed with the app's secret."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from charley.rasa.platforms.messenger import SIGNATURE_HEADER, VERSION
from tests.rasa.platforms.dialect import Delivery, Dialect, Said, as_json, with_, without
from tests.rasa.platforms.fake import Call, Fake

APP_SECRET = "app-secret"
VERIFY_TOKEN = "verify-token-" + "m" * 16
PAGE = {"id": "1906385232743451"}


class MessengerDialect(Dialect):
    name = "messenger"
    path = f"/{VERSION}/me/messages"
    batches = True

    @classmethod
    def environment(cls, fake: Fake) -> dict[str, str]:
        return {
            "MESSENGER_TOKEN": "page-token",
            "MESSENGER_APP_SECRET": APP_SECRET,
            "MESSENGER_VERIFY_TOKEN": VERIFY_TOKEN,
            "MESSENGER_API": f"http://127.0.0.1:{fake.port}",
        }

    def deliver(self, *said: Said) -> Delivery:
        """Of several messages, the first has an entry of its own and the others share one."""
        events = [self._event(one) for one in said]
        return self.signed(*filter(None, (events[:1], events[1:])))

    def other(self, kind: str) -> Delivery:
        about = {"sender": {"id": "5"}, "recipient": PAGE, "timestamp": 1764500000000}
        if kind == "media":
            picture = {"type": "image", "payload": {"url": "https://cdn.example.org/x.jpg"}}
            return self.signed([{**about, "message": {"mid": "m_900", "attachments": [picture]}}])
        echo = {"mid": "m_901", "text": "which foods have magnesium?", "is_echo": True, "app_id": 1}
        return self.signed(
            [
                {**about, "sender": PAGE, "recipient": {"id": "5"}, "message": echo},
                {**about, "delivery": {"mids": ["m_901"], "watermark": 1764500000000}},
            ],
            [{**about, "read": {"watermark": 1764500000000}}],
        )

    def forged(self, delivery: Delivery, how: str) -> Delivery:
        if how == "unsigned":
            return without(delivery, SIGNATURE_HEADER)
        return with_(delivery, **{SIGNATURE_HEADER: _signature(delivery.body, "wrong")})

    def text(self, call: Call) -> str:
        return str(call.body["message"].get("text", ""))

    def pictures(self, call: Call) -> list[tuple[str, str]]:
        """The words follow in a message of their own: one with a drawing holds none."""
        shown = call.body["message"].get("attachment")
        return [(shown["payload"]["url"], "")] if shown else []

    def options(self, call: Call) -> list[tuple[str, str]]:
        offered = call.body["message"].get("quick_replies", [])
        return [(option["title"], option["payload"]) for option in offered]

    def _event(self, one: Said) -> dict[str, Any]:
        message: dict[str, Any] = {"mid": f"m_{one.id}", "text": one.text}
        if one.data is not None:
            message["quick_reply"] = {"payload": one.data}
        return {
            "sender": {"id": one.sender},
            "recipient": PAGE,
            "timestamp": 1764500000000,
            "message": message,
        }

    def signed(self, *entries: list[dict[str, Any]]) -> Delivery:
        entry = [{**PAGE, "time": 1764500000000, "messaging": events} for events in entries]
        body = {"object": "page", "entry": entry}
        return as_json(body, **{SIGNATURE_HEADER: _signature(json.dumps(body).encode(), APP_SECRET)})


def _signature(body: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
