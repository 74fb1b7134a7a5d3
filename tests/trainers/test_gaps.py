"""What people asked for in vain, counted over the talks kept."""

from __future__ import annotations

from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.facts import load_table
from charley.trainers.gaps import asked_in_vain
from charley.trainers.talks import read_talks


def asked(text: str, intent: str, *subjects: str) -> UserUttered:
    entities = [{"entity": "subject", "value": subject} for subject in subjects]
    return UserUttered(text, {"name": intent}, entities)


async def test_gaps_are_counted_by_what_was_asked_of_them() -> None:
    store = InMemoryTrackerStore(Domain.empty())
    for sender, events in {
        "one": [asked("zinc?", "inform_subject", "zinc"), asked("does zinc help", "ask_evidence", "zinc")],
        "two": [asked("zinc and magnesium", "inform_subject", "zinc", "magnesium"), asked("hi", "greet")],
    }.items():
        await store.save(DialogueStateTracker.from_events(sender, events, slots=[]))
    found = asked_in_vain(await read_talks(store), load_table())
    assert found == {("zinc", "inform_subject"): 2, ("zinc", "ask_evidence"): 1}


def test_where_no_one_has_talked_nothing_is_counted() -> None:
    assert not asked_in_vain([], load_table())
