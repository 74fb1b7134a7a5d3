"""A client of the widget's protocol, down to its frames."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from tests.conftest import Site

SOCKETS = "/widget/socket.io"
SECONDS = 20
OPENED, PING, PONG, CONNECT, DISCONNECT, EVENT, ACK = (
    "0",
    "2",
    "3",
    "40",
    "41",
    "42",
    "43",
)  # how frames begin


def address(site: Site) -> str:
    """Where websockets are opened."""
    return f"{site.url.replace('http', 'ws', 1)}{SOCKETS}/?EIO=4&transport=websocket"


class Client:
    """One socket; what the server sends is kept by event, in order.

    Args:
        news: told whenever something has come; several clients may share one.
    """

    def __init__(self, news: asyncio.Condition | None = None) -> None:
        self.got: defaultdict[str, list[Any]] = defaultdict(list)
        self.log: list[str] = []  # acks and events in the order in which they came
        self._acks: dict[int, Any] = {}
        self._numbers = count()
        self._news = news or asyncio.Condition()

    async def open(self, site: Site, auth: Any = None, **headers: str) -> Client:
        """Connect, and wait for the session.

        Raises:
            aiohttp.WSServerHandshakeError: if the server refuses.
        """
        self._http = aiohttp.ClientSession()
        try:
            self._socket = await self._http.ws_connect(address(site), headers=headers)
        except aiohttp.ClientError:
            await self._http.close()
            raise
        self._reading = asyncio.create_task(self._read())
        await self._socket.send_str(CONNECT + json.dumps(auth))
        await self.wait_for(lambda: self.got["session"])
        return self

    async def close(self) -> None:
        """Hang up."""
        await self._socket.close()
        await self._reading
        await self._http.close()

    @property
    def token(self) -> str:
        token: str = self.got["session"][-1]["token"]
        return token

    async def emit(self, event: str, data: Any, number: int | None = None) -> None:
        """Send, and wait for nothing."""
        await self._socket.send_str(f"{EVENT}{'' if number is None else number}{json.dumps([event, data])}")

    async def ask(self, event: str, data: Any) -> Any:
        """Send and give the acknowledgement."""
        number = next(self._numbers)
        await self.emit(event, data, number)
        await self.wait_for(lambda: number in self._acks)
        return self._acks[number]

    async def say(self, text: Any = None, id_: str | None = None, **more: Any) -> list[dict[str, Any]]:
        """Send a message; the replies to it."""
        id_ = id_ or uuid4().hex
        message = {"id": id_, **({} if text is None else {"text": text}), **more}
        assert await self.ask("say", message) == {"ok": True}
        return await self.replies_to(id_)

    async def replies_to(self, id_: str) -> list[dict[str, Any]]:
        await self.wait_for(lambda: any(a["id"] == id_ for a in self.got["answer"]))
        replies: list[dict[str, Any]] = next(a["replies"] for a in self.got["answer"] if a["id"] == id_)
        return replies

    async def wait_for(self, condition: Callable[[], Any]) -> None:
        """Until the condition holds; it is looked at whenever something has come."""

        async def wait() -> None:
            async with self._news:
                await self._news.wait_for(condition)

        await asyncio.wait_for(wait(), SECONDS)

    async def _read(self) -> None:
        async for frame in self._socket:
            text = frame.data
            if text == PING:
                await self._socket.send_str(PONG)
            elif text.startswith(EVENT):
                event, data = json.loads(text[len(EVENT) :])
                self.got[event].append(data)
                self.log.append(event)
            elif text.startswith(ACK):
                number, bracket, values = text[len(ACK) :].partition("[")
                (self._acks[int(number)],) = json.loads(bracket + values)
                self.log.append("ack")
            elif text.startswith(DISCONNECT):
                self.log.append("disconnect")
            async with self._news:
                self._news.notify_all()


@pytest.fixture
async def client(site: Site) -> AsyncIterator[Callable[..., Awaitable[Client]]]:
    """Opens sockets; all are closed at the end."""
    opened: list[Client] = []

    async def open_(auth: Any = None, **headers: str) -> Client:
        opened.append(await Client().open(site, auth, **headers))
        return opened[-1]

    yield open_
    for each in opened:
        await each.close()
