"""Fifty people talk for five minutes while one part after the other dies and comes back.

make endure; alone: pytest -m slow tests/deploy/test_long.py -s        # CHARLEY_LONG_SECONDS changes how long
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import cycle

import pytest

from charley.rasa.assistant import NOT_KEPT
from tests.deploy.crowd import DANGERS, QUESTIONS, Crowd, Said, pace, summary
from tests.deploy.services import Service
from tests.deploy.world import Cluster, Person, told, until

SECONDS = float(os.environ.get("CHARLEY_LONG_SECONDS", "300"))
PEOPLE = 50
PAUSE = float(
    os.environ.get("CHARLEY_LONG_PAUSE", "8")
)  # seconds at least: some six messages a second in all
AWAY = 4.0  # seconds that a part is away
STORED_SECONDS = 120  # in which all is stored at the end: what waits is counted, not how fast it comes in

pytestmark = [pytest.mark.slow, pytest.mark.timeout(SECONDS + 1800)]


async def disturb(several: Cluster, end: Callable[[], bool]) -> None:
    """Until it is over: each part in turn is killed and brought back, or hangs; the workers, which take longest, last."""

    async def killed(name: str, part: Service) -> None:
        print(f"{name} is killed", flush=True)
        await asyncio.to_thread(part.kill)
        await asyncio.sleep(AWAY)
        await asyncio.to_thread(part.start)
        print(f"{name} is back", flush=True)

    async def hung(name: str) -> None:
        print(f"{name} hangs", flush=True)
        with several.fault(name, "hang"):
            await asyncio.sleep(AWAY)

    (first, second), (worker, other) = several.actions, several.workers
    faults = [
        partial(killed, "postgres", several.postgres),
        partial(killed, "redis", several.redis),
        partial(killed, "rabbit", several.rabbit),
        *(partial(hung, name) for name in several.between),
        partial(killed, "action server 1", first),
        partial(killed, "worker 1", worker),
        partial(killed, "action server 2", second),
        partial(killed, "worker 2", other),
    ]
    for fault in cycle(faults):
        await asyncio.sleep(AWAY)
        if end():
            return
        await fault()


async def test_a_worker_that_starts_while_all_is_away_serves_and_catches_up(
    several: Cluster, person: Person
) -> None:
    spare, at = several.spare, f"http://127.0.0.1:{several.spare.port}"
    with ExitStack() as away:
        for name in several.between:
            away.enter_context(several.fault(name, "drop"))
        await asyncio.to_thread(spare.start)
        replies = await person.say(DANGERS[0], "m1", at=at)
        assert replies[0]["metadata"]["kind"] == "care"
        assert told(await person.say("hello", "m2", at=at)).endswith(NOT_KEPT)
    await until(lambda: several.taken("m1") == several.taken("m2") == 1)
    replies = await person.say(QUESTIONS[0], at=f"http://127.0.0.1:{several.workers[0].port}")
    assert replies[0]["text"].startswith("First: from what you told me before")
    await asyncio.to_thread(spare.kill)


async def test_nothing_acknowledged_is_lost_nor_taken_twice_and_every_danger_gets_care(
    several: Cluster,
) -> None:
    crowd = Crowd(several.url, PEOPLE, await pace(several.url, PEOPLE, PAUSE))
    print(f"{PEOPLE} people, each says something every {crowd.pause:.0f} s", flush=True)
    talking = asyncio.create_task(crowd.talk(SECONDS))
    try:
        await disturb(several, talking.done)
        await talking
    finally:
        talking.cancel()
    print(summary(crowd), flush=True)
    assert len(crowd.acknowledged) > PEOPLE

    without_care = [said.text for said in crowd.acknowledged if said.is_danger and not said.has_care]
    assert not without_care

    def stored() -> Counter[str]:
        rows = several.stored("select data::json->>'message_id' from events where type_name = 'user'")
        return Counter(id_ for (id_,) in rows)

    def lost() -> list[Said]:
        ids = set(stored())
        return [said for said in crowd.acknowledged if said.id not in ids]

    try:
        await until(lambda: not lost(), STORED_SECONDS)
    finally:
        print(f"not stored: {lost()}", flush=True)
    twice = {id_: count for id_, count in stored().items() if id_ is not None and count > 1}
    assert not twice
    dangers = sum(said.is_danger for said in crowd.acknowledged)
    print(f"all {len(crowd.acknowledged)} stored once, all {dangers} dangers answered with care", flush=True)
