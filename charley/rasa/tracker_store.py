"""Rasa's SQL tracker store with the trackers of recent talks at hand.

Rasa reads a whole conversation back from its store for each message, which takes longer the longer
people talk. Here a tracker is kept beside its stored events and used again as long as the store
holds exactly the events that it had when last saved: so a turn that failed half-way, another
process, an erasure or a restored backup all lead back to what is stored.

Named under `tracker_store:` in endpoints.yml; it takes what Rasa's own `type: SQL` takes.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.orm import Session

BATCH = 500  # events deleted at once
AT_HAND = 200  # trackers; one of a long talk takes some hundred kilobytes


@dataclass(frozen=True)
class _Live:
    """A tracker as it was saved last: how many events it had, and what the store then held of its sender."""

    tracker: DialogueStateTracker
    events: int
    stored: tuple[int, int]


class LiveTrackerStore(SQLTrackerStore):
    """SQLTrackerStore that need not read back what it has just written.

    Args:
        live: how many trackers are kept at hand; 0 for none.
    """

    def __init__(
        self, domain: Domain | None = None, host: str | None = None, live: int = AT_HAND, **options: Any
    ) -> None:
        super().__init__(domain=domain, host=host, **options)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _overwrite_what_is_deleted)
            if self.engine.url.database:  # none in memory
                os.chmod(self.engine.url.database, 0o600)  # health talk: for nobody else on this machine
        self._most = live
        self._live: OrderedDict[str, _Live] = OrderedDict()
        events = self.SQLEvent.__table__.c
        # On the table, not the mapped class: one round of the mapper less.
        self._counted = sa.select(sa.func.count(events.id), sa.func.max(events.id)).where(
            events.sender_id == sa.bindparam("sender")
        )

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of the latest session: the one at hand, or made anew from the stored events."""
        live = self._live.get(sender_id)
        if (
            live is not None
            and len(live.tracker.events) == live.events
            and self._stored(sender_id) == live.stored
        ):
            return live.tracker
        tracker: DialogueStateTracker | None = await super().retrieve(sender_id)
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that are new, and keep the tracker at hand."""
        await super().save(tracker)
        sender = tracker.sender_id
        self._live.pop(sender, None)
        if self._most and not _tells_of_two_sessions(tracker):
            self._live[sender] = _Live(tracker, len(tracker.events), self._stored(sender))
            if len(self._live) > self._most:
                self._live.popitem(last=False)

    async def erase(self, sender_id: str) -> None:
        """Delete all that is stored of a sender, and the tracker at hand."""
        self._live.pop(sender_id, None)
        events = self.SQLEvent.__table__
        with self.session_scope() as session:
            session.execute(sa.delete(events).where(events.c.sender_id == sender_id))
            session.commit()

    async def purge(self, before: float) -> int:
        """Delete what was last touched before a time (seconds since 1970), and give how many events went.

        That is all of a sender who has said nothing since, and of the others the sessions that ended
        before it; the session that goes on stays whole, since its care level rests on all of it.
        """
        events = self.SQLEvent.__table__
        latest = events.alias()
        idle = (
            sa.select(latest.c.sender_id)
            .group_by(latest.c.sender_id)
            .having(sa.func.max(latest.c.timestamp) < before)
        )
        session_start = (
            sa.select(sa.func.max(latest.c.id))
            .where(latest.c.sender_id == events.c.sender_id, latest.c.type_name == SessionStarted.type_name)
            .scalar_subquery()
        )
        old = sa.and_(events.c.timestamp < before, events.c.id < session_start)
        doomed = sa.select(events.c.id).where(sa.or_(events.c.sender_id.in_(idle), old))
        with self.session_scope() as session:
            # By id: MySQL and others can't delete from a table that the condition reads.
            ids = session.execute(doomed).scalars().all()
            for start in range(0, len(ids), BATCH):
                session.execute(sa.delete(events).where(events.c.id.in_(ids[start : start + BATCH])))
                session.commit()  # in short steps, so that nobody's message waits
        return len(ids)

    def _additional_events(self, session: Session, tracker: DialogueStateTracker) -> Iterator[Event]:
        live = self._live.get(tracker.sender_id)
        if live is not None and live.tracker is tracker:
            return islice(tracker.events, live.events, None)
        new: Iterator[Event] = super()._additional_events(session, tracker)
        return new

    def _stored(self, sender_id: str) -> tuple[int, int]:
        """How many events the store holds of a sender, and the id of the latest."""
        with self.session_scope() as session:
            count, latest = session.execute(self._counted, {"sender": sender_id}).one()
        return count, latest or 0


def _overwrite_what_is_deleted(connection: Any, _: Any) -> None:
    """Else SQLite leaves deleted talks readable in the file until something takes their place."""
    connection.execute("PRAGMA secure_delete = ON")


def _tells_of_two_sessions(tracker: DialogueStateTracker) -> bool:
    """Whether a session began in mid-talk: read back from the store, its tracker starts there."""
    return sum(isinstance(event, SessionStarted) for event in tracker.events) > 1
