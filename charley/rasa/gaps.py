"""What people asked about though the fact table holds nothing on it: counted, without anyone's words."""

from __future__ import annotations

from collections import Counter

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.events import UserUttered

from charley.facts import FactTable, SubjectKind

SUBJECT = "subject"


async def asked_in_vain(store: TrackerStore, table: FactTable) -> Counter[tuple[str, str]]:
    """How often each subject that is a gap was named: (subject id, intent) -> messages, in all talks kept."""
    found: Counter[tuple[str, str]] = Counter()
    for sender in await store.keys():
        tracker = await store.retrieve_full_tracker(sender)
        for event in tracker.events if tracker else ():
            if isinstance(event, UserUttered):
                named = {e["value"] for e in event.entities if e.get("entity") == SUBJECT}
                gaps = {s for s in named if s in table.subjects and table.subjects[s].kind is SubjectKind.GAP}
                found.update((subject, event.intent_name or "") for subject in gaps)
    return found
