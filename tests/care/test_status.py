"""How a sign is meant where a message mentions it: only what is there now calls for care."""

from __future__ import annotations

import pytest

from charley.care.levels import CareLevel
from charley.care.status import Status, status_of
from charley.reading.reader import english
from tests.care.conftest import Guarded

CHEST, BREATH, ALLERGY = "chest_pain", "pulmonary_embolism_signs", "severe_allergic_or_breathing"
SWELLING, SWELLINGS, RED = "one_leg_swelling", "both_legs_swelling", "hot_red_tender_calf"
NUMB, STROKE, MOVE = "new_weakness_or_loss_of_feeling", "stroke_signs", "sudden_weakness_or_paralysis"
LIMP, COLD, URINE = "child_leg_pain_or_limp", "acute_limb_ischemia", "dark_urine_alone"


def status(guard: Guarded, message: str, flag: str) -> str:
    found = guard.statuses(message)
    assert flag in found, f"{message!r} mentions no {flag}, only {sorted(found)}"
    return found[flag]


# ── There now ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("I have chest pain", CHEST),
        ("my chest hurts", CHEST),
        ("CHEST PAIN!!", CHEST),
        ("i cant catch my breath", BREATH),
        ("difficulty breathing since an hour", BREATH),
        ("my left calf is swollen", SWELLING),
        ("there is swelling in my ankle", SWELLING),
        ("my calf is swollen still", SWELLING),
        ("skin on my shin is hot and red", RED),
        ("numbness in my calf", NUMB),
        ("there is weakness in both legs", NUMB),
        ("my leg won't move", MOVE),
        ("brown pee since yesterday", URINE),
        ("my foot went white and cold", COLD),
        ("chest pain without sweating", CHEST),
        ("chest tight for an hour", CHEST),
        ("my leg is swollen no fever", SWELLING),
        ("my calf is swollen, no chest pain", SWELLING),
        ("my calf is swollen, what if it's a clot?", SWELLING),
        ("should I worry about a swollen calf", SWELLING),
        ("why is my leg red?", RED),
        ("can my chest pain come from a clot?", CHEST),
        ("chest pain. what can cause it?", CHEST),
        ("chest pain and breathless what to do", CHEST),
        ("my phone went dead and my leg is numb", NUMB),
    ],
)
def test_what_someone_reports_is_present(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "present"


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("no feeling in my foot", NUMB),
        ("my foot has no feeling", NUMB),
        ("can't feel my foot", NUMB),
        ("i cannot move my leg", MOVE),
        ("my husband can't breathe", BREATH),
    ],
)
def test_a_no_that_belongs_to_the_sign_denies_nothing(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "present"


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("I'm not sure if my leg is swollen", SWELLING),
        ("i don't know if i have chest pain", CHEST),
        ("I can't say my leg isn't swollen", SWELLING),
        ("not only is my leg swollen", SWELLING),
        ("my calf isn't just red, it's swollen too", RED),
        ("no idea why my calf is swollen", SWELLING),
        ("no doubt my calf is swollen", SWELLING),
        ("no wonder my calf is swollen", SWELLING),
        ("no reason for my leg to be swollen but it is", SWELLING),
    ],
)
def test_a_doubtful_denial_counts(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "present"


@pytest.mark.parametrize(
    "message",
    [
        "my leg isn't not swollen",
        "my leg is never not swollen",
        "it's not that my leg isn't swollen",
        "don't tell me my leg isn't swollen",
        "there is no way my leg is not swollen",
    ],
)
def test_what_is_denied_twice_counts(guard: Guarded, message: str) -> None:
    assert status(guard, message, SWELLING) == "present"


def test_two_denials_in_a_row_count_for_none(guard: Guarded) -> None:
    assert status(guard, "I do not have no chest pain", CHEST) == "present"


@pytest.mark.parametrize(
    "message",
    [
        "never had chest pain like this",
        "never felt my chest so tight",
        "i have never had chest pain so bad",
        "ibuprofen does not help my chest pain",
    ],
)
def test_never_like_this_and_nothing_helps_are_no_denial(guard: Guarded, message: str) -> None:
    assert status(guard, message, CHEST) == "present"


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("no chest pain my leg is swollen", SWELLING),
        ("no fever my calf is swollen", SWELLING),
        ("I dont smoke my chest hurts", CHEST),
        ("never smoked my chest hurts", CHEST),
    ],
)
def test_a_denial_ends_where_another_thing_is_told_without_a_comma(
    guard: Guarded, message: str, flag: str
) -> None:
    assert status(guard, message, flag) == "present"


