"""What a conversation has come to, worked out from its events alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from charley.care.course import Course, course_of, level_in_force
from charley.care.levels import CareLevel
from tests.care.conftest import Guarded
from tests.conftest import payload

Event = dict[str, Any]
SESSION: Event = {"event": "action", "name": "action_session_start"}
NONE, DOCTOR, TODAY, NOW, CRISIS = CareLevel
SELF_HARM = "self_harm_or_suicide"


def said(text: str = "...", intent: str = "report_symptom", **care: Any) -> Event:
    """A message and what the guard made of it; `levels` alone tell the level and the flags."""
    levels = {flag: CareLevel(level).value for flag, level in care.pop("levels", {}).items()}
    level = max(map(CareLevel, levels.values()), default=NONE).value
    found = {"level": level, "levels": levels, "flags": list(levels), "ok": True, **care}
    return {"event": "user", "text": text, "parse_data": {"intent": {"name": intent}, "care": found}}


def pressed(intent: str, values: list[str] | None = None, question: str | None = None) -> Event:
    """A pressed button: the guard does not read it."""
    entities = [{"entity": "values", "value": value} for value in values or []]
    entities += [{"entity": "question", "value": question}] if question else []
    text = f"/{intent}" if values is None else payload(values, question)
    return {"event": "user", "text": text, "parse_data": {"intent": {"name": intent}, "entities": entities}}


def bot(**metadata: Any) -> Event:
    return {"event": "bot", "text": "...", "metadata": metadata}


def told(level: CareLevel) -> Event:
    return said(levels={f"a_flag_of_{level.value}": level}) if level is not NONE else said()


# ── Levels stick ──────────────────────────────────────────────────────────────────────────────


def test_without_messages_nothing_is_in_force() -> None:
    assert course_of([]) == Course()
    assert level_in_force([SESSION]) is NONE


def test_the_highest_level_counts_and_not_the_last() -> None:
    assert level_in_force([SESSION, told(DOCTOR), told(NOW), told(TODAY), told(NONE)]) is NOW


@pytest.mark.parametrize("level", CareLevel)
def test_a_level_stays_over_any_number_of_harmless_messages(level: CareLevel) -> None:
    assert level_in_force([SESSION, told(level), *[said("thanks", "thank")] * 30]) is level


@pytest.mark.parametrize(
    "event",
    [
        {"event": "restart"},
        {"event": "rewind"},
        {"event": "undo"},
        {"event": "reset_slots"},
        {"event": "slot", "name": "care_level", "value": "none"},
        {"event": "action", "name": "action_start_again"},
        {"event": "action", "name": "action_listen"},
        {"event": "bot", "text": "...", "metadata": {"care_level": "none"}},
        {"event": "bot", "text": "...", "metadata": None},
        {"event": "session_ended"},
        {"event": "user", "text": "action_session_start"},
        {"event": "user", "text": "/session_start", "parse_data": {"intent": {"name": "session_start"}}},
        {},
    ],
    ids=lambda event: event.get("name") or event.get("text") or event.get("event", "nothing"),
)
def test_nothing_but_a_new_session_lowers_a_level(event: Event) -> None:
    assert level_in_force([SESSION, told(NOW), event]) is NOW


def test_a_message_that_was_rewound_still_counts() -> None:
    events = [SESSION, told(DOCTOR), told(TODAY), {"event": "rewind"}, said("sorry, typo")]
    assert level_in_force(events) is TODAY


def test_a_new_session_clears_everything() -> None:
    asked = bot(check_up=QUESTION)
    before = [said(levels={"swelling": TODAY}, notes=["child"], cautions=["clot"], country="GB"), asked]
    assert course_of([SESSION, *before, SESSION]) == Course()
    assert level_in_force([SESSION, *before, SESSION, told(DOCTOR)]) is DOCTOR


@pytest.mark.parametrize("parse_data", [None, {}, {"care": None}, {"care": {}}, {"intent": None}])
def test_a_message_that_the_guard_did_not_read_changes_no_level(parse_data: dict[str, Any] | None) -> None:
    events = [told(DOCTOR), {"event": "user", "text": None, "parse_data": parse_data}]
    assert level_in_force(events) is DOCTOR


def test_a_level_without_a_flag_counts_and_sticks() -> None:
    assert level_in_force([said(level="urgent_same_day"), said()]) is TODAY


def test_the_level_before_the_latest_message_is_kept_apart() -> None:
    found = course_of([SESSION, told(DOCTOR), said(levels={"chest_pain": NOW})])
    assert (found.before, found.level) == (DOCTOR, NOW)
    assert course_of([told(DOCTOR), said()]).before is DOCTOR


def test_flags_notes_and_cautions_of_all_messages_are_kept_once() -> None:
    found = course_of(
        [
            said(levels={"swelling": TODAY}, notes=["child"], cautions=["clot"]),
            said(levels={"fever": TODAY, "swelling": TODAY}, notes=["child", "drowsy"]),
        ]
    )
    assert found.flags == ["swelling", "fever"]
    assert found.notes == {"child", "drowsy"}
    assert found.cautions == {"clot"}


def test_self_harm_along_with_an_emergency_is_grave() -> None:
    crisis, chest = said(levels={SELF_HARM: CRISIS}), said(levels={"chest_pain": NOW})
    assert course_of([crisis, chest]).grave
    assert course_of([chest, said(), crisis]).grave
    assert not course_of([crisis]).grave
    assert not course_of([chest]).grave
    assert not course_of([crisis, said(levels={"swelling": TODAY})]).grave


def test_events_in_any_plain_form_are_read() -> None:
    events = json.loads(json.dumps([SESSION, told(NOW)]))
    assert level_in_force(iter(events)) is NOW


# ── Corrections ───────────────────────────────────────────────────────────────────────────────


def test_a_corrected_flag_lowers_the_level() -> None:
    found = course_of([said(levels={"swelling": TODAY}), said(denied=["swelling"])])
    assert (found.level, found.before, found.flags, found.corrected) == (NONE, TODAY, [], True)


def test_what_else_was_reported_stays_after_a_correction() -> None:
    found = course_of([said(levels={"swelling": TODAY, "often": DOCTOR}), said(denied=["swelling"])])
    assert (found.level, found.flags) == (DOCTOR, ["often"])


def test_a_correction_never_takes_back_a_crisis() -> None:
    found = course_of([said(levels={SELF_HARM: CRISIS}), said(denied=[SELF_HARM])])
    assert (found.level, found.flags, found.corrected) == (CRISIS, [SELF_HARM], False)


def test_a_denial_of_what_was_never_reported_corrects_nothing() -> None:
    found = course_of([said(levels={"swelling": TODAY}), said(denied=["chest_pain"])])
    assert (found.level, found.corrected) == (TODAY, False)


def test_only_the_latest_message_counts_as_a_correction() -> None:
    assert not course_of([said(levels={"swelling": TODAY}), said(denied=["swelling"]), said()]).corrected


def test_what_is_reported_again_after_a_correction_counts_again() -> None:
    swelling = said(levels={"swelling": TODAY})
    assert level_in_force([swelling, said(denied=["swelling"]), swelling]) is TODAY


def test_what_a_correction_reports_instead_counts() -> None:
    corrected = said(levels={"redness": TODAY}, denied=["chest_pain"])
    found = course_of([said(levels={"chest_pain": NOW}), corrected])
    assert (found.level, found.flags, found.corrected) == (TODAY, ["redness"], True)


def test_a_corrected_doubt_is_gone() -> None:
    assert level_in_force([said(levels={"swelling": TODAY}, unsure=True), said(denied=["swelling"])]) is NONE


def test_what_was_corrected_does_not_add_up_later(guard: Guarded) -> None:
    talk = ["my calf is swollen", "sorry, my calf is not swollen", "it is only on one side"]
    assert course_of([heard(guard, text) for text in talk]).level is NONE


# ── Adding up ─────────────────────────────────────────────────────────────────────────────────


def begun(flag: str, level: CareLevel, *parts: str) -> dict[str, Any]:
    return {"flag": flag, "level": level.value, "parts": sorted(parts)}


CLOT = begun("clot", TODAY, "flight", "leg_trouble")


def test_notes_of_two_messages_add_up() -> None:
    first = said(notes=["flight"], together=[CLOT])
    second = said(notes=["leg_trouble"], together=[CLOT])
    assert level_in_force([first]) is NONE
    assert level_in_force([first, said(), second]) is TODAY
    assert level_in_force([second, first]) is TODAY


def test_a_note_adds_up_with_a_flag() -> None:
    graver = begun("rhabdomyolysis", NOW, "dark_urine", "muscle_trouble")
    events = [
        said(levels={"dark_urine": TODAY}, together=[graver]),
        said(notes=["muscle_trouble"], together=[graver]),
    ]
    assert level_in_force(events) is NOW


def test_half_of_what_adds_up_is_nothing() -> None:
    assert level_in_force([said(notes=["flight"], together=[CLOT])] * 3) is NONE


def test_what_was_told_in_another_session_does_not_add_up() -> None:
    first = said(notes=["flight"], together=[CLOT])
    second = said(notes=["leg_trouble"], together=[CLOT])
    assert level_in_force([SESSION, first, SESSION, second]) is NONE


def test_what_has_added_up_stands_among_the_flags() -> None:
    """So that the reply can say why, and advice that it forbids is left out."""
    found = course_of([said(notes=["flight"], together=[CLOT]), said(notes=["leg_trouble"], together=[CLOT])])
    assert found.flags == ["clot"]


def heard(guard: Guarded, text: str) -> Event:
    """A message as the guard reads it."""
    return {"event": "user", "text": text, "parse_data": {"care": guard(text).as_dict()}}


@pytest.mark.parametrize(
    ("talk", "level"),
    [
        (["i'm on simvastatin", "my legs ache"], TODAY),
        (["my leg cramps", "it lasts twenty minutes"], TODAY),
        (["had a long flight", "my calf hurts"], TODAY),
        (["my leg hurts", "9/10"], TODAY),
        (["my baby has cramps", "she is drowsy"], NOW),
        (["i have leg cramps", "they come twice a week"], DOCTOR),
        (["i have leg cramps", "this has been going on for 3 weeks"], DOCTOR),
        (["i have leg cramps", "twice a week"], DOCTOR),
        (["i have leg cramps", "for 3 weeks"], DOCTOR),
        (["my calf cramps", "20 minutes"], TODAY),
    ],
)
def test_what_a_person_tells_bit_by_bit_adds_up(guard: Guarded, talk: list[str], level: CareLevel) -> None:
    assert level_in_force([heard(guard, text) for text in talk]) is level


# ── Doubts, and the closed question ───────────────────────────────────────────────────────────

DOUBT = said(levels={"swelling": TODAY}, unsure=True)
ASKED = bot(asks_now=True)
NESTED = {"event": "bot", "text": "...", "metadata": {"metadata": {"asks_now": True}}}


def test_a_doubtful_report_counts_until_it_is_cleared_up() -> None:
    found = course_of([DOUBT])
    assert (found.level, found.unsure, found.flags) == (TODAY, True, ["swelling"])
    assert level_in_force([DOUBT, said(), said()]) is TODAY


def test_a_sure_report_after_a_doubtful_one_leaves_no_doubt() -> None:
    assert not course_of([DOUBT, said(levels={"swelling": TODAY})]).unsure


@pytest.mark.parametrize("asked", [ASKED, NESTED], ids=["plain", "as Rasa keeps a response"])
@pytest.mark.parametrize(
    "no", [pressed("deny_care"), said("no"), said("No!"), said("nope not now"), said("no it is not")]
)
def test_a_no_to_the_closed_question_takes_the_doubt_back(asked: Event, no: Event) -> None:
    found = course_of([DOUBT, asked, no])
    assert (found.level, found.before, found.cleared, found.flags) == (NONE, TODAY, False, [])


@pytest.mark.parametrize("yes", [pressed("affirm_care"), said("yes"), said("Yeah, since noon")])
def test_a_yes_to_the_closed_question_confirms_the_report(yes: Event) -> None:
    found = course_of([DOUBT, ASKED, yes])
    assert (found.level, found.cleared, found.flags) == (TODAY, True, ["swelling"])


@pytest.mark.parametrize(
    "text",
    [
        "i think so",
        "what do you mean?",
        "which foods have magnesium?",
        "no but it was swollen this morning and still is",
        "nothing helps and i can hardly walk on it any more",
        "",
    ],
)
def test_what_is_no_clear_no_keeps_the_level(text: str) -> None:
    found = course_of([DOUBT, ASKED, said(text)])
    assert (found.level, found.cleared) == (TODAY, None)
    assert level_in_force([DOUBT, ASKED, said(text), said("no")]) is TODAY, "it is confirmed by then"


@pytest.mark.parametrize("no", [said("no"), pressed("deny_care")])
def test_a_no_to_anything_else_takes_nothing_back(no: Event) -> None:
    assert level_in_force([DOUBT, bot(kind="answer"), no]) is TODAY
    assert level_in_force([DOUBT, ASKED, said("hm"), bot(kind="answer"), no]) is TODAY


def test_the_closed_question_is_answered_even_when_more_was_said_after_it() -> None:
    assert level_in_force([DOUBT, ASKED, bot(kind="answer"), said("no")]) is NONE


def test_a_no_does_not_take_back_what_was_sure() -> None:
    found = course_of([said(levels={"often": DOCTOR}), DOUBT, ASKED, said("no")])
    assert (found.level, found.flags) == (DOCTOR, ["often"])


def test_a_no_does_not_take_back_what_had_been_sure_before_it_was_doubtful() -> None:
    found = course_of([said(levels={"swelling": TODAY}), DOUBT, ASKED, said("no")])
    assert (found.level, found.flags) == (TODAY, ["swelling"])


def test_a_no_with_a_new_report_is_no_plain_no() -> None:
    found = course_of([DOUBT, ASKED, said("no, chest pain", levels={"chest_pain": NOW})])
    assert (found.level, found.flags) == (NOW, ["swelling", "chest_pain"])


@pytest.mark.parametrize(
    "text", ["not sure", "not going away", "never felt worse", "no it just got bigger", "nothing helps"]
)
def test_what_only_begins_like_a_no_confirms(text: str) -> None:
    assert level_in_force([DOUBT, ASKED, said(text)]) is level_in_force([DOUBT])


def test_a_no_takes_back_what_was_in_doubt_and_not_what_was_certain() -> None:
    both = said(
        levels={"swelling": TODAY, "chest_pain": NOW}, unsure=True, vote={"flag": "chest_pain"},
        spans=[{"flag": "swelling", "level": "urgent_same_day", "status": "present"}],
    )  # fmt: skip
    assert level_in_force([both]) is NOW
    found = course_of([both, ASKED, said("no")])
    assert (found.level, found.flags) == (TODAY, ["swelling"])


def test_what_patterns_saw_stays_when_a_graver_vote_for_the_same_flag_is_denied() -> None:
    seen = [{"flag": "numb", "level": "urgent_same_day", "status": "present"}]
    doubt = said(levels={"numb": NOW}, unsure=True, vote={"flag": "numb"}, spans=seen)
    assert level_in_force([doubt, ASKED, said("no")]) is TODAY


@pytest.mark.parametrize(("first", "second"), [(NOW, TODAY), (TODAY, NOW), (TODAY, DOCTOR)])
def test_a_lesser_report_of_the_same_flag_lowers_nothing(first: CareLevel, second: CareLevel) -> None:
    events = [said(levels={"numb": first}), said(levels={"numb": second})]
    assert level_in_force(events) is max(first, second)


def test_a_yes_keeps_the_level_that_a_doubt_had_for_the_frail() -> None:
    doubt = said(levels={"odd_leg": TODAY}, unsure=True, notes=["pregnant"])
    assert level_in_force([doubt]) is NOW
    assert level_in_force([doubt, ASKED, said("yes")]) is NOW


def test_what_was_confirmed_can_still_be_corrected() -> None:
    doubt = said(levels={"chest_pain": NOW}, unsure=True)
    found = course_of([doubt, ASKED, said("yes"), said("sorry, no chest pain", denied=["chest_pain"])])
    assert (found.level, found.corrected) == (NONE, True)


def test_what_adds_up_to_care_today_ends_the_check_up() -> None:
    begun = said(
        notes=["pregnant"], together=[{"flag": "p", "level": "emergency", "parts": ["faint", "pregnant"]}]
    )
    found = course_of([begun, ASKS, said(notes=["faint"])])
    assert (found.level, found.check_up.running) == (NOW, False)


def test_leaving_the_check_up_answers_nothing() -> None:
    found = course_of([ASKS, said("no more questions please", "stop_check_up")])
    assert found.check_up.answers == {}


def test_a_danger_pressed_under_an_earlier_question_counts() -> None:
    later = bot(check_up={**QUESTION, "id": "how_long"})
    found = course_of([ASKS, later, pressed("answer_check_up", ["thinner"], "medicines")])
    assert (found.level, found.check_up.asked) == (DOCTOR, "how_long")


def test_a_doubt_without_a_flag_is_cleared_up_too() -> None:
    doubt = said(level="see_doctor", unsure=True)
    assert level_in_force([doubt]) is DOCTOR
    assert level_in_force([doubt, ASKED, said("no")]) is NONE
    assert level_in_force([doubt, ASKED, said("yes"), said("no")]) is DOCTOR


@pytest.mark.parametrize("note", ["child", "pregnant", "over_65", "low_immunity"])
@pytest.mark.parametrize(
    ("level", "raised"), [(DOCTOR, TODAY), (TODAY, NOW), (NOW, NOW), (CRISIS, CRISIS), (NONE, NONE)]
)
def test_in_doubt_a_frail_person_is_taken_one_level_up(
    note: str, level: CareLevel, raised: CareLevel
) -> None:
    levels = {"a_flag": level} if level is not NONE else {}
    assert level_in_force([said(notes=[note]), said(levels=levels, unsure=True)]) is raised
    assert level_in_force([said(levels=levels, unsure=True), said(notes=[note])]) is raised


@pytest.mark.parametrize("note", ["child", "pregnant", "over_65", "low_immunity"])
def test_without_doubt_a_frail_person_keeps_the_level(note: str) -> None:
    assert level_in_force([said(notes=[note]), told(DOCTOR)]) is DOCTOR


def test_another_note_raises_no_doubt() -> None:
    assert level_in_force([said(notes=["often"]), said(levels={"a_flag": DOCTOR}, unsure=True)]) is DOCTOR


# ── The check-up ──────────────────────────────────────────────────────────────────────────────


def option(value: str, level: CareLevel = NONE, *cautions: str) -> dict[str, Any]:
    title = value.replace("_", " ").title()
    return {"value": value, "title": title, "level": level.value, "cautions": list(cautions), "words": []}


QUESTION: dict[str, Any] = {
    "id": "medicines",
    "multiple": True,
    "none": "None of these",
    "unread": "see_doctor",
    "options": [option("statin", TODAY), option("thinner", DOCTOR, "vitamin_k"), option("vitamins")],
}
GRAVE: dict[str, Any] = {**QUESTION, "id": "signs", "unread": "urgent_same_day"}
ASKS = bot(check_up=QUESTION)


def test_a_question_asked_waits_for_its_answer() -> None:
    found = course_of([ASKS]).check_up
    assert (found.asked, found.tries, found.running, found.answers) == ("medicines", 1, True, {})


def test_without_a_question_no_check_up_runs() -> None:
    found = course_of([SESSION, said("1"), bot(kind="answer"), said("none")]).check_up
    assert (found.running, found.answers) == (False, {})


@pytest.mark.parametrize(
    ("answer", "values", "level"),
    [
        (said("2"), ("thinner",), DOCTOR),
        (said("vitamins"), ("vitamins",), NONE),
        (said("none"), (), NONE),
        (pressed("answer_check_up", ["thinner", "vitamins"]), ("thinner", "vitamins"), DOCTOR),
        (pressed("answer_check_up", []), (), NONE),
    ],
)
def test_an_answer_is_kept_and_its_level_counts(
    answer: Event, values: tuple[str, ...], level: CareLevel
) -> None:
    found = course_of([ASKS, answer])
    assert found.check_up.answers["medicines"].values == values
    assert (found.level, found.check_up.asked, found.check_up.tries) == (level, None, 0)


def test_a_button_of_another_question_answers_nothing() -> None:
    for name, answered in (("medicines", {"medicines"}), ("signs", set())):
        found = course_of([ASKS, pressed("answer_check_up", [], name)])
        assert set(found.check_up.answers) == answered


def test_a_responses_metadata_is_read_where_rasa_keeps_it() -> None:
    nested = {"event": "bot", "text": "...", "metadata": {"metadata": {"check_up": QUESTION}}}
    assert course_of([nested, said("2")]).level is DOCTOR


def test_the_level_of_an_answer_sticks_and_its_cautions_are_kept() -> None:
    found = course_of([ASKS, said("2"), said("thanks", "thank")])
    assert (found.level, found.cautions) == (DOCTOR, {"vitamin_k"})


def test_an_answer_for_the_same_day_ends_the_check_up() -> None:
    found = course_of([ASKS, said("1")])
    assert (found.level, found.check_up.ended, found.check_up.running) == (TODAY, True, False)


def test_a_report_for_the_same_day_ends_the_check_up_without_an_answer() -> None:
    found = course_of([ASKS, said("my calf is swollen", levels={"swelling": TODAY})])
    assert (found.check_up.ended, found.check_up.answers) == (True, {})


def test_what_can_not_be_read_leaves_the_question_waiting() -> None:
    found = course_of([ASKS, said("banana", "nlu_fallback")])
    assert (found.check_up.asked, found.check_up.answers, found.level) == ("medicines", {}, NONE)


@pytest.mark.parametrize(("question", "level"), [(QUESTION, DOCTOR), (GRAVE, TODAY)])
def test_two_answers_that_can_not_be_read_count_as_the_question_says(
    question: dict[str, Any], level: CareLevel
) -> None:
    asks, banana = bot(check_up=question), said("banana", "nlu_fallback")
    found = course_of([asks, banana, asks, banana])
    assert found.level is level
    assert found.check_up.answers[question["id"]].unread
    assert found.check_up.asked is None


def test_a_second_try_that_can_be_read_counts_as_read() -> None:
    found = course_of([ASKS, said("banana", "nlu_fallback"), ASKS, said("none")])
    assert not found.check_up.answers["medicines"].unread
    assert found.level is NONE


@pytest.mark.parametrize(
    "aside",
    [
        said("what is a statin?", "ask_definition"),
        said("2?", "nlu_fallback"),
        pressed("ask_relief"),
        pressed("stop_check_up"),
    ],
    ids=["a question", "a number in doubt", "a button", "the way out"],
)
def test_what_asks_for_something_else_is_no_answer(aside: Event) -> None:
    found = course_of([ASKS, aside])
    assert (found.check_up.answers, found.check_up.asked) == ({}, "medicines")


def test_a_question_in_between_is_no_failed_try_at_the_answer() -> None:
    aside = said("which foods have magnesium?", "ask_food_sources")
    assert course_of([ASKS, aside, ASKS, aside]).check_up.answers == {}


def test_each_question_has_two_tries_of_its_own() -> None:
    banana = said("banana", "nlu_fallback")
    found = course_of([ASKS, banana, bot(check_up=GRAVE), banana])
    assert (found.check_up.answers, found.check_up.tries) == ({}, 1)


def test_answers_of_all_questions_are_kept() -> None:
    found = course_of([bot(check_up=GRAVE), said("none"), ASKS, said("2")])
    assert list(found.check_up.answers) == ["signs", "medicines"]


def test_a_check_up_that_pauses_takes_no_answers_until_it_asks_again() -> None:
    paused = [ASKS, said("which foods have magnesium?", "ask_food_sources"), bot(pauses_check_up=True)]
    assert course_of([*paused, said("2")]).check_up.answers == {}
    assert list(course_of([*paused, said("go on"), ASKS, said("2")]).check_up.answers) == ["medicines"]


def test_a_check_up_that_was_left_takes_no_answers_and_keeps_those_given() -> None:
    left = [bot(check_up=GRAVE), said("2"), ASKS, pressed("stop_check_up"), bot(ends_check_up=True)]
    found = course_of([*left, said("1")])
    assert (found.check_up.ended, found.check_up.running) == (True, False)
    assert (list(found.check_up.answers), found.level) == (["signs"], DOCTOR)


def test_a_check_up_that_was_left_can_be_begun_again() -> None:
    found = course_of([ASKS, bot(ends_check_up=True), ASKS, said("2")])
    assert list(found.check_up.answers) == ["medicines"]


def test_an_answer_counts_only_for_the_question_that_waits() -> None:
    found = course_of([bot(check_up=GRAVE), said("none"), said("2")])
    assert list(found.check_up.answers) == ["signs"]
    assert found.level is NONE


def test_a_value_of_another_question_is_no_answer() -> None:
    assert course_of([ASKS, pressed("answer_check_up", ["moonlight"])]).check_up.answers == {}


# ── Countries ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("metadata", "countries"),
    [
        ({"country": "GB"}, ["GB"]),
        ({"country": "nz"}, ["NZ"]),
        ({"locale": "en-AU"}, ["AU"]),
        ({"locale": "de_AT"}, ["AT"]),
        ({"country": "GB", "locale": "en-US"}, ["GB"]),
        ({"country": "the moon", "locale": "en-CA"}, ["CA"]),
        ({"locale": "en"}, []),
        ({"locale": "en-us"}, []),
        ({"country": 5, "locale": ["en-US"]}, []),
        ({}, []),
        (None, []),
    ],
)
def test_a_channel_may_tell_the_country(metadata: dict[str, Any] | None, countries: list[str]) -> None:
    assert course_of([{**said(), "metadata": metadata}]).countries == countries


def test_what_a_person_says_of_the_country_counts_before_what_the_channel_tells() -> None:
    assert course_of([{**said(country="NZ"), "metadata": {"locale": "en-US"}}]).countries == ["NZ"]


def test_every_country_told_is_kept_once() -> None:
    events = [said(country="GB"), said(country="NZ"), said(), said(country="GB")]
    assert course_of(events).countries == ["GB", "NZ"]


# ── What the latest message brings ────────────────────────────────────────────────────────────


def test_what_a_message_makes_up_with_those_before_is_new_though_the_level_stays() -> None:
    begun = [{"flag": "infection", "level": "urgent_same_day", "parts": ["fever", "leg_trouble"]}]
    first = said(levels={"swelling": TODAY}, notes=["leg_trouble"], together=begun)
    found = course_of([first, said(notes=["fever"], together=begun)])
    assert (found.level, found.before, found.added) == (TODAY, TODAY, TODAY)
    assert course_of([first, said(notes=["fever"], together=begun), said()]).added is NONE


def test_a_crisis_beside_an_emergency_is_grave_however_the_emergency_was_told() -> None:
    begun = [{"flag": "clot", "level": "emergency", "parts": ["faint", "leg_trouble"]}]
    crisis = said(levels={"self_harm_or_suicide": CareLevel.CRISIS})
    added_up = [said(notes=["leg_trouble"], together=begun), said(notes=["faint"], together=begun)]
    assert course_of([*added_up, crisis]).grave
    assert not course_of([*added_up[:1], crisis]).grave
