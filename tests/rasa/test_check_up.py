"""The check-up through the real model: asked, answered, left, interrupted, cut short and summed up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from charley.care.check_up import CHECK_UP_FILE, Option, Question, load_check_up
from charley.care.levels import CareLevel
from charley.rasa.assistant import Turn
from tests.conftest import Talk, payload

PLAN = load_check_up(Path(__file__).resolve().parents[2] / CHECK_UP_FILE)
QUESTIONS = PLAN.questions
SIGNS = QUESTIONS[0]
NAMES = [question.id for question in QUESTIONS]
PLACES = list(range(len(QUESTIONS)))  # how many questions were answered before
START = {"payload": "/start_check_up", "title": "Check-up"}
AGAIN = "I could not read that as an answer."
WAITS = "The check-up waits for you."
LEFT = "All right, no more questions."
SUMMARY = "What you told me:"
EMERGENCY = "Call your local emergency number"
TODAY = "Please get medical care today"
DANGER = "i have chest pain and can not breathe"
CRISIS = "i want to kill myself"
FOODS = "which foods have magnesium?"
DIAGNOSES = re.compile(
    r"thrombosis|dvt|blood clot|deficien|neuropath|claudicat|sciatica|rhabdo|stroke|compartment|diagnosed"
    r"|you (?:may|might|probably|could|likely) have|it (?:may|might|could) be|is (?:probably|likely)",
    re.IGNORECASE,
)


def press(*values: str) -> dict[str, str]:
    return {"payload": payload(values), "title": "pressed"}


def calm(question: Question) -> list[str]:
    """The values of the answer to a question that calls for the least."""
    return (
        []
        if question.none
        else [min(question.options, key=lambda option: list(CareLevel).index(option.level)).value]
    )


def calm_until(place: int) -> list[Any]:
    """The start, and an answer that is no warning sign to each question before a place."""
    return [START, *(press(*calm(question)) for question in QUESTIONS[:place])]


def options(level: CareLevel) -> list[Any]:
    """Every choice of every question that calls for this level, with its question's place."""
    return [
        pytest.param(place, option, id=f"{question.id}-{option.value}")
        for place, question in enumerate(QUESTIONS)
        for option in question.options
        if option.level is level
    ]


def kinds(turn: Turn) -> list[str]:
    return [reply["metadata"]["kind"] for reply in turn.replies]


def asked(turn: Turn) -> list[str]:
    """The ids of the questions that a turn asks."""
    metadata = [reply["metadata"] for reply in turn.replies]
    return [data["check_up"]["id"] for data in metadata if "check_up" in data]


def said(turn: Turn) -> str:
    return "\n\n".join(reply["text"] for reply in turn.replies)


def summary_of(turns: Sequence[Turn]) -> str:
    text: str = turns[-1].replies[-1]["text"]
    assert SUMMARY in text
    return text


# ── From start to summary ─────────────────────────────────────────────────────────────────────


async def test_by_buttons_every_question_is_asked_once_in_order_and_then_summed_up(talk: Talk) -> None:
    turns = await talk(*calm_until(len(QUESTIONS)))
    assert [asked(turn) for turn in turns] == [*([name] for name in NAMES), []]
    assert [len(turn.replies) for turn in turns] == [1] * len(turns)
    assert SUMMARY in said(turns[-1])
    assert turns[-1].care_level is CareLevel.NONE


async def test_by_typed_text_every_question_is_asked_once_in_order_and_then_summed_up(talk: Talk) -> None:
    typed = ["none of these", "seconds", "a few days", "sometimes", "mild", "both", "no", "none", "0"]
    turns = await talk("start the check-up", *typed)
    assert [asked(turn) for turn in turns] == [*([name] for name in NAMES), []]
    assert turns[-1].care_level is CareLevel.NONE
    for words in ("One cramp lasts seconds", "for a week or less", "now and then", "mild", "both legs"):
        assert words in summary_of(turns)


async def test_by_typed_numbers_the_summary_is_that_of_the_buttons(talk: Talk) -> None:
    numbers = ["0", "2", "2", "3", "3", "1", "0", "2, 3", "2 and 3"]
    values = [
        (),
        ("minutes",),
        ("weeks",),
        ("often",),
        ("sleep",),
        ("one",),
        (),
        ("water_tablet", "blood_thinner"),
        ("diabetes", "arteries"),
    ]
    typed = await talk(START, *numbers)
    pressed = await talk(START, *(press(*chosen) for chosen in values))
    assert summary_of(typed) == summary_of(pressed)
    assert typed[-1].care_level is pressed[-1].care_level is CareLevel.SEE_DOCTOR


