"""Rasa's table of events: written, counted and deleted from, as one statement or a few on a connection."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.events import Event, UserUttered
from sqlalchemy.engine import Connection

from charley.rasa.unstored import begins_session, without_start

# Not the mapped class, nor a session: the mapper takes longer than the database.
TABLE = SQLTrackerStore.SQLEvent.__table__
_INSERT = TABLE.insert()
_COUNT = sa.select(sa.func.count(TABLE.c.id), sa.func.max(TABLE.c.id)).where(
    TABLE.c.sender_id == sa.bindparam("sender")
)


def fingerprint(connection: Connection, sender: str) -> tuple[int, int]:
    """How many events are stored of a sender, and the id of the latest."""
    count, latest = connection.execute(_COUNT, {"sender": sender}).one()
    return count, latest or 0


def insert(connection: Connection, sender: str, events: Sequence[Event]) -> tuple[int, int]:
    """Store events; gives the fingerprint that the sender then has."""
    if events:
        connection.execute(_INSERT, [_row(sender, event) for event in events])
    return fingerprint(connection, sender)


def insert_late(connection: Connection, sender: str, events: Sequence[Event], idle: float) -> None:
    """Store events that had to wait, less what is there after all, since the connection broke too late.

    Args:
        idle: seconds of silence after which a session is over. One that began sooner only seemed new, since
            the talk could not be looked up; it goes on.
    """
    first = min(event.timestamp for event in events)
    there = sa.select(TABLE.c.data).where(TABLE.c.sender_id == sender, TABLE.c.timestamp >= first)
    stored = set(connection.execute(there).scalars())
    if begins_session(events) and first - _last_said(connection, sender, first) < idle:
        events = without_start(events)
    new = [row for row in (_row(sender, event) for event in events) if row["data"] not in stored]
    if new:
        connection.execute(_INSERT, new)


def delete(connection: Connection, sender: str) -> None:
    """Delete all events of a sender."""
    connection.execute(sa.delete(TABLE).where(TABLE.c.sender_id == sender))


def require_writable(connection: Connection) -> None:
    """Raise unless the table is there and can be written to."""
    connection.execute(sa.delete(TABLE).where(sa.false()))


def _last_said(connection: Connection, sender: str, before: float) -> float:
    """When a sender last said something before a time, in seconds since 1970."""
    said = sa.select(sa.func.max(TABLE.c.timestamp)).where(
        TABLE.c.sender_id == sender, TABLE.c.type_name == UserUttered.type_name, TABLE.c.timestamp < before
    )
    return connection.execute(said).scalar() or 0.0


def _row(sender: str, event: Event) -> dict[str, Any]:
    """An event as Rasa stores it."""
    data = event.as_dict()
    return {
        "sender_id": sender,
        "type_name": event.type_name,
        "timestamp": data.get("timestamp"),
        "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
        "action_name": data.get("name"),
        "data": json.dumps(data),
    }
