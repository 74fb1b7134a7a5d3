"""The care levels and their order (which one is in force: test_course.py)."""

from __future__ import annotations

from itertools import combinations

import pytest

from charley.care.levels import CareLevel

RISING = ["none", "see_doctor", "urgent_same_day", "emergency", "crisis"]


@pytest.mark.parametrize(("lower", "higher"), combinations(RISING, 2))
def test_levels_are_ordered_by_how_soon_someone_should_be_seen(lower: str, higher: str) -> None:
    low, high = CareLevel(lower), CareLevel(higher)
    assert low < high
    assert low <= high
    assert high > low
    assert high >= low
    assert max([low, high]) is high


@pytest.mark.parametrize("level", CareLevel)
def test_a_level_is_neither_above_nor_below_itself(level: CareLevel) -> None:
    assert level <= level
    assert level >= level
    assert not level < level
    assert not level > level


def test_ranks_count_up_from_none() -> None:
    assert [CareLevel(name).rank for name in RISING] == [0, 1, 2, 3, 4]


def test_levels_are_ordered_by_rank_and_not_by_spelling() -> None:
    assert sorted(CareLevel, reverse=True) == [CareLevel(name) for name in reversed(RISING)]
    assert CareLevel.EMERGENCY > "see_doctor"
