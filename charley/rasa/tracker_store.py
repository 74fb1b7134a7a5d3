"""Rasa's SQL tracker store with the trackers of recent talks at hand, for a database that may be away.

Rasa reads a whole conversation back from its store for each message, which takes longer the longer
people talk. Here a tracker is kept beside its stored events and used again as long as the store
holds exactly the events that it had when last saved: so a turn that failed half-way, another
process, an erasure or a restored backup all lead back to what is stored.

While the database is away, talks go on with what is at hand, and what is said is kept in memory until
it can be stored; `keeps` tells of whom that is not so yet.

Named under `tracker_store:` in endpoints.yml; it takes what Rasa's own `type: SQL` takes, which
CHARLEY_DATABASE_URL overrules.
"""

from __future__ import annotations

import asyncio
import logging
import os
import weakref
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from charley.rasa import rows
from charley.rasa.coroutines import result_of
from charley.rasa.metrics import registry, services
from charley.rasa.metrics.message import timed
from charley.rasa.services import postgres, sqlite
from charley.rasa.services.addresses import DATABASE, address
from charley.rasa.services.link import Away, Direct, InTurn, Link
from charley.rasa.unstored import Unstored

logger = logging.getLogger(__name__)

BATCH = 500  # events deleted at once
AT_HAND = 200  # trackers; one of a long talk takes some hundred kilobytes
# A database that is away, is being restored, has not been filled yet, or only reads:
AWAY = (OperationalError, InterfaceError, InternalError, ProgrammingError, PoolTimeout)


@dataclass(frozen=True)
class _Live:
    """A tracker as it was saved last: how many events it had, and what the store then held of its sender.

    `stored` is None where it could not be stored.
    """

    tracker: DialogueStateTracker
    events: int
    stored: tuple[int, int] | None

    @property
    def is_whole(self) -> bool:
        """Whether it is as it was saved."""
        return len(self.tracker.events) == self.events