# ── Denied ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("my leg is not swollen", SWELLING),
        ("my calf isn't red", RED),
        ("my calf isnt swollen", SWELLING),
        ("I don't have chest pain", CHEST),
        ("never had chest pain", CHEST),
        ("without chest pain", CHEST),
        ("I havent had any trouble breathing", BREATH),
        ("cramps without numbness in my leg", NUMB),
        ("no pain, redness or swelling in my calf", SWELLING),
        ("he denies chest pain", CHEST),
        ("chest pain? no", CHEST),
        ("chest pain - no", CHEST),
        ("chest pain: nope", CHEST),
        ("trouble breathing? nope", BREATH),
        ("is your leg swollen? no", SWELLING),
    ],
)
def test_what_is_denied_is_negated_and_calls_for_nothing(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "negated"
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    ("message", "flags"),
    [
        ("no chest pain, no trouble breathing", [CHEST, BREATH]),
        ("no chest pain, no trouble breathing, no swelling in the leg", [CHEST, BREATH, SWELLING]),
        ("no chest pain and no swelling in my leg", [CHEST, SWELLING]),
        ("my leg is neither swollen nor red", [SWELLING, RED]),
    ],
)
def test_each_no_of_a_list_denies_its_own_sign(guard: Guarded, message: str, flags: list[str]) -> None:
    assert [status(guard, message, flag) for flag in flags] == ["negated"] * len(flags)


def test_a_plain_not_denies_numbness_too(guard: Guarded) -> None:
    assert status(guard, "my leg is not numb", NUMB) == "negated"


@pytest.mark.parametrize(
    "message", ["swelling? no", "swelling? no, none", "can't say there is any", "no swelling"]
)
def test_a_short_denial_calls_for_nothing(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    ("message", "denied", "meant"),
    [
        ("no swelling in my leg but my calf is red", SWELLING, RED),
        ("there's no swelling but my leg is red", SWELLING, RED),
        ("no redness but my ankle is swollen", RED, SWELLING),
        ("no chest pain but I can't breathe", CHEST, BREATH),
        ("I don't have chest pain. My leg is numb.", CHEST, NUMB),
        ("my calf isn't swollen. it is red and hot", SWELLING, RED),
        ("my leg is red without swelling", SWELLING, RED),
        ("chest pain? no. my leg is numb though", CHEST, NUMB),
    ],
)
def test_a_denied_sign_does_not_deny_the_next_one(
    guard: Guarded, message: str, denied: str, meant: str
) -> None:
    found = guard.statuses(message)
    assert found.get(denied, "negated") == "negated"
    assert found[meant] == "present"


def test_no_swelling_but_it_is_red_is_red(guard: Guarded) -> None:
    assert guard("no swelling but it's red").flags == (RED,)


def test_an_answer_of_no_to_one_sign_leaves_the_next_yes(guard: Guarded) -> None:
    found = guard.statuses("leg swollen: no, chest pain: yes")
    assert (found[SWELLING], found[CHEST]) == ("negated", "present")


