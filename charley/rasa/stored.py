"""What an operator does with the conversations that are kept: purge, export, erase, back up, restore.

Each function is a command of the same name, works on the store of endpoints.yml unless given another,
and gives what to print.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.core.utils import AvailableEndpoints
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered

from charley.rasa import retention
from charley.rasa.care_guard import CARE
from charley.rasa.retention import days
from charley.rasa.secret import DEVELOPMENT_FILE, DEVELOPMENT_VARIABLE, Pseudonyms, secret_at_hand
from charley.rasa.tracker_store import LiveTrackerStore

SQLITE = "sqlite"
ELSEWHERE = (
    "The conversations are not in a SQLite file: use the database's own tools (docs/privacy.md says how)."
)


class StoreError(ValueError):
    """It can't be done; the message says why and what to do."""


def conversations(endpoints: Path = Path("endpoints.yml")) -> TrackerStore:
    """The store that a server here writes to.

    Raises:
        StoreError: if endpoints.yml is missing.
    """
    if not endpoints.exists():
        raise StoreError(f"There is no {endpoints} here: run this in Charley's folder.")
    named = AvailableEndpoints.read_endpoints(str(endpoints)).tracker_store
    return TrackerStore.create(named, domain=Domain.empty())


def purge(older_than: str = "", store: TrackerStore | None = None) -> str:
    """Delete what is older than so many days ("30d"; "" for what a server keeps).

    Raises:
        StoreError, RetentionError: if that can't be done, or is no number of days.
    """
    given = re.fullmatch(r"(\d{1,4})d?", older_than.strip())
    if older_than and not given:
        raise StoreError(f"{older_than!r} is no number of days. Write 30d, for example.")
    kept = int(given[1]) if given else days()
    count = asyncio.run(retention.purge(store or conversations(), kept))
    return (
        f"Deleted {count} events older than {kept} days." if count else f"Nothing is older than {kept} days."
    )


def export(sender: str, channel: str = "", store: TrackerStore | None = None) -> str:
    """All that is kept of one person, to be given to that person, as JSON.

    Args:
        sender: the pseudonym under which it is kept, or the person's id on `channel`.

    Returns:
        `{"conversation": pseudonym, "messages": [{"at", "from", "text", …}]}`: times in UTC; of the
        person's own messages also what they were taken for (`intent`, `subjects`, `care_level`); what
        was kept of the talk besides (thumbs, its subjects) stands among them as `noted`.

    Raises:
        StoreError: if nothing is kept.
        NoSecret: if a pseudonym is to be made and there is no secret.
    """
    key = _key(sender, channel)
    tracker = asyncio.run((store or conversations()).retrieve_full_tracker(key))
    if tracker is None or not tracker.events:
        raise StoreError(f"Nothing is kept of {key}.")
    exported = {"conversation": key, "messages": list(_messages(tracker.events))}
    return json.dumps(exported, ensure_ascii=False, indent=2)


def erase(sender: str, channel: str = "", store: TrackerStore | None = None) -> str:
    """Delete all that is kept of one person (named as for `export`).

    Raises:
        StoreError: if nothing is kept, or the store is not Charley's.
        NoSecret: if a pseudonym is to be made and there is no secret.
    """
    key, store = _key(sender, channel), store or conversations()
    if not isinstance(store, LiveTrackerStore):
        raise StoreError(f"Nothing can be erased from a {type(store).__name__}: see endpoints.yml.")
    if asyncio.run(store.retrieve_full_tracker(key)) is None:
        raise StoreError(f"Nothing is kept of {key}.")
    asyncio.run(store.erase(key))
    return f"Deleted all that was kept of {key}."


def _key(sender: str, channel: str) -> str:
    if DEVELOPMENT_FILE.exists():  # `charley run` has been here
        os.environ.setdefault(DEVELOPMENT_VARIABLE, "1")
    return Pseudonyms(secret_at_hand()).of(channel, sender) if channel else sender


def _messages(events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    for event in events:
        at = datetime.fromtimestamp(event.timestamp, timezone.utc).isoformat(timespec="seconds")
        if isinstance(event, UserUttered):
            parsed = event.parse_data or {}
            yield {
                "at": at,
                "from": "person",
                "text": event.text,
                "intent": event.intent_name,
                "subjects": sorted({entity["value"] for entity in event.entities}),
                "care_level": (parsed.get(CARE) or {}).get("level"),
            }
        elif isinstance(event, BotUttered):
            yield {"at": at, "from": "charley", "text": event.text}
        elif isinstance(event, SlotSet) and event.value is not None:
            yield {"at": at, "noted": event.key, "value": event.value}


def back_up(file: Path, store: TrackerStore | None = None) -> str:
    """Copy the conversations into a new SQLite file, while Charley may go on writing.

    Raises:
        StoreError: if they are in no SQLite file, or `file` is there already.
    """
    database = _database(store or conversations())
    if file.exists():
        raise StoreError(f"{file} is there already; nothing was written. Choose another name.")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)  # health talk
    _copy(database, file)
    return f"Wrote {file}. Keep CHARLEY_SECRET with it: without it nobody finds their conversation again."


def restore(file: Path, store: TrackerStore | None = None) -> str:
    """Put the conversations of a backup in the place of those at hand.

    A running Charley sees at once that its talks have changed.

    Raises:
        StoreError: if `file` is no backup; the conversations at hand stay then.
    """
    database = _database(store or conversations())
    try:
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as backup:
            if backup.execute("PRAGMA integrity_check").fetchone() != ("ok",):
                raise StoreError(f"{file} is damaged; nothing was restored.")
            (count,) = backup.execute("SELECT count(*) FROM events").fetchone()
    except sqlite3.Error as error:
        raise StoreError(f"{file} is no backup of conversations ({error}); nothing was restored.") from error
    _copy(file, database)
    return f"Restored {count} events from {file}."


def _database(store: TrackerStore) -> Path:
    if not isinstance(store, SQLTrackerStore) or store.engine.dialect.name != SQLITE:
        raise StoreError(ELSEWHERE)
    return Path(store.engine.url.database)


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as reading, closing(sqlite3.connect(target)) as writing:
        reading.backup(writing)
