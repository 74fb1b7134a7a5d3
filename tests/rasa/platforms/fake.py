"""A stand-in for the platforms' HTTP APIs, on loopback: keeps what is sent to it, and fails or dawdles on request."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

SECONDS = 20


@dataclass(frozen=True)
class Call:
    """A request that Charley made. `body` is JSON, or a form as a dict."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


@dataclass
class Fake:
    """The platforms, all in one.

    Attributes:
        calls: what has come, in order.
        holds: what is answered to a GET, by path.
        fails: statuses to answer with, one for each request to come, before all is well again.
        dawdles: seconds before each answer to
        dawdles_at: such a call.
        refuses: whether a call is answered with 400.
    """

    calls: list[Call] = field(default_factory=list)
    holds: dict[str, Any] = field(default_factory=dict)
    fails: list[int] = field(default_factory=list)
    dawdles: float = 0.0
    dawdles_at: Callable[[Call], bool] = field(default=lambda _: True)
    refuses: Callable[[Call], bool] = field(default=lambda _: False)
    port: int = 0
    _tell: list[Callable[[], Any]] = field(default_factory=list)  # whoever waits for a call

    def start(self) -> None:
        """Serve in a thread of its own until the process ends."""
        ready = threading.Event()

        async def serve() -> None:
            app = web.Application(client_max_size=10_000_000)
            app.router.add_route("*", "/{path:.*}", self._answer)
            runner = web.AppRunner(app)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.port = runner.addresses[0][1]
            ready.set()
            await asyncio.Event().wait()

        threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
        assert ready.wait(SECONDS)

    def reset(self) -> None:
        """Forget all calls and faults."""
        self.calls.clear()
        self.fails.clear()
        self.dawdles, self.dawdles_at, self.refuses = 0.0, lambda _: True, lambda _: False

    def sent(self, enough: Callable[[list[Call]], bool], path: str = "") -> list[Call]:
        """The calls to a path (a part of it), once there are enough of them."""
        deadline = time.monotonic() + SECONDS
        while not enough(found := self.at(path)):
            assert time.monotonic() < deadline, f"only {found} came"
            time.sleep(0.02)
        return found

    async def awaited(self, enough: Callable[[list[Call]], bool], path: str = "") -> list[Call]:
        """As `sent`; meanwhile a server may run beside the test."""
        news = asyncio.Event()
        tell = partial(asyncio.get_running_loop().call_soon_threadsafe, news.set)
        self._tell.append(tell)
        try:
            while not enough(found := self.at(path)):
                await asyncio.wait_for(news.wait(), SECONDS)
                news.clear()
        finally:
            self._tell.remove(tell)
        return found

    def at(self, path: str) -> list[Call]:
        """The calls to a path so far."""
        return [call for call in self.calls if path in call.path]

    async def _answer(self, request: web.Request) -> web.Response:
        raw = await request.text()
        form = "form" in request.headers.get("Content-Type", "")
        body = dict(parse_qsl(raw, keep_blank_values=True)) if form else json.loads(raw) if raw else None
        call = Call(request.method, request.path, dict(request.headers), body)
        if self.dawdles and self.dawdles_at(call):
            await asyncio.sleep(self.dawdles)
        if self.fails:
            return web.json_response({"ok": False}, status=self.fails.pop(0))
        if self.refuses(call):
            return web.json_response({"ok": False}, status=400)
        if request.method == "GET":
            held = self.holds.get(request.path)
            return web.json_response(held, status=200 if held is not None else 404)
        self.calls.append(call)
        for tell in self._tell:
            tell()
        return web.json_response({"ok": True, "success": True, "id": "1", "sid": "SM1", "result": {}})