@pytest.mark.parametrize("words", ["start the check-up", "check-up please", "do a check-up with me"])
async def test_the_check_up_is_started_by_asking_for_it(words: str, talk: Talk) -> None:
    (turn,) = await talk(words)
    assert asked(turn) == [SIGNS.id]


@pytest.mark.parametrize("place", PLACES, ids=NAMES)
async def test_a_question_tells_the_channel_its_choices_and_the_typist_their_numbers(
    place: int, talk: Talk
) -> None:
    question = QUESTIONS[place]
    (reply,) = (await talk(*calm_until(place)))[-1].replies
    assert reply["metadata"]["choices"] == {
        "question": question.id,
        "prompt": question.text,
        "multiple": question.multiple,
        "options": [{"title": option.title, "value": option.value} for option in question.options],
        "none": question.none,
    }
    lines = reply["text"].splitlines()
    assert lines[0] == question.text
    assert [f"{n}. {option.title}" for n, option in enumerate(question.options, 1)] == lines[1:-1][
        : len(question.options)
    ]
    assert (f"0. {question.none}" in lines) is (question.none is not None)


@pytest.mark.parametrize(("place", "option"), options(CareLevel.SEE_DOCTOR))
async def test_one_choice_that_calls_for_a_doctor_sends_to_a_doctor_at_the_end(
    place: int, option: Option, talk: Talk
) -> None:
    rest = [press(*calm(question)) for question in QUESTIONS[place + 1 :]]
    turns = await talk(*calm_until(place), press(option.value), *rest)
    assert "book a visit with a doctor in the next few days" in summary_of(turns)
    assert option.says in summary_of(turns)
    assert turns[-1].care_level is CareLevel.SEE_DOCTOR
    assert all("care" not in kinds(turn) for turn in turns[:-1]), "the advice waits for the end"


async def test_the_summary_names_no_diagnosis(talk: Talk) -> None:
    gravest_of_the_mild = [
        max(
            (option for option in question.options if option.level < CareLevel.URGENT_SAME_DAY),
            key=lambda option: list(CareLevel).index(option.level),
            default=None,
        )
        for question in QUESTIONS
    ]
    turns = await talk(START, *(press(*([option.value] if option else [])) for option in gravest_of_the_mild))
    summary = summary_of(turns)
    assert DIAGNOSES.search(summary) is None
    assert "this is no diagnosis" in summary


async def test_the_summary_of_a_cut_short_check_up_names_no_diagnosis_either(talk: Talk) -> None:
    turns = await talk(START, press("swollen", "fever"))
    assert DIAGNOSES.search(summary_of(turns)) is None


async def test_the_summary_holds_what_to_ask_the_doctor_and_the_emergency_number(talk: Talk) -> None:
    summary = summary_of(await talk(*calm_until(len(QUESTIONS))))
    assert all(f"- {question}" in summary for question in PLAN.ask_the_doctor)
    assert "In an emergency, call your local emergency number (911 in the US" in summary
    assert "I can not examine you" in summary


async def test_after_the_summary_the_check_up_is_over(talk: Talk) -> None:
    later = (await talk(*calm_until(len(QUESTIONS)), "1"))[-1]
    assert asked(later) == []
    assert SUMMARY not in said(later)


async def test_a_report_before_the_check_up_still_counts_at_its_end(talk: Talk) -> None:
    turns = await talk("my calf has been cramping for three weeks", *calm_until(len(QUESTIONS)))
    assert turns[-1].care_level is CareLevel.SEE_DOCTOR
    assert "book a visit with a doctor" in summary_of(turns)


# ── Left, resumed, interrupted ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", [0, 3, 8])
async def test_a_check_up_that_was_left_goes_on_where_it_stood(place: int, talk: Talk) -> None:
    *_, left, other, resumed = await talk(*calm_until(place), "stop the check-up", "hello", START)
    assert said(left).startswith(LEFT)
    assert asked(left) == asked(other) == []
    assert asked(resumed) == [NAMES[place]]