# ── Past ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("I had chest pain years ago", CHEST),
        ("used to have chest pain", CHEST),
        ("in the 90s i had chest pain", CHEST),
        ("had chest pain last week but all fine now", CHEST),
        ("my chest pain is gone now", CHEST),
        ("chest pain went away on its own", CHEST),
        ("my leg was swollen two years ago", SWELLING),
        ("my calf was swollen but it went down", SWELLING),
        ("when I was 12 my leg swelled up", SWELLING),
        ("as a kid i had numb legs", NUMB),
        ("i had numb legs back in 2010", NUMB),
        ("my foot was numb for a minute then fine", NUMB),
    ],
)
def test_what_is_long_over_is_historical(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "historical"
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("my leg was swollen last year and it still is", SWELLING),
        ("I had it years ago, now my leg is swollen again", SWELLING),
        ("years ago i had a clot. my calf is swollen", SWELLING),
        ("used to be fine, today my calf is swollen", SWELLING),
        ("chest pain for a minute then came back worse", CHEST),
        ("my calf was swollen last year and is swollen again", SWELLING),
        ("my calf is swollen, same as two years ago", SWELLING),
        ("had a clot 5 years ago and my calf is swollen", SWELLING),
        ("i had a dvt in 2015, calf swollen", SWELLING),
        ("chest pain, gone by morning, now again", CHEST),
        ("chest pain for 20 minutes", CHEST),
        ("my chest has hurt for 20 minutes", CHEST),
    ],
)
def test_what_began_long_ago_or_was_there_before_and_is_there_now_counts(
    guard: Guarded, message: str, flag: str
) -> None:
    assert status(guard, message, flag) == "present"


# ── Relatives ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("my gran had a swollen leg when she was young", SWELLING),
        ("my auntie had a swollen leg years back", SWELLING),
        ("my cousin had a swollen leg as a teenager", SWELLING),
        ("my nan lost feeling in her foot decades ago", NUMB),
        ("swollen legs run in my family", SWELLINGS),
        ("my brother had chest pain in 2004", CHEST),
    ],
)
def test_what_a_relative_had_long_ago_is_family(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "family"
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    "message", ["my mum had a stroke ten years ago", "my dad had a heart attack in 1998"]
)
def test_a_relatives_history_calls_for_nothing(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("my dad has chest pain", CHEST),
        ("grandma has chest pain now", CHEST),
        ("mum is short of breath", BREATH),
        ("my mum's face is drooping", STROKE),
        ("my mum has slurred speech right now", STROKE),
        ("my sister can't move her leg", MOVE),
        ("my sister has a swollen leg", SWELLING),
        ("dad's calf is swollen", SWELLING),
        ("my brother had a clot and my leg is swollen", SWELLING),
        ("my dad died of a clot and my calf is swollen today", SWELLING),
        ("mum had a clot years ago. my calf is swollen", SWELLING),
        ("my mum had a stroke in 2009 and my face is drooping", STROKE),
    ],
)
def test_what_a_relative_has_now_or_someone_else_has_counts(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "present"


# ── Supposed and asked in general ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("what if my leg gets swollen?", SWELLING),
        ("if i ever get chest pain what should i do", CHEST),
        ("if someone gets chest pain what should they do", CHEST),
        ("supposing i had chest pain, who do i call", CHEST),
        ("in theory, could chest pain come from cramps", CHEST),
        ("how would i know my leg is swollen", SWELLING),
        ("how do i know if my calf is swollen", SWELLING),
        ("i'm worried about getting chest pain", CHEST),
        ("i don't want to have chest pain", CHEST),
        ("imagine my calf is swollen", SWELLING),
    ],
)
def test_what_is_only_supposed_is_hypothetical(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "hypothetical"
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("what if it's a clot, my calf is swollen", SWELLING),
        ("in case it matters my calf is swollen", SWELLING),
        ("if my chest pain gets worse should i call", CHEST),
        ("my calf is swollen, in case it matters", SWELLING),
    ],
)
def test_an_if_about_something_else_leaves_the_sign_present(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "present"


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("can a clot cause chest pain?", CHEST),
        ("is chest pain a sign of a heart attack?", CHEST),
        ("what are symptoms of chest pain", CHEST),
        ("what are the signs of a swollen leg?", SWELLING),
        ("can a swollen leg be a clot", SWELLING),
        ("does low potassium cause weakness in the legs", NUMB),
        ("what causes leg weakness", NUMB),
        ("explain numbness in the foot", NUMB),
        ("why do legs get weak", NUMB),
        ("which vitamin deficiency causes numb feet", NUMB),
    ],
)
def test_a_question_about_people_in_general_is_educational(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "educational"
    assert guard(message).level is CareLevel.NONE


# ── Figurative, animals and things ────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("i nearly had a heart attack when i saw the bill", CHEST),
        ("i need to get something off my chest, my cramps are a pain", CHEST),
        ("the chest of drawers is a pain to move", CHEST),
        ("choking up at the film", ALLERGY),
        ("my dog has a swollen leg", SWELLING),
        ("the cat has a swollen leg", SWELLING),
    ],
)
def test_what_only_sounds_like_a_sign_is_figurative(guard: Guarded, message: str, flag: str) -> None:
    assert status(guard, message, flag) == "figurative"
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    "message",
    ["these stairs are killing me", "the price gave me a heart attack", "my legs are dead after leg day"],
)
def test_a_figure_of_speech_calls_for_nothing(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("chest pain while watching tv", CHEST),
        ("dad has chest pain in front of the telly", CHEST),
        ("got chest pain after the match", CHEST),
        ("typing this on my phone, chest pain bad", CHEST),
        ("cant breathe and phone battery nearly dead", BREATH),
        ("left calf swollen since the final", SWELLING),
        ("calf swollen after dog bite", SWELLING),
        ("one leg swollen after the horse kicked it", SWELLING),
    ],
)
def test_an_animal_or_a_thing_beside_the_sign_does_not_have_it(
    guard: Guarded, message: str, flag: str
) -> None:
    assert status(guard, message, flag) == "present"


