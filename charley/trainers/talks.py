"""Conversations as they ran, read back from the tracker store; the store is only read.

What a person had deleted is not there. A new session, or a restart, begins a new talk.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from tqdm import tqdm

if TYPE_CHECKING:  # importing Rasa takes ten seconds, which who only needs the classes must not wait for
    from rasa.core.tracker_store import TrackerStore
    from rasa.shared.core.events import Event, UserUttered

Thumb = Literal["up", "down"]
ENDPOINTS = "endpoints.yml"
SUBJECT = "subject"
NOTHING_SAID = ("/session_start", "/restart")  # what channels send by themselves
SENDERS_AT_ONCE = 50  # read in one go: a longer read would keep a running Charley from writing to SQLite
SLOW = 2  # seconds, after which a line shows how far the reading is


class StoreProblem(ValueError):
    """The tracker store can't be read; says why and what to do."""


@dataclass(frozen=True)
class Exchange:
    """One message of a person and what came of it.

    Attributes:
        said: what was typed, or the title of what was pressed.
        pressed: the payload of the button, if one was pressed.
        intent: what it was taken for, with its probability (0 to 1).
        ranking: the likeliest intents with their probabilities, likeliest first.
        subjects: ids of what it names.
        care_level: in force for the talk once it was answered, as in the reply contract.
        kinds: of the replies (`charley.answers.Kind`), in order.
        fact_ids: the facts that were said.
        replies: their texts.
        at: when it came, in UTC.
        thumb: "down" where any of the replies got one.
        alarm: the care level that the guard saw in this message alone.
    """

    said: str
    pressed: str | None
    intent: str | None
    confidence: float | None
    ranking: Sequence[tuple[str, float]]
    subjects: Sequence[str]
    care_level: str
    kinds: Sequence[str]
    fact_ids: Sequence[str]
    replies: Sequence[str]
    at: datetime
    thumb: Thumb | None
    alarm: str = "none"


@dataclass(frozen=True)
class Talk:
    """A session of one person: its id, made of the sender's pseudonym and a number, and its turns in order."""

    id: str
    turns: Sequence[Exchange]


async def read_talks(store: TrackerStore | None = None) -> list[Talk]:
    """All talks kept, latest first.

    Args:
        store: None for the one that endpoints.yml names.

    Raises:
        StoreProblem: if it can't be read.
    """
    store = store or stored_talks()
    if store is None:
        return []
    found: list[Talk] = []
    async for sender, events in _events(store):
        found += talks_of(sender, events)
    return sorted(found, key=lambda talk: talk.turns[-1].at, reverse=True)


def stored_talks() -> TrackerStore | None:
    """The store that a server here writes to; None where nothing was ever stored in it.

    Raises:
        StoreProblem: if it can't be opened.
    """
    from rasa.core.utils import AvailableEndpoints

    from charley.rasa.services.addresses import DATABASE, AddressError, address
    from charley.rasa.stored import StoreError, conversations

    try:
        if Path(ENDPOINTS).exists() and address(DATABASE) is None:
            options = AvailableEndpoints.read_endpoints(ENDPOINTS).tracker_store.kwargs
            if options.get("dialect") == "sqlite" and not Path(options.get("db", "")).is_file():
                return None  # opening it would make it
        return conversations()
    except (StoreError, AddressError) as error:
        raise StoreProblem(str(error)) from None
    except Exception as error:  # each kind of store raises its own
        raise _problem(error) from None


def talks_of(sender: str, events: Iterable[Event]) -> Iterator[Talk]:
    """The talks of one sender, in the order in which they were held.

    Args:
        events: all that is stored of the sender.
    """
    from rasa.shared.core.events import BotUttered, Restarted, SessionStarted, UserUttered

    from charley.rasa.widget.history import history

    events = list(events)
    entries = iter(history(sender, events))
    sessions: list[list[tuple[UserUttered, str, list[dict[str, Any]]]]] = [[]]
    for event in events:
        if isinstance(event, (SessionStarted, Restarted)):
            sessions.append([])
        elif isinstance(event, UserUttered):
            sessions[-1].append((event, next(entries)["text"], []))
        elif isinstance(event, BotUttered):
            answer = next(entries)
            if sessions[-1]:  # else it is a greeting, said before anything
                sessions[-1][-1][2].append(answer)
    told = (
        [turn for turn in session if turn[1] and turn[0].text not in NOTHING_SAID] for session in sessions
    )
    for number, turns in enumerate(filter(None, told), start=1):
        yield Talk(f"{sender}-{number}", [_exchange(*turn) for turn in turns])


