"""What the guard makes of a message: which flags count, how soon someone should look, and why."""

from __future__ import annotations

import json
from typing import Any

import pytest

from charley.care.flags import CareData, Caution, Flag
from charley.care.guard import Assessment, CareGuard, overruled, parts_around, with_vote
from charley.care.levels import CareLevel
from charley.care.vote import Vote
from charley.reading.reader import Reader
from tests.care.conftest import Guarded


@pytest.mark.parametrize("message", ["I want to die", "I am going to kill myself", "i feel suicidal"])
def test_thoughts_of_dying_are_a_crisis(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.CRISIS


@pytest.mark.parametrize(
    "message",
    [
        "I have chest pain",
        "there is pain in my chest",
        "chest feels tight",
        "I can't breathe",
        "I'm short of breath",
        "my leg cramped and now I have trouble breathing",
        "I can't move my leg",
        "my mum's face is drooping",
        "my foot turned white and cold",
        "my grandad has lockjaw",
        "my heart is racing and my legs cramp",
    ],
)
def test_what_can_kill_is_an_emergency(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.EMERGENCY


@pytest.mark.parametrize(
    "message",
    [
        "my left calf is swollen",
        "my calf is red",
        "skin on my shin is hot and red",
        "my leg is weak",
        "my foot is numb",
        "my pee is dark brown today",
        "I'm on simvastatin and my legs ache",
        "I am pregnant and my calf is hot",
        "the pain is 9/10",
        "a cramp lasts 20 minutes",
        "my leg hurts so bad i can not walk",
    ],
)
def test_what_may_be_serious_is_for_the_same_day(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.URGENT_SAME_DAY


@pytest.mark.parametrize("message", ["my cramp lasted 20 minutes", "i have had this cramp for 20 minutes"])
def test_a_cramp_of_twenty_minutes_is_for_the_same_day_however_it_is_told(
    guard: Guarded, message: str
) -> None:
    assert guard(message).level is CareLevel.URGENT_SAME_DAY


@pytest.mark.parametrize(
    "message",
    [
        "I've had cramps for over a week",
        "my leg has hurt for three weeks",
        "I get cramps most nights",
        "i get cramps twice a week",
        "my calf has cramped every night since march",
        "both my ankles are swollen",
    ],
)
def test_what_lasts_or_returns_is_for_a_doctor(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.SEE_DOCTOR


@pytest.mark.parametrize(
    "message", ["cramps twice a week", "leg cramps for 3 weeks", "calf spasm every night"]
)
def test_what_lasts_or_returns_needs_no_sentence(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.SEE_DOCTOR


@pytest.mark.parametrize(
    "message",
    [
        "which foods have magnesium?",
        "I get cramps at night",
        "my leg hurts",
        "how do I stop a cramp",
        "what is a blood clot?",
        "hello",
        "",
        "???",
        "\U0001f9b5",
    ],
)
def test_an_ordinary_message_calls_for_nothing(guard: Guarded, message: str) -> None:
    found = guard(message)
    assert (found.level, found.flags, found.levels, found.denied) == (CareLevel.NONE, (), {}, ())
    assert found.ok


def test_misspelt_signs_are_read(guard: Guarded) -> None:
    assert guard("my ankel is swolen").flags == ("one_leg_swelling",)


def test_the_gravest_of_several_flags_counts_and_all_are_named(guard: Guarded) -> None:
    found = guard("leg cramps every night, my calf is swollen and I have chest pain")
    assert found.level is CareLevel.EMERGENCY
    assert set(found.flags) >= {"chest_pain", "one_leg_swelling"}
    assert set(found.levels) == set(found.flags)
    assert max(CareLevel(level) for level in found.levels.values()) is found.level


def test_a_flag_is_named_once_however_often_it_is_mentioned(guard: Guarded) -> None:
    found = guard("Chest pain. Again chest pain. My leg is not swollen.")
    assert found.flags == ("chest_pain",)
    meant = [f.status for f in found.findings if f.flag in ("chest_pain", "one_leg_swelling")]
    assert sorted(meant) == ["negated", "present", "present"]


def test_words_of_two_sentences_make_no_sign(guard: Guarded) -> None:
    assert guard("My chest is fine. The pain is in my toe.").flags == ()


# ── Where it stands ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("message", "flag", "words"),
    [
        ("Hello, my calf is SWOLEN since noon", "one_leg_swelling", "calf is SWOLEN"),
        ("Chest  pain!", "chest_pain", "Chest  pain"),
        ("\U0001f629\U0001f629 chest pain", "chest_pain", "chest pain"),
        ("I can\u2019t breathe", "pulmonary_embolism_signs", "can\u2019t breathe"),
        ("no chest pain", "chest_pain", "chest pain"),
        ("it hurts, 9/10", "strong", "9/10"),
    ],
)
def test_a_finding_tells_where_it_stands_in_the_original_message(
    guard: Guarded, message: str, flag: str, words: str
) -> None:
    spans = [message[f.start : f.end] for f in guard(message).findings if f.flag == flag]
    assert spans == [words]


# ── Adding up, notes, cautions, corrections: on data of its own ───────────────────────────────


def small(**changes: Any) -> CareData:
    """A guard's data with two flags that add up to a third."""
    plain: dict[str, Any] = {
        "groups": {"leg": "leg|calf"},
        "notes": {"fever": ["fever"], "on_tablets": ["tablets"], "correction": ["sorry|mistake"]},
        "flags": [
            {"flag": "swelling", "level": "see_doctor", "source": "s", "patterns": ["$leg & swollen"]},
            {"flag": "rash", "level": "see_doctor", "source": "s", "patterns": ["rash"]},
            {
                "flag": "infection",
                "level": "emergency",
                "source": "s",
                "together": [["swelling", "fever"], ["rash", "fever", "on_tablets"]],
            },
        ],
        "cautions": [
            {
                "id": "no_tablets",
                "source": "s",
                "patterns": ["tablets"],
                "flags": ["rash"],
                "attributes": ["supplement"],
                "say": "Ask first.",
            }
        ],
    }
    return CareData.parse_obj({**plain, **changes})


@pytest.fixture(scope="module")
def own() -> Guarded:
    return Guarded(small())


def test_a_flag_and_a_note_add_up_to_a_graver_flag(own: Guarded) -> None:
    found = own("fever and my leg is swollen")
    assert found.flags == ("swelling", "infection")
    assert found.levels == {"swelling": "see_doctor", "infection": "emergency"}
    assert found.level is CareLevel.EMERGENCY
    assert found.notes == ("fever",)


def test_what_is_denied_does_not_add_up(own: Guarded) -> None:
    assert own("no fever. my leg is swollen").flags == ("swelling",)
    assert own("fever. my leg is not swollen").flags == ()


def test_a_note_by_itself_calls_for_nothing(own: Guarded) -> None:
    found = own("i have a fever")
    assert (found.level, found.flags, found.notes) == (CareLevel.NONE, (), ("fever",))


def test_what_has_begun_to_add_up_is_named_with_all_its_parts(own: Guarded) -> None:
    assert own("i have a fever").together == (
        {"flag": "infection", "level": "emergency", "parts": ["fever", "swelling"]},
        {"flag": "infection", "level": "emergency", "parts": ["fever", "on_tablets", "rash"]},
    )
    assert own("hello").together == ()


def test_what_has_added_up_already_has_not_only_begun(own: Guarded) -> None:
    waiting = [set(begun["parts"]) for begun in own("fever and my leg is swollen").together]
    assert {"fever", "swelling"} not in waiting


@pytest.mark.parametrize(
    ("message", "cautions"),
    [
        ("i take tablets", ("no_tablets",)),
        ("my dad takes tablets", ("no_tablets",)),
        ("can tablets cause cramps?", ("no_tablets",)),
        ("i don't take tablets", ()),
        ("i take a walk", ()),
    ],
)
def test_a_caution_is_mentioned_by_anyone_unless_it_is_denied(
    own: Guarded, message: str, cautions: tuple[str, ...]
) -> None:
    found = own(message)
    assert found.cautions == cautions
    assert found.level is CareLevel.NONE


@pytest.mark.parametrize(
    ("message", "caution"),
    [
        ("i take warfarin", "vitamin_k_with_warfarin"),
        ("my husband is on eliquis", "vitamin_k_with_warfarin"),
        ("i have kidney disease", "potassium_builds_up"),
        ("i take ramipril", "potassium_builds_up"),
        ("is spironolactone bad", "potassium_builds_up"),
        ("i have narrowed arteries", "narrowed_arteries"),
    ],
)
def test_what_forbids_advice_is_noticed(guard: Guarded, message: str, caution: str) -> None:
    assert caution in guard(message).cautions


@pytest.mark.parametrize(
    "message",
    ["sorry, my leg is not swollen", "my leg isn't swollen, a mistake", "Sorry my LEG isn't SWOLLEN"],
)
def test_a_correction_takes_back_the_flag_that_it_denies(own: Guarded, message: str) -> None:
    found = own(message)
    assert found.denied == ("swelling",)
    assert found.level is CareLevel.NONE


@pytest.mark.parametrize(
    "message", ["my leg is not swollen", "sorry, my leg is swollen", "sorry", "sorry, no fever"]
)
def test_a_denial_alone_and_a_correction_alone_take_nothing_back(own: Guarded, message: str) -> None:
    assert own(message).denied == ()


@pytest.mark.parametrize(
    ("message", "flag"),
    [
        ("sorry, my leg is not swollen", "one_leg_swelling"),
        ("actually my calf isn't swollen, i mistyped", "one_leg_swelling"),
        ("i meant my calf is not swollen", "one_leg_swelling"),
        ("sorry, i mean i don't have chest pain", "chest_pain"),
        ("no wait, i don't have chest pain", "chest_pain"),
        ("no sorry, my leg is not swollen", "one_leg_swelling"),
    ],
)
def test_everyday_corrections_are_understood(guard: Guarded, message: str, flag: str) -> None:
    assert guard(message).denied == (flag,)


def test_a_correction_of_one_sign_still_reports_another(guard: Guarded) -> None:
    found = guard("sorry, my calf is not swollen. it is red and hot")
    assert found.denied == ("one_leg_swelling",)
    assert found.flags == ("hot_red_tender_calf",)


def test_figurative_phrases_win_over_what_they_sound_like() -> None:
    flags = [
        {
            "flag": "limp",
            "level": "see_doctor",
            "source": "s",
            "patterns": ["limp"],
            "figurative": ["limp biscuit"],
        }
    ]
    limping = Guarded(small(flags=flags, cautions=[]))
    assert limping("a limp biscuit").level is CareLevel.NONE
    assert limping("a limp biscuit, and i limp").level is CareLevel.SEE_DOCTOR


@pytest.mark.parametrize(
    ("message", "certain"),
    [("i limp", False), ("i am lame", True), ("i am not lame", False), ("a lame excuse", False)],
)
def test_what_no_vote_may_overrule_is_marked_where_it_counts(message: str, certain: bool) -> None:
    flag = {"flag": "limp", "level": "see_doctor", "source": "s", "patterns": ["limp"]}
    told = Guarded(small(flags=[{**flag, "certain": ["lame"], "figurative": ["lame excuse"]}], cautions=[]))
    found = told(message)
    assert found.is_certain is certain
    assert {f.flag for f in found.findings} == {"limp"}


def test_the_guard_works_on_data_without_a_group_for_the_body() -> None:
    flags = [Flag(flag="rash", level=CareLevel.SEE_DOCTOR, source="s", patterns=["rash"])]
    found = CareGuard(CareData(groups={}, flags=flags)).read(Reader.learn([], []).read("a rash"))
    assert found.flags == ("rash",)


def test_the_guard_reads_the_same_from_a_snapshot(care: CareData) -> None:
    kept = Guarded(CareData.parse_obj(care.snapshot()))
    fresh = Guarded(care)
    for message in (
        "my calf is swollen, 9/10",
        "no chest pain",
        "sorry, my calf is not swollen",
        "i take warfarin",
    ):
        assert kept(message) == fresh(message)


def test_a_flag_of_a_caution_is_no_mention_of_it(own: Guarded) -> None:
    """The course of the conversation joins the two; a message only says what it mentions."""
    assert own("a rash").cautions == ()
    assert isinstance(small().cautions[0], Caution)


# ── The second vote ───────────────────────────────────────────────────────────────────────────

CALM = Assessment(CareLevel.NONE)
FOUND = Assessment(CareLevel.URGENT_SAME_DAY, ("swelling",), {"swelling": "urgent_same_day"})


@pytest.mark.parametrize("unsure", [True, False])
def test_a_higher_vote_raises_the_level_and_adds_its_flag(unsure: bool) -> None:
    voted = with_vote(FOUND, Vote(CareLevel.EMERGENCY, "chest_pain", 0.61234, not unsure))
    assert voted.level is CareLevel.EMERGENCY
    assert voted.flags == ("swelling", "chest_pain")
    assert voted.levels == {"swelling": "urgent_same_day", "chest_pain": "emergency"}
    assert voted.unsure is unsure
    assert voted.vote == {"level": "emergency", "flag": "chest_pain", "probability": 0.612}


@pytest.mark.parametrize("level", [CareLevel.NONE, CareLevel.SEE_DOCTOR, CareLevel.URGENT_SAME_DAY])
@pytest.mark.parametrize("unsure", [True, False])
def test_a_vote_never_lowers_and_brings_no_doubt_to_what_was_found(level: CareLevel, unsure: bool) -> None:
    voted = with_vote(FOUND, Vote(level, "another", 0.9, not unsure))
    assert (voted.level, voted.flags, voted.levels) == (FOUND.level, FOUND.flags, FOUND.levels)
    assert not voted.unsure
    assert voted.vote["level"] == level.value


@pytest.mark.parametrize("found", [CALM, FOUND])
@pytest.mark.parametrize("level", CareLevel)
def test_no_vote_takes_anything_away(found: Assessment, level: CareLevel) -> None:
    voted = with_vote(found, Vote(level, None if level is CareLevel.NONE else "a_flag", 0.5, False))
    assert voted.level is max(found.level, level)
    assert set(voted.flags) >= set(found.flags)


HARMLESS = Vote(CareLevel.NONE, None, 0.99, True)


def test_what_the_vote_holds_for_harmless_counts_for_no_level_but_is_kept_on_record(own: Guarded) -> None:
    seen = own("my leg is swollen, no fever")
    voted = overruled(seen, seen.level)
    assert (voted.level, voted.flags, voted.levels) == (CareLevel.NONE, (), {})
    assert (voted.notes, voted.together) == ((), ())
    assert voted.overruled == seen.levels != {}
    statuses = {f.flag: f.status for f in voted.findings}
    assert statuses["swelling"] == "overruled"
    assert [s for f, s in statuses.items() if f != "swelling"] == [
        f.status for f in seen.findings if f.flag != "swelling"
    ]


def test_signs_of_a_lesser_level_still_count_where_those_of_a_graver_one_do_not(own: Guarded) -> None:
    seen = own("my leg is swollen, i have a fever too")
    assert seen.levels == {"swelling": "see_doctor", "infection": "emergency"}
    voted = overruled(seen, CareLevel.EMERGENCY)
    assert (voted.level, voted.flags) == (CareLevel.SEE_DOCTOR, ("swelling",))
    assert voted.overruled == {"infection": "emergency"}
    assert voted.notes == seen.notes != ()


def test_a_harmless_vote_takes_nothing_away_by_itself() -> None:
    assert with_vote(FOUND, HARMLESS).flags == FOUND.flags


LONG = "could you say it again in plain words, and where do the numbers come from? by the way my leg is swollen today, is that bad"


def test_what_stands_around_a_sign_is_read_by_itself(own: Guarded) -> None:
    seen = own(LONG)
    (part,) = parts_around(seen, own.reading(LONG), seen.level)
    assert part == "by the way my leg is swollen today, is that bad"


def test_so_is_its_whole_sentence(own: Guarded) -> None:
    sentence = "one two three four five six seven eight nine ten my leg is swollen one two three four five six seven eight nine"
    seen = own(f"hello. {sentence}. bye")
    around, whole = parts_around(seen, own.reading(f"hello. {sentence}. bye"), seen.level)
    assert whole == sentence
    assert around in sentence
    assert len(around) < len(sentence)


def test_a_vote_without_a_flag_raises_the_level_alone() -> None:
    voted = with_vote(CALM, Vote(CareLevel.SEE_DOCTOR, None, 0.5, False))
    assert (voted.level, voted.flags, voted.unsure) == (CareLevel.SEE_DOCTOR, (), True)


def test_a_flag_that_both_saw_stands_once() -> None:
    voted = with_vote(FOUND, Vote(CareLevel.EMERGENCY, "swelling", 0.9, True))
    assert voted.flags == ("swelling",)
    assert voted.levels == {"swelling": "emergency"}


def test_the_vote_does_not_bring_back_what_the_message_corrects(own: Guarded) -> None:
    corrected = own("sorry, my leg is not swollen")
    assert with_vote(corrected, Vote(CareLevel.SEE_DOCTOR, "swelling", 0.9, True)).level is CareLevel.NONE
    assert with_vote(corrected, Vote(CareLevel.EMERGENCY, "rash", 0.9, True)).level is CareLevel.EMERGENCY
    told_more = with_vote(corrected, Vote(CareLevel.SEE_DOCTOR, "rash", 0.9, True), short=False)
    assert told_more.level is CareLevel.SEE_DOCTOR, "a long message may tell of more than it corrects"


def test_a_denial_without_a_correction_leaves_the_vote_its_say(own: Guarded) -> None:
    denied = own("my leg is not swollen")
    assert with_vote(denied, Vote(CareLevel.SEE_DOCTOR, "swelling", 0.9, True)).level is CareLevel.SEE_DOCTOR


@pytest.mark.parametrize(
    "message", ["fever and my calf is swollen, 9/10", "sorry, no chest pain", "hello", "", "i take warfarin"]
)
def test_an_assessment_is_plain_data(guard: Guarded, message: str) -> None:
    found = with_vote(guard(message), Vote(CareLevel.CRISIS, "self_harm_or_suicide", 1 / 3, False))
    plain = found.as_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain["level"] == "crisis"
    assert plain["unsure"] is True
    assert plain["ok"] is True
    assert set(plain) >= {
        "flags",
        "levels",
        "notes",
        "cautions",
        "denied",
        "spans",
        "together",
        "vote",
        "overruled",
    }
    assert all(set(span) == {"flag", "level", "status", "start", "end", "certain"} for span in plain["spans"])
