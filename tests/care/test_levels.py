"""The care levels and the one in force."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from charley.care.levels import CareLevel, level_in_force

SESSION: dict[str, Any] = {"event": "action", "name": "action_session_start"}
RISING = ["none", "see_doctor", "urgent_same_day", "emergency", "crisis"]


def said(level: str) -> dict[str, Any]:
    """The event of a message that calls for this level."""
    return {"event": "user", "text": "...", "parse_data": {"care": {"level": level}}}


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


def test_without_messages_no_level_is_in_force() -> None:
    assert level_in_force([]) is CareLevel.NONE


def test_the_highest_level_counts_not_the_last() -> None:
    events = [SESSION, said("see_doctor"), said("emergency"), said("urgent_same_day"), said("none")]
    assert level_in_force(events) is CareLevel.EMERGENCY


def test_a_new_session_lowers_the_level() -> None:
    assert level_in_force([SESSION, said("emergency"), SESSION, said("see_doctor")]) is CareLevel.SEE_DOCTOR


@pytest.mark.parametrize(
    "event",
    [
        {"event": "restart"},
        {"event": "rewind"},
        {"event": "undo"},
        {"event": "reset_slots"},
        {"event": "slot", "name": "care_level", "value": "none"},
        {"event": "action", "name": "action_start_again"},
        {"event": "bot", "text": "...", "metadata": {"care_level": "none"}},
    ],
    ids=lambda event: event.get("name", event["event"]),
)
def test_nothing_but_a_new_session_lowers_the_level(event: dict[str, Any]) -> None:
    assert level_in_force([SESSION, said("emergency"), event]) is CareLevel.EMERGENCY


@pytest.mark.parametrize("parse_data", [None, {}, {"care": None}, {"care": {}}])
def test_a_message_that_the_guard_did_not_read_raises_nothing(parse_data: dict[str, Any] | None) -> None:
    events = [said("see_doctor"), {"event": "user", "parse_data": parse_data}]
    assert level_in_force(events) is CareLevel.SEE_DOCTOR