def _exchange(event: UserUttered, said: str, answers: Sequence[dict[str, Any]]) -> Exchange:
    text, parsed = event.text or "", event.parse_data or {}
    replies = [answer["reply"] for answer in answers]
    metadata = [reply["metadata"] for reply in replies]
    intent = parsed.get("intent") or {}
    thumbs: set[Thumb] = {answer["thumb"] for answer in answers}
    alarm = (parsed.get("care") or {}).get("level", "none")
    named = (e["value"] for e in parsed.get("entities") or () if e.get("entity") == SUBJECT)
    return Exchange(
        said=said,
        pressed=text if text.startswith("/") else None,
        intent=intent.get("name"),
        confidence=intent.get("confidence"),
        ranking=[(each["name"], each["confidence"]) for each in parsed.get("intent_ranking") or ()],
        subjects=list(dict.fromkeys(named)),
        care_level=next((m["care_level"] for m in reversed(metadata) if "care_level" in m), alarm),
        kinds=[m["kind"] for m in metadata if "kind" in m],
        fact_ids=list(dict.fromkeys(id_ for m in metadata for id_ in m.get("fact_ids") or ())),
        replies=[reply["text"] for reply in replies],
        at=datetime.fromtimestamp(event.timestamp, timezone.utc),
        thumb="down" if "down" in thumbs else "up" if "up" in thumbs else None,
        alarm=alarm,
    )


async def _events(store: TrackerStore) -> AsyncIterator[tuple[str, Sequence[Event]]]:
    """Each sender with what is stored of it."""
    from rasa.core.tracker_store import SQLTrackerStore

    try:
        senders = sorted(await store.keys())
        with tqdm(
            total=len(senders), unit="talk", desc="Reading", delay=SLOW, leave=False, disable=None
        ) as bar:
            for start in range(0, len(senders), SENDERS_AT_ONCE):
                some = senders[start : start + SENDERS_AT_ONCE]
                if isinstance(store, SQLTrackerStore):
                    for sender, events in _rows(store, some).items():
                        yield sender, events
                else:
                    for sender in some:
                        tracker = await store.retrieve_full_tracker(sender)
                        yield sender, list(tracker.events) if tracker else []
                bar.update(len(some))
    except (OSError, RuntimeError) as error:
        raise _problem(error) from None
    except Exception as error:
        if type(error).__module__.startswith("sqlalchemy"):
            raise _problem(error) from None
        raise


def _rows(store: Any, senders: Sequence[str]) -> dict[str, list[Event]]:
    """What a table of events holds of these senders, without a tracker for each."""
    from rasa.shared.core.events import BotUttered, Event, Restarted, SessionStarted, SlotSet, UserUttered

    kinds = [kind.type_name for kind in (UserUttered, BotUttered, SlotSet, SessionStarted, Restarted)]
    row = store.SQLEvent
    with store.session_scope() as session:
        query = session.query(row.sender_id, row.data).filter(
            row.sender_id.in_(senders), row.type_name.in_(kinds)
        )
        rows = query.order_by(row.id).all()
    found: dict[str, list[Event]] = {sender: [] for sender in senders}
    for sender, data in rows:
        event = Event.from_parameters(json.loads(data))
        if event is not None:
            found[sender].append(event)
    return found


def _problem(error: Exception) -> StoreProblem:
    """Never with the error's own words, which may hold a person's."""
    return StoreProblem(
        f"The talks can't be read ({type(error).__name__}). See tracker_store in {ENDPOINTS}, and try again "
        "in a moment if Charley is busy writing."
    )
