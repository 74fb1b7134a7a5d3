"""Trackers at hand never tell anything but what is stored."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.rasa.tracker_store import LiveTrackerStore

START = ("action_session_start", "action_listen")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


@pytest.fixture
def store(file: Path) -> LiveTrackerStore:
    return LiveTrackerStore(Domain.empty(), db=str(file), live=2)


def begin(tracker: DialogueStateTracker) -> None:
    for event in (ActionExecuted(START[0]), SessionStarted(), ActionExecuted(START[1])):
        tracker.update(event)


async def turn(store: SQLTrackerStore, text: str, sender: str = "someone") -> DialogueStateTracker:
    """One message, as Rasa handles it: retrieve, update, save."""
    tracker = await store.retrieve(sender)
    if tracker is None:
        tracker = DialogueStateTracker(sender, [])
        begin(tracker)
    tracker.update(UserUttered(text))
    tracker.update(ActionExecuted("action_listen"))
    await store.save(tracker)
    return tracker


def stored(file: Path, sender: str = "someone") -> list[str]:
    with sqlite3.connect(file) as connection:
        rows = connection.execute("select type_name from events where sender_id = ? order by id", [sender])
        return [name for (name,) in rows]


def said(tracker: DialogueStateTracker | None) -> list[str | None]:
    assert tracker is not None
    return [event.text for event in tracker.events if isinstance(event, UserUttered)]


async def test_a_tracker_just_saved_need_not_be_read_back(store: LiveTrackerStore) -> None:
    saved = await turn(store, "one")
    assert await store.retrieve("someone") is saved


async def test_every_event_is_stored_once(store: LiveTrackerStore, file: Path) -> None:
    for text in ("one", "two", "three"):
        await turn(store, text)
    assert stored(file) == ["action", "session_started", "action", *["user", "action"] * 3]


async def test_what_another_process_stored_is_seen(store: LiveTrackerStore, file: Path) -> None:
    await turn(store, "one")
    await turn(SQLTrackerStore(Domain.empty(), db=str(file)), "two")
    assert said(await turn(store, "three")) == ["one", "two", "three"]
    assert stored(file).count("user") == 3


async def test_a_turn_that_failed_half_way_is_as_if_it_had_never_begun(
    store: LiveTrackerStore, file: Path
) -> None:
    tracker = await turn(store, "one")
    tracker.update(UserUttered("lost"))
    assert said(await turn(store, "two")) == ["one", "two"]
    assert stored(file).count("user") == 2


async def test_who_looks_on_in_mid_turn_changes_nothing(store: LiveTrackerStore, file: Path) -> None:
    tracker = await turn(store, "one")
    tracker.update(UserUttered("two"))
    assert said(await store.retrieve("someone")) == ["one"]
    await store.save(tracker)
    assert stored(file) == ["action", "session_started", "action", "user", "action", "user"]
    assert said(await store.retrieve("someone")) == ["one", "two"]


async def test_who_looks_on_as_a_turn_begins_loses_nothing_of_it(store: LiveTrackerStore, file: Path) -> None:
    tracker = await turn(store, "one")
    looking = asyncio.create_task(store.retrieve("someone"))
    await asyncio.sleep(0)  # it asks the database
    tracker.update(UserUttered("two"))
    await looking
    await store.save(tracker)
    assert stored(file).count("user") == 2


async def test_what_was_erased_does_not_come_back(store: LiveTrackerStore, file: Path) -> None:
    await turn(store, "one")
    with sqlite3.connect(file) as connection:
        connection.execute("delete from events")
    assert await store.retrieve("someone") is None
    assert said(await turn(store, "two")) == ["two"]


async def test_a_new_session_starts_without_the_one_before(store: LiveTrackerStore, file: Path) -> None:
    tracker = await turn(store, "one")
    begin(tracker)
    await store.save(tracker)
    assert said(await turn(store, "two")) == ["two"]
    assert said(await turn(store, "three")) == ["two", "three"]
    assert stored(file).count("user") == 3
    assert stored(file).count("session_started") == 2


async def test_no_more_trackers_are_kept_than_asked_for(store: LiveTrackerStore) -> None:
    first = await turn(store, "one", "a")
    for sender in ("b", "c"):
        await turn(store, "one", sender)
    found = await store.retrieve("a")
    assert found is not first
    assert said(found) == ["one"]


async def test_it_reads_back_what_it_kept(store: LiveTrackerStore, file: Path) -> None:
    """A tracker at hand and the one made from its stored events say the same."""
    for text in ("one", "two"):
        await turn(store, text)
    kept = await store.retrieve("someone")
    read = await SQLTrackerStore(Domain.empty(), db=str(file)).retrieve("someone")
    assert kept is not None
    assert read is not None

    def told(events: list[Event]) -> list[dict[str, object]]:
        return [event.as_dict() for event in events]

    assert told(list(kept.events))[1:] == told(list(read.events))  # it starts with the session itself
