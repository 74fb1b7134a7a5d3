"""One widget over several servers: what is for a session reaches its sockets on whichever server they are.

The servers tell each other through a channel of Redis, which keeps nothing. While it is away, each
server serves its own sockets; a client that then misses an answer asks for it again when it comes back.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from redis import RedisError
from redis import asyncio as redis
from socketio.async_pubsub_manager import AsyncPubSubManager

logger = logging.getLogger(__name__)

CHANNEL = "charley-sockets"
SECONDS = 1.0  # for a connection, and for handing a message over
AGAIN_SECONDS = 1.0
PING_SECONDS = 2.0  # of silence, after which Redis is asked whether it is there


class SharedSockets(AsyncPubSubManager):  # type: ignore[misc]
    """socket.io's manager over Redis; its own one loses what comes while it waits up to a minute to try again.

    Attributes:
        moved: called with the old and the new session when another server moves its sockets.
    """

    moved: Callable[[str, str], Awaitable[None]]

    def __init__(self, url: str) -> None:
        super().__init__(channel=CHANNEL)
        self._redis = redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_keepalive=True)
        self._away_until = 0.0

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
        loop = asyncio.get_running_loop()
        if loop.time() < self._away_until:
            return
        try:
            await asyncio.wait_for(self._redis.publish(self.channel, json.dumps(data)), SECONDS)
        except (RedisError, OSError, asyncio.TimeoutError) as error:
            self._away_until = loop.time() + AGAIN_SECONDS
            logger.error("Could not tell the other servers: %s", type(error).__name__)

    async def _listen(self) -> AsyncIterator[bytes]:
        """What other servers tell, for ever."""
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as subscription:
                    await asyncio.wait_for(subscription.subscribe(self.channel), SECONDS)
                    async for data in _heard(subscription):
                        yield data
            except (RedisError, OSError, asyncio.TimeoutError) as error:
                logger.error("Do not hear the other servers: %s", type(error).__name__)
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