async def test_no_answer_is_read_once_the_check_up_was_left(talk: Talk) -> None:
    later = (await talk(START, "stop the check-up", "1"))[-1]
    assert later.care_level is CareLevel.NONE
    assert asked(later) == []


@pytest.mark.parametrize("place", [0, 4])
@pytest.mark.parametrize(
    "question", [FOODS, {"payload": "/ask_causes", "title": "What causes cramps?"}, "how do i stop a cramp?"]
)
async def test_a_question_in_between_is_answered_and_then_the_check_up_asks_again(
    question: Any, place: int, talk: Talk
) -> None:
    between = (await talk(*calm_until(place), question))[-1]
    assert kinds(between) == ["answer", "clarify"]
    assert asked(between) == [NAMES[place]]


@pytest.mark.parametrize("place", [0, 4])
async def test_after_a_second_question_in_between_the_check_up_waits(place: int, talk: Talk) -> None:
    *_, second, third, resumed = await talk(
        *calm_until(place), FOODS, "which foods have calcium?", "which foods have potassium?", START
    )
    assert asked(second) == asked(third) == []
    assert second.replies[1]["text"].startswith(WAITS)
    assert [button["payload"] for button in second.replies[1]["buttons"]] == ["/start_check_up"]
    assert WAITS not in said(third)
    assert asked(resumed) == [NAMES[place]]


async def test_a_short_statement_that_does_not_fit_the_question_is_taken_for_an_answer(talk: Talk) -> None:
    turns = await talk(*calm_until(1), "most nights", "about a minute")
    assert [asked(turn) for turn in turns[-2:]] == [["how_long"], ["since_when"]]
    assert AGAIN in said(turns[-2])


async def test_starting_again_does_not_lose_the_answers(talk: Talk) -> None:
    resumed = (await talk(*calm_until(3), "start again", START))[-1]
    assert asked(resumed) == [NAMES[3]]


async def test_a_forgotten_chat_begins_its_check_up_anew(talk: Talk) -> None:
    later = (await talk(*calm_until(3), "forget this chat", START))[-1]
    assert asked(later) == [SIGNS.id]


async def test_an_answer_without_a_question_only_starts_the_check_up(talk: Talk) -> None:
    (turn,) = await talk(press("chest_or_breath"))
    assert turn.care_level is CareLevel.NONE
    assert asked(turn) == [SIGNS.id]


async def test_one_persons_answers_are_no_one_elses(talk: Talk) -> None:
    await talk(*calm_until(4))
    (turn,) = await talk(START)
    assert asked(turn) == [SIGNS.id]


# ── Danger ends it ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("place", "option"), options(CareLevel.EMERGENCY))
async def test_a_pressed_emergency_ends_it_at_once(place: int, option: Option, talk: Talk) -> None:
    *_, turn, later = await talk(*calm_until(place), press(option.value), press(*calm(QUESTIONS[1])))
    assert turn.care_level is CareLevel.EMERGENCY
    assert kinds(turn) == ["care"]
    assert said(turn).startswith(EMERGENCY)
    assert asked(later) == []


@pytest.mark.parametrize(("place", "option"), options(CareLevel.URGENT_SAME_DAY))
async def test_a_pressed_sign_for_care_today_ends_it_at_once_with_the_summary(
    place: int, option: Option, talk: Talk
) -> None:
    turns = await talk(*calm_until(place), press(option.value))
    assert turns[-1].care_level is CareLevel.URGENT_SAME_DAY
    assert said(turns[-1]).startswith(TODAY)
    assert option.says in summary_of(turns)
    assert asked(turns[-1]) == []


@pytest.mark.parametrize("place", PLACES, ids=NAMES)
@pytest.mark.parametrize(
    ("danger", "level", "opening"),
    [
        (DANGER, CareLevel.EMERGENCY, EMERGENCY),
        (CRISIS, CareLevel.CRISIS, "Please talk to someone now"),
    ],
)
async def test_danger_in_words_ends_it_at_any_question(
    danger: str, level: CareLevel, opening: str, place: int, talk: Talk
) -> None:
    *_, turn, later = await talk(*calm_until(place), danger, "1")
    assert turn.care_level is level
    assert kinds(turn) == ["care"]
    assert said(turn).startswith(opening)
    assert asked(turn) == asked(later) == []


