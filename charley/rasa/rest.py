"""The project's REST channel.

POST /webhooks/rest/webhook takes
    {"sender": "…", "message": "typed" | {"payload": "/…", "title": "…"}, "message_id": "…",
     "metadata": {"country": "NZ", "locale": "en-NZ"}}
where metadata, which says where the person is, may be left out,
and answers with a list of {"recipient_id", "text", "buttons", "metadata"}, one for each bot
message. Without a sender a new one is made up; its id stands in `recipient_id`.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from charley.rasa.channel import CharleyInput, of
from charley.rasa.secret import NoSecret, Pseudonyms, secret_at_hand

MAX_ID = 200  # characters of a sender's or a message's id
MAX_BODY = 64_000  # bytes; the longest message takes 12,000 when every character is escaped
SPEAK_JSON = 'Send JSON with "sender" and "message"; see the README.'


class RestInput(CharleyInput):
    """Charley's REST channel. Credentials: none.

    Args:
        secret: the server's (see charley.rasa.secret).
    """

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RestInput:
        """Raises InvalidConfigException without a usable secret; Rasa prints it and stops."""
        try:
            return cls(secret_at_hand())
        except NoSecret as error:
            raise InvalidConfigException(str(error)) from None

    def __init__(self, secret: bytes) -> None:
        self._pseudonyms = Pseudonyms(secret)

    @classmethod
    def name(cls) -> str:
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Routes under /webhooks/rest/."""
        webhook = self.guarded(Blueprint("charley_rest"))

        @webhook.get("/")
        async def health(_: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @webhook.post("/webhook")
        async def receive(request: Request) -> HTTPResponse:
            return await self._receive(request)

        return webhook

    async def _receive(self, request: Request) -> HTTPResponse:
        if not request.headers.get("content-type", "").startswith("application/json"):
            return response.json({"error": SPEAK_JSON}, status=415)  # also keeps other sites' forms out
        if len(request.body) > MAX_BODY:
            return response.json({"error": f"The body is over {MAX_BODY} bytes."}, status=413)
        try:
            body = request.json
        except Exception:  # Sanic raises its own, and UnicodeDecodeError, and RecursionError
            return response.json({"error": SPEAK_JSON}, status=400)
        if not isinstance(body, dict) or "message" not in body:
            return response.json({"error": SPEAK_JSON}, status=400)
        sender, message_id = body.get("sender"), body.get("message_id")
        if sender in (None, ""):
            sender = secrets.token_urlsafe(24)
        if not _is_id(sender) or not (message_id is None or _is_id(message_id)):
            return response.json(
                {"error": f"sender and message_id are texts of 1 to {MAX_ID} characters."}, status=400
            )
        metadata = body.get("metadata")
        if metadata is not None and not isinstance(metadata, dict):
            return response.json({"error": 'metadata is an object, such as {"country": "NZ"}.'}, status=400)
        known_as = self._pseudonyms.of(self.name(), sender)
        replies = await of(request.app).reply(known_as, body["message"], message_id, metadata or {})
        return response.json([{**reply, "recipient_id": sender} for reply in replies])


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable()
