"""The five care levels, lowest first."""

from __future__ import annotations

from enum import Enum


class CareLevel(str, Enum):
    """How soon a person should be seen; ordered, so that `max` gives the one that counts."""

    NONE = "none"
    SEE_DOCTOR = "see_doctor"
    URGENT_SAME_DAY = "urgent_same_day"
    EMERGENCY = "emergency"
    CRISIS = "crisis"

    rank: int

    def __init__(self, _: object) -> None:
        self.rank = len(type(self).__members__)

    def __lt__(self, other: object) -> bool:
        return self.rank < _level(other).rank

    def __gt__(self, other: object) -> bool:
        return self.rank > _level(other).rank

    def __le__(self, other: object) -> bool:
        return self.rank <= _level(other).rank

    def __ge__(self, other: object) -> bool:
        return self.rank >= _level(other).rank


def _level(value: object) -> CareLevel:
    return value if isinstance(value, CareLevel) else CareLevel(value)
