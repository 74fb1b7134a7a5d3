"""A program that speaks to the callback channel."""

from __future__ import annotations

from typing import Any

from tests.rasa.platforms.dialect import Delivery, Dialect, Said, as_json, with_, without
from tests.rasa.platforms.fake import Call, Fake

TOKEN = "callb4ck-" + "c" * 16


class CallbackDialect(Dialect):
    name = "callback"
    path = "/callback/replies"

    @classmethod
    def environment(cls, fake: Fake) -> dict[str, str]:
        return {"CALLBACK_URL": f"http://127.0.0.1:{fake.port}{cls.path}", "CALLBACK_TOKEN": TOKEN}

    def deliver(self, *said: Said) -> Delivery:
        (one,) = said
        message = one.text if one.data is None else {"payload": one.data, "title": one.text}
        return self.signed({"sender": one.sender, "message": message, "message_id": one.id})

    def other(self, kind: str) -> Delivery:
        return self.signed({"sender": "5", "message_id": "900", kind: "x"})

    def forged(self, delivery: Delivery, how: str) -> Delivery:
        if how == "unsigned":
            return without(delivery, "Authorization")
        return with_(delivery, Authorization="Bearer wrong")

    def text(self, call: Call) -> str:
        return str(call.body["text"])

    def pictures(self, call: Call) -> list[tuple[str, str]]:
        shown = call.body["metadata"].get("pictures", [])
        return [(picture["url"], picture["alt"]) for picture in shown if "url" in picture]

    def options(self, call: Call) -> list[tuple[str, str]]:
        return [(button["title"], button["payload"]) for button in call.body["buttons"]]

    def signed(self, body: dict[str, Any]) -> Delivery:
        return as_json(body, Authorization=f"Bearer {TOKEN}")
