"""The five care levels and the one in force for a conversation."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any


class CareLevel(str, Enum):
    """How soon a person should be seen; ordered, so that `max` gives the one that counts."""

    NONE = "none"
    SEE_DOCTOR = "see_doctor"
    URGENT_SAME_DAY = "urgent_same_day"
    EMERGENCY = "emergency"
    CRISIS = "crisis"

    @property
    def rank(self) -> int:
        return list(CareLevel).index(self)

    def __lt__(self, other: object) -> bool:
        return self.rank < CareLevel(other).rank

    def __gt__(self, other: object) -> bool:
        return self.rank > CareLevel(other).rank

    def __le__(self, other: object) -> bool:
        return self.rank <= CareLevel(other).rank

    def __ge__(self, other: object) -> bool:
        return self.rank >= CareLevel(other).rank


def level_in_force(events: Iterable[dict[str, Any]]) -> CareLevel:
    """The highest level reported since the session began, from the tracker's events as dicts.

    Reads the messages themselves, rewound and restarted ones included, never a slot: nothing but
    a new session lowers a level (clinical.md, decision rule 5).
    """
    level = CareLevel.NONE
    for event in events:
        if event.get("event") == "action" and event.get("name") == "action_session_start":
            level = CareLevel.NONE
        elif event.get("event") == "user":
            care = (event.get("parse_data") or {}).get("care") or {}
            level = max(level, CareLevel(care.get("level", CareLevel.NONE)))
    return level
