"""Which server nginx turns to when one dies, hangs or comes back; stand-ins answer, so that it takes a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from aiohttp import ClientSession, ClientTimeout, web

from tests.conftest import free_ports
from tests.deploy.services import Nginx
from tests.deploy.world import until
from tests.rasa.widget.conftest import SOCKETS

MANY = 20


class StandIn:
    """Answers messages and takes sockets, as a Rasa worker does at its routes.

    Attributes:
        held: how many messages it has taken and not answered.
    """

    def __init__(self, port: int) -> None:
        self.held = 0
        self._port, self._goes_on = port, asyncio.Event()
        self._goes_on.set()
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/webhooks/rest/webhook", self._answer)
        app.router.add_get(f"{SOCKETS}/", self._socket)
        self._runner = web.AppRunner(app, shutdown_timeout=0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()

    async def die(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    def hang(self) -> None:
        self._goes_on.clear()

    def go_on(self) -> None:
        self._goes_on.set()

    async def _answer(self, _: web.Request) -> web.Response:
        self.held += 1
        await self._goes_on.wait()
        self.held -= 1
        return web.json_response([])

    async def _socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            pass
        return socket


class Front:
    """Two stand-ins behind the nginx that is shipped."""

    def __init__(self, home: Path, http: ClientSession) -> None:
        first, second, action = free_ports(3)
        self.first, self.second = StandIn(first), StandIn(second)
        self.nginx = Nginx(home, [first, second], [action])
        self._http = http

    async def say(self) -> int:
        """Say something; the status of the answer."""
        async with self._http.post(f"{self.nginx.url}/webhooks/rest/webhook", json={}) as response:
            return response.status

    async def connect(self) -> None:
        """Open a socket, and leave it open. Raises aiohttp's ClientError if no server takes it."""
        await self._http.ws_connect(f"{self.nginx.url}{SOCKETS}/?EIO=4&transport=websocket")


@pytest_asyncio.fixture
async def front(tmp_path: Path) -> AsyncIterator[Front]:
    async with ClientSession(timeout=ClientTimeout(total=30)) as http:
        running = Front(tmp_path, http)
        running.nginx.start()
        try:
            yield running
        finally:
            running.nginx.kill()
            await running.first.die()
            await running.second.die()


async def test_a_server_that_is_away_costs_nobody_an_answer(front: Front) -> None:
    await front.first.start()
    assert [await front.say() for _ in range(MANY)] == [200] * MANY
    for _ in range(MANY):
        await front.connect()


async def test_a_server_that_is_back_takes_over_at_once_whatever_was_refused_before(front: Front) -> None:
    """As when one server after the other is replaced: the first has hardly come back when the second goes."""
    await front.first.start()
    for _ in range(MANY):
        await front.say()
        await front.connect()
    await front.second.start()
    await front.first.die()
    for _ in range(MANY):
        await front.connect()
        assert await front.say() == 200


async def test_a_server_that_hangs_holds_up_those_alone_whom_it_has_taken(front: Front) -> None:
    await front.first.start()
    await front.second.start()
    front.second.hang()
    some = [asyncio.create_task(front.say()) for _ in range(2)]
    await until(lambda: front.second.held == 1)
    assert [await front.say() for _ in range(MANY)] == [200] * MANY
    assert front.second.held == 1
    front.second.go_on()
    assert await asyncio.gather(*some) == [200, 200]


async def test_open_chats_do_not_send_messages_astray(front: Front) -> None:
    """Sockets are counted apart: a server without any would get each message, hanging or not."""
    await front.first.start()
    for _ in range(MANY):
        await front.connect()
    await front.second.start()
    front.second.hang()
    some = [asyncio.create_task(front.say()) for _ in range(2)]
    await until(lambda: front.second.held == 1)
    assert [await front.say() for _ in range(MANY)] == [200] * MANY
    front.second.go_on()
    assert await asyncio.gather(*some) == [200, 200]
