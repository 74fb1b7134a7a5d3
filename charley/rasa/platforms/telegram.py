"""Telegram: a bot made with @BotFather."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from typing import Any, ClassVar

from sanic.request import Request

from charley.answers.render import Form, Message
from charley.rasa.platforms.base import Incoming, Platform

MAX_PRESSED = 64  # bytes of what a pressed button sends back
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


class Telegram(Platform):
    """Messages and pressed buttons from private chats; in groups the bot keeps silent."""

    name = "telegram"
    form = Form(limit=4096, options=8, title=64)
    needs = ("TELEGRAM_TOKEN", "TELEGRAM_WEBHOOK")
    may: ClassVar = {"TELEGRAM_API": "https://api.telegram.org"}

    async def started(self) -> None:
        """Tell Telegram where messages go, and the secret that it must show."""
        webhook = {
            "url": self.set["TELEGRAM_WEBHOOK"],
            "secret_token": self._secret,
            "allowed_updates": ["message", "callback_query"],
            "max_connections": 20,
        }
        await self._call("setWebhook", webhook)

    def is_authentic(self, request: Request) -> bool:
        return hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret.encode())

    def read(self, request: Request) -> Iterable[Incoming]:
        update = request.json
        pressed, message = update.get("callback_query"), update.get("message")
        if pressed:
            message = pressed.get("message")
        if not message or message["chat"]["type"] != "private":
            return
        turn = (
            {"payload": self.pressed(pressed.get("data", ""))}
            if pressed
            else message.get("text") or message.get("caption")
        )
        if turn is None:
            return  # a picture without words, a sticker, someone who joined
        person = pressed["from"] if pressed else message["from"]
        place = {"locale": person["language_code"]} if person.get("language_code") else {}
        chat = str(message["chat"]["id"])
        yield Incoming(str(update["update_id"]), chat, chat, "hello" if turn == "/start" else turn, place)

    async def send(self, recipient: str, message: Message) -> None:
        if message.picture:
            photo = {"photo": self.picture(message.picture), "caption": message.text}
            await self._call("sendPhoto", {"chat_id": recipient, **photo})
            return
        body: dict[str, Any] = {"chat_id": recipient, "text": message.text, "disable_web_page_preview": True}
        if message.options:
            rows = [
                [{"text": option.title, "callback_data": self.token(option.payload, MAX_PRESSED)}]
                for option in message.options
            ]
            body["reply_markup"] = {"inline_keyboard": rows}
        await self._call("sendMessage", body)

    async def took(self, request: Request) -> None:
        """Stop the button from waiting."""
        pressed = request.json.get("callback_query")
        if pressed:
            await self._call("answerCallbackQuery", {"callback_query_id": pressed["id"]})

    @property
    def _secret(self) -> str:
        return self._pseudonyms.secret("telegram webhook")

    async def _call(self, method: str, body: Any) -> None:
        await self.post(f"{self.set['TELEGRAM_API']}/bot{self.set['TELEGRAM_TOKEN']}/{method}", body)