class LiveTrackerStore(SQLTrackerStore):
    """SQLTrackerStore that need not read back what it has just written, and outlives its database's absence.

    Args:
        live: how many trackers are kept at hand; 0 for none.

    Raises:
        AddressError: if CHARLEY_DATABASE_URL is no address.
    """

    engine: sa.engine.Engine

    def __init__(
        self, domain: Domain | None = None, host: str | None = None, live: int = AT_HAND, **options: Any
    ) -> None:
        url = address(DATABASE)
        broker: EventBroker | None = options.pop("event_broker", None)
        if url is None:
            super().__init__(domain=domain, host=host, event_broker=broker, **options)
        else:
            postgres.wait_with_a_limit()
            super().__init__(domain=domain, host=postgres.sqlalchemy_url(url), event_broker=broker)
            self._use(postgres.engine(url))
        self._is_file = self.engine.dialect.name == "sqlite" and bool(self.engine.url.database)
        if self._is_file:
            os.chmod(self.engine.url.database, 0o600)  # health talk: for nobody else on this machine
            self._use(sqlite.engine(self.engine.url))
        self._link = self._linked(by_url=url is not None)
        self._most = live
        self._live: OrderedDict[str, _Live] = OrderedDict()
        self._handed_over: dict[int, int] = {}  # by id of a tracker: how many of its events it has given us
        self._unstored = Unstored()
        self._storing = asyncio.Lock()
        services.use(services.TRACKER_STORE, lambda: self._link.is_away, waiting=lambda: len(self._unstored))

    def _use(self, engine: sa.engine.Engine) -> None:
        """Talk to the database through this engine instead of Rasa's."""
        self.engine.dispose()
        self.engine = engine
        self.sessionmaker = sessionmaker(bind=engine)

    def _linked(self, by_url: bool) -> Link:
        what = "The tracker store", self._ask, AWAY, self._store_all
        if by_url:
            return Link(*what, postgres.hurry)
        # A write waits for the disk, as others need not.
        return InTurn(*what) if self.engine.url.database else Direct(*what)

    def keeps(self, sender_id: str) -> bool:
        """Whether all that a sender has said is stored."""
        return sender_id not in self._unstored

    @timed(registry.STORING)
    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker of the latest session: the one at hand, or made anew from the stored events."""
        try:
            await self._store_rest_of(sender_id)
            live = self._live.get(sender_id)
            tracker = await self._link.do(self._read, sender_id, live if live and live.is_whole else None)
        except Away:
            return self._remembered(sender_id)
        # Of the one at hand all was with us when it was saved; a turn may have begun on it meanwhile.
        if tracker is not None and not (live and tracker is live.tracker):
            self._hand_over(tracker)
        return tracker

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """A tracker of all sessions.

        Raises:
            Away: if the database is.
        """
        await self._store_rest_of(conversation_id)
        return await self._link.do(self._read_all, conversation_id)

    @timed(registry.STORING)
    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that are new, or keep them until they can be; and keep the tracker at hand."""
        sender, new = tracker.sender_id, await self._new_events(tracker)
        stored = await self._take(sender, new)
        self._hand_over(tracker)
        self._live.pop(sender, None)
        if self._most and (stored is None or not _tells_of_two_sessions(tracker)):
            self._live[sender] = _Live(tracker, len(tracker.events), stored)
            if len(self._live) > self._most:
                self._live.popitem(last=False)
        if self.event_broker is not None:
            await self._stream_new_events(self.event_broker, list(new), sender)

    async def erase(self, sender_id: str) -> None:
        """Delete all that is stored of a sender, and what is at hand.

        Raises:
            Away: if the database is; what is stored is still there then.
        """
        self._live.pop(sender_id, None)
        self._unstored.drop(sender_id)
        await self._link.do(self._delete, sender_id)

    async def settle(self) -> None:
        """Store what is still to be stored, before the server stops; what can't be is lost, and the log says so."""
        await self._store_all()
        if self._unstored:
            logger.error("The tracker store is away: %d events are lost", len(self._unstored))

    async def purge(self, before: float) -> int:
        """Delete what was last touched before a time (seconds since 1970), and give how many events went.

        That is all of a sender who has said nothing since, and of the others the sessions that ended
        before it; the session that goes on stays whole, since its care level rests on all of it.
        """
        if isinstance(self._link, Direct):
            return self._purge(before)
        return await asyncio.to_thread(self._purge, before)  # it takes its time

    def _purge(self, before: float) -> int:
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
        if self._is_file:
            sqlite.fold(self.engine)
        return len(ids)

    @contextmanager
    def session_scope(self) -> Iterator[Session]:
        """A session; what is not committed is rolled back. (Rasa's ends the process on any ValueError.)"""
        with self.sessionmaker() as session:
            yield session

    # ── What waits to be stored ────────────────────────────────────────────────────────────────

    async def _take(self, sender: str, new: Sequence[Event]) -> tuple[int, int] | None:
        """Store events; gives what the store then holds of the sender, None if they have to wait."""
        if sender in self._unstored:  # in order: after those that wait
            self._unstored.keep(sender, new)
            with suppress(Away):
                await self._store_rest_of(sender)
            return None
        try:
            return await self._link.do(self._write, sender, new)
        except Away:
            self._unstored.keep(sender, new)
            return None

    async def _store_rest_of(self, sender: str) -> None:
        """Store what waits of a sender. Raises Away."""
        if sender not in self._unstored:
            return
        async with self._storing:
            events = self._unstored.of(sender)
            if not events:
                self._unstored.drop(sender)
                return
            try:
                await self._link.do(self._write_late, sender, events)
            except SQLAlchemyError as error:  # it is not away and does not want them
                logger.error("%d events can not be stored: %s", len(events), type(error).__name__)
            self._unstored.drop(sender, len(events))
            self._live.pop(sender, None)

    async def _store_all(self) -> None:
        with suppress(Away):
            for sender in self._unstored.senders():
                await self._store_rest_of(sender)

    def _remembered(self, sender: str) -> DialogueStateTracker | None:
        """What is known of a conversation without the database."""
        live = self._live.get(sender)
        if live is not None and live.is_whole:
            return live.tracker
        events = list(live.tracker.events)[: live.events] if live else self._unstored.of(sender)
        if not events:
            return None
        tracker = DialogueStateTracker.from_events(sender, events, self.domain.slots)
        self._hand_over(tracker)
        return tracker

    async def _new_events(self, tracker: DialogueStateTracker) -> Sequence[Event]:
        """The events of a tracker that it has not given us yet."""
        known = self._handed_over.get(id(tracker))
        if known is None and tracker.events:  # made by someone else
            try:
                known = await self._link.do(self._count_session, tracker.sender_id)
            except Away:
                known = 0
        return list(tracker.events)[known or 0 :]

    def _hand_over(self, tracker: DialogueStateTracker) -> None:
        """All events of this tracker are with us."""
        key = id(tracker)
        if key not in self._handed_over:
            weakref.finalize(tracker, self._handed_over.pop, key, None)
        self._handed_over[key] = len(tracker.events)

    # ── What talks to the database, in a thread of its own where it may take long ──────────────

    def _ask(self) -> None:
        """Raise unless it can be used."""
        self.Base.metadata.create_all(self.engine)
        with self.engine.begin() as connection:
            rows.require_writable(connection)

    def _read(self, sender: str, live: _Live | None) -> DialogueStateTracker | None:
        if live is not None:
            with self.engine.connect() as connection:
                if live.stored == rows.fingerprint(connection, sender):
                    return live.tracker
        return result_of(super()._retrieve(sender, fetch_events_from_all_sessions=False))

    def _read_all(self, sender: str) -> DialogueStateTracker | None:
        return result_of(super()._retrieve(sender, fetch_events_from_all_sessions=True))

    def _count_session(self, sender: str) -> int:
        with self.session_scope() as session:
            count: int = self._event_query(session, sender, fetch_events_from_all_sessions=False).count()
        return count

    def _write(self, sender: str, events: Sequence[Event]) -> tuple[int, int]:
        with self.engine.begin() as connection:
            return rows.insert(connection, sender, events)

    def _write_late(self, sender: str, events: Sequence[Event]) -> None:
        idle = self.domain.session_config.session_expiration_time * 60
        with self.engine.begin() as connection:
            rows.insert_late(connection, sender, events, idle)

    def _delete(self, sender: str) -> None:
        with self.engine.begin() as connection:
            rows.delete(connection, sender)
        if self._is_file:
            sqlite.fold(self.engine)


def _tells_of_two_sessions(tracker: DialogueStateTracker) -> bool:
    """Whether a session began in mid-talk: read back from the store, its tracker starts there."""
    return sum(isinstance(event, SessionStarted) for event in tracker.events) > 1