# ── The function by itself ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("message", "first", "last", "wanted"),
    [
        ("my calf is swollen", 1, 4, Status.PRESENT),
        ("no swelling in my leg", 1, 5, Status.NEGATED),
        ("not red but swollen", 3, 4, Status.PRESENT),
        ("no pain . swollen", 3, 4, Status.PRESENT),
        ("swollen ? no", 0, 1, Status.NEGATED),
        ("swollen ? no it is huge", 0, 1, Status.PRESENT),
        ("was swollen years ago", 1, 2, Status.HISTORICAL),
        ("what if it is swollen", 4, 5, Status.HYPOTHETICAL),
        ("can cramps make legs swollen ?", 4, 5, Status.EDUCATIONAL),
    ],
)
def test_a_span_is_judged_within_its_sentence(message: str, first: int, last: int, wanted: Status) -> None:
    doc = english().tokenizer(message)
    assert status_of(doc[first:last], {"leg", "legs", "calf"}, {"swollen", "swelling"}) is wanted


def test_a_negation_among_the_signs_own_words_is_part_of_it() -> None:
    doc = english().tokenizer("leg won't not move")
    assert status_of(doc[0:4], {"leg"}, {"won't", "not", "move"}) is Status.PRESENT
    assert status_of(doc[0:4], {"leg"}, {"won't", "move"}) is Status.NEGATED


# ── Parts of a sign ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("message", "wanted"),
    [
        ("no fever, my legs just ache after the allotment", "negated"),
        ("no temperature and my calves hurt", "negated"),
        ("fever and my calves hurt", "present"),
        ("it's not that i have no fever, my legs ache", "present"),
    ],
)
def test_a_sign_of_two_parts_is_denied_with_either(guard: Guarded, message: str, wanted: str) -> None:
    assert guard.statuses(message).get("fever_with_leg_pain", "negated") == wanted


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("no, i'm not suicidal", "self_harm_or_suicide"),
        ("nope im not short of breath", BREATH),
        ("nothing numb, feet fine", NUMB),
        ("i looked for swelling in my calf and there is none", SWELLING),
    ],
)
def test_an_answer_that_denies_is_no_double_denial(guard: Guarded, message: str, flag: str) -> None:
    assert guard.statuses(message).get(flag, "negated") == "negated"


@pytest.mark.parametrize(
    ("message", "flag", "wanted"),
    [
        ("if a foot went white and cold would that be serious", COLD, "hypothetical"),
        ("quiz: a man has chest pain on a train, then what", CHEST, "educational"),
        ("i was watching the film when my chest pain started", CHEST, "present"),
        ("she has chest pain since the exam", CHEST, "present"),
        ("i had chest pain at college, never again", CHEST, "historical"),
        ("chest pain again, never again will i wait", CHEST, "present"),
    ],
)
def test_a_story_or_an_if_is_not_a_report(guard: Guarded, message: str, flag: str, wanted: str) -> None:
    assert status(guard, message, flag) == wanted
