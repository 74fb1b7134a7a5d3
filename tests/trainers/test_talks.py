"""Conversations as they are read back from a real tracker store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.core.tracker_store import InMemoryTrackerStore, TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, Restarted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.rasa.tracker_store import LiveTrackerStore
from charley.trainers.talks import StoreProblem, read_talks

ENDPOINTS = (
    "tracker_store:\n  type: charley.rasa.tracker_store.LiveTrackerStore\n  dialect: sqlite\n  db: {}\n"
)


def said(
    text: str, at: float, intent: str = "ask_relief", id_: str | None = None, **more: Any
) -> UserUttered:
    parsed = {
        "text": text,
        "intent": {"name": intent, "confidence": 0.6},
        "intent_ranking": [{"name": intent, "confidence": 0.6}, {"name": "greet", "confidence": 0.1}],
        "entities": [{"entity": "subject", "value": s} for s in more.pop("subjects", ())],
        "care": {"level": more.pop("alarm", "none")},
    }
    return UserUttered(text, parsed["intent"], parsed["entities"], parsed, at, message_id=id_)


def answered(text: str, at: float, kind: str = "answer", level: str = "none", **data: Any) -> BotUttered:
    metadata = {"metadata": {"kind": kind, "fact_ids": ["a-fact"], "sources": [], "care_level": level}}
    return BotUttered(text, data, metadata, at)


def stored(path: Path, talks: dict[str, list[Event]], store: TrackerStore | None = None) -> TrackerStore:
    store = store or LiveTrackerStore(Domain.empty(), dialect="sqlite", db=str(path))
    for sender, events in talks.items():
        tracker = DialogueStateTracker.from_events(sender, [], slots=[])
        for event in events:
            tracker.update(event)
        asyncio.run(store.save(tracker))
    return store


def test_a_talk_tells_what_was_said_what_it_was_taken_for_and_what_came_of_it(tmp_path: Path) -> None:
    events = [
        said("rub it?", 5.0, id_="m1", subjects=["massage", "massage"], alarm="see_doctor"),
        answered("Yes, gently.", 6.0, level="urgent_same_day"),
        SlotSet("feedback", {"id": "m1", "index": 0, "value": "down"}, 7.0),
    ]
    (talk,) = asyncio.run(read_talks(stored(tmp_path / "t.db", {"one": events})))
    (turn,) = talk.turns
    assert (turn.said, turn.pressed, turn.intent, turn.confidence) == ("rub it?", None, "ask_relief", 0.6)
    assert turn.ranking == [("ask_relief", 0.6), ("greet", 0.1)]
    assert turn.subjects == ["massage"]
    assert (turn.alarm, turn.care_level) == ("see_doctor", "urgent_same_day")
    assert (turn.kinds, turn.fact_ids, turn.replies) == (["answer"], ["a-fact"], ["Yes, gently."])
    assert turn.thumb == "down"
    assert turn.at.isoformat() == "1970-01-01T00:00:05+00:00"


def test_the_latest_talk_comes_first(tmp_path: Path) -> None:
    talks = {"early": [said("a", 1.0)], "late": [said("b", 9.0)], "between": [said("c", 5.0)]}
    found = asyncio.run(read_talks(stored(tmp_path / "t.db", talks)))
    assert [talk.turns[0].said for talk in found] == ["b", "c", "a"]


@pytest.mark.parametrize("parts", [SessionStarted(timestamp=3.0), Restarted(3.0)], ids=["session", "restart"])
def test_a_new_session_or_a_restart_begins_another_talk(parts: Event, tmp_path: Path) -> None:
    store = stored(tmp_path / "t.db", {"one": [said("before", 1.0), parts, said("after", 4.0)]})
    found = asyncio.run(read_talks(store))
    assert [[turn.said for turn in talk.turns] for talk in found] == [["after"], ["before"]]
    assert len({talk.id for talk in found}) == 2


def test_what_was_pressed_is_told_by_its_title(tmp_path: Path) -> None:
    more = {"buttons": [{"title": "More", "payload": "/ask_more"}]}
    events = [
        said("hi", 1.0),
        answered("Hello.", 2.0, **more),
        said("/ask_more", 3.0),
        answered("That.", 4.0),
    ]
    (talk,) = asyncio.run(read_talks(stored(tmp_path / "t.db", {"one": events})))
    assert [(turn.said, turn.pressed) for turn in talk.turns] == [("hi", None), ("More", "/ask_more")]


def test_a_talk_that_was_erased_is_not_there(tmp_path: Path) -> None:
    store = stored(tmp_path / "t.db", {"gone": [said("a", 1.0)], "kept": [said("b", 2.0)]})
    assert isinstance(store, LiveTrackerStore)
    asyncio.run(store.erase("gone"))
    assert [talk.turns[0].said for talk in asyncio.run(read_talks(store))] == ["b"]


def test_more_senders_than_are_read_at_once_are_all_read(tmp_path: Path) -> None:
    talks = {f"sender{n}": [said(str(n), n + 1.0), answered("Yes.", n + 1.5)] for n in range(120)}
    found = asyncio.run(read_talks(stored(tmp_path / "t.db", talks)))
    assert [talk.turns[0].said for talk in found] == [str(n) for n in reversed(range(120))]


def test_any_store_of_rasas_is_read_the_same(tmp_path: Path) -> None:
    talks = {"one": [said("a", 1.0), answered("Yes.", 2.0)], "two": [said("b", 3.0)]}
    in_memory = stored(tmp_path, talks, InMemoryTrackerStore(Domain.empty()))
    in_sql = stored(tmp_path / "t.db", talks)
    assert asyncio.run(read_talks(in_memory)) == asyncio.run(read_talks(in_sql)) != []


def test_where_no_one_has_talked_there_is_nothing_and_no_file_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "endpoints.yml").write_text(ENDPOINTS.format("talks.db"), encoding="utf-8")
    assert asyncio.run(read_talks()) == []
    assert not (tmp_path / "talks.db").exists()


def test_a_file_that_is_no_database_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "endpoints.yml").write_text(ENDPOINTS.format("talks.db"), encoding="utf-8")
    (tmp_path / "talks.db").write_text("my name is Priya " * 400, encoding="utf-8")
    with pytest.raises(StoreProblem, match=r"^The talks can't be read \(DatabaseError\)") as problem:
        asyncio.run(read_talks())
    assert "Priya" not in str(problem.value)
