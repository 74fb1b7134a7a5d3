"""Events that a tracker store could not take, kept until it can."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence

from rasa.shared.core.events import Event, SessionStarted, UserUttered

from charley.rasa.metrics import services

logger = logging.getLogger(__name__)

MOST = 20_000  # events: some hundred megabytes, of some thousand conversations


class Unstored:
    """Of each sender the events that are still to be stored, in order."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._events: dict[str, list[Event]] = {}

    def __contains__(self, sender: object) -> bool:
        return sender in self._events

    def __len__(self) -> int:
        return sum(map(len, self._events.values()))

    def senders(self) -> Sequence[str]:
        """Whose events are kept, who came first first."""
        return list(self._events)

    def of(self, sender: str) -> Sequence[Event]:
        """A copy of what is kept of a sender."""
        return list(self._events.get(sender, ()))

    def keep(self, sender: str, events: Iterable[Event]) -> None:
        """Keep more; where that is too much, those who came first lose theirs, and the log says so."""
        self._events.setdefault(sender, []).extend(events)
        while len(self) > self._most and len(self._events) > 1:
            lost = self._events.pop(next(iter(self._events)))
            logger.error("The tracker store is away for too long: %d events are lost", len(lost))
            services.LOST.labels(services.TRACKER_STORE).inc(len(lost))

    def drop(self, sender: str, count: int | None = None) -> None:
        """Forget the first `count` events of a sender, or all."""
        events = self._events.get(sender, [])
        del events[:count]
        if not events:
            self._events.pop(sender, None)


def without_start(events: Sequence[Event]) -> Sequence[Event]:
    """The events after the start of a session with which they begin, if they do."""
    if not begins_session(events):
        return events
    said = (at for at, event in enumerate(events) if isinstance(event, UserUttered))
    return events[next(said, len(events)) :]


def begins_session(events: Sequence[Event]) -> bool:
    """Whether a session starts before anything is said."""
    for event in events:
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, SessionStarted):
            return True
    return False
