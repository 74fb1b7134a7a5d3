"""Care first, through the real model: what a person reports, and what is said to it turn by turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from charley.care.levels import CareLevel
from charley.care.numbers import ANYWHERE
from charley.care.vote import CareVote, Vote
from charley.rasa.assistant import Assistant, Turn
from tests.conftest import Talk

DOCTOR = "my calf has been cramping for three weeks"
TODAY = "my calf is swollen and red"
NOW = "i have chest pain and my calf cramps"
CRISIS = "i want to kill myself"
OVERDOSE = "i took a whole pack of pills"
REPORTS = [(DOCTOR, "see_doctor"), (TODAY, "urgent_same_day"), (NOW, "emergency"), (CRISIS, "crisis")]
BELOW = [DOCTOR, TODAY]
GRAVE = [NOW, CRISIS]
OPENINGS = {
    "see_doctor": "Please book a visit",
    "urgent_same_day": "Please get medical care today",
    "emergency": f"Call {ANYWHERE} now",
    "crisis": "Please talk to someone now",
}
BOTH = f"Call {ANYWHERE} now, or have someone call for you. This needs help right away, and you do not"
REMINDER = f"First: from what you told me before, please get help now. Call {ANYWHERE}"
CORRECTED = "Thank you, I have changed that."
FORGOTTEN = "I start afresh"
IF_SO = "If something like that is true for you or for someone with you now, please get medical help."
ENGLISH_ONLY = "Sorry, English only."
WITHHELD = "From what you told me, a health professional"
FOODS = "which foods have magnesium?"
FOREIGN = [
    "ich habe starke schmerzen in der wade und weiß nicht was ich tun soll",
    "mi pierna está muy hinchada y me duele mucho desde ayer",
    "j'ai très mal au mollet et ma jambe est toute gonflée",
    "私の足がとても痛いです",
    "у меня очень сильно болит нога",  # noqa: RUF001
]
Say = Callable[..., Awaitable[list[Turn]]]


@pytest.fixture
def say_from(assistant: Assistant) -> Say:
    """Say some turns in a conversation of which the channel tells a place."""

    async def say(place: dict[str, Any], *turns: Any) -> list[Turn]:
        sender = uuid4().hex
        return [await assistant.turn(sender, turn, metadata=place) for turn in turns]

    return say


def kinds(turn: Turn) -> list[str]:
    return [reply["metadata"]["kind"] for reply in turn.replies]


def text(turn: Turn) -> str:
    return "\n\n".join(reply["text"] for reply in turn.replies)


# ── Care first, the answer second ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("report", "level"), REPORTS)
async def test_a_report_gets_the_care_reply_of_its_level_first(report: str, level: str, talk: Talk) -> None:
    (turn,) = await talk(report)
    assert turn.care_level.value == level
    assert turn.replies[0]["text"].startswith(OPENINGS[level])
    assert turn.replies[0]["metadata"]["kind"] == "care"
    assert turn.replies[0]["metadata"]["care_level"] == level


@pytest.mark.parametrize(("report", "level"), REPORTS[:2])
async def test_a_question_along_with_a_report_is_answered_in_a_second_message(
    report: str, level: str, talk: Talk
) -> None:
    (turn,) = await talk(f"{report}, {FOODS}")
    assert kinds(turn) == ["care", "answer"]
    care, answer = turn.replies
    assert care["text"].startswith(OPENINGS[level])
    assert care["metadata"]["fact_ids"] == []
    assert "magnesium-food-sources" in answer["metadata"]["fact_ids"]


async def test_the_answer_after_a_care_reply_is_that_of_the_question_alone(talk: Talk) -> None:
    (both,) = await talk(f"{DOCTOR}, {FOODS}")
    (alone,) = await talk(FOODS)
    assert both.replies[1]["metadata"]["fact_ids"] == alone.replies[0]["metadata"]["fact_ids"]


async def test_relief_asked_along_with_a_clots_signs_is_withheld_after_the_care_reply(talk: Talk) -> None:
    (turn,) = await talk("my calf is swollen and red, how do i stop the cramp?")
    assert kinds(turn) == ["care", "care"]
    assert turn.replies[0]["text"].startswith(OPENINGS["urgent_same_day"])
    assert turn.replies[1]["text"].startswith(WITHHELD)


@pytest.mark.parametrize("report", BELOW)
async def test_a_mere_report_is_answered_by_the_care_reply_alone(report: str, talk: Talk) -> None:
    (turn,) = await talk(report)
    assert kinds(turn) == ["care"]


@pytest.mark.parametrize(
    "message", ["hello", FOODS, "can a blood clot cause chest pain?", "no chest pain or swelling"]
)
async def test_who_reports_nothing_gets_no_care_reply(message: str, talk: Talk) -> None:
    (turn,) = await talk(message)
    assert turn.care_level is CareLevel.NONE
    assert "care" not in kinds(turn)


def harmless(probability: float) -> Vote:
    """A vote that takes nothing for a report."""
    below = {level: probability for level in CareLevel if level > CareLevel.NONE}
    return Vote(CareLevel.NONE, None, probability, True, below)


@pytest.mark.parametrize("report", [NOW, TODAY, DOCTOR])
async def test_who_is_overruled_is_answered_and_told_to_get_help_if_it_is_so(
    report: str, talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever the patterns saw: only the vote is made to hold every message for harmless."""
    monkeypatch.setattr(CareVote, "_vote", lambda *_: harmless(0.99))
    (turn,) = await talk(f"{report}, {FOODS}")
    assert turn.care_level is CareLevel.NONE
    assert kinds(turn) == ["care", "answer"]
    assert turn.replies[0]["text"].startswith(IF_SO)
    assert "magnesium-food-sources" in turn.replies[1]["metadata"]["fact_ids"]


