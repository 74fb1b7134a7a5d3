"""One message of a conversation at a time, on however many servers: Rasa's ticket lock, in memory and in Redis.

Rasa's own Redis store reads a lock and writes it back in two steps, between which another server may do
the same, and holds it for a minute for a server that has died. Here each step is one transaction, and
who holds a ticket renews it, so that a dead server's runs out soon. While Redis is away the lock in memory
still holds: order is kept on each server, and lost only between servers.

Named under `lock_store:` in endpoints.yml.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, TypeVar

import redis
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockStore, RedisLockStore
from redis.client import Pipeline

from charley.rasa.metrics import registry, services
from charley.rasa.metrics.message import stage
from charley.rasa.services.addresses import REDIS, address
from charley.rasa.services.link import THREADS, Away, Link

T = TypeVar("T")

SECONDS = 1.0  # for a connection to Redis, and for an answer
LIFETIME = 5.0  # seconds of a ticket; servers' clocks may differ by some three
RENEW = 1.0  # seconds between two renewals
LOOK = 0.05  # seconds between two looks whether it is one's turn
FORGOTTEN = 60  # seconds after which Redis drops a lock that nobody touches


class ConversationLocks(LockStore):
    """In memory, and in Redis too where CHARLEY_REDIS_URL is set.

    Raises:
        AddressError: if that is no address.
    """

    def __init__(self, endpoint_config: Any = None) -> None:
        super().__init__()
        self._here = InMemoryLockStore()
        url = address(REDIS)
        self._shared = SharedLocks(url) if url else None

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = LOOK
    ) -> AsyncIterator[TicketLock]:
        """Wait until it is one's turn.

        Raises:
            LockError: if that takes longer than `lock_lifetime` on this server.
        """
        async with AsyncExitStack() as held:
            with stage(registry.WAITING):
                here = self._here.lock(conversation_id, lock_lifetime, wait_time_in_seconds)
                lock = await held.enter_async_context(here)
                if self._shared is not None:
                    shared = self._shared.lock(conversation_id, LIFETIME, wait_time_in_seconds)
                    await held.enter_async_context(shared)
            yield lock


class SharedLocks(RedisLockStore):
    """Rasa's ticket locks in Redis; while it is away, everybody goes ahead."""

    def __init__(self, url: str) -> None:
        super().__init__(key_prefix="charley")
        self.red = redis.Redis.from_url(
            url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS, max_connections=2 * THREADS
        )
        self._link = Link("Redis", self.red.ping, (redis.RedisError, OSError))
        services.use(services.LOCKS, lambda: self._link.is_away)

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LIFETIME, wait_time_in_seconds: float = LOOK
    ) -> AsyncIterator[None]:
        """Wait until it is one's turn, in the order in which tickets were drawn."""
        try:
            number = await self._link.do(self._change, conversation_id, _draw(lock_lifetime))
        except Away:
            yield
            return
        renewing = asyncio.create_task(self._keep_renewing(conversation_id, number, lock_lifetime))
        try:
            await self._turn(conversation_id, number, wait_time_in_seconds)
            yield
        finally:
            renewing.cancel()
            with suppress(Away):
                await self._link.do(self._change, conversation_id, _give_back(number))

    async def _turn(self, conversation_id: str, number: int, look: float) -> None:
        with suppress(Away):
            while not await self._link.do(self._change, conversation_id, _is_next(number)):  # noqa: ASYNC110
                await asyncio.sleep(look)

    async def _keep_renewing(self, conversation_id: str, number: int, lifetime: float) -> None:
        while True:
            await asyncio.sleep(RENEW)
            with suppress(Away):
                await self._link.do(self._change, conversation_id, _renew(number, lifetime))

    def _change(self, conversation_id: str, change: Callable[[TicketLock], T]) -> T:
        """Change a lock as one step, whoever else tries to."""
        key = self.key_prefix + conversation_id

        def step(pipe: Pipeline) -> T:
            stored = pipe.get(key)
            lock = TicketLock.from_dict(json.loads(stored)) if stored else self.create_lock(conversation_id)
            result = change(lock)
            pipe.multi()
            if lock.tickets:
                pipe.set(key, lock.dumps(), ex=FORGOTTEN)
            else:
                pipe.delete(key)
            return result

        result: T = self.red.transaction(step, key, value_from_callable=True)
        return result


def _draw(lifetime: float) -> Callable[[TicketLock], int]:
    return lambda lock: lock.issue_ticket(lifetime)


def _is_next(number: int) -> Callable[[TicketLock], bool]:
    return lambda lock: not lock.is_locked(number) or number not in {t.number for t in lock.tickets}


def _renew(number: int, lifetime: float) -> Callable[[TicketLock], None]:
    def renew(lock: TicketLock) -> None:
        for ticket in lock.tickets:
            if ticket.number == number:
                ticket.expires = time.time() + lifetime

    return renew


def _give_back(number: int) -> Callable[[TicketLock], None]:
    return lambda lock: lock.remove_ticket_for(number)
