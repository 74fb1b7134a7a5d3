"""Rasa's call of an action, which need not prove with a JSON schema what is plain to see.

`RemoteAction` (rasa/core/actions/action.py) compares each event that an action answers with the schemas of
some twenty kinds of events, which takes 1 ms of a turn, and first proves that these are schemas, which takes
20. Charley's actions set slots, and no more.
"""

from __future__ import annotations

from typing import Any

from rasa.core.actions.action import RemoteAction

SLOT = frozenset({"event", "name", "value", "timestamp"})  # what rasa_sdk sends of a slot that is set


class PlainAction(RemoteAction):
    """RemoteAction that leaves to Rasa's schema only what is no plain answer."""

    def _validate_action_result(self, result: Any) -> bool:
        """Raise jsonschema's ValidationError unless it is an answer of an action."""
        return is_plain(result) or bool(super()._validate_action_result(result))


def is_plain(answer: Any) -> bool:
    """Whether an answer sets slots and says something, and no more."""
    return (
        isinstance(answer, dict)
        and isinstance(events := answer.get("events"), list)
        and isinstance(responses := answer.get("responses"), list)
        and all(map(_sets_slot, events))
        and all(isinstance(response, dict) for response in responses)
    )


def _sets_slot(event: Any) -> bool:
    return (
        isinstance(event, dict)
        and event.keys() == SLOT
        and event["event"] == "slot"
        and isinstance(event["name"], str)
        and event["timestamp"] is None
    )
