"""One at a time and in order, over two servers that share nothing but Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from charley.rasa.services.locks import LIFETIME, LOOK, SharedLocks, _draw
from tests.deploy.services import Redis


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redis]:
    service = Redis(tmp_path_factory.mktemp("redis"))
    service.start()
    yield service
    service.kill()


@pytest.fixture
def servers(redis: Redis) -> list[SharedLocks]:
    return [SharedLocks(redis.url_at(redis.port)) for _ in range(2)]


async def test_never_two_at_once(servers: list[SharedLocks]) -> None:
    inside, most, sender = 0, 0, uuid4().hex

    async def turn(locks: SharedLocks) -> None:
        nonlocal inside, most
        async with locks.lock(sender):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(turn(servers[index % 2]) for index in range(30)))
    assert most == 1


async def test_in_the_order_in_which_they_came(servers: list[SharedLocks]) -> None:
    order: list[int] = []
    sender = uuid4().hex

    async def turn(number: int) -> None:
        async with servers[number % 2].lock(sender):
            order.append(number)

    async with servers[0].lock(sender):
        turns = []
        for number in range(6):
            turns.append(asyncio.create_task(turn(number)))
            await asyncio.sleep(3 * LOOK)  # it has drawn its ticket
    await asyncio.gather(*turns)
    assert order == list(range(6))


async def test_other_talks_do_not_wait(servers: list[SharedLocks]) -> None:
    async with servers[0].lock(uuid4().hex), servers[1].lock(uuid4().hex):
        pass


async def test_a_dead_servers_turn_runs_out(servers: list[SharedLocks]) -> None:
    sender = uuid4().hex
    servers[0]._change(sender, _draw(LIFETIME))  # and dies
    started = time.monotonic()
    async with servers[1].lock(sender):
        waited = time.monotonic() - started
    assert LIFETIME - 1 < waited < LIFETIME + 2


async def test_a_long_turn_keeps_its_place(servers: list[SharedLocks]) -> None:
    sender, order = uuid4().hex, []

    async def second() -> None:
        async with servers[1].lock(sender):
            order.append("second")

    async with servers[0].lock(sender, lock_lifetime=1.5):
        waiting = asyncio.create_task(second())
        await asyncio.sleep(3)
        order.append("first")
    await waiting
    assert order == ["first", "second"]


async def test_without_redis_everybody_goes_ahead(tmp_path: Path) -> None:
    service = Redis(tmp_path)
    service.start()
    locks = SharedLocks(service.url_at(service.port))
    sender = uuid4().hex
    async with locks.lock(sender):
        service.kill()
    async with locks.lock(sender):
        assert locks._link.is_away
    service.start()
    while locks._link.is_away:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    async with locks.lock(sender):
        assert service.answers()
    service.kill()