@pytest.mark.parametrize("place", PLACES[1:], ids=NAMES[1:])
async def test_a_sign_for_care_today_in_words_ends_it_at_any_later_question(place: int, talk: Talk) -> None:
    *_, turn, later = await talk(*calm_until(place), "my calf is swollen and red", "1")
    assert turn.care_level is CareLevel.URGENT_SAME_DAY
    assert said(turn).startswith(TODAY)
    assert asked(turn) == asked(later) == []


@pytest.mark.parametrize("typed", ["1", "1 and 7", "chest pain", "number 5", "cold leg and fever"])
async def test_a_typed_emergency_ends_it_at_the_first_question(typed: str, talk: Talk) -> None:
    turn = (await talk(START, typed))[-1]
    assert turn.care_level is CareLevel.EMERGENCY
    assert said(turn).startswith(EMERGENCY)
    assert asked(turn) == []
    assert SUMMARY not in said(turn)


async def test_among_several_choices_the_gravest_counts(talk: Talk) -> None:
    turn = (await talk(START, press("fever", "cold_leg")))[-1]
    assert turn.care_level is CareLevel.EMERGENCY


async def test_after_an_emergency_no_check_up_is_begun(talk: Talk) -> None:
    turn = (await talk(DANGER, START))[-1]
    assert kinds(turn) == ["care"]
    assert asked(turn) == []


# ── Answers that can not be read ──────────────────────────────────────────────────────────────


@pytest.mark.parametrize("place", PLACES, ids=NAMES)
async def test_an_unreadable_answer_is_asked_again_once_and_then_counted_upwards(
    place: int, talk: Talk
) -> None:
    question = QUESTIONS[place]
    *_, first, second = await talk(*calm_until(place), "99", "99")
    assert said(first).startswith(AGAIN)
    assert asked(first) == [question.id]
    assert first.care_level is CareLevel.NONE
    assert second.care_level is question.unread
    assert AGAIN not in said(second)
    if question.unread >= CareLevel.URGENT_SAME_DAY or question is QUESTIONS[-1]:
        assert f"I could not read your answer to: {question.text}" in said(second)
    else:
        assert asked(second) == [NAMES[place + 1]]


@pytest.mark.parametrize("answer", ["99", "purple elephants", "hmm", "blah blah", "blorb frumpet", "..."])
async def test_what_names_no_choice_is_no_answer(answer: str, talk: Talk) -> None:
    turn = (await talk(START, answer))[-1]
    assert said(turn).startswith(AGAIN)
    assert asked(turn) == [SIGNS.id]


@pytest.mark.parametrize("answer", ["not sure", "not sure, maybe", "no idea", "never mind", "never checked"])
async def test_who_is_not_sure_of_the_grave_signs_has_not_denied_them(answer: str, talk: Talk) -> None:
    turn = (await talk(START, answer))[-1]
    assert "how_long" not in asked(turn)


@pytest.mark.parametrize(
    "answer", ["none", "none of these", "no", "nope", "0", "neither", "nothing", "None."]
)
async def test_a_plain_no_denies_all_grave_signs(answer: str, talk: Talk) -> None:
    turn = (await talk(START, answer))[-1]
    assert asked(turn) == ["how_long"]
    assert turn.care_level is CareLevel.NONE


async def test_an_answer_read_at_the_second_try_counts_as_any(talk: Talk) -> None:
    turns = await talk(START, "99", "none", "99", "1")
    assert asked(turns[2]) == ["how_long"]
    assert asked(turns[4]) == ["since_when"]
    assert turns[4].care_level is CareLevel.NONE


@pytest.mark.parametrize(
    "wrong",
    [press("days"), press("seconds", "minutes"), press(), press("seconds", "days")],
    ids=["another question's", "two of one", "none where there is none", "one known, one not"],
)
async def test_a_press_that_does_not_answer_the_question_leaves_it_asked(wrong: Any, talk: Talk) -> None:
    turn = (await talk(*calm_until(1), wrong))[-1]
    assert asked(turn) == ["how_long"]
    assert turn.care_level is CareLevel.NONE


@pytest.mark.parametrize(
    "pressed", ['/answer_check_up{"values": ["made_up"]}', '/answer_check_up{"values": "chest_or_breath"}']
)
async def test_a_press_of_a_choice_that_does_not_exist_is_refused(pressed: str, talk: Talk) -> None:
    turn = (await talk(START, {"payload": pressed, "title": "x"}))[-1]
    assert kinds(turn) == ["notice"]
    assert turn.care_level is CareLevel.NONE
