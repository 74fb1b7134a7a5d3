"""What Charley reads from a tracker's events."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from charley.care.course import SESSION_START, level_in_force
from charley.care.levels import CareLevel

KINDS = ("user", "bot")  # the events that are read, besides the start of a session


def as_dicts(events: Iterable[Event]) -> list[dict[str, Any]]:
    """What was said and pressed in each session, in the form in which Rasa sends events to its action server."""
    return [
        {
            "event": event.type_name,
            "name": name,
            "text": getattr(event, "text", None),
            "parse_data": getattr(event, "parse_data", None),
            "metadata": event.metadata,
            "data": getattr(event, "data", None),
        }
        for event in events
        if is_read(event.type_name, name := getattr(event, "action_name", None))
    ]


def is_read(kind: str, name: str | None) -> bool:
    """Whether anything is read of an event of this kind and name."""
    return kind in KINDS or name == SESSION_START


def care_level_of(tracker: DialogueStateTracker) -> CareLevel:
    """The care level in force for a conversation."""
    return level_in_force(as_dicts(tracker.events))


def recent(tracker: DialogueStateTracker, turns: int) -> list[Event]:
    """The events of the latest `turns` messages, from where the bot began to listen for the first of them."""
    kept: list[Event] = []
    for event in reversed(tracker.events):
        kept.append(event)
        turns -= isinstance(event, UserUttered)
        if turns <= 0 and isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME:
            break
    return kept[::-1]
