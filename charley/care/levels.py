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

    @property
    def rank(self) -> int:
        return RANKS[self.value]

    def __lt__(self, other: object) -> bool:
        return self.rank < CareLevel(other).rank

    def __gt__(self, other: object) -> bool:
        return self.rank > CareLevel(other).rank

    def __le__(self, other: object) -> bool:
        return self.rank <= CareLevel(other).rank

    def __ge__(self, other: object) -> bool:
        return self.rank >= CareLevel(other).rank


RANKS = {level.value: rank for rank, level in enumerate(CareLevel)}