async def test_self_harm_is_overruled_only_beyond_doubt_and_help_is_named(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = f"i can't go on, {FOODS}"
    monkeypatch.setattr(CareVote, "_vote", lambda *_: harmless(0.97))
    turn = await assistant.turn(uuid4().hex, words)
    assert turn.care_level is CareLevel.CRISIS
    monkeypatch.setattr(CareVote, "_vote", lambda *_: harmless(0.999))
    turn = await assistant.turn(uuid4().hex, words, metadata={"country": "US"})
    assert turn.care_level is CareLevel.NONE
    assert "think of hurting yourself" in turn.replies[0]["text"]
    assert "988" in turn.replies[0]["text"]
    assert kinds(turn) == ["care", "answer"]


async def test_who_is_overruled_in_a_check_up_is_told_so_and_asked_on(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender = uuid4().hex
    await assistant.turn(sender, "can we do the check-up?")
    monkeypatch.setattr(CareVote, "_vote", lambda *_: harmless(0.99))
    turn = await assistant.turn(sender, "the chilli made my lips tingle")
    assert turn.care_level is CareLevel.NONE
    assert turn.replies[0]["text"].startswith(IF_SO)
    assert not any(reply["text"].startswith("Call") for reply in turn.replies)


async def test_who_is_overruled_and_reports_it_after_all_gets_the_care_reply(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(CareVote, "_vote", lambda *_: harmless(0.99))
        first = await assistant.turn("overruled", f"{NOW}, {FOODS}")
    assert first.care_level is CareLevel.NONE
    second = await assistant.turn("overruled", NOW)
    assert second.care_level is CareLevel.EMERGENCY
    assert second.replies[0]["text"].startswith(OPENINGS["emergency"])


async def test_a_pressed_button_is_never_read_for_signs_and_gets_its_answer(talk: Talk) -> None:
    (turn,) = await talk({"payload": "/ask_when_to_see_someone", "title": "When to see someone"})
    assert kinds(turn) == ["answer"]


# ── An emergency ends the turn, and is not forgotten ──────────────────────────────────────────


@pytest.mark.parametrize("report", [f"{NOW}, {FOODS}", f"{CRISIS}, {FOODS}", *GRAVE])
async def test_an_emergency_ends_the_turn(report: str, talk: Talk) -> None:
    (turn,) = await talk(report)
    assert kinds(turn) == ["care"]
    assert turn.replies[0]["buttons"] == []


@pytest.mark.parametrize("report", GRAVE)
@pytest.mark.parametrize(
    ("turn", "kind"),
    [
        (FOODS, "answer"),
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


async def test_an_emergency_told_again_gets_its_care_reply_and_no_reminder(talk: Talk) -> None:
    _, again = await talk(NOW, NOW)
    assert kinds(again) == ["care"]
    assert again.replies[0]["text"].startswith(OPENINGS["emergency"])


@pytest.mark.parametrize("report", BELOW)
async def test_below_an_emergency_no_reminder_is_said(report: str, talk: Talk) -> None:
    later = (await talk(report, FOODS))[-1]
    assert kinds(later) == ["answer"]


@pytest.mark.parametrize("message", [f"{CRISIS} and {OVERDOSE}", f"{OVERDOSE} because {CRISIS}"])
async def test_a_crisis_together_with_an_overdose_starts_with_the_emergency_number(
    message: str, talk: Talk
) -> None:
    (turn,) = await talk(message)
    assert turn.care_level is CareLevel.CRISIS
    assert kinds(turn) == ["care"]
    assert turn.replies[0]["text"].startswith(BOTH)


@pytest.mark.parametrize("turns", [(OVERDOSE, CRISIS), (NOW, CRISIS)])
async def test_a_crisis_told_after_an_emergency_starts_with_the_emergency_number(
    turns: tuple[str, str], talk: Talk
) -> None:
    later = (await talk(*turns))[-1]
    assert later.care_level is CareLevel.CRISIS
    assert later.replies[0]["text"].startswith(BOTH)


# ── What lowers a level, and what does not ────────────────────────────────────────────────────


@pytest.mark.parametrize(("report", "level"), REPORTS)
async def test_nothing_but_a_correction_or_forgetting_lowers_the_level(
    report: str, level: str, talk: Talk
) -> None:
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
    assert turns[2].replies[0]["text"].startswith(OPENINGS["urgent_same_day"])
    assert turns[4].replies[0]["text"].startswith(REMINDER)


@pytest.mark.parametrize(
    ("report", "correction"),
    [
        ("i have chest pain", "sorry, i do not have chest pain"),
        ("i have chest pain", "i was wrong, i have no chest pain"),
        ("my calf is swollen", "my calf is not swollen, i was wrong"),
    ],
)
async def test_a_correction_lowers_the_level_and_says_so(report: str, correction: str, talk: Talk) -> None:
    first, second, third = await talk(report, correction, "hello")
    assert second.care_level < first.care_level
    assert second.replies[0]["text"].startswith(CORRECTED)
    assert kinds(third) == ["smalltalk"]


async def test_a_correction_takes_back_only_what_it_names(talk: Talk) -> None:
    turns = await talk("my calf is swollen", "i have chest pain", "sorry, i do not have chest pain")
    assert turns[-1].care_level is CareLevel.URGENT_SAME_DAY


async def test_relief_is_given_again_after_a_correction(talk: Talk) -> None:
    report, correction = "my calf is swollen", "my calf is not swollen, i was wrong"
    later = (await talk(report, correction, "how do i stop a cramp?"))[-1]
    assert kinds(later) == ["answer"]


@pytest.mark.parametrize(
    "denial", ["my calf is not swollen", "my leg is not swollen", "the leg is not cold", "my arm is not weak"]
)
async def test_what_is_plainly_denied_is_no_report(denial: str, talk: Talk) -> None:
    (turn,) = await talk(denial)
    assert turn.care_level is CareLevel.NONE


@pytest.mark.parametrize("denial", ["i do not want to kill myself", "sorry, i do not want to kill myself"])
async def test_a_crisis_is_never_taken_back(denial: str, talk: Talk) -> None:
    later = (await talk(CRISIS, denial))[-1]
    assert later.care_level is CareLevel.CRISIS
    assert "care" in kinds(later)


@pytest.mark.parametrize("report", BELOW)
async def test_starting_again_keeps_the_level(report: str, talk: Talk) -> None:
    first, second, third = await talk(report, "start again", "hello")
    assert first.care_level == second.care_level == third.care_level > CareLevel.NONE


async def test_relief_stays_withheld_after_starting_again(talk: Talk) -> None:
    later = (await talk(TODAY, "start again", "how do i stop a cramp now"))[-1]
    assert kinds(later) == ["care"]
    assert later.replies[0]["text"].startswith(WITHHELD)


@pytest.mark.parametrize(
    ("report", "last_line"),
    [
        (DOCTOR, OPENINGS["see_doctor"]),
        (TODAY, OPENINGS["urgent_same_day"]),
        (NOW, REMINDER),
        (CRISIS, REMINDER),
    ],
)
async def test_forgetting_the_chat_clears_the_level_after_a_last_care_line(
    report: str, last_line: str, talk: Talk
) -> None:
    _, forget, later = await talk(report, "forget this chat", "hello")
    care, forgotten = forget.replies
    assert care["text"].startswith(last_line)
    assert forgotten["text"].startswith(FORGOTTEN)
    assert forget.care_level is later.care_level is CareLevel.NONE
    assert kinds(later) == ["smalltalk"]


@pytest.mark.parametrize("report", [TODAY, NOW, CRISIS, f"{CRISIS} and i took a whole pack of pills"])
async def test_a_report_in_the_same_message_is_not_forgotten(report: str, talk: Talk) -> None:
    for message in (f"{report}. forget this chat", f"forget this chat, {report}", f"forget it, {report}"):
        (turn,) = await talk(message)
        assert turn.care_level >= CareLevel.URGENT_SAME_DAY
        assert not any(reply["text"].startswith(FORGOTTEN) for reply in turn.replies)


async def test_forgetting_a_chat_without_reports_says_only_that(talk: Talk) -> None:
    _, forget = await talk(FOODS, "forget this chat")
    assert len(forget.replies) == 1
    assert forget.replies[0]["text"].startswith(FORGOTTEN)


async def test_a_forgotten_chat_gives_no_more_of_its_last_answer(talk: Talk) -> None:
    turns = await talk("why do legs cramp?", "forget this chat", "more")
    assert turns[-1].replies[0]["metadata"]["fact_ids"] == []


async def test_relief_is_given_again_in_a_chat_that_was_forgotten(talk: Talk) -> None:
    later = (await talk(TODAY, "forget this chat", "how do i stop a cramp?"))[-1]
    assert kinds(later) == ["answer"]


async def test_what_is_told_after_forgetting_counts_again(talk: Talk) -> None:
    later = (await talk(DOCTOR, "forget this chat", NOW))[-1]
    assert later.care_level is CareLevel.EMERGENCY


async def test_one_persons_report_is_no_one_elses(talk: Talk) -> None:
    await talk(NOW)
    (turn,) = await talk("hello")
    assert turn.care_level is CareLevel.NONE
    assert kinds(turn) == ["smalltalk"]


# ── The numbers of a country ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("place", "number"),
    [
        ({"country": "NZ"}, "111"),
        ({"country": "nz"}, "111"),
        ({"country": "US"}, "911"),
        ({"country": "CA"}, "911"),
        ({"country": "GB"}, "999"),
        ({"country": "IE"}, "112 or 999"),
        ({"country": "AU"}, "000"),
        ({"country": "DE"}, "112"),
        ({"locale": "en-NZ"}, "111"),
        ({"locale": "en_GB"}, "999"),
        ({"phone": "+64 21 555 123"}, "111"),
        ({"phone": "+44 20 7946 0000"}, "999"),
        ({"phone": "+353 1 555 0000"}, "112 or 999"),
        ({"country": "AU", "locale": "en-US"}, "000"),
    ],
    ids=str,
)
async def test_the_emergency_number_is_that_of_the_place_that_the_channel_tells(
    place: dict[str, str], number: str, say_from: Say
) -> None:
    first, later = await say_from(place, NOW, "hello")
    assert first.replies[0]["text"].startswith(f"Call {number} now")
    assert f"Call {number} if you have not yet" in later.replies[0]["text"]


@pytest.mark.parametrize(
    "place",
    [
        {},
        {"country": "XX"},
        {"country": "New Zealand"},
        {"country": 64},
        {"country": ["NZ"]},
        {"locale": "en"},
        {"locale": None},
        {"phone": "021 555 123"},
        {"phone": "+1 202 555 0100"},
        {"phone": 64},
        {"city": "Auckland"},
    ],
    ids=str,
)
async def test_where_the_place_is_not_clear_all_three_numbers_are_named(
    place: dict[str, Any], say_from: Say
) -> None:
    (turn,) = await say_from(place, NOW)
    assert turn.replies[0]["text"].startswith(f"Call {ANYWHERE} now")
    assert all(number in turn.replies[0]["text"] for number in ("911", "999", "112"))


@pytest.mark.parametrize(
    ("where", "number"),
    [
        ("i live in new zealand", "111"),
        ("i'm in sydney", "000"),
        ("i am from ireland", "112 or 999"),
        ("i live in the uk", "999"),
        ("i am in the united states", "911"),
    ],
)
async def test_the_emergency_number_is_that_of_the_place_that_the_person_names(
    where: str, number: str, talk: Talk
) -> None:
    later = (await talk(where, "i have chest pain"))[-1]
    assert later.replies[0]["text"].startswith(f"Call {number} now")
    (at_once,) = await talk(f"{where} and i have chest pain")
    assert at_once.replies[0]["text"].startswith(f"Call {number} now")


@pytest.mark.parametrize(
    ("place", "turns"),
    [
        ({"country": "US"}, ["i live in new zealand"]),
        ({"locale": "en-GB"}, ["i live in ireland"]),
        ({"phone": "+61 2 5550 0000"}, ["i live in the uk"]),
        ({}, ["i live in the uk", "i'm in sydney"]),
    ],
    ids=str,
)
async def test_places_that_contradict_each_other_get_all_three_numbers(
    place: dict[str, str], turns: list[str], say_from: Say
) -> None:
    last = (await say_from(place, *turns, "i have chest pain"))[-1]
    assert last.replies[0]["text"].startswith(f"Call {ANYWHERE} now")


@pytest.mark.parametrize("country", ["US", "CA", "GB", "IE", "AU", "DE", "FR", "XX"])
@pytest.mark.parametrize("report", GRAVE)
async def test_111_is_named_to_no_one_in_an_emergency_outside_new_zealand(
    country: str, report: str, say_from: Say
) -> None:
    turns = await say_from({"country": country}, report, "hello")
    assert all("111" not in text(turn) for turn in turns)


@pytest.mark.parametrize(
    ("country", "line"), [("NZ", "1737"), ("US", "988"), ("GB", "116 123"), ("AU", "13 11 14")]
)
async def test_a_crisis_gets_the_crisis_line_of_the_country(country: str, line: str, say_from: Say) -> None:
    (turn,) = await say_from({"country": country}, CRISIS)
    assert f"You can also call {line} at any time." in turn.replies[0]["text"]


async def test_a_crisis_where_no_line_is_known_names_none(say_from: Say) -> None:
    (turn,) = await say_from({}, CRISIS)
    assert "You can also call" not in turn.replies[0]["text"]


async def test_care_today_names_the_advice_line_beside_the_emergency_number(say_from: Say) -> None:
    (turn,) = await say_from({"country": "GB"}, TODAY)
    assert "You can also call NHS 111." in turn.replies[0]["text"]
    assert "call 999 at once" in turn.replies[0]["text"]


async def test_of_what_a_channel_tells_only_the_country_is_kept(assistant: Assistant) -> None:
    sender = uuid4().hex
    await assistant.turn(sender, "hello", metadata={"phone": "+64 21 555 123", "name": "Moana"})
    kept = str([event.as_dict() for event in await assistant.events(sender)])
    assert "'NZ'" in kept
    assert "555 123" not in kept
    assert "21555123" not in kept
    assert "Moana" not in kept


# ── Another language ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("message", FOREIGN)
async def test_another_language_gets_english_only_with_the_numbers(message: str, talk: Talk) -> None:
    (turn,) = await talk(message)
    assert len(turn.replies) == 1
    assert turn.replies[0]["text"].startswith(ENGLISH_ONLY)
    assert f"Call {ANYWHERE} now" in turn.replies[0]["text"]


async def test_another_language_gets_the_number_of_its_country(say_from: Say) -> None:
    (turn,) = await say_from({"locale": "de-DE"}, FOREIGN[0])
    assert turn.replies[0]["text"].startswith(ENGLISH_ONLY)
    assert "Call 112 now" in turn.replies[0]["text"]
