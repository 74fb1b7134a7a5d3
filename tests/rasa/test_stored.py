"""What an operator does with the conversations that are kept."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, SessionStarted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.rasa import stored
from charley.rasa.secret import VARIABLE, Pseudonyms
from charley.rasa.stored import StoreError
from charley.rasa.tracker_store import LiveTrackerStore

SECRET = "x" * 40


@pytest.fixture
def store(tmp_path: Path) -> LiveTrackerStore:
    return LiveTrackerStore(Domain.empty(), db=str(tmp_path / "conversations.db"))


async def talk(store: LiveTrackerStore, sender: str, *texts: str) -> None:
    tracker = await store.retrieve(sender) or DialogueStateTracker(sender, [])
    for event in (ActionExecuted("action_session_start"), SessionStarted()):
        tracker.update(event)
    for text in texts:
        care = {"care": {"level": "see_doctor"}}
        entities = [{"entity": "subject", "value": "magnesium"}]
        tracker.update(UserUttered(text, intent={"name": "ask_role"}, entities=entities, parse_data=care))
        tracker.update(BotUttered(f"an answer to {text}"))
    await store.save(tracker)


@pytest.fixture
async def two(store: LiveTrackerStore) -> LiveTrackerStore:
    await talk(store, "rest-one", "first", "second")
    await talk(store, Pseudonyms(SECRET.encode()).of("telegram", "4711"), "hello")
    return store


def test_all_that_is_kept_of_a_person_can_be_given_to_them(two: LiveTrackerStore) -> None:
    given = json.loads(stored.export("rest-one", store=two))
    assert [m["text"] for m in given["messages"]] == [
        "first",
        "an answer to first",
        "second",
        "an answer to second",
    ]
    first = given["messages"][0]
    assert (first["from"], first["intent"], first["subjects"]) == ("person", "ask_role", ["magnesium"])
    assert first["at"].endswith("+00:00")


def test_a_person_is_found_by_their_id_on_a_platform(
    two: LiveTrackerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, SECRET)
    given = json.loads(stored.export("4711", "telegram", two))
    assert [m["text"] for m in given["messages"]] == ["hello", "an answer to hello"]


async def remains(store: LiveTrackerStore) -> list[str]:
    return sorted(await store.keys())


def test_one_person_is_erased_and_the_others_stay(two: LiveTrackerStore) -> None:
    stored.erase("rest-one", store=two)
    with pytest.raises(StoreError, match="Nothing is kept of rest-one"):
        stored.export("rest-one", store=two)
    with pytest.raises(StoreError, match="Nothing is kept of rest-one"):
        stored.erase("rest-one", store=two)
    with sqlite3.connect(two.engine.url.database) as database:
        assert database.execute("select count(distinct sender_id) from events").fetchone() == (1,)


def test_a_backup_brings_back_what_was_erased(two: LiveTrackerStore, tmp_path: Path) -> None:
    file = tmp_path / "backups" / "monday.db"
    stored.back_up(file, two)
    assert file.stat().st_mode & 0o077 == 0
    before = stored.export("rest-one", store=two)
    stored.erase("rest-one", store=two)
    assert "Restored 10 events" in stored.restore(file, two)
    assert stored.export("rest-one", store=two) == before


async def test_a_running_charley_sees_what_was_restored(store: LiveTrackerStore, tmp_path: Path) -> None:
    await talk(store, "rest-one", "first")
    stored.back_up(tmp_path / "b.db", store)
    await talk(store, "rest-one", "second")
    stored.restore(tmp_path / "b.db", store)
    tracker = await store.retrieve("rest-one")
    assert tracker is not None
    assert [e.text for e in tracker.events if isinstance(e, UserUttered)] == ["first"]


def test_a_backup_never_overwrites(two: LiveTrackerStore, tmp_path: Path) -> None:
    (tmp_path / "there.db").write_text("mine")
    with pytest.raises(StoreError, match="is there already"):
        stored.back_up(tmp_path / "there.db", two)
    assert (tmp_path / "there.db").read_text() == "mine"


@pytest.mark.parametrize(
    "content", [None, b"", b"not a database at all", b"SQLite format 3\x00" + b"\xff" * 4096]
)
def test_what_is_no_backup_is_refused_and_nothing_lost(
    two: LiveTrackerStore, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "odd.db"
    if content is not None:
        file.write_bytes(content)
    before = stored.export("rest-one", store=two)
    with pytest.raises(StoreError, match="nothing was restored"):
        stored.restore(file, two)
    assert stored.export("rest-one", store=two) == before


@pytest.mark.parametrize("days", ["soon", "-3d", "3 weeks"])
def test_a_time_that_makes_no_sense_deletes_nothing(two: LiveTrackerStore, days: str) -> None:
    with pytest.raises(StoreError, match="is no number of days"):
        stored.purge(days, two)


def test_a_purge_says_what_it_did(two: LiveTrackerStore) -> None:
    assert stored.purge("1d", two) == "Nothing is older than 1 days."
    assert stored.purge("0d", two) == "Deleted 10 events older than 0 days."


def test_talks_that_are_in_no_file_are_not_backed_up(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the database's own tools"):
        stored.back_up(tmp_path / "b.db", InMemoryTrackerStore(Domain.empty()))
