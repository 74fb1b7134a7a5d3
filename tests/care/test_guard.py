"""What the guard makes of messages: which sign, whether it is meant, and how soon someone should look."""

from __future__ import annotations

from pathlib import Path

import pytest

from charley.care.guard import Assessment, CareGuard
from charley.care.levels import CareLevel
from charley.care.signs import load_care
from charley.reading.reader import Reader

CARE = Path(__file__).parents[2] / "data" / "care"


class Guarded:
    """The guard with a reader that knows the words of the signs, as in a trained model."""

    def __init__(self) -> None:
        data = load_care(CARE)
        self._reader = Reader.learn([], data.vocabulary())
        self._guard = CareGuard(data)

    def __call__(self, message: str) -> Assessment:
        return self._guard.read(self._reader.read(message))

    def statuses(self, message: str) -> dict[str, str]:
        return {finding.sign: finding.status for finding in self(message).findings}


@pytest.fixture(scope="module")
def guard() -> Guarded:
    return Guarded()


@pytest.mark.parametrize(
    "message",
    [
        "I have chest pain",
        "there is pain in my chest",
        "my chest hurts",
        "chest feels tight",
        "CHEST PAIN!!",
        "I can't breathe",
        "i cant catch my breath",
        "I'm short of breath",
        "difficulty breathing since an hour",
        "my leg cramped and now I have trouble breathing",
        "I can't move my leg",
    ],
)
def test_what_can_kill_is_an_emergency(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.EMERGENCY


@pytest.mark.parametrize("message", ["I want to die", "I am going to kill myself", "i feel suicidal"])
def test_thoughts_of_dying_are_a_crisis(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.CRISIS


@pytest.mark.parametrize(
    "message",
    [
        "my left calf is swollen",
        "there is swelling in my ankle",
        "my calf is red",
        "skin on my shin is hot and red",
        "my leg is weak",
        "there is weakness in both legs",
        "my foot is numb",
        "numbness in my calf",
    ],
)
def test_swelling_redness_weakness_and_numbness_are_for_the_same_day(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.URGENT_SAME_DAY


@pytest.mark.parametrize(
    "message",
    [
        "I've had cramps for over a week",
        "leg cramps for more than a week",
        "my leg has hurt for three weeks",
        "I get cramps most nights",
        "cramps every night",
        "I have severe cramps",
        "the cramps are terrible",
    ],
)
def test_what_lasts_returns_or_is_severe_is_for_a_doctor(guard: Guarded, message: str) -> None:
    assert guard(message).level is CareLevel.SEE_DOCTOR


@pytest.mark.parametrize(
    "message",
    [
        "which foods have magnesium?",
        "I get cramps at night",
        "my leg hurts",
        "how do I stop a cramp",
        "hello",
        "what is a blood clot?",
        "",
        "???",
    ],
)
def test_an_ordinary_message_has_no_sign(guard: Guarded, message: str) -> None:
    assert guard(message) == Assessment(CareLevel.NONE, ())


@pytest.mark.parametrize(
    ("message", "sign"),
    [
        ("my leg is not swollen", "one_leg_swelling"),
        ("my calf isn't red", "hot_red_tender"),
        ("I don't have chest pain", "chest_pain"),
        ("never had chest pain", "chest_pain"),
        ("I havent had any trouble breathing", "trouble_breathing"),
        ("cramps without numbness in my leg", "weakness_or_numbness"),
    ],
)
def test_a_denied_sign_does_not_count(guard: Guarded, message: str, sign: str) -> None:
    assert guard.statuses(message)[sign] == "negated"
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    ("message", "denied", "meant"),
    [
        ("there's no swelling but my leg is red", "one_leg_swelling", "hot_red_tender"),
        ("no redness but my ankle is swollen", "hot_red_tender", "one_leg_swelling"),
        ("no chest pain but I can't breathe", "chest_pain", "trouble_breathing"),
        ("I don't have chest pain. My leg is numb.", "chest_pain", "weakness_or_numbness"),
        ("my leg is red without swelling", "one_leg_swelling", "hot_red_tender"),
    ],
)
def test_a_denied_sign_does_not_deny_the_next_one(
    guard: Guarded, message: str, denied: str, meant: str
) -> None:
    statuses = guard.statuses(message)
    assert (statuses[denied], statuses[meant]) == ("negated", "present")


@pytest.mark.parametrize(
    "message",
    [
        "it's not that my leg isn't swollen",
        "my leg isn't not swollen",
        "my leg is never not swollen",
        "I do not have no chest pain",
    ],
)
def test_what_is_denied_twice_counts(guard: Guarded, message: str) -> None:
    assert list(guard.statuses(message).values()) == ["present"]


@pytest.mark.parametrize("message", ["I'm not sure if my leg is swollen", "not only is my leg swollen"])
def test_a_doubtful_denial_counts(guard: Guarded, message: str) -> None:
    assert guard.statuses(message) == {"one_leg_swelling": "present"}


@pytest.mark.parametrize(
    ("message", "sign"),
    [
        ("I had chest pain years ago", "chest_pain"),
        ("my leg was swollen two years ago", "one_leg_swelling"),
        ("when I was a kid I had severe cramps", "severe"),
        ("my calf was swollen but it went down", "one_leg_swelling"),
        ("I used to get cramps every night", "frequent"),
    ],
)
def test_what_is_long_over_does_not_count(guard: Guarded, message: str, sign: str) -> None:
    assert guard.statuses(message)[sign] == "past"
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    "message",
    ["my leg was swollen last year and it still is", "I had it years ago, now my leg is swollen again"],
)
def test_what_is_past_and_still_there_counts(guard: Guarded, message: str) -> None:
    assert guard.statuses(message) == {"one_leg_swelling": "present"}


@pytest.mark.parametrize(
    ("message", "sign"),
    [
        ("can a clot cause chest pain?", "chest_pain"),
        ("is chest pain a sign of a heart attack?", "chest_pain"),
        ("what are the signs of a swollen leg?", "one_leg_swelling"),
        ("does low potassium cause weakness in the legs", "weakness_or_numbness"),
        ("can statins cause severe muscle pain?", "severe"),
        ("does magnesium help cramps every night?", "frequent"),
    ],
)
def test_a_question_about_people_in_general_does_not_count(guard: Guarded, message: str, sign: str) -> None:
    assert guard.statuses(message)[sign] == "general"
    assert guard(message).level is CareLevel.NONE


@pytest.mark.parametrize(
    ("message", "level"),
    [
        ("can my chest pain come from a clot?", CareLevel.EMERGENCY),
        ("why is my leg red?", CareLevel.URGENT_SAME_DAY),
        ("could my husband's severe cramps be from the cold?", CareLevel.SEE_DOCTOR),
        ("is it bad that I get cramps every night?", CareLevel.SEE_DOCTOR),
    ],
)
def test_a_question_about_someone_counts(guard: Guarded, message: str, level: CareLevel) -> None:
    assert guard(message).level is level


def test_misspelt_signs_are_read(guard: Guarded) -> None:
    assert guard("my calff is swolen").level is CareLevel.URGENT_SAME_DAY


def test_the_highest_of_several_signs_counts(guard: Guarded) -> None:
    message = "severe cramps every night, my calf is swollen and I have chest pain"
    assert guard(message).level is CareLevel.EMERGENCY


def test_a_finding_tells_where_it_stands_in_the_message(guard: Guarded) -> None:
    message = "Hello, my calf is SWOLEN since noon"
    [finding] = guard(message).findings
    assert message[finding.start : finding.end] == "calf is SWOLEN"


def test_words_of_two_sentences_make_no_sign(guard: Guarded) -> None:
    assert guard("My chest is fine. The pain is in my toe.").findings == ()


def test_the_assessment_names_each_meant_sign_once(guard: Guarded) -> None:
    plain = guard("Chest pain. Again chest pain. My leg is not swollen.").as_dict()
    assert (plain["level"], plain["flags"], plain["ok"]) == ("emergency", ["chest_pain"], True)
    assert [span["status"] for span in plain["spans"]] == ["present", "present", "negated"]
