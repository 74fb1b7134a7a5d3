"""What Charley reads from a tracker's events."""

from __future__ import annotations

from rasa.shared.core.trackers import DialogueStateTracker

from charley.care.levels import CareLevel, level_in_force


def care_level_of(tracker: DialogueStateTracker) -> CareLevel:
    """The care level in force for a conversation."""
    return level_in_force(
        {
            "event": event.type_name,
            "name": getattr(event, "action_name", None),
            "parse_data": getattr(event, "parse_data", None),
        }
        for event in tracker.events
    )
