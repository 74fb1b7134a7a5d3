"""One widget over several servers: what is for a session reaches its sockets on whichever server they are.

The servers tell each other through a channel of Redis, which keeps nothing. While it is away, each
server serves its own sockets, and tells the others once it is back, unless that takes too long: a client
that then misses an answer asks for it again when it connects anew.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from redis import RedisError
from redis import asyncio as redis
from socketio.async_pubsub_manager import AsyncPubSubManager

from charley.rasa.metrics import services

logger = logging.getLogger(__name__)

CHANNEL = "charley-sockets"
SECONDS = 1.0  # for a connection
TELL_SECONDS = (
    5.0  # for handing a message over, for which nobody waits: a busy server takes longer than Redis
)
AGAIN_SECONDS = 1.0
KEPT_SECONDS = 30.0  # that a message waits for Redis; on a screen later than that, it would only confuse
KEPT = 5_000  # messages that wait at most
PING_SECONDS = 2.0  # of silence, after which Redis is asked whether it is there
HEARING_SECONDS = 2 * PING_SECONDS + SECONDS + AGAIN_SECONDS  # by when all hear it again that was away


class SharedSockets(AsyncPubSubManager):  # type: ignore[misc]
    """socket.io's manager over Redis; its own one loses what comes while it waits up to a minute to try again.

    Attributes:
        moved: called with the old and the new session when another server moves its sockets.
    """

    moved: Callable[[str, str], Awaitable[None]]

    def __init__(self, url: str) -> None:
        super().__init__(channel=CHANNEL)
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_keepalive=True)
        self._waiting: deque[tuple[float, str]] = deque()
        self._telling: asyncio.Task[None] | None = None
        self._told = 0
        self._last: dict[str, int] = {}  # number heard of each server
        self._hears = True
        services.use(services.SOCKETS, lambda: not self._hears, waiting=lambda: len(self._waiting))

    async def move(self, session: str, to: str) -> None:
        """Have all other servers move their sockets from one session to another."""
        await self._publish(
            {"method": "close_room", "room": session, "namespace": "/", "host_id": self.host_id, "to": to}
        )

    async def _handle_close_room(self, message: dict[str, Any]) -> None:
        if "to" in message:
            await self.moved(message["room"], message["to"])
        else:
            await super()._handle_close_room(message)

    async def _publish(self, data: dict[str, Any]) -> None:
        """Have the others told, in order; nobody waits for it."""
        if len(self._waiting) >= KEPT:
            return
        self._told += 1
        self._waiting.append(
            (
                asyncio.get_running_loop().time(),
                json.dumps({**data, "by": self.host_id, "number": self._told}),
            )
        )
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def _tell(self) -> None:
        while self._waiting:
            said_at, message = self._waiting[0]
            if asyncio.get_running_loop().time() - said_at < KEPT_SECONDS:
                try:
                    await asyncio.wait_for(self._redis.publish(self.channel, message), TELL_SECONDS)
                except (RedisError, OSError, asyncio.TimeoutError) as error:
                    logger.error("Could not tell the other servers: %s", type(error).__name__)
                    await self._until_heard()
                    continue
            self._waiting.popleft()

    async def _until_heard(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_SECONDS)
            try:
                await asyncio.wait_for(self._redis.ping(), SECONDS)
            except (RedisError, OSError, asyncio.TimeoutError):
                continue
            await asyncio.sleep(HEARING_SECONDS)
            return

    async def _listen(self) -> AsyncIterator[dict[str, Any]]:
        """What other servers tell, for ever."""
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
                    await asyncio.wait_for(subscription.subscribe(self.channel), SECONDS)
                    self._hears = True
                    async for data in _heard(subscription):
                        message = json.loads(data)
                        # Told again where Redis took it, but too late said so.
                        if message["number"] > self._last.get(message["by"], 0):
                            self._last[message["by"]] = message["number"]
                            yield message
            except (RedisError, OSError, asyncio.TimeoutError) as error:
                logger.error("Do not hear the other servers: %s", type(error).__name__)
                self._hears = False
            await asyncio.sleep(AGAIN_SECONDS)


async def _heard(subscription: redis.client.PubSub) -> AsyncIterator[bytes]:
    """The messages, until Redis answers no more."""
    asked = False
    while True:
        message = await subscription.get_message(timeout=PING_SECONDS)
        if message is None and asked:
            raise asyncio.TimeoutError
        asked = message is None
        if message is None:
            await asyncio.wait_for(subscription.ping(), SECONDS)
        elif message["type"] == "message":
            yield message["data"]
