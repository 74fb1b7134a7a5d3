"""The project's REST channel.

POST /webhooks/rest/webhook takes
    {"sender": "…", "message": "typed" | {"payload": "/…", "title": "…"}, "message_id": "…",
     "metadata": {"country": "NZ", "locale": "en-NZ"}}
where metadata, which says where the person is, may be left out,
with `Authorization: Bearer <token>` where tokens are set (CHARLEY_REST_TOKENS),
and answers with a list of {"recipient_id", "text", "buttons", "metadata"}, one for each bot
message. Without a sender a new one is made up; its id stands in `recipient_id`.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from rasa.core.channels.channel import UserMessage
from rasa.shared.exceptions import InvalidConfigException
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from charley.admission import Refusal
from charley.rasa.channel import MAX_ID, TOKEN_RULE, CharleyInput, is_id, is_token, of
from charley.rasa.metrics.message import taking
from charley.rasa.metrics.registry import by_status
from charley.rasa.rate import Paces
from charley.rasa.secret import NoSecret, Pseudonyms, secret_at_hand
from charley.rasa.services.addresses import AddressError, told

MAX_BODY = 64_000  # bytes; the longest message takes 12,000 when every character is escaped
TOKENS_VARIABLE = "CHARLEY_REST_TOKENS"  # "clinic=<token>,club=<token>": who may speak; anybody unless set
BURST, PER_SECOND = 100, 5.0  # messages of one sender: programs type faster than people
SPEAK_JSON = 'Send JSON with "sender" and "message"; see the README.'


class RestInput(CharleyInput):
    """Charley's REST channel. Credentials: none.

    Args:
        secret: the server's (see charley.rasa.secret).
        tokens: of the programs that may speak, by name; each has senders of its own. None: anybody may.
    """

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> RestInput:
        """Raises InvalidConfigException without a usable secret, or with a token that is none; Rasa prints it and stops."""
        try:
            given = [pair.partition("=") for pair in told(TOKENS_VARIABLE).split(",") if pair.strip()]
        except AddressError as error:
            raise InvalidConfigException(str(error)) from None
        tokens = {name.strip(): token.strip() for name, _, token in given}
        if not all(name and is_token(token) for name, token in tokens.items()):
            raise InvalidConfigException(
                f"{TOKENS_VARIABLE} must be name=token, commas between; each token has {TOKEN_RULE}."
            )
        try:
            return cls(secret_at_hand(), tokens)
        except NoSecret as error:
            raise InvalidConfigException(str(error)) from None

    def __init__(self, secret: bytes, tokens: Mapping[str, str] | None = None) -> None:
        self._pseudonyms = Pseudonyms(secret)
        self._tokens = tokens or {}
        self._paces = Paces(BURST, PER_SECOND)

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
            answer = await self._receive(request)
            by_status(self.name(), answer.status)
            return answer

        return webhook

    async def _receive(self, request: Request) -> HTTPResponse:
        if not request.headers.get("content-type", "").startswith("application/json"):
            return response.json({"error": SPEAK_JSON}, status=415)  # also keeps other sites' forms out
        program = self._program(request)
        if program is None:
            return response.json({"error": "Send Authorization: Bearer with a token of yours."}, status=401)
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
        if not is_id(sender) or not (message_id is None or is_id(message_id)):
            return response.json(
                {"error": f"sender and message_id are texts of 1 to {MAX_ID} characters."}, status=400
            )
        metadata = body.get("metadata")
        if metadata is not None and not isinstance(metadata, dict):
            return response.json({"error": 'metadata is an object, such as {"country": "NZ"}.'}, status=400)
        known_as = self._pseudonyms.of(self.name(), json.dumps([program, sender]) if program else sender)
        turns = of(request.app)
        if self._paces.wait(known_as):
            with taking(self.name()):
                replies = await turns.assistant.refuse(known_as, body["message"], Refusal.TOO_FAST)
        else:
            replies = await turns.reply(known_as, body["message"], message_id, metadata or {})
        return response.json([{**reply, "recipient_id": sender} for reply in replies])

    def _program(self, request: Request) -> str | None:
        """The name of the program that asks: empty where anybody may, None where it may not."""
        if not self._tokens:
            return ""
        given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
        named = (name for name, token in self._tokens.items() if hmac.compare_digest(token.encode(), given))
        return next(named, None)
