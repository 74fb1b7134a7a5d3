"""Telegram's Bot API: updates by webhook, with a secret in a header."""

from __future__ import annotations

from typing import Any

from charley.rasa.platforms.telegram import SECRET_HEADER
from charley.rasa.secret import Pseudonyms
from tests.rasa.platforms.dialect import SECRET, Delivery, Dialect, Said, as_json, with_, without
from tests.rasa.platforms.fake import Call, Fake


class TelegramDialect(Dialect):
    name = "telegram"
    path = "/botT0KEN/send"

    @classmethod
    def environment(cls, fake: Fake) -> dict[str, str]:
        return {
            "TELEGRAM_TOKEN": "T0KEN",
            "TELEGRAM_WEBHOOK": "https://charley.example.org/webhooks/telegram/webhook",
            "TELEGRAM_API": f"http://127.0.0.1:{fake.port}",
        }

    def deliver(self, *said: Said) -> Delivery:
        (one,) = said
        person = {"id": int(one.sender), "is_bot": False, "first_name": "Ann", "language_code": "en"}
        message: dict[str, Any] = {
            "message_id": 1,
            "from": person,
            "chat": {"id": int(one.sender), "type": "private"},
        }
        if one.data is None:
            return self._signed({"update_id": int(one.id), "message": {**message, "text": one.text}})
        pressed = {"id": "77", "from": person, "message": {**message, "text": "…"}, "data": one.data}
        return self._signed({"update_id": int(one.id), "callback_query": pressed})

    def other(self, kind: str) -> Delivery:
        chat = {"id": 5, "type": "private"}
        person = {"id": 5, "is_bot": False, "first_name": "Ann"}
        if kind == "media":
            message = {
                "message_id": 1,
                "from": person,
                "chat": chat,
                "photo": [{"file_id": "x"}],
            }
            return self._signed({"update_id": 900, "message": message})
        return self._signed({"update_id": 901, "my_chat_member": {"chat": chat, "from": person}})

    def forged(self, delivery: Delivery, how: str) -> Delivery:
        if how == "unsigned":
            return without(delivery, SECRET_HEADER)
        return with_(delivery, **{SECRET_HEADER: "wrong"})

    def text(self, call: Call) -> str:
        return str(call.body.get("text") or call.body.get("caption") or "")

    def pictures(self, call: Call) -> list[tuple[str, str]]:
        return [(call.body["photo"], call.body["caption"])] if call.path.endswith("/sendPhoto") else []

    def options(self, call: Call) -> list[tuple[str, str]]:
        rows = (call.body.get("reply_markup") or {}).get("inline_keyboard", [])
        return [(button["text"], button["callback_data"]) for row in rows for button in row]

    def _signed(self, update: dict[str, Any]) -> Delivery:
        secret = Pseudonyms(SECRET.encode()).secret("telegram webhook")
        return as_json(update, **{SECRET_HEADER: secret})
