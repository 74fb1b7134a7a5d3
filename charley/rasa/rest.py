"""The project's REST channel, and the chat page that speaks to it.

POST /webhooks/rest/webhook takes
    {"sender": "…", "message": "typed" | {"payload": "/…", "title": "…"}, "message_id": "…",
     "metadata": {"country": "NZ", "locale": "en-NZ"}}
where metadata, which says where the person is, may be left out,
and answers with a list of {"recipient_id", "text", "buttons", "metadata"}, one for each bot
message. Without a sender a new one is made up; its id stands in `recipient_id`.
"""

from __future__ import annotations

import os
import secrets
import sys
from asyncio import Lock
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from charley.rasa.assistant import Assistant

PAGE = Path(__file__).with_name("page")
FILES = {
    "/": ("index.html", "text/html; charset=utf-8"),
    "/chat.css": ("chat.css", "text/css; charset=utf-8"),
    "/chat.js": ("chat.js", "text/javascript; charset=utf-8"),
}
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
MAX_ID = 200  # characters of a sender's or a message's id
MAX_BODY = 64_000  # bytes; the longest message takes 12,000 when every character is escaped
SPEAK_JSON = 'Send JSON with "sender" and "message"; see the README.'


class RestInput(InputChannel):
    """Charley's REST channel. Credentials: none."""

    @classmethod
    def name(cls) -> str:
        return "rest"

    def __init__(self) -> None:
        self._assistant: Assistant | None = None
        self._turns: dict[str, Lock] = {}  # one for each sender with a turn under way
        self._under_way: Counter[str] = Counter()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Routes under /webhooks/rest/, and the page at the root, which Rasa's own route hides."""
        webhook = Blueprint("charley_rest")

        @webhook.listener("before_server_start")
        async def serve_page(app: Sanic, _: Any) -> None:
            app.register_middleware(page, "request")

        @webhook.listener("after_server_start")
        async def refuse_to_run_unguarded(app: Sanic, _: Any) -> None:
            try:
                await self._of(app).check()
            except Exception as error:
                # Rasa itself would go on without a model, and answer nobody.
                print(f"Charley does not start: {error}", file=sys.stderr, flush=True)
                os._exit(1)

        @webhook.listener("after_server_stop")
        async def let_go(_: Sanic, __: Any) -> None:
            if self._assistant is not None:
                await self._assistant.close()

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
        return response.json(
            await self._answer(request.app, sender, body["message"], message_id, metadata or {})
        )

    def _of(self, app: Sanic) -> Assistant:
        if self._assistant is None:
            self._assistant = Assistant(app.ctx.agent)
        return self._assistant

    async def _answer(
        self, app: Sanic, sender: str, message: Any, message_id: str | None, metadata: dict[str, Any]
    ) -> list[dict[str, Any]]:
        assistant = self._of(app)
        lock = self._turns.setdefault(sender, Lock())
        self._under_way[sender] += 1
        try:
            async with lock:  # a repeated message waits for the replies to the first
                return await assistant.reply(sender, message, message_id, metadata)
        finally:
            self._under_way[sender] -= 1
            if not self._under_way[sender]:
                del self._under_way[sender], self._turns[sender]


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_ID and value.isprintable()


async def page(request: Request) -> HTTPResponse | None:
    """Request middleware: the chat page and its two files; everything else goes on to Rasa."""
    if request.method not in ("GET", "HEAD") or request.path not in FILES:
        return None
    name, content_type = FILES[request.path]
    return await response.file(PAGE / name, mime_type=content_type, headers=PAGE_HEADERS)
