"""What is older than need be is really deleted, and nothing else."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.rasa.retention import DAYS, DAYS_VARIABLE, RetentionError, days, keep_purging, purge
from charley.rasa.tracker_store import LiveTrackerStore

DAY = 86400


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "conversations.db"


@pytest.fixture
def store(file: Path) -> LiveTrackerStore:
    return LiveTrackerStore(Domain.empty(), db=str(file))


async def session(store: LiveTrackerStore, sender: str, text: str, days_ago: float) -> None:
    """A session of one message, so many days ago."""
    tracker = await store.retrieve(sender) or DialogueStateTracker(sender, [])
    at = time.time() - days_ago * DAY
    events: list[Event] = [ActionExecuted("action_session_start"), SessionStarted(), UserUttered(text)]
    for event in [*events, ActionExecuted("action_listen")]:
        event.timestamp = at
        tracker.update(event)
    await store.save(tracker)


def content(file: Path) -> bytes:
    """All that SQLite keeps on the disk: the file, and its log while the store is open."""
    return b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))


async def told(store: LiveTrackerStore, sender: str) -> list[str | None]:
    tracker = await store.retrieve_full_tracker(sender)
    return [event.text for event in tracker.events if isinstance(event, UserUttered)] if tracker else []


async def test_a_conversation_goes_once_nobody_has_spoken_for_long(store: LiveTrackerStore) -> None:
    await session(store, "long-ago", "old", days_ago=31)
    await session(store, "of-late", "new", days_ago=29)
    assert await purge(store, 30) == 4
    assert list(await store.keys()) == ["of-late"]
    assert await told(store, "of-late") == ["new"]


async def test_who_still_talks_keeps_the_latest_session_alone(store: LiveTrackerStore) -> None:
    await session(store, "faithful", "old", days_ago=40)
    await session(store, "faithful", "new", days_ago=1)
    await purge(store, 30)
    assert await told(store, "faithful") == ["new"]
    again = await store.retrieve("faithful")
    assert again is not None
    assert [e.text for e in again.events if isinstance(e, UserUttered)] == ["new"]


async def test_a_session_that_goes_on_is_kept_whole(store: LiveTrackerStore) -> None:
    await session(store, "slow", "first", days_ago=31)
    tracker = await store.retrieve("slow")
    assert tracker is not None
    tracker.update(UserUttered("second"))
    await store.save(tracker)
    await purge(store, 30)
    assert await told(store, "slow") == ["first", "second"]


async def test_what_is_deleted_is_no_longer_in_the_file(store: LiveTrackerStore, file: Path) -> None:
    await session(store, "long-ago", "canarybird", days_ago=31)
    assert b"canarybird" in content(file)
    await purge(store, 30)
    assert b"canarybird" not in content(file)


async def test_what_is_erased_is_no_longer_in_the_file(store: LiveTrackerStore, file: Path) -> None:
    await session(store, "someone", "canarybird", days_ago=0)
    assert b"canarybird" in content(file)
    await store.erase("someone")
    assert b"canarybird" not in content(file)


async def test_nobody_else_on_the_machine_reads_the_file(store: LiveTrackerStore, file: Path) -> None:
    await session(store, "someone", "hello", days_ago=0)
    files = list(file.parent.glob(f"{file.name}*"))
    assert len(files) > 1  # the log among them
    assert all(path.stat().st_mode & 0o077 == 0 for path in files)


async def test_a_purge_in_the_background_goes_on_after_a_failure(store: LiveTrackerStore) -> None:
    """The first round meets a broken store; the second deletes."""
    await session(store, "long-ago", "old", days_ago=31)
    rounds = 0

    class Broken(LiveTrackerStore):
        def __init__(self) -> None:
            pass

        async def purge(self, before: float) -> int:
            nonlocal rounds
            rounds += 1
            if rounds == 1:
                raise OSError("the disk is away")
            await store.purge(before)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await keep_purging(Broken(), 30, every=0)
    assert rounds == 2
    assert list(await store.keys()) == []


@pytest.mark.parametrize(("told", "kept"), [("", DAYS), ("7", 7), (" 365 ", 365)])
def test_the_time_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch, told: str, kept: int) -> None:
    monkeypatch.setenv(DAYS_VARIABLE, told)
    assert days() == kept


@pytest.mark.parametrize("told", ["0", "-1", "soon", "30d", "99999", "¾"])
def test_a_time_that_makes_no_sense_is_refused(monkeypatch: pytest.MonkeyPatch, told: str) -> None:
    monkeypatch.setenv(DAYS_VARIABLE, told)
    with pytest.raises(RetentionError, match="number of days from 1 to 3650"):
        days()
