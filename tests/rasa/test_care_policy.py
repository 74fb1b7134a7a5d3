"""Care first, through the real model: what a person reports, and what is said to it turn by turn."""

from __future__ import annotations

from typing import Any

import pytest

from charley.care.levels import CareLevel
from charley.rasa.assistant import Turn
from tests.conftest import Talk

DOCTOR = "my calf has been cramping for three weeks"
TODAY = "my calf is swollen and red"
NOW = "i have chest pain and my calf cramps"
CRISIS = "i want to kill myself"
REPORTS = [(DOCTOR, "see_doctor"), (TODAY, "urgent_same_day"), (NOW, "emergency"), (CRISIS, "crisis")]
GRAVE = [NOW, CRISIS]
OPENINGS = {
    "see_doctor": "Please book a visit",
    "urgent_same_day": "Please get medical care today",
    "emergency": "Call your local emergency number",
    "crisis": "Please talk to someone now",
}
REMINDER = "First: from what you told me before, please get help now."


def kinds(turn: Turn) -> list[str]:
    return [reply["metadata"]["kind"] for reply in turn.replies]


@pytest.mark.parametrize(("report", "level"), REPORTS)
async def test_a_report_gets_the_care_reply_of_its_level_first(report: str, level: str, talk: Talk) -> None:
    (turn,) = await talk(report)
    assert turn.care_level.value == level
    assert turn.replies[0]["text"].startswith(OPENINGS[level])
    assert turn.replies[0]["metadata"]["kind"] == "care"
    assert turn.replies[0]["metadata"]["care_level"] == level


async def test_a_question_along_with_a_report_is_answered_after_the_care_reply(talk: Talk) -> None:
    (turn,) = await talk("my calf has been cramping for three weeks, which foods have magnesium?")
    assert kinds(turn) == ["care", "answer"]
    assert turn.replies[0]["text"].startswith(OPENINGS["see_doctor"])
    assert "magnesium" in turn.replies[1]["text"]


async def test_relief_asked_along_with_a_clots_signs_is_withheld_after_the_care_reply(talk: Talk) -> None:
    (turn,) = await talk("my calf is swollen and red, how do i stop the cramp?")
    assert kinds(turn) == ["care", "care"]
    assert turn.replies[1]["text"].startswith("From what you told me, a health professional")


@pytest.mark.parametrize("report", [f"{NOW}, which foods have magnesium?", *GRAVE])
async def test_an_emergency_ends_the_turn(report: str, talk: Talk) -> None:
    (turn,) = await talk(report)
    assert kinds(turn) == ["care"]


@pytest.mark.parametrize("report", [DOCTOR, TODAY])
async def test_a_mere_report_is_answered_by_the_care_reply_alone(report: str, talk: Talk) -> None:
    (turn,) = await talk(report)
    assert kinds(turn) == ["care"]


@pytest.mark.parametrize("report", GRAVE)
@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        ("which foods have magnesium?", "answer"),
        ("thanks", "smalltalk"),
        ({"payload": "/ask_causes", "title": "What causes cramps?"}, "answer"),
        ("who won the football last night", "decline"),
    ],
)
async def test_after_an_emergency_every_turn_begins_with_a_reminder(
    report: str, turn: Any, kind: str, talk: Talk
) -> None:
    later = (await talk(report, "hello", turn))[-1]
    assert kinds(later) == ["care", kind]
    assert later.replies[0]["text"].startswith(REMINDER)


@pytest.mark.parametrize("report", [DOCTOR, TODAY])
async def test_below_an_emergency_no_reminder_is_said(report: str, talk: Talk) -> None:
    later = (await talk(report, "which foods have magnesium?"))[-1]
    assert kinds(later) == ["answer"]


@pytest.mark.parametrize(("report", "level"), REPORTS)
async def test_the_level_never_falls_within_a_session(report: str, level: str, talk: Talk) -> None:
    later = [
        "start again",
        "hello",
        "i feel fine now",
        "",
        {"payload": "/session_start"},
        "/restart",
        "thanks",
    ]
    turns = await talk(report, *later)
    assert {turn.care_level.value for turn in turns} == {level}
    said = {reply["metadata"]["care_level"] for turn in turns for reply in turn.replies}
    assert said == {level}


async def test_the_level_rises_with_a_graver_report_and_not_back_with_a_lesser_one(talk: Talk) -> None:
    turns = await talk(DOCTOR, TODAY, DOCTOR, NOW, TODAY)
    assert [turn.care_level for turn in turns] == [
        CareLevel.SEE_DOCTOR,
        CareLevel.URGENT_SAME_DAY,
        CareLevel.URGENT_SAME_DAY,
        CareLevel.EMERGENCY,
        CareLevel.EMERGENCY,
    ]


async def test_relief_stays_withheld_after_starting_again(talk: Talk) -> None:
    later = (await talk(TODAY, "start again", "how do i stop a cramp now"))[-1]
    assert kinds(later) == ["care"]
    assert later.replies[0]["text"].startswith("From what you told me, a health professional")


async def test_one_persons_report_is_no_one_elses(talk: Talk) -> None:
    await talk(NOW)
    (turn,) = await talk("hello")
    assert turn.care_level is CareLevel.NONE
    assert kinds(turn) == ["smalltalk"]


@pytest.mark.parametrize(
    "message",
    [
        "hello",
        "which foods have magnesium?",
        "can a blood clot cause chest pain?",
        "no chest pain or swelling",
    ],
)
async def test_who_reports_nothing_gets_no_care_reply(message: str, talk: Talk) -> None:
    (turn,) = await talk(message)
    assert turn.care_level is CareLevel.NONE
    assert "care" not in kinds(turn)


async def test_a_pressed_button_is_never_read_for_signs_and_gets_its_answer(talk: Talk) -> None:
    (turn,) = await talk({"payload": "/ask_when_to_see_someone", "title": "When to see someone"})
    assert kinds(turn) == ["answer"]
