"""What a tracker store could not take is stored later: all of it, once, in order."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, UserUttered

from charley.rasa.tracker_store import LiveTrackerStore
from charley.rasa.unstored import Unstored, begins_session, without_start
from tests.rasa.test_live_trackers import said, stored, turn


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


@pytest.fixture
def store(file: Path) -> LiveTrackerStore:
    return LiveTrackerStore(Domain.empty(), db=str(file), query={"timeout": "0.05"})


@contextmanager
def locked(file: Path, how: str = "EXCLUSIVE") -> Iterator[None]:
    """Another connection holds the file for itself."""
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute(f"BEGIN {how}")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("how", ["EXCLUSIVE", "IMMEDIATE"])
async def test_a_talk_goes_on_and_is_stored_once_it_can_be(
    how: str, store: LiveTrackerStore, file: Path
) -> None:
    await turn(store, "one")
    with locked(file, how):
        await turn(store, "two")
        assert not store.keeps("someone")
        assert said(await turn(store, "three")) == ["one", "two", "three"]
    assert said(await turn(store, "four")) == ["one", "two", "three", "four"]
    assert store.keeps("someone")
    assert stored(file) == ["action", "session_started", "action", *["user", "action"] * 4]


async def test_a_talk_begun_meanwhile_is_stored_too(store: LiveTrackerStore, file: Path) -> None:
    with locked(file):
        await turn(store, "one")
        await turn(store, "two")
    await store.settle()
    assert stored(file) == ["action", "session_started", "action", *["user", "action"] * 2]


async def test_a_talk_that_could_not_be_looked_up_is_no_new_session(
    store: LiveTrackerStore, file: Path
) -> None:
    await turn(store, "one")
    other = LiveTrackerStore(Domain.empty(), db=str(file), query={"timeout": "0.05"})
    with locked(file):
        await turn(other, "two")
    await other.settle()
    assert stored(file).count("session_started") == 1
    assert said(await store.retrieve("someone")) == ["one", "two"]


async def test_what_arrived_after_all_is_not_stored_twice(store: LiveTrackerStore, file: Path) -> None:
    """The connection broke after the database had the events and before it said so."""
    tracker = await turn(store, "one")
    store._unstored.keep("someone", list(tracker.events)[-2:])
    await store.settle()
    assert stored(file) == ["action", "session_started", "action", "user", "action"]


async def test_a_forgotten_talk_does_not_come_back(store: LiveTrackerStore, file: Path) -> None:
    with locked(file):
        await turn(store, "one")
    await store.erase("someone")
    await store.settle()
    assert stored(file) == []


async def test_a_row_that_is_no_json_does_not_end_the_process(store: LiveTrackerStore, file: Path) -> None:
    await turn(store, "one")
    with closing(sqlite3.connect(file)) as other:
        other.execute("update events set data = 'no json'")
        other.commit()
    with pytest.raises(ValueError, match="Expecting value"):
        await LiveTrackerStore(Domain.empty(), db=str(file)).retrieve("someone")


def test_more_than_fits_costs_the_first_theirs() -> None:
    kept = Unstored(most=4)
    for sender in ("a", "b", "c"):
        kept.keep(sender, [UserUttered("one"), UserUttered("two")])
    assert kept.senders() == ["b", "c"]


def test_the_start_of_a_session_is_known() -> None:
    start: list[Event] = [
        ActionExecuted("action_session_start"),
        SessionStarted(),
        ActionExecuted("action_listen"),
    ]
    rest = [UserUttered("one"), ActionExecuted("action_listen")]
    assert begins_session([*start, *rest])
    assert not begins_session(rest)
    assert without_start([*start, *rest]) == rest
    assert without_start(rest) == rest
