"""The tracker store over the real PostgreSQL, by itself."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.rasa import stored
from charley.rasa.services import postgres
from charley.rasa.services.addresses import DATABASE
from charley.rasa.services.link import Away
from charley.rasa.tracker_store import LiveTrackerStore
from tests.deploy.services import Postgres
from tests.deploy.world import until
from tests.rasa.test_live_trackers import said, turn

DAY = 86_400


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    service = Postgres(tmp_path_factory.mktemp("database"))
    service.start()
    yield service
    service.kill()


@pytest.fixture
def stores(database: Postgres, monkeypatch: pytest.MonkeyPatch) -> list[LiveTrackerStore]:
    """Those of two servers."""
    monkeypatch.setenv(DATABASE, database.url)
    made = [LiveTrackerStore(Domain.empty()) for _ in range(2)]
    with made[0].session_scope() as session:
        session.execute("truncate events")
        session.commit()
    return made


async def test_two_servers_see_what_the_other_stored(stores: list[LiveTrackerStore]) -> None:
    for number in range(6):
        await turn(stores[number % 2], str(number))
    assert said(await stores[0].retrieve("someone")) == [*map(str, range(6))]


async def test_a_tracker_at_hand_is_used_while_it_is_right(stores: list[LiveTrackerStore]) -> None:
    kept = await turn(stores[0], "one")
    assert await stores[0].retrieve("someone") is kept
    await turn(stores[1], "two")
    assert await stores[0].retrieve("someone") is not kept


async def test_what_is_old_is_purged(stores: list[LiveTrackerStore]) -> None:
    tracker = DialogueStateTracker("long-ago", [])
    for event in (ActionExecuted("action_session_start"), SessionStarted(), UserUttered("old")):
        event.timestamp = time.time() - 31 * DAY
        tracker.update(event)
    await stores[0].save(tracker)
    await turn(stores[0], "new")
    assert await stores[1].purge(time.time() - 30 * DAY) == 3
    assert await stores[0].retrieve("long-ago") is None
    assert said(await stores[0].retrieve("someone")) == ["new"]


async def test_forgetting_is_refused_while_it_can_not_be_done(
    stores: list[LiveTrackerStore], database: Postgres
) -> None:
    await turn(stores[0], "one")
    database.kill()
    with pytest.raises(Away):
        await stores[0].erase("someone")
    database.start()
    await until(lambda: not stores[0]._link.is_away)
    await stores[0].erase("someone")
    assert await stores[1].retrieve("someone") is None


async def test_a_connection_that_died_unseen_is_replaced(
    stores: list[LiveTrackerStore], database: Postgres
) -> None:
    await turn(stores[0], "one")
    database.kill()
    database.start()
    await turn(stores[0], "two")
    assert stores[0].keeps("someone")
    assert said(await stores[1].retrieve("someone")) == ["one", "two"]


async def test_what_takes_longer_than_a_person_waits_is_broken_off(stores: list[LiveTrackerStore]) -> None:
    def slow() -> None:
        with stores[0].session_scope() as session:
            session.execute("select pg_sleep(20)")

    started = time.monotonic()
    with pytest.raises(Away):
        await stores[0]._link.do(slow)
    assert time.monotonic() - started < postgres.SECONDS + 1
    await until(lambda: not stores[0]._link.is_away)


async def test_a_table_that_is_gone_is_made_again(stores: list[LiveTrackerStore]) -> None:
    with stores[0].session_scope() as session:
        session.execute("drop table events")
        session.commit()
    await turn(stores[0], "one")
    assert not stores[0].keeps("someone")
    await until(lambda: stores[0].keeps("someone"))
    assert said(await stores[1].retrieve("someone")) == ["one"]


async def test_many_at_once_share_few_connections(stores: list[LiveTrackerStore]) -> None:
    await asyncio.gather(*(turn(stores[n % 2], "one", f"sender-{n}") for n in range(60)))
    assert all(stores[n % 2].keeps(f"sender-{n}") for n in range(60))


def test_a_dump_brings_back_what_was_lost_and_charley_goes_on(
    stores: list[LiveTrackerStore], database: Postgres
) -> None:
    """By the commands of docs/deploying.md; the servers are stopped meanwhile."""
    asyncio.run(turn(stores[0], "one"))
    at = ["-h", "127.0.0.1", "-p", str(database.port), "-U", "charley"]
    database.run("pg_dump", *at, "-Fc", "-f", "charley.dump", "charley")
    with stores[0].session_scope() as session:
        session.execute("drop table events")
        session.commit()
    for store in stores:
        store.engine.dispose()
    database.run("pg_restore", *at, "-d", "charley", "--clean", "--if-exists", "charley.dump")
    (database.home / "charley.dump").unlink()
    started = LiveTrackerStore(Domain.empty())
    asyncio.run(turn(started, "two"))
    assert said(asyncio.run(started.retrieve("someone"))) == ["one", "two"]


def test_one_persons_talk_is_exported_and_erased_and_what_is_old_purged(
    stores: list[LiveTrackerStore],
) -> None:
    """By the functions behind `charley export`, `erase` and `purge`."""
    for sender in ("someone", "another"):
        asyncio.run(turn(stores[0], f"i am {sender}", sender))
    given = json.loads(stored.export("someone", store=stores[1]))
    assert [message["text"] for message in given["messages"]] == ["i am someone"]
    stored.erase("someone", store=stores[1])
    with pytest.raises(stored.StoreError, match="Nothing is kept of someone"):
        stored.export("someone", store=stores[0])
    assert "i am another" in stored.export("another", store=stores[1])
    assert stored.purge("30d", stores[1]) == "Nothing is older than 30 days."
    assert stored.purge("0d", stores[1]).startswith("Deleted")
    with pytest.raises(stored.StoreError):
        stored.export("another", store=stores[1])
